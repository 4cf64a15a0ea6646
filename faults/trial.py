"""One trial: a fresh system, the workload, a fault while it runs, healing, rest, and what must hold then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from faults.cluster import PATIENCE_SECONDS, Cluster, NotCaughtUp, cluster
from faults.disks import NoMount
from faults.evidence import Evidence, gather_evidence
from faults.folds import tables_equal_a_fold
from faults.history import History
from faults.invariants import (
    alerts_follow,
    each_once,
    log_is_sound,
    missing_alerts,
    places_are_kept,
    reads_are_recorded,
)
from faults.people import People
from faults.readers import keep_looking
from faults.watch import TOLD, Watch
from faults.workload import Workload
from shared.failpoints import VARIABLE

REPEATED_AT_THE_END = 150
"""Deeds whose answer is asked for again after everything."""


class Skipped(Exception):
    """This machine cannot do what the case needs; the message says what."""


@dataclass
class Trial:
    """What a fault may use, and what it says about itself."""

    cluster: Cluster
    people: People
    workload: Workload
    history: History
    watch: Watch
    rng: Random
    short: bool
    schedule: list[str] = field(default_factory=list)
    """What was done, and when."""
    wrong: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def note(self, what: str) -> None:
        """Write down what is done now."""
        self.schedule.append(f"{time.monotonic() - self.began:6.1f} s  {what}")

    def expect(self, holds: bool, what: str) -> None:
        """What those who run the system must have been shown."""
        if not holds:
            self.wrong.append(f"seen: {what}")

    async def expect_soon(self, holds: Callable[[], bool], what: str) -> None:
        """What they must be shown, as soon as the machine comes to it."""
        self.expect(await self.until(holds), what)

    @asynccontextmanager
    async def armed(self, name: str, point: str, nth: int = 1) -> AsyncIterator[None]:
        """Within, a service is about to die by its own hand; afterwards it has, and lives as others do."""
        before = self.cluster.deaths[name]
        self.cluster.keep(name, **{VARIABLE: f"{point}:{nth}"})
        await self.cluster.kill(name)
        yield
        # The first death is ours, the second its own.
        await self.expect_soon(lambda: self.cluster.deaths[name] > before + 1, f"{name} died at '{point}'")
        self.cluster.keep(name, **{VARIABLE: ""})
        await self.cluster.kill(name)

    async def pause(self, low: float, high: float) -> None:
        """Let the workload go on for some seconds, by the seed."""
        await asyncio.sleep(self.rng.uniform(low, high))

    async def until(self, holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
        """Wait until something holds; whether it did."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.1)
        return True

    def seconds(self, full: float, short: float) -> float:
        """How long a fault lasts."""
        return short if self.short else full


@dataclass(frozen=True)
class Case:
    """One kind of fault."""

    name: str
    title: str
    inject: Callable[[Trial], Awaitable[None]]
    short: bool = False
    """Part of the short form."""
    clock: bool = False
    """The system lives by a clock that the fault may set."""
    disks: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[Trial, Evidence], Awaitable[None]] | None = None
    """What must hold besides, after rest."""
    loses: bool = False
    """The fault undoes what was acknowledged (an older backup): the case checks itself what remains."""


@dataclass(frozen=True)
class Outcome:
    """How one trial ended."""

    case: str
    title: str
    seed: int
    seconds: float
    wrong: tuple[str, ...] = ()
    skipped: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    schedule: tuple[str, ...] = ()
    alarms: tuple[tuple[str, str], ...] = ()
    """Each check that operators saw failing, and what it said."""
    greatest: Mapping[str, float] = field(default_factory=dict)
    """The greatest value at which they saw each metric."""

    @property
    def passed(self) -> bool:
        """Nothing was wrong."""
        return not self.wrong and self.skipped is None


