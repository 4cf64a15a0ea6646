"""For any schedule of crashes, losses, repeats and delays: nothing lost, nothing doubled.

A failure names its seed; `GUANAI_SEED=<seed>` plays that schedule alone, the same way each time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import count, takewhile
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest

from shared import reactions
from shared.commands import CommandHandler
from shared.eventlog.records import Append
from shared.projections import projector, reacting, source_subscription
from shared.projections.checkpoints import Checkpoint, Checkpoints
from shared.projections.definition import Projection
from shared.projections.projector import ReadyEvents, ready_events
from shared.testing.memory import MemoryLog
from tests.shared.simulation import library
from tests.shared.simulation.conftest import Play

SEED = "GUANAI_SEED"
SECONDS = 15.0
"""As many schedules as fit are played: some thousands where the machine has nothing else to do."""
AT_LEAST = 50
ENOUGH = 200
"""Within so many schedules a planted fault must have shown itself."""


def seeds() -> Iterable[int]:
    """Other schedules in every run, or the one that is asked for."""
    if asked := os.environ.get(SEED):
        return [int(asked)]
    first, end = uuid4().int % 10**9, monotonic() + SECONDS
    return takewhile(lambda seed: seed < first + AT_LEAST or monotonic() < end, count(first))


@pytest.mark.slow
def test_any_schedule_comes_to_the_same(schedule: Play) -> None:
    """Commands happen once, tables equal a fold of all events, no price is shown, alarms are raised once."""
    for seed in seeds():
        assert schedule(seed)[0] == [], f"{SEED}={seed}"


def test_a_seed_gives_the_same_schedule(schedule: Play) -> None:
    """A failing seed fails again."""
    for seed in (3, 8, 21):
        assert schedule(seed)[1] == schedule(seed)[1]


# -- planted faults: what a schedule must find ---------------------------------------------------------


def _ignores_seen(projection: Projection, progress: Checkpoints, events: Any) -> ReadyEvents:
    blind = [replace(one, metadata=one.metadata.model_copy(update={"seen": {}})) for one in events]
    return ready_events(projection, progress, blind)


def _ignores_checkpoints(projection: Projection, progress: Checkpoints, events: Any) -> ReadyEvents:
    if not events:
        return ReadyEvents(())
    before = {events[0].service: Checkpoint(events[0].position - 1, None)}
    return ready_events(projection, Checkpoints(progress.version, {**progress.marks, **before}), events)


def _forgets_commands(patch: pytest.MonkeyPatch) -> None:
    append = MemoryLog.append

    async def anew(self: MemoryLog, one: Append) -> Any:
        self._commands.pop(one.command_id, None)
        return await append(self, one)

    patch.setattr(MemoryLog, "append", anew)


def _never_looks_for_the_first_answer(patch: pytest.MonkeyPatch) -> None:
    async def none(*_: Any) -> None:
        return None

    patch.setattr(CommandHandler, "first_answer", none)


def _names_orders_anew(patch: pytest.MonkeyPatch) -> None:
    def anew(*words: Any) -> Any:
        return replace(reactions.context_of(*words), command_id=uuid4())

    patch.setattr(reacting, "context_of", anew)
    _decides_without_looking(patch)


def _decides_without_looking(patch: pytest.MonkeyPatch) -> None:
    careless = replace(library.alarm, decide=lambda command, _: [library.Alarmed(cause=command.cause)])  # type: ignore[attr-defined]
    patch.setattr(library, "alarm", careless)


def _trusts_gaps(patch: pytest.MonkeyPatch) -> None:
    async def jump(self: source_subscription.SourceSubscription, position: int, limit: int = 1000) -> Any:
        return [one for one in self._recent if one.position > position][:limit]

    patch.setattr(source_subscription.SourceSubscription, "after", jump)
    patch.setattr(projector, "ready_events", _ignores_checkpoints)


PLANTED: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "seen is ignored": lambda patch: patch.setattr(projector, "ready_events", _ignores_seen),
    "the checkpoint is not compared": lambda patch: patch.setattr(
        projector, "ready_events", _ignores_checkpoints
    ),
    "the log forgets commands": _forgets_commands,
    "a refused retry is not looked up": _never_looks_for_the_first_answer,
    "orders get new ids": _names_orders_anew,
    "gaps are stepped over": _trusts_gaps,
    "sweeps rest although the views have moved": lambda patch: patch.setattr(
        reacting._Rest, "holds", lambda *_: True
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(schedule: Play, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """The schedules are hard enough to find what they are for."""
    PLANTED[fault](monkeypatch)
    assert any(schedule(seed)[0] for seed in range(ENOUGH)), f"{ENOUGH} schedules did not notice: {fault}"
