"""What every event log must do: inherit `EventLogContract` and provide two logs over one store."""

# ruff: noqa: PLR2004 - expected figures are plainer where they stand
from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar, Protocol
from uuid import UUID, uuid4

import pytest

from shared.eventlog.records import Append, Appended, CommandIdReused, StreamMoved, StreamWrite
from shared.messages import Event, EventTypes, Metadata, Recorded


class Noted(Event):
    """An event for tests: somebody wrote a line."""

    type: ClassVar[str] = "note.noted"

    text: str


class Struck(Event):
    """An event for tests: the note was crossed out."""

    type: ClassVar[str] = "note.struck"


NOTES = EventTypes("notes", (Noted, Struck))
"""The event types of the tests' service."""

METADATA = Metadata(
    actor="teacher:1",
    party="test:1",
    division="330182101",
    correlation_id=UUID(int=1),
    seen={"registry": 3},
)


class Log(Protocol):
    """The whole port."""

    async def append(self, append: Append) -> Appended: ...
    async def append_many(self, appends: Sequence[Append]) -> list[Appended]: ...
    async def read_stream(self, stream_id: UUID, after: int = 0) -> Sequence[Recorded]: ...
    async def read(
        self, after: int, limit: int = 1000, *, types: Sequence[str] = (), stream_id: UUID | None = None
    ) -> Sequence[Recorded]: ...
    async def find_command(self, command_id: UUID, request_hash: bytes) -> Appended | None: ...
    async def head(self) -> int: ...


def noting(stream_id: UUID, *texts: str, version: int = 0) -> StreamWrite:
    """A write of one note for each text, to a stream seen at `version`."""
    return StreamWrite("note", stream_id, version, tuple(Noted(text=text) for text in texts))


def command(*writes: StreamWrite, key: UUID | None = None, request: bytes = b"asked") -> Append:
    """A command's outcome with the given writes."""
    return Append(key or uuid4(), request, writes, METADATA, result={"id": "x", "note": "首次"})


