"""What a due knows: since when something has not been done, and whether it has to be done at all.

Facts reach a due from several services and late, so their order must not matter: every move only raises a
maximum or wins by its own moment. The same facts in any order, once or twice, give the same due.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from typing import assert_never

from services.notify.rulebook.events import RuleName
from services.notify.rulebook.rules import subject_key
from services.notify.terms import Subject
from shared import utc

Stamp = tuple[str, int]
"""Moment of a fact (ISO, UTC) and its position in its log: which of two facts came later."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Move(Enum):
    """What a fact does to a due."""

    NEEDED = "needed"
    """The holder gives a reason to do it; the clock starts."""
    NOT_NEEDED = "not_needed"
    """The holder's reason is gone."""
    COVERED = "covered"
    """While the holder lasts nothing is due."""
    UNCOVERED = "uncovered"
    """The holder no longer covers it; the clock starts anew."""
    DONE = "done"
    """It was done; the clock starts anew."""
    KEY_SUPPORT = "key_support"
    """From now on the shorter interval counts."""
    ORDINARY = "ordinary"
    """From now on the ordinary interval counts."""


@dataclass(frozen=True, slots=True)
class DueChange:
    """What one event does to one due."""

    rule: RuleName
    subject: Subject
    move: Move
    at: datetime
    """When it was true: decides which of two facts about one holder is the later."""
    holder: str = ""
    """Whose reason or cover it is, e.g. `pairing:<id>`."""
    since: datetime | None = None
    """From when the clock runs, where that is later than `at`."""
    division: str | None = None
    """Where it is, if the event says it better than its envelope."""

    @property
    def key(self) -> str:
        """The due's subject as one word; with the rule it is the due's identity."""
        return subject_key(self.rule, self.subject)


@dataclass(frozen=True, slots=True)
class Due:
    """Whether and since when something must be done for one subject."""

    since: datetime = LONG_AGO
    needs: Mapping[str, tuple[bool, Stamp]] = field(default_factory=dict)
    covers: Mapping[str, tuple[bool, Stamp]] = field(default_factory=dict)
    key_support: tuple[bool, Stamp] = (False, ("", 0))
    moved: Stamp = ("", 0)
    """The latest fact that moved it: what settles an alert."""

    @property
    def standing(self) -> bool:
        """Whether it has to be done: somebody needs it and nothing covers it."""
        return any(on for on, _ in self.needs.values()) and not any(on for on, _ in self.covers.values())


def advance(due: Due, step: DueChange, position: int) -> Due:
    """The due after one more fact."""
    stamp = (utc(step.at).isoformat(), position)
    since = max(due.since, utc(step.since or step.at))
    moved = max(due.moved, stamp)
    match step.move:
        case Move.NEEDED:
            return replace(due, needs=_held(due.needs, step, stamp), since=since, moved=moved)
        case Move.NOT_NEEDED:
            return replace(due, needs=_held(due.needs, step, stamp), moved=moved)
        case Move.COVERED:
            return replace(due, covers=_held(due.covers, step, stamp), moved=moved)
        case Move.UNCOVERED:
            return replace(due, covers=_held(due.covers, step, stamp), since=since, moved=moved)
        case Move.DONE:
            return replace(due, since=since, moved=moved)
        case Move.KEY_SUPPORT | Move.ORDINARY:
            said = (step.move is Move.KEY_SUPPORT, stamp)
            return replace(due, key_support=max(due.key_support, said, key=lambda one: one[1]))
        case _:
            assert_never(step.move)


def _held(
    holders: Mapping[str, tuple[bool, Stamp]], step: DueChange, stamp: Stamp
) -> Mapping[str, tuple[bool, Stamp]]:
    on = step.move in {Move.NEEDED, Move.COVERED}
    known = holders.get(step.holder)
    return holders if known and known[1] >= stamp else {**holders, step.holder: (on, stamp)}


def cause_of(rule: RuleName, key: str, since: datetime) -> str:
    """The one cause of an alert: this rule, this subject, not done since then."""
    return f"{rule}:{key}:{utc(since):%Y%m%dT%H%M%SZ}"
