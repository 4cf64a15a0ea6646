"""The service's own role may add to history and read it, and nothing else."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.eventlog.log import EventLog
from shared.testing.eventlog_contract import command, noting


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log.events SET data = '{}'",
        "DELETE FROM log.events",
        "TRUNCATE log.events",
        "UPDATE log.commands SET result = '{}'",
        "DELETE FROM log.commands",
        "DELETE FROM log.log_head",
        "INSERT INTO log.log_head (only_row, position, recorded_at) VALUES (false, 9, now())",
        "ALTER TABLE log.events DISABLE TRIGGER ALL",
        "DROP TABLE log.events",
    ],
)
async def test_history_cannot_be_changed(engine: AsyncEngine, log: EventLog, statement: str) -> None:
    """The role of a service can neither change nor delete an event, a command or the head's row."""
    await log.append(command(noting(uuid4(), "一")))
    async with engine.connect() as connection:
        superuser = await connection.scalar(text("SELECT usesuper FROM pg_user WHERE usename = current_user"))
        assert superuser is False
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            await connection.execute(text(statement))
    assert len(await log.read(0)) == 1
