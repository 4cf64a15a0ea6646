"""The writer's batches: what one command's bad value, a slow or a stopped log does to the others."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta
from unittest.mock import AsyncMock
from uuid import uuid4

import pytest
from asyncpg import DataError, DiskFullError, PostgresError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.eventlog.connections import OwnConnection
from shared.eventlog.log import EventLog
from shared.eventlog.records import EventTooLarge, LogUnavailable, StreamWrite
from shared.eventlog.rows import LARGEST_EVENT
from shared.testing.eventlog_contract import Noted, command, noting
from shared.testing.waiting import PATIENCE, eventually


class SetClock:
    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


async def test_a_value_that_postgres_refuses_hurts_its_own_command_only(log: EventLog) -> None:
    """A NUL character, which JSON allows and PostgreSQL does not, fails its command and no other."""
    outcomes = await asyncio.gather(
        *(log.append(command(noting(uuid4(), words))) for words in ("一", "坏\x00的", "三")),
        return_exceptions=True,
    )
    assert isinstance(outcomes[1], PostgresError)
    assert [event.data["text"] for event in await log.read(0)] == ["一", "三"]


async def test_a_value_that_fits_no_column_hurts_its_own_command_only(log: EventLog) -> None:
    """A value of the wrong type, which the driver refuses, fails its command and no other."""
    bad = StreamWrite(5, uuid4(), 0, (Noted(text="坏"),))  # type: ignore[arg-type]
    appends = [command(noting(uuid4(), "一")), command(bad), command(noting(uuid4(), "三"))]
    outcomes = await asyncio.gather(*map(log.append, appends), return_exceptions=True)
    assert isinstance(outcomes[1], DataError)
    assert [event.data["text"] for event in await log.read(0)] == ["一", "三"]


async def test_a_moment_without_offset_is_refused(log: EventLog) -> None:
    """When something happened is stored with its offset or not at all: nobody guesses a time zone."""
    naive = datetime(2025, 4, 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="offset"):
        await log.append(dataclasses.replace(command(noting(uuid4(), "一")), occurred_at=naive))


async def test_a_caller_that_gives_up_while_its_batch_is_written_harms_nobody(
    engine: AsyncEngine, log: EventLog
) -> None:
    """An append cancelled in mid-batch leaves the batch and the writer at work; its events may stand."""
    own = await OwnConnection.open(engine)
    async with own.driver.transaction():
        await own.driver.execute("SELECT position FROM log.log_head FOR UPDATE")
        appends = [asyncio.create_task(log.append(command(noting(uuid4(), "一")))) for _ in range(3)]
        await asyncio.sleep(0)
        await eventually(lambda: log.status().waiting == 0)
        appends[1].cancel()
        await asyncio.sleep(0)
    await own.close()
    outcomes = await asyncio.gather(*appends, return_exceptions=True)
    assert isinstance(outcomes[1], asyncio.CancelledError)
    assert (await log.append(command(noting(uuid4(), "二")))).position == 4


async def test_an_event_too_large_for_the_bus_is_refused(log: EventLog) -> None:
    """An event that could never be published is refused before it is written, with a way out."""
    with pytest.raises(EventTooLarge, match="bytes"):
        await log.append(command(noting(uuid4(), "字" * (LARGEST_EVENT // 3 + 1))))
    assert await log.head() == 0


async def test_commands_that_wait_are_written_together(log: EventLog) -> None:
    """What gathers while a batch is written goes into the next one: far fewer batches than commands."""
    await asyncio.gather(*(log.append(command(noting(uuid4(), "一"))) for _ in range(200)))
    assert log.status().events == 200
    assert log.status().batches <= 3


async def test_a_commit_tells_the_head(log: EventLog) -> None:
    """After each commit the listeners of the process hear the new head."""
    heads: list[int] = []
    log.on_append(heads.append)
    await log.append(command(noting(uuid4(), "一", "二")))
    await log.append(command(noting(uuid4(), "三")))
    await asyncio.sleep(0)
    assert heads == [2, 3]


async def test_time_in_the_log_never_runs_backwards(engine: AsyncEngine) -> None:
    """A replica whose clock is behind records at the time of the event before it."""
    clock = SetClock(datetime(2025, 4, 1, tzinfo=UTC))
    log = EventLog(engine, "notes", clock)
    await log.start()
    await log.append(command(noting(uuid4(), "一")))
    clock.moment -= timedelta(hours=1)
    await log.append(command(noting(uuid4(), "二")))
    await log.stop()
    first, second = await log.read(0)
    assert first.recorded_at == second.recorded_at == datetime(2025, 4, 1, tzinfo=UTC)


async def test_stopping_writes_what_waits(engine: AsyncEngine) -> None:
    """A log that is stopped first writes the commands that wait, and takes no more."""
    log = EventLog(engine, "notes", SetClock(datetime(2025, 4, 1, tzinfo=UTC)))
    await log.start()
    waiting = [asyncio.create_task(log.append(command(noting(uuid4(), "一")))) for _ in range(20)]
    await asyncio.sleep(0)
    await log.stop()
    assert sorted(answer.position for answer in await asyncio.gather(*waiting)) == list(range(1, 21))
    with pytest.raises(LogUnavailable):
        await log.append(command(noting(uuid4(), "二")))


async def test_a_lost_connection_is_told_and_opened_anew(engine: AsyncEngine, log: EventLog) -> None:
    """When the writer's connection is cut, the log goes on over a new one."""
    await log.append(command(noting(uuid4(), "一")))
    assert log._connection is not None
    own = await OwnConnection.open(engine)
    await own.driver.execute("SELECT pg_terminate_backend($1)", log._connection.driver.get_server_pid())
    await own.close()
    append = command(noting(uuid4(), "二"))
    for _ in range(3):
        try:
            await log.append(append)
            break
        except LogUnavailable:
            continue
    assert await log.head() == 2


async def test_a_full_disk_is_told_until_something_is_written(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status says what to do; the first command that is written again ends it, and so does time."""
    with monkeypatch.context() as full:
        full.setattr("shared.eventlog.log.write", AsyncMock(side_effect=DiskFullError("no space left")))
        with pytest.raises(LogUnavailable):
            await log.append(command(noting(uuid4(), "一")))
        assert "disk is full: make room" in (log.status().unavailable or "")
        full.setattr("shared.eventlog.log.LATELY_SECONDS", 0)
        assert log.status().unavailable is None
    await log.append(command(noting(uuid4(), "二")))
    assert log.status().unavailable is None


async def test_a_hung_replica_does_not_hold_the_head(engine: AsyncEngine, log: EventLog) -> None:
    """Who keeps the head locked and does nothing is cut off, and those who waited are served."""
    own = await OwnConnection.open(engine)
    await own.driver.execute("SET idle_in_transaction_session_timeout = '300ms'")
    await own.driver.execute("BEGIN")
    await own.driver.execute("SELECT position FROM log.log_head FOR UPDATE")
    answer = await log.append(command(noting(uuid4(), "一")))
    assert answer.position == 1
    async with asyncio.timeout(PATIENCE):
        while not own.driver.is_closed():  # noqa: ASYNC110 -- the driver tells nobody
            await asyncio.sleep(0.01)
    await own.close()