class EventLogContract:
    """Abstract cases; the subclass gives the fixtures `log` and `second_log`, both on one empty store."""

    async def test_a_stream_is_read_in_the_order_written(self, log: Log) -> None:
        """A stream's events come back in order, with dense versions from 1 and their content unchanged."""
        stream = uuid4()
        await log.append(command(noting(stream, "一", "二")))
        await log.append(command(noting(stream, "三", version=2)))
        events = await log.read_stream(stream)
        assert [(event.version, event.data["text"]) for event in events] == [(1, "一"), (2, "二"), (3, "三")]
        assert [event.version for event in await log.read_stream(stream, after=2)] == [3]

    async def test_the_envelope_comes_back_whole(self, log: Log) -> None:
        """Who, for whom, when and what the writer had seen are stored with each event."""
        stream, moment = uuid4(), datetime(2025, 4, 1, 8, tzinfo=UTC)
        append = command(noting(stream, "家访"))
        dated = Append(append.command_id, b"", append.writes, METADATA, occurred_at=moment)
        await log.append(dated)
        (event,) = await log.read_stream(stream)
        assert (event.stream_type, event.stream_id, event.type) == ("note", stream, "note.noted")
        assert event.metadata == METADATA
        assert event.occurred_at == moment
        assert event.recorded_at.tzinfo is not None
        assert NOTES.decode(event) == Noted(text="家访")

    async def test_a_stale_version_is_refused(self, log: Log) -> None:
        """A decision taken on an old version of a stream is refused and nothing of it is written."""
        stream = uuid4()
        await log.append(command(noting(stream, "一")))
        with pytest.raises(StreamMoved) as moved:
            await log.append(command(noting(stream, "二")))
        assert (moved.value.stream_id, moved.value.expected, moved.value.actual) == (stream, 0, 1)
        assert len(await log.read_stream(stream)) == 1

    async def test_of_two_at_once_on_one_stream_one_wins(self, log: Log, second_log: Log) -> None:
        """Of many decisions on the same version, in one batch and over replicas, exactly one is written."""
        stream = uuid4()
        outcomes = await asyncio.gather(
            *(one.append(command(noting(stream, "我先"))) for one in (log, second_log) * 10),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, Appended) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, StreamMoved) for outcome in outcomes) == 19
        assert len(await log.read_stream(stream)) == 1

    async def test_a_refused_command_leaves_its_batch_standing(self, log: Log) -> None:
        """A conflict is refused singly: the other commands of the batch are written."""
        stale, fresh = uuid4(), [uuid4() for _ in range(5)]
        await log.append(command(noting(stale, "一")))
        outcomes = await asyncio.gather(
            *(log.append(command(noting(stream, "新"))) for stream in (*fresh[:2], stale, *fresh[2:])),
            return_exceptions=True,
        )
        assert [isinstance(outcome, StreamMoved) for outcome in outcomes] == [
            False,
            False,
            True,
            *[False] * 3,
        ]
        assert await log.head() == 6

    async def test_a_command_over_several_streams_is_whole_or_nothing(self, log: Log) -> None:
        """Where one of a command's streams has moved, none of its streams is written."""
        first, second = uuid4(), uuid4()
        await log.append(command(noting(second, "一")))
        with pytest.raises(StreamMoved):
            await log.append(command(noting(first, "甲"), noting(second, "乙")))
        assert await log.read_stream(first) == []
        await log.append(command(noting(first, "甲"), noting(second, "乙", version=1)))
        assert len(await log.read_stream(first)) == 1
        assert len(await log.read_stream(second)) == 2

    async def test_a_command_may_write_one_stream_in_pieces(self, log: Log) -> None:
        """A later piece of a command expects what its earlier piece leaves behind."""
        stream = uuid4()
        await log.append(command(noting(stream, "一"), noting(stream, "二", version=1)))
        with pytest.raises(StreamMoved):
            await log.append(command(noting(stream, "三", version=2), noting(stream, "四", version=2)))
        assert len(await log.read_stream(stream)) == 2

    async def test_an_unchanged_stream_can_be_asserted(self, log: Log) -> None:
        """A write without events only asserts its stream's version."""
        watched, written = uuid4(), uuid4()
        await log.append(command(noting(watched, "一")))
        await log.append(command(noting(written, "甲"), StreamWrite("note", watched, 1)))
        with pytest.raises(StreamMoved):
            await log.append(command(noting(written, "乙", version=1), StreamWrite("note", watched, 2)))

    async def test_a_repeated_command_gets_the_first_answer(self, log: Log, second_log: Log) -> None:
        """The same command id with the same request is written once and always answered alike."""
        stream, key = uuid4(), uuid4()
        append = command(noting(stream, "一"), key=key)
        first = await log.append(append)
        again = await second_log.append(append)
        assert not first.replayed
        assert again == Appended(first.position, {"id": "x", "note": "首次"}, replayed=True)
        assert await log.find_command(key, b"asked") == again
        assert await log.head() == 1

    async def test_a_command_repeated_at_once_is_written_once(self, log: Log, second_log: Log) -> None:
        """Copies of one command in one batch and over replicas: one is written, the others are replays."""
        append = command(noting(uuid4(), "一"))
        answers = await asyncio.gather(*(one.append(append) for one in (log, second_log) * 5))
        assert sum(not answer.replayed for answer in answers) == 1
        assert {answer.position for answer in answers} == {1}

    async def test_a_command_id_cannot_serve_another_request(self, log: Log) -> None:
        """The same command id with another request is refused, stored or in the same batch."""
        key = uuid4()
        outcomes = await asyncio.gather(
            log.append(command(noting(uuid4(), "一"), key=key)),
            log.append(command(noting(uuid4(), "二"), key=key, request=b"other")),
            return_exceptions=True,
        )
        assert isinstance(outcomes[0], Appended)
        assert isinstance(outcomes[1], CommandIdReused)
        with pytest.raises(CommandIdReused):
            await log.append(command(noting(uuid4(), "三"), key=key, request=b"other"))
        with pytest.raises(CommandIdReused):
            await log.find_command(key, b"other")
        assert await log.head() == 1

    async def test_a_command_that_changes_nothing_is_remembered(self, log: Log) -> None:
        """A command without events writes none, answers with the head, and its retry gets the same answer."""
        await log.append(command(noting(uuid4(), "一")))
        key = uuid4()
        first = await log.append(command(StreamWrite("note", uuid4(), 0), key=key))
        assert first.position == 1
        await log.append(command(noting(uuid4(), "二")))
        assert await log.find_command(key, b"asked") == Appended(1, first.result, replayed=True)

    async def test_an_unknown_command_has_no_answer(self, log: Log) -> None:
        """A command id that was never written is not found."""
        assert await log.find_command(uuid4(), b"asked") is None

    async def test_positions_are_dense_under_concurrency(self, log: Log, second_log: Log) -> None:
        """A reader that follows the log while fifty writers of two replicas are at work misses no event."""
        done = asyncio.Event()
        seen: list[int] = []

        async def follow() -> None:
            while not done.is_set() or len(seen) < await log.head():
                after = seen[-1] if seen else 0
                seen.extend(event.position for event in await log.read(after, 97))
                await asyncio.sleep(0)

        async def write(one: Log) -> None:
            stream = uuid4()
            for version in range(8):
                await one.append(command(noting(stream, str(version), version=version)))

        reader = asyncio.create_task(follow())
        await asyncio.gather(*(write(one) for one in (log, second_log) * 25))
        done.set()
        await reader
        assert seen == list(range(1, 401))
        times = [event.recorded_at for event in await log.read(0)]
        assert times == sorted(times)

    async def test_the_answer_names_the_last_position_of_the_command(self, log: Log) -> None:
        """An answer's position is that of the command's last event."""
        first = await log.append(command(noting(uuid4(), "一", "二")))
        second = await log.append(command(noting(uuid4(), "三"), noting(uuid4(), "四")))
        assert (first.position, second.position) == (2, 4)

    async def test_reading_by_position_can_be_narrowed(self, log: Log) -> None:
        """Reading goes on after a position, up to a limit, by type and by stream."""
        one, other = uuid4(), uuid4()
        await log.append(command(noting(one, "一", "二")))
        await log.append(command(noting(other, "三")))
        await log.append(command(StreamWrite("note", one, 2, (Struck(),))))
        assert [event.position for event in await log.read(1, 2)] == [2, 3]
        assert [event.position for event in await log.read(0, types=["note.struck"])] == [4]
        assert [event.position for event in await log.read(1, stream_id=one)] == [2, 4]
        assert await log.read(4) == []

    async def test_many_are_written_in_order(self, log: Log) -> None:
        """A bulk append writes all commands in the order given, over several batches."""
        appends = [command(noting(uuid4(), *map(str, range(3)))) for _ in range(700)]
        answers = await log.append_many(appends)
        assert [answer.position for answer in answers] == list(range(3, 2101, 3))
        assert await log.head() == 2100
        assert all(answer.replayed for answer in await log.append_many(appends[-2:]))

    async def test_in_bulk_one_refusal_leaves_the_others(self, log: Log) -> None:
        """Of a bulk append the commands that do not conflict are written; the refusal is raised."""
        stream = uuid4()
        with pytest.raises(StreamMoved):
            await log.append_many([command(noting(stream, "一")), command(noting(stream, "二"))])
        assert await log.head() == 1

    async def test_a_caller_that_gives_up_harms_nobody(self, log: Log) -> None:
        """A cancelled append leaves the others of its batch standing."""
        given_up = asyncio.create_task(log.append(command(noting(uuid4(), "一"))))
        others = [asyncio.create_task(log.append(command(noting(uuid4(), "二")))) for _ in range(3)]
        await asyncio.sleep(0)
        given_up.cancel()
        answers = await asyncio.gather(*others)
        assert len({answer.position for answer in answers}) == 3
