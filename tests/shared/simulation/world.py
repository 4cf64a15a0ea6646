"""Two services on a bus that drops, doubles and delays, in processes that die anywhere; all from one seed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, cast
from uuid import UUID

from shared.access import masked
from shared.commands import CommandHandler, Context, Decision
from shared.eventlog.records import Append, Appended
from shared.messages import Event, EventTypes, Recorded
from shared.projections.definition import Projection
from shared.projections.folding import fold_rows
from shared.projections.rebuild import RebuildRunning
from shared.projections.source_subscription import SourceSubscription
from shared.projections.subscriptions import Subscriptions
from shared.reactions import Order, Reaction, Sweep
from shared.refusals import Refusal
from shared.testing.memory import MemoryLog
from shared.views import Views
from tests.shared.simulation import library
from tests.shared.simulation.library import LOANS, SECRET, STOCK, BookShown, alarm_id, shelves
from tests.shared.simulation.store import Engine, Store, standing_rows

DAWN = datetime(2025, 1, 1, tzinfo=UTC)
DELAYS = (0.0,) * 8 + (0.001, 0.01, 0.05, 0.3)
REST_SECONDS = 300.0
LONGEST_SECONDS = 3600.0
OFTEN = 2
"""Damages after which the sweep raises an alarm."""


class Died(BaseException):
    """kill -9, at this moment."""


@dataclass
class Process:
    """One process of a service: it lives until its points are used up."""

    world: World
    service: str
    points: int
    """Moments that it still lives through; beyond, it dies at once."""
    dead: bool = False
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        world, service = self.world, self.service
        self._death = asyncio.Event()
        engine = Engine(world.stores[service], self.point)
        types = STOCK if service == "stock" else LOANS
        self.handler = CommandHandler(PointedLog(world, self), types)
        reactions, sweeps = (
            ([_alarms(world, self)], [_often(world, self)]) if service == "loans" else ([], [])
        )
        self.subscriptions = SimulatedFeeds(
            *(service, cast("Any", engine), cast("Any", None), world.projections[service], reactions, sweeps),
            *(self.handler, world, self._replay),
        )
        self.subscriptions.process = self

    async def point(self) -> None:
        """A moment at which others may go first, time may pass, or the process may die."""
        await asyncio.sleep(self.world.rng.choice(DELAYS))
        self.points -= 1
        if self.dead or self.points <= 0:
            self.dead = True
            self._death.set()
            raise Died

    async def live(self) -> None:
        """Start, and go on until it dies."""
        try:
            await self.subscriptions.start()
            await self._death.wait()
        except Died:
            pass
        finally:
            self.dead = True
            for task in self.subscriptions._tasks:
                task.cancel()
            await asyncio.gather(*self.subscriptions._tasks, return_exceptions=True)

    async def _replay(self, source: str, after: int, limit: int) -> list[Recorded]:
        await self.point()
        if self.world.rng.random() < self.world.silence:
            raise ConnectionError(source)
        return await self.world.logs[source].read(after, limit)


class SimulatedFeeds(Subscriptions):
    """The real feeds; only what comes from NATS comes from the simulated bus."""

    process: Process

    def _subscription(self, subscription: SourceSubscription) -> Any:
        return Deliveries(self.process, subscription)

    def _ticks(self, _: Any) -> Any:
        return Ticks(self)

    def _connected(self) -> bool:
        return True


@dataclass
class Deliveries:
    """Hands one source's stream to a feed: late, twice, again from far back, or not at all."""

    process: Process
    subscription: SourceSubscription

    async def run(self) -> None:
        world, rng = self.process.world, self.process.world.rng
        stream = world.streams[self.subscription.source]
        at = self.subscription.taken
        while True:
            await self.process.point()
            await asyncio.sleep(rng.choice((0.1, 0.5, 2.0)))
            batch = stream[at : at + rng.randint(1, 6)]
            if not batch:
                continue
            fate = rng.random()
            if fate < world.drops:
                at += len(batch)
            elif fate < world.drops + world.doubles:
                at = rng.randint(0, at)
            elif await self.subscription.on_batch(batch, patience=1.0):
                at += len(batch)


@dataclass
class Ticks:
    """The tick, now and then."""

    subscriptions: SimulatedFeeds

    async def run(self) -> None:
        while True:
            await self.subscriptions.process.point()
            await asyncio.sleep(1.0)
            if self.subscriptions._up_to_date():
                await self.subscriptions.sweep()


