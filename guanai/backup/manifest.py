"""What a backup holds, as its first member says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from guanai.failures import Explained
from shared.messages import Message


class BackupFault(Explained):
    """Why there is no backup, or none can be restored; the message is a sentence with the way out."""


class Stand(Message):
    """How far one service's database is."""

    head: int
    """Position of the log's last event."""
    recorded_at: datetime
    """When that event was recorded."""
    events: int
    """How many events the log holds; positions are dense, so it equals `head`."""
    checkpoints: dict[str, int]
    """By source: the last position that any of the service's views or reactions has taken."""
    revision: str
    """The schema's, as alembic names it."""
    size: int
    """Bytes that the database takes on its server."""


class Dump(Message):
    """One member of the file: what `pg_dump -Fc` wrote of a database."""

    member: str
    size: int
    """Bytes."""
    sha256: str


class Manifest(Message):
    """What the file holds, of what, and when it was made."""

    format: Literal[1] = 1
    id: UUID
    made_at: datetime
    guanai: str
    """Release that made it."""
    postgres: str
    """The server's release, such as `18.6`."""
    signing_keys: tuple[str, ...]
    """Ids of the keys that tokens were verified by."""
    databases: dict[str, Stand]
    dumps: dict[str, Dump]

    @property
    def postgres_major(self) -> int:
        """Major release of the server that was dumped."""
        return major(self.postgres)


def major(release: str) -> int:
    """`18.6 (Debian …)` → 18."""
    return int(release.split(".", maxsplit=1)[0].split(maxsplit=1)[0])


def misfits(stands: Mapping[str, Stand]) -> Iterator[str]:
    """Where databases do not fit together: one has read what the log of its source does not hold."""
    for service, stand in stands.items():
        if stand.events != stand.head:
            yield f"{service}: {stand.events} events, head {stand.head}"
        for source, position in stand.checkpoints.items():
            if position > stands[source].head:
                yield f"{service} has read {source}:{position}, whose log ends at {stands[source].head}"
