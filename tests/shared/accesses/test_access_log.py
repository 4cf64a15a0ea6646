"""The records are there before the answer leaves, whatever dies, and stay as they are."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import Uuid, cast, literal, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.access import Holdings
from shared.accesses.journal import Journal
from shared.accesses.log import AccessLog, AccessUnrecorded
from shared.accesses.records import read_line
from shared.testing.servers import Database, PostgresForTests
from shared.testing.waiting import eventually
from tests.shared.accesses.conftest import READER, MakeAccess

FORBIDDEN = (
    "UPDATE accesses.access SET subject = 'nobody'",
    "DELETE FROM accesses.access",
    "TRUNCATE accesses.access",
    "UPDATE accesses.alarm SET counted = 0",
    "DELETE FROM accesses.alarm",
    "DROP TABLE accesses.access",
    "DELETE FROM accesses.access_other",
)


async def _rows(engine: AsyncEngine) -> list[Any]:
    async with engine.connect() as connection:
        return list(
            (await connection.execute(text("SELECT * FROM accesses.access ORDER BY at, id"))).mappings()
        )


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_record_says_who_read_what_about_whom(engine: AsyncEngine, access: MakeAccess) -> None:
    """Person, party, role and token; operation and query; whom and which classes; why it was allowed."""
    log, one = AccessLog(engine, "registry"), access(about=3)
    await log.start()
    await log.record(one)
    (row,) = await _rows(engine)
    assert (row["subject"], row["name"], row["party"]) == ("wang", "王老师", READER.party)
    assert (row["role"], row["token_id"], row["kind"]) == ("officer", READER.token_id, "village")
    assert (row["operation"], row["query"], row["trace_id"]) == ("get_child", "/children/1", one.trace_id)
    assert row["about"] == list(one.holdings.about)
    assert row["classes"] == ["contact", "identity"]
    assert (row["permission"], row["relation"]) == ("read_child_file", "in_scope")
    assert (row["division"], row["organisation"]) == ("331082103201", READER.scope.organisation)
    await log.stop()


async def test_records_at_once_are_one_transaction(engine: AsyncEngine, access: MakeAccess) -> None:
    """What is read side by side is written together."""
    log = AccessLog(engine, "registry")
    await log.start()
    await log.record(access())
    before = log.status().batches
    await asyncio.gather(*(log.record(access(about=n)) for n in range(40)))
    assert log.status().batches <= before + 2
    assert [len(row["about"]) for row in await _rows(engine)].count(39) == 1
    await log.stop()


async def test_the_place_at_the_time_is_kept(engine: AsyncEngine, access: MakeAccess) -> None:
    """Where each of those was who are named stands beside their id; of strangers nothing."""
    known, other = uuid4(), uuid4()
    places = select(cast(str(known), Uuid), literal("331082103201"))
    log = AccessLog(engine, "registry", places)
    await log.start()
    await log.record(access(holdings=Holdings((other, known))))
    (row,) = await _rows(engine)
    assert row["about"] == [other, known]
    assert row["places"] == [None, "331082103201"]
    await log.stop()


async def test_the_service_may_add_and_read_and_nothing_else(
    engine: AsyncEngine, service_database: Database, access: MakeAccess
) -> None:
    """The role of the service can neither change a record nor take one away."""
    log = AccessLog(engine, "registry")
    await log.start()
    await log.record(access())
    await log.stop()
    connection = await asyncpg.connect(service_database.app_url.replace("+asyncpg", ""))
    try:
        for statement in FORBIDDEN:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()
    assert len(await _rows(engine)) == 1


async def test_a_text_that_no_column_takes_harms_nobody(engine: AsyncEngine, access: MakeAccess) -> None:
    """A NUL or half a character in a query is left out; the record is written, and the others' too."""
    log = AccessLog(engine, "registry")
    await log.start()
    odd = access(query="/children?text=\0小\ud83d")
    await asyncio.gather(log.record(access()), log.record(odd), log.record(access()))
    assert "/children?text=小?" in {row["query"] for row in await _rows(engine)}
    await log.stop()


async def test_without_a_database_nothing_counts_as_recorded(
    own_postgres: PostgresForTests, access: MakeAccess
) -> None:
    """While PostgreSQL is away a record fails; when it is back, the next one is written."""
    database = await own_postgres.make_database("registry")
    engine = create_async_engine(database.app_url)
    log = AccessLog(engine, "registry")
    await log.start()
    await log.record(access())
    own_postgres.kill()
    with pytest.raises(AccessUnrecorded):
        await log.record(access())
    assert log.status().unavailable
    own_postgres.start()
    await log.record(access())
    assert len(await _rows(engine)) == 2
    await log.stop()
    await engine.dispose()


# -- the journal -------------------------------------------------------------------------------------


def test_a_line_of_the_journal_is_the_record(access: MakeAccess) -> None:
    """What is read back is what was written."""
    one = access(about=2)
    assert read_line(one.line()) == one


