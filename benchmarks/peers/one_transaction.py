"""SQLAlchemy, one transaction for each command: the same checks in the same tables, without group commit."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.sample import append
from shared.eventlog.rows import prepare

_LOCK = text("SELECT position FROM log.log_head FOR UPDATE")
_KNOWN = text("SELECT result FROM log.commands WHERE command_id = :command_id")
_VERSION = text("SELECT max(version) FROM log.events WHERE stream_id = :stream_id")
_EVENT = text(
    "INSERT INTO log.events VALUES (:position, :event_id, 'contact', :stream_id, 1, :type, 1,"
    " CAST(:data AS jsonb), CAST(:metadata AS jsonb), :now, :now)"
)
_COMMAND = text("INSERT INTO log.commands VALUES (:command_id, :hash, '{}', :position, :now)")
_HEAD = text("UPDATE log.log_head SET position = :position, recorded_at = :now")


async def save(engine: AsyncEngine) -> None:
    """Check and write one new contact."""
    prepared = prepare(append())
    asked, new = prepared.append, prepared.events[0]
    now = datetime.now(UTC)
    async with engine.begin() as connection:
        position = (await connection.execute(_LOCK)).scalar_one() + 1
        known = await connection.scalar(_KNOWN, {"command_id": asked.command_id})
        stream_id = asked.writes[0].stream_id
        version = await connection.scalar(_VERSION, {"stream_id": stream_id})
        assert known is None
        assert version is None
        row = {
            "position": position,
            "event_id": new.event_id,
            "stream_id": stream_id,
            "type": new.type,
            "data": new.data,
            "metadata": new.metadata,
            "now": now,
        }
        await connection.execute(_EVENT, row)
        done = {"command_id": asked.command_id, "hash": asked.request_hash, "position": position, "now": now}
        await connection.execute(_COMMAND, done)
        await connection.execute(_HEAD, {"position": position, "now": now})
