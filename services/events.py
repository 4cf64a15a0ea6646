"""What an event of this system says of itself: to whose files it belongs, what it reveals, what it is called.

Every type says it once, and read models derive from it what they need: timelines, whose figures change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from services.language import DataClass
from shared import Bilingual, Event, EventTypes


@dataclass(frozen=True, slots=True)
class Description:
    """What holds of all events of one type."""

    name: Bilingual
    """What has happened, in two or three words."""
    subjects: tuple[str, ...] = ()
    """Its fields with the ids of the children and mentors to whose files it belongs."""
    timeline: str | None = None
    """Its field with the ids of the children in whose timelines it appears; None = in none."""
    reveals: DataClass | None = None
    """The class of data that the mere fact belongs to; None = who reads of the child at all may know it."""


class DomainEvent(Event):
    """An event that describes itself; all services publish such events and no others."""

    description: ClassVar[Description]

    def subjects(self) -> tuple[UUID, ...]:
        """The children and mentors to whose files it belongs."""
        return tuple(one for name in self.description.subjects for one in self._ids(name))

    def timelines(self) -> tuple[UUID, ...]:
        """The children in whose timelines it appears."""
        name = self.description.timeline
        return () if name is None else self._ids(name)

    def _ids(self, name: str) -> tuple[UUID, ...]:
        value: Any = getattr(self, name)
        return value if isinstance(value, tuple) else (value,)


def of_child(zh: str, en: str, *, reveals: DataClass | None = None, in_timeline: bool = True) -> Description:
    """Of an event that belongs to the file of its `child_id`."""
    timeline = "child_id" if in_timeline else None
    return Description(Bilingual(zh, en), ("child_id",), timeline, reveals)


def of_children(zh: str, en: str, *, reveals: DataClass | None = None) -> Description:
    """Of an event that belongs to the files of many `children`, and appears in no timeline."""
    return Description(Bilingual(zh, en), ("children",), None, reveals)


def of_pair(zh: str, en: str, *, in_timeline: bool = True) -> Description:
    """Of an event between a child and a mentor, `child_id` and `mentor_id`; it belongs to both."""
    timeline = "child_id" if in_timeline else None
    return Description(Bilingual(zh, en), ("child_id", "mentor_id"), timeline)


def of_mentor(zh: str, en: str) -> Description:
    """Of an event that belongs to the file of its `mentor_id`."""
    return Description(Bilingual(zh, en), ("mentor_id",))


def of_occasion(zh: str, en: str) -> Description:
    """Of an event at which `children` were present: in their timelines, but no part of their files."""
    return Description(Bilingual(zh, en), (), "children")


def of_no_file(zh: str, en: str, *, reveals: DataClass | None = None) -> Description:
    """Of an event that belongs to no child's or mentor's file: about a place, a round, a report, an alert."""
    return Description(Bilingual(zh, en), (), None, reveals)


def domain_events(types: EventTypes) -> Iterator[type[DomainEvent]]:
    """A service's event types. Raises `TypeError` for one that does not describe itself."""
    for event_type in types.by_name.values():
        if not issubclass(event_type, DomainEvent):
            raise TypeError(f"{event_type.type} does not describe itself")
        yield event_type
