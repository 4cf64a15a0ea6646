"""The signals that rules listen to: which fact moves a clock, from when on, and for whom it speaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from string import Formatter
from typing import Any, Literal, TypeAlias, TypeVar

from shared import Event

SubjectId: TypeAlias = Literal[
    "child_id", "organisation_id", "report_id", "mentor_id", "place_id", "finding_id", "campaign_id"
]
"""A field of `Subject`."""
OCCURRED = "occurred_at"
"""The moment in the event's envelope, where the event has no better one."""

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Signal:
    """A fact that moves a rule's clock; made by `on`."""

    event_type: type[Event]
    at: str
    """The event's field that says since when it is true, a day or a moment; or `OCCURRED`."""
    holder: str
    """Whose reason or cover it is. `{field}` stands for a field of the event."""
    when: Callable[[Any], bool]
    """Whether this event is one; others of its type do nothing."""
    runs_from: str | None
    """Like `at`: from when the clock runs, where that is later than `at`."""
    division: str | None
    """The event's field that says where it is, if it says it better than the envelope."""


def always(_: Event) -> bool:
    """Every event of the type is a signal."""
    return True


def on(
    event_type: type[E],
    at: str = OCCURRED,
    *,
    holder: str = "",
    when: Callable[[E], bool] = always,
    runs_from: str | None = None,
    division: str | None = None,
) -> Signal:
    """A signal. Raises `ValueError` where the event has no field of a name that is given."""
    named = {at, runs_from, division, *(field for _, field, _, _ in Formatter().parse(holder))}
    if unknown := named - {None, OCCURRED, *event_type.model_fields}:
        raise ValueError(f"{event_type.__name__} has no field {unknown}")
    return Signal(event_type, at, holder, when, runs_from, division)
