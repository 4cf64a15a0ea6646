"""Any sequence of appends and reads behaves like a simple list of events."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy.ext.asyncio import create_async_engine

from shared.clock import SystemClock
from shared.eventlog.log import EventLog
from shared.eventlog.records import Appended, CommandIdReused, StreamMoved, StreamWrite
from shared.testing.eventlog_contract import command, noting
from shared.testing.servers import Database, PostgresForTests

STREAMS = [UUID(int=number) for number in range(1, 4)]
KEYS = [UUID(int=number) for number in range(100, 106)]


class Model:
    """The rules of the log in a few lines."""

    def __init__(self) -> None:
        self.events: list[tuple[UUID, int, str]] = []
        self.answers: dict[UUID, tuple[bytes, int]] = {}

    def version(self, stream: UUID) -> int:
        return sum(one == stream for one, _, _ in self.events)

    def expect(self, key: UUID, request: bytes, writes: list[StreamWrite]) -> type | tuple[int, bool]:
        if key in self.answers:
            known, position = self.answers[key]
            return (position, True) if known == request else CommandIdReused
        if any(write.expected_version != self.version(write.stream_id) for write in writes):
            return StreamMoved
        for write in writes:
            for version, event in enumerate(write.events, write.expected_version + 1):
                self.events.append((write.stream_id, version, event.model_dump()["text"]))
        self.answers[key] = (request, len(self.events))
        return len(self.events), False


class LogMachine(RuleBasedStateMachine):
    runner: asyncio.Runner
    fresh: Any

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.log, self.close = self.run(self.fresh())

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(coroutine)

    def teardown(self) -> None:
        self.run(self.close())

    writes = st.lists(
        st.tuples(
            st.sampled_from(STREAMS),
            st.sampled_from([0, 0, 0, -1, 1]),
            st.lists(st.text("爱心ab"), max_size=3),
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda write: write[0],
    )

    @rule(
        batch=st.lists(
            st.tuples(st.sampled_from(KEYS), st.sampled_from([b"a", b"a", b"b"]), writes), max_size=5
        )
    )
    def append(self, batch: list[tuple[UUID, bytes, list[tuple[UUID, int, list[str]]]]]) -> None:
        """A batch of commands, written at once, is answered as if they came one by one."""
        appends, expected = [], []
        for key, request, drawn in batch:
            writes = [
                noting(stream, *texts, version=max(0, self.model.version(stream) + off))
                for stream, off, texts in drawn
            ]
            appends.append(command(*writes, key=key, request=request))
            expected.append(self.model.expect(key, request, writes))

        async def write() -> list[Any]:
            return await asyncio.gather(*(self.log.append(one) for one in appends), return_exceptions=True)

        for outcome, wanted in zip(self.run(write()), expected, strict=True):
            if isinstance(outcome, Appended):
                assert (outcome.position, outcome.replayed) == wanted
            else:
                assert type(outcome) is wanted

    @rule(after=st.integers(0, 30), limit=st.integers(1, 10))
    def read(self, after: int, limit: int) -> None:
        """Reading from a position gives the list's slice."""
        events = self.run(self.log.read(after, limit))
        assert [event.position for event in events] == list(
            range(after + 1, min(after + limit, len(self.model.events)) + 1)
        )

    @invariant()
    def holds_the_same(self) -> None:
        """The log holds what the model holds."""
        events = self.run(self.log.read(0))
        assert [(event.stream_id, event.version, event.data["text"]) for event in events] == self.model.events
        assert self.run(self.log.head()) == len(self.model.events)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def test_the_log_is_a_list(postgres: PostgresForTests, runner: asyncio.Runner) -> None:
    """Appending and reading in any order, with conflicts, retries and reuse, equals a list in memory."""

    async def fresh() -> tuple[EventLog, Any]:
        database: Database = await postgres.make_database("registry")
        engine = create_async_engine(database.app_url)
        log = EventLog(engine, "notes", SystemClock())
        await log.start()

        async def close() -> None:
            await log.stop()
            await engine.dispose()
            await postgres.drop(database)

        return log, close

    machine = type("Machine", (LogMachine,), {"runner": runner, "fresh": staticmethod(fresh)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            # Each example has a database of its own: shrinking would take longer than reading 15 steps.
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
