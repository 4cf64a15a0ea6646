"""An aggregate is three plain things: an initial state, `decide` and `evolve`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from typing import Generic, TypeVar

from shared.messages import Command, Event
from shared.refusals import Refusal

C = TypeVar("C", bound=Command)
S = TypeVar("S")
E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Decider(Generic[C, S, E]):
    """Pure rules of one kind of stream. No I/O, no clock, no ids inside: they come in with the command."""

    stream_type: str
    initial_state: S
    decide: Callable[[C, S], Sequence[E]]
    """The facts that follow from the command, none if it already holds. Raises `Refusal`."""
    evolve: Callable[[S, E], S]
    """The state after one fact. Never refuses: history is true."""

    def fold(self, events: Iterable[E], state: S | None = None) -> S:
        """The state after `events`, from `state` or from the beginning."""
        return reduce(self.evolve, events, self.initial_state if state is None else state)


class Once(Enum):
    """The situations of what is recorded once and never changes."""

    UNRECORDED = "unrecorded"
    RECORDED = "recorded"


def record_once(stream_type: str, decide: Callable[[C], E], *, again: type[Refusal]) -> Decider[C, Once, E]:
    """The decider of what is recorded once: `decide` says the fact, or the rule that it breaks.

    `again` is raised at a second record.
    """

    def decide_once(command: C, state: Once) -> Sequence[E]:
        if state is Once.RECORDED:
            raise again
        return [decide(command)]

    def evolve(_: Once, __: E) -> Once:
        return Once.RECORDED

    made: Decider[C, Once, E] = Decider(stream_type, Once.UNRECORDED, decide_once, evolve)
    return made