class PointedLog:
    """The log as a process reaches it: it may die before the commit, and between commit and answer."""

    def __init__(self, world: World, process: Process) -> None:
        self._log, self._world, self._process = world.logs[process.service], world, process

    async def append(self, append: Append) -> Appended:
        await self._process.point()
        # As the log records it: after the decision, in the moment of the commit.
        metadata = replace(append.metadata, seen=self._seen())
        append = replace(append, metadata=metadata)
        before = len(self._log.events)
        appended = await self._log.append(append)
        self._world.history += self._log.events[before:]
        await self._process.point()
        return appended

    def _seen(self) -> dict[str, int]:
        seen: dict[str, int] = {}
        for (_, source), (_, mark) in self._world.stores[self._process.service].content.checkpoints.items():
            if source != self._process.service and mark.position:
                seen[source] = max(seen.get(source, 0), mark.position)
        return seen

    async def read_stream(self, stream_id: UUID, after: int = 0) -> Sequence[Recorded]:
        await self._process.point()
        return await self._log.read_stream(stream_id, after)

    async def find_command(self, command_id: UUID, request_hash: bytes) -> Appended | None:
        await self._process.point()
        return await self._log.find_command(command_id, request_hash)


def _order(cause: str) -> Order:
    return Order(
        f"raise:{cause}", (Decision(library.alarm, alarm_id(cause), library.Raise(cause=cause)),), "33"
    )


def _alarms(world: World, process: Process) -> Reaction:
    """An alarm for each damage."""
    reaction = Reaction("damages", (STOCK,))

    @reaction.on(library.Damaged)
    async def damaged(event: library.Damaged, _: Recorded, __: Views, ___: datetime) -> Sequence[Order]:
        await process.point()
        # Only what the views show is told of.
        assert event.book_id in {
            key[0] for key in standing_rows(world.stores["loans"], world.shelves)["books"]
        }
        return [_order(f"damage:{event.book_id}:{event.how_often}")]

    return reaction


def _often(world: World, process: Process) -> Sweep:
    """One alarm for a book that was damaged too often."""

    async def sweep(_: Views, __: datetime) -> Sequence[Order]:
        await process.point()
        books = standing_rows(world.stores["loans"], world.shelves)["books"]
        return [_order(f"often:{key[0]}") for key, row in books.items() if row["damages"] >= OFTEN]

    async def next_time(_: Views, __: datetime) -> None:
        """Only the views count."""

    return Sweep("often", sweep, next_time)


