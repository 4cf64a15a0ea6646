"""What registry events say about a child, and to which class of data each word of it belongs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Date, Integer, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from services.dates import day_of
from services.events import DomainEvent
from services.language import DataClass
from services.registry.events import (
    ChildCategorised,
    ChildExited,
    ChildRegistered,
    ContactCardIssued,
    DroppedOut,
    FileRechecked,
    Guardian,
    GuardianNamed,
    GuardianReplaced,
    ParentMovedAway,
    ParentReturned,
    ResidentIdWithdrawn,
    ReturnedToSchool,
    SchoolChanged,
    VillageChanged,
)
from services.words import name_key
from shared import Recorded

_D = DataClass


@dataclass(frozen=True, slots=True)
class Fact:
    """One column about a child; `data_class` None = free to every party that reads the child at all."""

    name: str
    kind: TypeEngine[Any]
    data_class: DataClass | None = None


FACTS: tuple[Fact, ...] = (
    Fact("file_number", Text()),
    Fact("village", Text()),
    Fact("township", Text()),
    Fact("school_id", Uuid()),
    Fact("class_id", Uuid()),
    Fact("boarding", Boolean()),
    Fact("guardianship", Text()),
    Fact("mother_away_since", Date()),
    Fact("father_away_since", Date()),
    Fact("opened_on", Date()),
    Fact("exited_on", Date()),
    Fact("exit_reason", Text()),
    Fact("rechecked_on", Date()),
    Fact("card_edition", Integer()),
    Fact("name", Text(), _D.IDENTITY),
    Fact("name_key", Text(), _D.IDENTITY),
    Fact("sex", Text(), _D.IDENTITY),
    Fact("birth_date", Date(), _D.IDENTITY),
    Fact("ethnicity", Text(), _D.IDENTITY),
    Fact("hobbies", Text(), _D.IDENTITY),
    Fact("address_group", Text(), _D.CONTACT),
    Fact("address_line", Text(), _D.CONTACT),
    Fact("guardian_phone", Text(), _D.CONTACT),
    Fact("mother_phone", Text(), _D.CONTACT),
    Fact("father_phone", Text(), _D.CONTACT),
    Fact("card", JSONB(), _D.CONTACT),
    Fact("guardian_name", Text(), _D.GUARDIANSHIP),
    Fact("guardian_age", Integer(), _D.GUARDIANSHIP),
    Fact("guardian_health", Text(), _D.GUARDIANSHIP),
    Fact("guardian_languages", JSONB(), _D.GUARDIANSHIP),
    Fact("guardian_capable", Boolean(), _D.GUARDIANSHIP),
    Fact("family_situation", Text(), _D.GUARDIANSHIP),
    Fact("mother_name", Text(), _D.GUARDIANSHIP),
    Fact("mother_place", Text(), _D.GUARDIANSHIP),
    Fact("father_name", Text(), _D.GUARDIANSHIP),
    Fact("father_place", Text(), _D.GUARDIANSHIP),
    Fact("poverty", Text(), _D.AID),
    Fact("health_status", Text(), _D.HEALTH),
    Fact("category", Text(), _D.CARE),
    Fact("category_reasons", JSONB(), _D.CARE),
    Fact("dropped_out_on", Date(), _D.SCHOOLING),
    Fact("dropout_reason", Text(), _D.SCHOOLING),
)
"""Every column there is; an audience's table has those whose class it reads.

The resident ID is not among them: no report needs it.
"""


def _registered(event: ChildRegistered) -> Mapping[str, Any]:
    plain = ("file_number", "township", "school_id", "class_id", "boarding", "name", "birth_date")
    texts = ("ethnicity", "hobbies", "family_situation", "health_status")
    return {
        **{name: getattr(event, name) for name in (*plain, *texts)},
        "name_key": name_key(event.name),
        "sex": event.sex.value,
        "poverty": event.poverty.value,
        "village": event.address.village,
        "address_group": event.address.group,
        "address_line": event.address.line,
    }


def _guardian(guardian: Guardian) -> Mapping[str, Any]:
    return {
        "guardianship": guardian.relation.value,
        "guardian_name": guardian.name,
        "guardian_age": guardian.age,
        "guardian_phone": guardian.phone,
        "guardian_health": guardian.health,
        "guardian_languages": list(guardian.languages),
        "guardian_capable": guardian.capable,
    }


def _away(event: ParentMovedAway) -> Mapping[str, Any]:
    told = {"name": event.name, "phone": event.phone, "place": event.place}
    return {
        f"{event.parent}_away_since": event.since,
        # What this report leaves out stays as it was known.
        **{f"{event.parent}_{name}": value for name, value in told.items() if value is not None},
    }


def _card(event: ContactCardIssued) -> Mapping[str, Any]:
    entries = [entry.model_dump(mode="json") for entry in event.entries]
    return {"card_edition": event.edition, "card": entries}


def _categorised(event: ChildCategorised) -> Mapping[str, Any]:
    reasons = [reason.value for reason in event.reasons]
    return {"category": event.category.value, "category_reasons": reasons}


_SAYS: Mapping[type[DomainEvent], Callable[[Any], Mapping[str, Any]]] = {
    ChildRegistered: _registered,
    GuardianNamed: lambda event: _guardian(event.guardian),
    GuardianReplaced: lambda event: _guardian(event.guardian),
    ParentMovedAway: _away,
    ParentReturned: lambda event: {f"{event.parent}_away_since": None, f"{event.parent}_place": None},
    ContactCardIssued: _card,
    ChildCategorised: _categorised,
    SchoolChanged: lambda event: {
        "school_id": event.school_id,
        "class_id": event.class_id,
        "dropped_out_on": None,
    },
    VillageChanged: lambda event: {
        "village": event.address.village,
        "address_group": event.address.group,
        "address_line": event.address.line,
        "township": event.township,
    },
    ResidentIdWithdrawn: lambda _: {},
    DroppedOut: lambda event: {"dropped_out_on": event.on, "dropout_reason": event.reason},
    ReturnedToSchool: lambda _: {"dropped_out_on": None, "dropout_reason": None},
    FileRechecked: lambda event: {"rechecked_on": event.on},
    ChildExited: lambda event: {"exited_on": event.on, "exit_reason": event.reason.value},
}

CHILD_EVENTS = tuple(_SAYS)
"""The events that say something about a child's file; each has a `child_id`."""


def facts_of(event: DomainEvent, recorded: Recorded) -> Mapping[str, Any]:
    """The columns that an event of `CHILD_EVENTS` sets, by name in `FACTS`."""
    said = _SAYS[type(event)](event)
    opened = {"opened_on": day_of(recorded.occurred_at)} if isinstance(event, ChildRegistered) else {}
    return {**said, **opened}
