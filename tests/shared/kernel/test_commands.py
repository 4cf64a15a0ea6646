"""Commands are decided on the latest state and written exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import UUID, uuid4

import pytest

from shared.clock import SystemClock
from shared.commands import CommandHandler, Context, Decision, IdempotencyKeyReused, VersionStale
from shared.decider import Decider
from shared.eventlog.records import Append, Appended
from shared.messages import Command, Event, EventTypes
from shared.refusals import Conflict
from shared.testing.memory import MemoryLog
from shared.texts import Bilingual


class SeatTaken(Event):
    type: ClassVar[str] = "bench.seat_taken"
    who: str


class SeatFreed(Event):
    type: ClassVar[str] = "bench.seat_freed"
    who: str


class TakeSeat(Command):
    who: str


class FreeSeat(Command):
    who: str


@dataclass(frozen=True)
class Bench:
    sitting: frozenset[str] = frozenset()


class BenchFull(Conflict, title_zh="座位已满"):
    """A bench has two seats."""

    way_out = Bilingual("请稍候", "Wait for a seat")


def decide(command: TakeSeat | FreeSeat, bench: Bench) -> Sequence[SeatTaken | SeatFreed]:
    match command:
        case FreeSeat():
            return [SeatFreed(who=command.who)] if command.who in bench.sitting else []
        case TakeSeat():
            if command.who in bench.sitting:
                return []
            if len(bench.sitting) == 2:
                raise BenchFull
            return [SeatTaken(who=command.who)]


def evolve(bench: Bench, event: SeatTaken | SeatFreed) -> Bench:
    match event:
        case SeatTaken():
            return Bench(bench.sitting | {event.who})
        case SeatFreed():
            return Bench(bench.sitting - {event.who})


BENCH: Decider[TakeSeat | FreeSeat, Bench, SeatTaken | SeatFreed] = Decider("bench", Bench(), decide, evolve)
TYPES = EventTypes("park", (SeatTaken, SeatFreed))


class SlowLog(MemoryLog):
    """Lets others run between decision and append."""

    async def append(self, append: Append) -> Appended:
        await asyncio.sleep(0)
        return await super().append(append)


def context(key: UUID | None = None, asked: bytes = b"?", version: int | None = None) -> Context:
    return Context(
        command_id=key or uuid4(),
        request_hash=asked,
        actor="li",
        party="park:1",
        division="330000",
        correlation_id=uuid4(),
        expected_version=version,
    )


def take(bench: UUID, who: str) -> Decision:
    return Decision(BENCH, bench, TakeSeat(who=who))


def free(bench: UUID, who: str) -> Decision:
    return Decision(BENCH, bench, FreeSeat(who=who))


@pytest.fixture
def log() -> SlowLog:
    return SlowLog("park", SystemClock())


async def test_a_retry_gets_the_first_answer(log: SlowLog) -> None:
    """The same key with the same request is answered alike and written once."""
    handler, bench, key = CommandHandler(log, TYPES), uuid4(), uuid4()
    first = await handler.handle(context(key), take(bench, "a"))
    second = await handler.handle(context(key), take(bench, "a"))
    assert (first.position, first.result) == (second.position, second.result)
    assert second.replayed
    assert len(log.events) == 1


async def test_an_answer_says_what_was_recorded(log: SlowLog) -> None:
    """Fields of an answer are made of the events of all steps; a retry gets them as they were."""
    handler, key, first, second = CommandHandler(log, TYPES), uuid4(), uuid4(), uuid4()

    def told(events: Sequence[Event]) -> dict[str, object]:
        return {"took": [event.who for event in events if isinstance(event, SeatTaken)]}

    steps = (take(first, "a"), take(first, "a"), take(second, "b"))
    answer = await handler.handle(replace(context(key), result=told), *steps)
    assert answer.result == {"took": ["a", "b"], "id": str(first), "version": 1}
    await handler.handle(context(), free(first, "a"))
    again = await handler.handle(replace(context(key), result=told), *steps)
    assert (again.replayed, again.result) == (True, answer.result)


async def test_a_retry_is_not_refused_by_what_its_first_try_wrote(log: SlowLog) -> None:
    """A command that took the last seat is answered, not refused, when it is repeated."""
    handler, bench, key = CommandHandler(log, TYPES), uuid4(), uuid4()
    await handler.handle(context(), take(bench, "a"))
    first = await handler.handle(context(key), take(bench, "b"))
    await handler.handle(context(), free(bench, "a"))
    await handler.handle(context(), free(bench, "b"))
    await handler.handle(context(), take(bench, "c"), take(bench, "d"))
    assert (await handler.handle(context(key), take(bench, "b"))).result == first.result


async def test_a_key_belongs_to_one_request(log: SlowLog) -> None:
    """The same key with another request is refused."""
    handler, key = CommandHandler(log, TYPES), uuid4()
    await handler.handle(context(key, b"one"), take(uuid4(), "a"))
    with pytest.raises(IdempotencyKeyReused):
        await handler.handle(context(key, b"two"), take(uuid4(), "a"))


async def test_the_race_for_the_last_seat_has_one_winner(log: SlowLog) -> None:
    """However many ask at once, over several replicas, a bench never holds more than two."""
    bench = uuid4()
    replicas = [CommandHandler(log, TYPES) for _ in range(3)]
    asked = [replicas[n % 3].handle(context(), take(bench, f"p{n}")) for n in range(12)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(answer, Appended) for answer in answers) == 2
    assert sum(isinstance(answer, BenchFull) for answer in answers) == 10
    assert len(log.events) == 2


async def test_a_stale_replica_does_not_refuse_by_what_no_longer_holds(log: SlowLog) -> None:
    """A refusal is only final when the log agrees with the state it was decided on."""
    here, there, bench = CommandHandler(log, TYPES), CommandHandler(log, TYPES), uuid4()
    await here.handle(context(), take(bench, "a"), take(bench, "b"))
    await there.handle(context(), free(bench, "a"))
    await here.handle(context(), take(bench, "c"))
    assert [event.type for event in log.events][-1] == "bench.seat_taken"


async def test_steps_are_written_together_or_not_at_all(log: SlowLog) -> None:
    """When one step of a command is refused, none of its streams changes."""
    handler, full, empty = CommandHandler(log, TYPES), uuid4(), uuid4()
    await handler.handle(context(), take(full, "a"), take(full, "b"))
    with pytest.raises(BenchFull):
        await handler.handle(context(), take(empty, "c"), take(full, "c"))
    assert await log.read_stream(empty) == []


async def test_an_edit_of_a_stale_version_is_refused(log: SlowLog) -> None:
    """With `If-Match`, the change is only made to the version that was read."""
    handler, bench = CommandHandler(log, TYPES), uuid4()
    await handler.handle(context(), take(bench, "a"))
    await handler.handle(context(version=1), take(bench, "b"))
    with pytest.raises(VersionStale):
        await handler.handle(context(version=1), free(bench, "b"))


async def test_what_already_holds_is_accepted_and_writes_nothing(log: SlowLog) -> None:
    """Taking the seat one already has is an acknowledged command without an event."""
    handler, bench = CommandHandler(log, TYPES), uuid4()
    await handler.handle(context(), take(bench, "a"))
    answer = await handler.handle(context(), take(bench, "a"))
    assert answer.result["version"] == 1
    assert len(log.events) == 1


async def test_a_stream_said_to_be_new_is_not_looked_at(
    log: SlowLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that makes its stream reads nothing before it writes."""
    bench = uuid4()
    monkeypatch.setattr(log, "read_stream", None)
    await CommandHandler(log, TYPES).handle(replace(context(), new={bench}), take(bench, "a"))
    assert len(log.events) == 1


@pytest.mark.parametrize("sitting", [("a",), ("b", "c")])
async def test_a_stream_wrongly_said_to_be_new_is_decided_on_as_it_is(
    log: SlowLog, sitting: tuple[str, ...]
) -> None:
    """Saying that a stream is new spares a look, and is never believed against the log."""
    bench = uuid4()
    for who in sitting:
        await CommandHandler(log, TYPES).handle(context(), take(bench, who))
    asked = CommandHandler(log, TYPES).handle(replace(context(), new={bench}), take(bench, "a"))
    if len(sitting) == 2:
        with pytest.raises(BenchFull):
            await asked
    else:
        await asked
    assert len(log.events) == len(sitting)
