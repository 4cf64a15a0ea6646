"""`eventsourcing` on PostgreSQL: an application that saves aggregates of one event each, from threads."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from sqlalchemy import make_url

from benchmarks.sample import NoteContact


class Contact(Aggregate):
    """The sample's contact."""

    @event("Noted")
    def __init__(self, child_id: str, kind: str, at: str, minutes: int, note: str) -> None:
        self.child_id, self.kind, self.at, self.minutes, self.note = child_id, kind, at, minutes, note


class Contacts:
    """The application on a database of its own."""

    def __init__(self, url: str, threads: int) -> None:
        at = make_url(url)
        self._application: Application[Any] = Application(
            env={
                "PERSISTENCE_MODULE": "eventsourcing.postgres",
                "POSTGRES_DBNAME": at.database or "",
                "POSTGRES_HOST": at.host or "",
                "POSTGRES_PORT": str(at.port),
                "POSTGRES_USER": at.username or "",
                "POSTGRES_PASSWORD": at.password or "",
                "POSTGRES_POOL_SIZE": str(threads),
                "POSTGRES_MAX_OVERFLOW": "0",
                "POSTGRES_SCHEMA": "public",
                "POSTGRES_ORIGINATOR_ID_TYPE": "uuid",
            }
        )
        self._threads = ThreadPoolExecutor(threads)

    def save(self, asked: Sequence[NoteContact]) -> None:
        """Save these contacts, each in a transaction of its own."""
        list(self._threads.map(self._save, asked))

    def close(self) -> None:
        """End the threads and the pool."""
        self._threads.shutdown()
        self._application.close()

    def _save(self, asked: NoteContact) -> None:
        contact = Contact(str(asked.child_id), asked.kind, asked.at.isoformat(), asked.minutes, asked.note)
        self._application.save(contact)