@dataclass
class World:
    """Everything, from a seed."""

    seed: int

    def __post_init__(self) -> None:
        self.rng = rng = Random(self.seed)
        self.drops, self.doubles = rng.choice((0.0, 0.1, 0.4)), rng.choice((0.0, 0.1, 0.4))
        self.silence = rng.choice((0.0, 0.05, 0.3))
        """How often a log does not answer."""
        self.shelves = shelves()
        self.projections: Mapping[str, Sequence[Projection]] = {
            "stock": [library.lent_out()],
            "loans": [self.shelves, library.counted()],
        }
        self.logs = {name: MemoryLog(name, self) for name in ("stock", "loans")}
        self.stores = {name: Store() for name in self.logs}
        self.streams: dict[str, list[Recorded]] = {name: [] for name in self.logs}
        self.history: list[Recorded] = []
        """All events of both logs in the order of their commits."""
        self.processes: dict[str, list[Process]] = {"stock": [], "loans": []}
        self.books = [UUID(int=rng.getrandbits(128), version=4) for _ in range(3)]
        self.readers = [UUID(int=rng.getrandbits(128), version=4) for _ in range(2)]
        self.answers: dict[UUID, tuple[str, Appended]] = {}
        self.refused: set[UUID] = set()
        self.wrong: list[str] = []
        self.lives = rng.randint(2, 8)
        """Processes that die; the later ones live on."""

    def now(self) -> datetime:
        """As a `Clock`: the loop's time."""
        return DAWN + timedelta(seconds=asyncio.get_running_loop().time())

    # -- life ----------------------------------------------------------------------------------------

    async def play(self) -> list[str]:
        """Run the schedule to its end and look what is wrong."""
        keepers = [asyncio.create_task(self._keep(name)) for name in ("stock", "loans", "loans")]
        keepers += [asyncio.create_task(self._relay(name)) for name in self.logs]
        schedule = asyncio.create_task(self._schedule())
        try:
            await asyncio.wait({schedule, *keepers}, return_when=asyncio.FIRST_COMPLETED)
            for task in (schedule, *keepers):
                if task.done():
                    task.result()
        finally:
            for task in (schedule, *keepers):
                task.cancel()
            await asyncio.gather(schedule, *keepers, return_exceptions=True)
        return [*self.wrong, *self._judge()]

    async def _schedule(self) -> None:
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await asyncio.gather(*(self._client(number) for number in range(3)), self._rebuild())
                self.silence = 0.0
                await self._rest()
        except TimeoutError:
            self.wrong.append("a client waits for ever")

    async def _keep(self, service: str) -> None:
        while True:
            self.lives -= 1
            process = Process(self, service, self.rng.randint(20, 400) if self.lives > 0 else 10**9)
            self.processes[service].append(process)
            await process.live()
            self.processes[service].remove(process)
            await asyncio.sleep(self.rng.choice((0.1, 2.0)))

    async def _relay(self, service: str) -> None:
        """What is committed comes onto the stream, in order, some time later."""
        while True:
            await asyncio.sleep(self.rng.choice((0.1, 0.5, 3.0)))
            log, stream = self.logs[service].events, self.streams[service]
            stream += log[len(stream) : len(stream) + self.rng.randint(1, 5)]

    async def _rebuild(self) -> None:
        for _ in range(self.rng.randint(0, 2)):
            await asyncio.sleep(self.rng.choice((0.5, 3.0)))
            living = self.processes["loans"]
            if living:
                with suppress(Died, RebuildRunning, ConnectionError, KeyError):
                    await self.rng.choice(living).subscriptions.rebuild(
                        self.rng.choice(("shelves", "counted"))
                    )

    # -- clients -------------------------------------------------------------------------------------

    async def _client(self, number: int) -> None:
        for _ in range(self.rng.randint(2, 5)):
            book, reader = self.rng.choice(self.books), self.rng.choice(self.readers)
            match self.rng.randrange(5):
                case 0:
                    await self._command("stock", _buy(book, f"书{number}{self.rng.random():.3f}"))
                case 1:
                    await self._command("stock", _buy(book, "书"))
                    await self._command("stock", _step(library.book, book, library.Damage(book_id=book)))
                case 2 | 3:
                    await self._command("stock", _buy(book, "书"))
                    lend = library.Lend(book_id=book, reader_id=reader)
                    steps = (_step(library.loan, book, lend), _step(library.reader, reader, lend))
                    await self._command("loans", *steps, after=("stock", book))
                case _:
                    back = library.GiveBack(book_id=book, reader_id=reader)
                    steps = (_step(library.loan, book, back), _step(library.reader, reader, back))
                    await self._command("loans", *steps)
            self._look()
            await asyncio.sleep(self.rng.choice(DELAYS))

    async def _command(self, service: str, *steps: Decision, after: tuple[str, UUID] | None = None) -> None:
        """Until somebody answers; then perhaps once more."""
        key = UUID(int=self.rng.getrandbits(128), version=4)
        context = Context(key, key.bytes, "client", "party", "33", key)
        for again in range(self.rng.choice((1, 1, 2))):
            answer = await self._ask(service, context, steps, after)
            if answer is None:
                return
            first = self.answers.setdefault(key, (service, answer))[1]
            if again and (answer.position, answer.result) != (first.position, first.result):
                self.wrong.append(f"I1: answered {answer}, first {first}")

    async def _ask(
        self, service: str, context: Context, steps: Sequence[Decision], after: tuple[str, UUID] | None
    ) -> Appended | None:
        while True:
            living = [one for one in self.processes[service] if not one.dead]
            await asyncio.sleep(0.0 if living else 0.1)
            if not living:
                continue
            process = self.rng.choice(living)
            try:
                if after is not None and not await self._shows(process, after[1]):
                    continue
                return await process.handler.handle(context, *steps)
            except Refusal:
                self.refused.add(context.command_id)
                return None
            except Died:
                continue

    async def _shows(self, process: Process, book: UUID) -> bool:
        """Whether the process's own views know the book: nobody lends what they do not see."""
        await process.point()
        schemas = self.stores["loans"].content.schemas
        shown = "shelves" in schemas and (book,) in schemas["shelves"]["books"]
        # What a decision saw stands in its events as `seen`, read from the feeds' positions.
        if not shown or process.subscriptions.positions().get("stock", 0) == 0:
            await asyncio.sleep(0.2)
            return False
        return True

    def _look(self) -> None:
        """I3, as a reader who may not know prices."""
        if "shelves" not in self.stores["loans"].content.schemas:
            return
        for row in standing_rows(self.stores["loans"], self.shelves)["books"].values():
            shown = BookShown(book_id=row["book_id"], title=row["title"], price=row["price"])
            if SECRET in masked(shown, frozenset()).model_dump_json():
                self.wrong.append("I3: a price was shown")

    # -- the end -------------------------------------------------------------------------------------

    async def _rest(self) -> None:
        """Until everything has been taken by everybody."""
        deadline = asyncio.get_running_loop().time() + REST_SECONDS
        while self._behind():
            if asyncio.get_running_loop().time() > deadline:
                self.wrong.append(f"did not come to rest: {self._behind()}")
                return
            await asyncio.sleep(0.5)

    def _behind(self) -> list[str]:
        found = []
        for service, processes in self.processes.items():
            content = self.stores[service].content
            found += [] if processes else [f"{service} is down"]
            for (reader, source), (_, mark) in content.checkpoints.items():
                if not reader.endswith("__next") and mark.position != len(self.logs[source].events):
                    found.append(f"{reader}<{source} {mark.position}")
            for (reaction, source), position in content.reactions.items():
                if position != len(self.logs[source].events):
                    found.append(f"{reaction}<{source} {position}")
        return found + sorted(self._expected_alarms() - self._alarms().keys())

    def _expected_alarms(self) -> set[str]:
        found = set()
        for event in self._decoded(STOCK):
            if isinstance(event, library.Damaged):
                found.add(f"damage:{event.book_id}:{event.how_often}")
                if event.how_often >= OFTEN:
                    found.add(f"often:{event.book_id}")
        return found

    def _alarms(self) -> Counter[str]:
        return Counter(event.cause for event in self._decoded(LOANS) if isinstance(event, library.Alarmed))

    def _decoded(self, types: EventTypes) -> list[Event]:
        return [types.decode(one) for one in self.logs[types.service].events]

    def _judge(self) -> list[str]:
        return [*self._each_once(), *self._tables(), *self._alarms_follow()]

    def _each_once(self) -> list[str]:
        known = {name: log._commands for name, log in self.logs.items()}
        wrong = [
            f"I1: {key} is lost" for key, (service, _) in self.answers.items() if key not in known[service]
        ]
        wrong += [
            f"I1: {key} was refused and written"
            for key in self.refused
            for log in known.values()
            if key in log
        ]
        held: Counter[UUID] = Counter()
        for event in self._decoded(LOANS):
            if isinstance(event, library.PlaceTaken | library.PlaceFreed):
                held[event.reader_id] += 1 if isinstance(event, library.PlaceTaken) else -1
                if held[event.reader_id] > library.PLACES:
                    wrong.append(f"I1: {event.reader_id} has too many books")
        return wrong

    def _tables(self) -> list[str]:
        wrong = []
        for service, projections in self.projections.items():
            wrong += [f"I2: parked {one}" for one in self.stores[service].content.parked.values()]
            for projection in projections:
                sources = {types.service for types in projection.sources}
                folds = fold_rows(projection, [one for one in self.history if one.service in sources])
                stored = standing_rows(self.stores[service], projection)
                if stored != folds:
                    wrong.append(f"I2: {projection.name} is {stored}, folded {folds}")
        return wrong

    def _alarms_follow(self) -> list[str]:
        alarms, expected = self._alarms(), self._expected_alarms()
        return [f"I5: {cause} was raised {alarms[cause]} times" for cause in alarms.keys() | expected
                if alarms[cause] != (1 if cause in expected else 0)]  # fmt: skip


def _buy(book: UUID, title: str) -> Decision:
    return _step(library.book, book, library.Buy(book_id=book, title=title))


def _step(decider: Any, stream_id: UUID, command: Any) -> Decision:
    return Decision(decider, UUID(int=stream_id.int ^ sum(decider.stream_type.encode())), command)
