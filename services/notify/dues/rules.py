"""What a due knows: since when something has not been done, and whether it has to be done at all.

The rules say which facts move it (`Rule.starts` …); `due_changes` derives from them what one event does.
Facts reach a due from several services and late, so their order must not matter: every move only raises a
maximum or wins by its own moment. The same facts in any order, once or twice, give the same due.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import Enum
from typing import TypeAlias, assert_never

from services.notify.calendar import day_begins
from services.notify.rulebook.clocks import OCCURRED, Signal, on
from services.notify.rulebook.events import RuleName
from services.notify.rulebook.rule import Rule
from services.notify.rulebook.rules import DEFAULTS
from services.notify.terms import Subject
from services.registry.events import ChildExited
from shared import Event, utc

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
    key: str
    """The due's subject as one word; with the rule it is the due's identity."""
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


# -- which fact does what ----------------------------------------------------------------------------

Clocks: TypeAlias = Mapping[type[Event], tuple[tuple[Rule, Move, Signal], ...]]
"""By event type: the rules whose clocks it moves, and how."""

CHILD_LEFT = on(ChildExited, holder="exit")
"""Ends what is due for the child; an open finding or danger report is no such thing."""


def clocks_of(rules: Iterable[Rule]) -> Clocks:
    """The clocks of the rules, by the events that move them."""
    clocks = defaultdict[type[Event], list[tuple[Rule, Move, Signal]]](list)
    for rule in rules:
        for move, signal in _signals(rule):
            clocks[signal.event_type].append((rule, move, signal))
    return {event_type: tuple(moves) for event_type, moves in clocks.items()}


def _signals(rule: Rule) -> Iterator[tuple[Move, Signal]]:
    covers = (CHILD_LEFT, *rule.covers) if rule.subject == "child_id" else rule.covers
    for move, signals in (
        (Move.NEEDED, rule.starts),
        (Move.NOT_NEEDED, rule.ends),
        (Move.DONE, rule.done),
        (Move.COVERED, covers),
        (Move.UNCOVERED, rule.uncovers),
        (Move.KEY_SUPPORT, rule.to_key_support),
        (Move.ORDINARY, rule.to_ordinary),
    ):
        yield from ((move, signal) for signal in signals)


CLOCKS: Clocks = clocks_of(DEFAULTS.values())


def due_changes(event: Event, occurred_at: datetime, clocks: Clocks = CLOCKS) -> tuple[DueChange, ...]:
    """What the event does to which dues; nothing if it concerns none."""
    return tuple(
        _change(rule, move, signal, event, occurred_at)
        for rule, move, signal in clocks.get(type(event), ())
        if signal.when(event)
    )


def _change(rule: Rule, move: Move, signal: Signal, event: Event, occurred_at: datetime) -> DueChange:
    subject = Subject.model_validate({name: getattr(event, name) for name in (rule.subject, *rule.names)})
    return DueChange(
        rule=rule.name,
        key=rule.key_of(subject),
        subject=subject,
        move=move,
        at=_moment(signal.at, event, occurred_at),
        holder=signal.holder.format_map(dict(event)),
        since=_moment(signal.runs_from, event, occurred_at) if signal.runs_from else None,
        division=getattr(event, signal.division) if signal.division else None,
    )


def _moment(name: str, event: Event, occurred_at: datetime) -> datetime:
    """The field's moment; of a day its first one, here."""
    value: date = occurred_at if name == OCCURRED else getattr(event, name)
    return value if isinstance(value, datetime) else day_begins(value)


# -- what becomes of a due ---------------------------------------------------------------------------


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


def advance(due: Due, change: DueChange, position: int) -> Due:
    """The due after one more fact."""
    stamp = (utc(change.at).isoformat(), position)
    since = max(due.since, utc(change.since or change.at))
    moved = max(due.moved, stamp)
    match change.move:
        case Move.NEEDED:
            return replace(due, needs=_held(due.needs, change, stamp), since=since, moved=moved)
        case Move.NOT_NEEDED:
            return replace(due, needs=_held(due.needs, change, stamp), moved=moved)
        case Move.COVERED:
            return replace(due, covers=_held(due.covers, change, stamp), moved=moved)
        case Move.UNCOVERED:
            return replace(due, covers=_held(due.covers, change, stamp), since=since, moved=moved)
        case Move.DONE:
            return replace(due, since=since, moved=moved)
        case Move.KEY_SUPPORT | Move.ORDINARY:
            said = (change.move is Move.KEY_SUPPORT, stamp)
            return replace(due, key_support=max(due.key_support, said, key=lambda one: one[1]))
        case _:
            assert_never(change.move)


def _held(
    holders: Mapping[str, tuple[bool, Stamp]], change: DueChange, stamp: Stamp
) -> Mapping[str, tuple[bool, Stamp]]:
    on = change.move in {Move.NEEDED, Move.COVERED}
    known = holders.get(change.holder)
    return holders if known and known[1] >= stamp else {**holders, change.holder: (on, stamp)}


def cause_of(rule: RuleName, key: str, since: datetime) -> str:
    """The one cause of an alert: this rule, this subject, not done since then."""
    return f"{rule}:{key}:{utc(since):%Y%m%dT%H%M%SZ}"