async def run_case(case: Case, seed: int, *, short: bool, keep: Path | None = None) -> Outcome:
    """A whole trial. What breaks the trial itself counts as wrong."""
    began = time.monotonic()
    trial: Trial | None = None
    wrong: list[str] = []
    skipped = None
    logs = None if keep is None else keep / f"{case.name}-{seed}"
    try:
        async with cluster(clock=case.clock, disks=case.disks, settings=case.settings, keep=logs) as system:
            trial = _trial(system, case, seed, short=short)
            try:
                await _play(trial, case)
            finally:
                await trial.people.close()
    except (NoMount, Skipped) as lacking:
        skipped = str(lacking)
    except NotCaughtUp as behind:
        wrong.append(f"did not come to rest: {behind}"[:1500])
    except Exception as error:  # noqa: BLE001 -- the other cases go on
        wrong.append(f"trial: {type(error).__name__}: {error}"[:1500])
    seconds = time.monotonic() - began
    if trial is None:
        return Outcome(case.name, case.title, seed, seconds, tuple(wrong), skipped)
    wrong += [*trial.history.wrong, *dict.fromkeys(trial.people.leaks), *trial.wrong]
    counts = {
        **trial.history.counts(),
        "answers": trial.people.answers,
        "personal": len(trial.people.read),
    }
    return Outcome(
        *(case.name, case.title, seed, seconds, tuple(wrong), skipped, counts),
        schedule=tuple(trial.schedule),
        alarms=tuple(trial.watch.alarms()),
        greatest={metric: trial.watch.greatest(metric) for metric in TOLD},
    )


def _trial(system: Cluster, case: Case, seed: int, *, short: bool) -> Trial:
    people, history = People(system), History()
    clock = system.clock
    workload = Workload(
        *(people, history, Random(f"{seed} {case.name} workload")),
        now=clock.now if clock else lambda: datetime.now(UTC),
    )
    rng = Random(f"{seed} {case.name} fault")
    return Trial(system, people, workload, history, Watch(system), rng, short)


async def _play(trial: Trial, case: Case) -> None:
    await trial.workload.set_up()
    trial.began = time.monotonic()
    looking = Random(f"eyes {case.name}")
    beside = [
        asyncio.create_task(trial.watch.run()),
        *(asyncio.create_task(keep_looking(trial.people, trial.workload, looking)) for _ in range(2)),
    ]
    working = asyncio.create_task(trial.workload.run())
    try:
        await case.inject(trial)
        trial.workload.stop()
        trial.note("healed")
        await trial.cluster.heal()
        await asyncio.wait_for(working, PATIENCE_SECONDS)
        await trial.cluster.caught_up()
        trial.note("at rest")
    finally:
        for task in [*beside, working]:
            task.cancel()
        await asyncio.gather(*beside, working, return_exceptions=True)
    await _judge(trial, case)


async def _judge(trial: Trial, case: Case) -> None:
    await _wait_for_alerts(trial)
    history, now = trial.history, trial.workload.now()
    if not case.loses:
        acknowledged = history.acknowledged
        for operation in trial.rng.sample(acknowledged, min(len(acknowledged), REPEATED_AT_THE_END)):
            await history.repeat(operation)
    # What was read since is still on its way: a tenth of a second.
    read = [*trial.people.read]
    await asyncio.sleep(1)
    evidence = await gather_evidence(trial.cluster)
    if not case.loses:
        trial.wrong += [*each_once(history, evidence), *places_are_kept(history, evidence)]
        trial.wrong += reads_are_recorded(read, evidence)
    trial.wrong += [*log_is_sound(evidence), *alerts_follow(evidence, now)]
    trial.wrong += await tables_equal_a_fold(trial.cluster, evidence)
    if case.check is not None:
        await case.check(trial, evidence)


async def _wait_for_alerts(trial: Trial) -> None:
    """Until every expected alert is there, or time is up, and the views show it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        evidence = await gather_evidence(trial.cluster, streams=False)
        if not missing_alerts(evidence, trial.workload.now()):
            break
        await asyncio.sleep(1)
    with suppress(NotCaughtUp):
        await trial.cluster.caught_up()
