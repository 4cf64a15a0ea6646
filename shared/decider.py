"""An aggregate is three plain things: an initial state, `decide` and `evolve`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Generic, TypeVar

from shared.messages import Command, Event

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
