"""Which access tokens are honoured no longer: each service keeps its own copy, fed by the revoking events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import Column, DateTime, Table, Uuid, bindparam, select

from shared.clock import utc
from shared.eventlog.records import LogUnavailable
from shared.messages import Event, EventTypes, Recorded
from shared.projections.changes import Change, Row, merge
from shared.projections.definition import Projection, tables_of
from shared.tokens import LONGEST
from shared.views import Query, Views

NAME = "revocations"
FRESH_SECONDS = 1.0
"""A revocation takes effect at most this long after the service has heard of it."""

_METADATA = tables_of(NAME)
REVOKED = Table(
    "revoked_token",
    _METADATA,
    Column("token_id", Uuid, primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
_STANDING = Query(
    select(REVOKED.c.token_id).where(REVOKED.c.expires_at > bindparam("now", type_=DateTime(timezone=True)))
)
_logger = structlog.get_logger(__name__)


def revocations(event_type: type[Event], source: EventTypes) -> Projection:
    """The projection of the events of `event_type` (fields `token_id`, `expires_at`).

    When the token runs out is its revoker's word, and may be wrong: a revocation stands at least as long as
    any token can that was there at that time, and no later one shortens it.
    """
    projection = Projection(name=NAME, tables=_METADATA, sources=(source,))

    @projection.on(event_type)
    def revoked(event: Any, recorded: Recorded) -> Iterable[Change]:
        stands = max(utc(event.expires_at), recorded.recorded_at + LONGEST)

        def until(row: Row | None) -> Row:
            known = row["expires_at"] if row else stands
            return {"token_id": event.token_id, "expires_at": max(known, stands)}

        yield merge(REVOKED, {"token_id": event.token_id}, until)

    return projection


class RevokedTokens:
    """The revoked tokens that have not expired yet, read again once a second when asked."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._revoked: frozenset[UUID] = frozenset()
        self._read_at = float("-inf")

    async def includes(self, token_id: UUID | None) -> bool:
        """Whether the token was revoked. While the store is away, what was known before stands."""
        if monotonic() - self._read_at > FRESH_SECONDS:
            await self._read()
        return token_id in self._revoked

    async def _read(self) -> None:
        self._read_at = monotonic()
        try:
            rows = await self._views.run(_STANDING, now=datetime.now(UTC))
            self._revoked = frozenset(row["token_id"] for row in rows)
        except (LogUnavailable, asyncpg.PostgresError) as error:
            _logger.warning("revocations not read", reason=type(error).__name__)
