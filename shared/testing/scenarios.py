"""Given these events, when this command, then these events (or this refusal)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.decider import Decider
from shared.messages import Command, Event
from shared.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision came to."""

    events: tuple[Event, ...]
    refusal: Refusal | None

    def then(self, *events: Event) -> None:
        """Exactly these events were decided."""
        assert self.refusal is None, f"refused: {self.refusal}"
        assert self.events == events

    def then_nothing(self) -> None:
        """It already held: no event, no refusal."""
        self.then()

    def then_refused(self, rule: type[Refusal]) -> None:
        """It was refused by exactly this rule."""
        assert type(self.refusal) is rule, f"decided {self.events}, refused by {self.refusal!r}"


@dataclass(frozen=True, slots=True)
class Given:
    """A stream's history."""

    decider: Decider[Any, Any, Any]
    history: Sequence[Event]

    def when(self, command: Command) -> Outcome:
        """Decide `command` on the folded history."""
        try:
            events = self.decider.decide(command, self.decider.fold(self.history))
        except Refusal as refusal:
            return Outcome((), refusal)
        return Outcome(tuple(events), None)


def given(decider: Decider[Any, Any, Any], *history: Event) -> Given:
    """A stream with this history (none: a new stream)."""
    return Given(decider, history)