async def test_with_a_journal_nobody_waits_for_the_commit(
    engine: AsyncEngine, tmp_path: Path, access: MakeAccess
) -> None:
    """The record is in a file that only the service reads; soon after it is in PostgreSQL, and once."""
    log = AccessLog(engine, "registry", journal=Journal(tmp_path / "accesses", "registry"))
    await log.start()
    made = [access() for _ in range(5)]
    assert all(log.begin(one) is None for one in made)
    (file,) = (tmp_path / "accesses").iterdir()
    assert len(file.read_bytes().splitlines()) == 5
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await log.settle()
    assert {row["id"] for row in await _rows(engine)} == {one.id for one in made}
    await log.stop()
    assert _files(tmp_path / "accesses") == []


PROGRAM = """
import asyncio, os, signal, sys
from pathlib import Path
from sqlalchemy.ext.asyncio import create_async_engine
from shared.accesses.journal import Journal
from shared.accesses.log import AccessLog
from shared.accesses.records import read_line

async def main():
    engine, journal = create_async_engine(sys.argv[1]), Journal(Path(sys.argv[2]), "registry")
    log = AccessLog(engine, "registry", journal=journal)
    await log.start()
    for line in sys.stdin.buffer:
        assert log.begin(read_line(line)) is None
    print("answered", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.mark.slow
async def test_kill_9_after_the_answer_loses_no_record(
    engine: AsyncEngine, service_database: Database, tmp_path: Path, access: MakeAccess
) -> None:
    """What a killed process had answered is recorded by the next one, each access once."""
    made = [access(about=n) for n in range(20)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, service_database.app_url, str(tmp_path)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate(b"".join(one.line() for one in made))
    assert (told, process.returncode) == (b"answered\n", -signal.SIGKILL)
    assert await _rows(engine) == []
    log = AccessLog(engine, "registry", journal=Journal(tmp_path, "registry"))
    await log.start()
    await log.settle()
    rows = {row["id"]: row["about"] for row in await _rows(engine)}
    assert rows == {one.id: list(one.holdings.about) for one in made}
    assert _files(tmp_path) == []
    await log.stop()


async def test_a_half_written_line_is_passed_over(
    engine: AsyncEngine, tmp_path: Path, access: MakeAccess
) -> None:
    """A process that died while it wrote had not answered yet; what it wrote before stands."""
    one = access()
    (tmp_path / "registry-dead.accesses").write_bytes(one.line() + access().line()[:40])
    log = AccessLog(engine, "registry", journal=Journal(tmp_path, "registry"))
    await log.start()
    await log.settle()
    assert [row["id"] for row in await _rows(engine)] == [one.id]
    assert _files(tmp_path) == []
    await log.stop()


async def test_a_record_written_twice_stands_once(
    engine: AsyncEngine, tmp_path: Path, access: MakeAccess
) -> None:
    """A journal whose records were committed just before the process died adds nothing."""
    one = access()
    log = AccessLog(engine, "registry")
    await log.start()
    await log.record(one)
    await log.stop()
    (tmp_path / "registry-dead.accesses").write_bytes(one.line())
    again = AccessLog(engine, "registry", journal=Journal(tmp_path, "registry"))
    await again.start()
    await again.settle()
    await again.stop()
    assert len(await _rows(engine)) == 1


async def test_two_processes_leave_each_other_s_journal_alone(
    engine: AsyncEngine, tmp_path: Path, access: MakeAccess
) -> None:
    """A replica takes in what the dead left, never what a living one is about to commit."""
    living, starting = (
        AccessLog(engine, "registry", journal=Journal(tmp_path, "registry")) for _ in range(2)
    )
    await living.start()
    living.begin(access())
    await starting.start()
    await starting.settle()
    assert await _rows(engine) == []
    await living.stop()
    assert len(await _rows(engine)) == 1
    await starting.stop()


async def test_a_full_disk_refuses_the_answer(
    engine: AsyncEngine, tmp_path: Path, access: MakeAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the journal takes nothing more, the record fails, and half a line does not stay behind."""
    log = AccessLog(engine, "registry", journal=Journal(tmp_path, "registry"))
    await log.start()
    log.begin(access())
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr("shared.accesses.journal.os.write", lambda to, line: write(to, line[:10]))
        with pytest.raises(AccessUnrecorded):
            await log.record(access())
    last = access()
    await log.record(last)
    await log.settle()
    assert len(await _rows(engine)) == 2
    await log.stop()


async def test_what_postgresql_does_not_take_is_kept_and_nothing_more_is_answered(
    own_postgres: PostgresForTests, tmp_path: Path, access: MakeAccess
) -> None:
    """Records of answers that have left wait for PostgreSQL; meanwhile no further answer leaves."""
    database = await own_postgres.make_database("registry")
    engine = create_async_engine(database.app_url)
    log = AccessLog(engine, "registry", journal=Journal(tmp_path, "registry"))
    await log.start()
    first = access()
    await log.record(first)
    await log.settle()
    own_postgres.kill()
    left = access()
    await log.record(left)
    with pytest.raises(AccessUnrecorded):
        await log.settle()
    with pytest.raises(AccessUnrecorded):
        await log.record(access())
    own_postgres.start()
    await eventually(lambda: not log.status().unavailable)
    assert [row["id"] for row in await _rows(engine)] == [first.id, left.id]
    await log.stop()
    await engine.dispose()
