"""What a complete file says, and which facts fill or empty it: one rule for all who show it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from services.events import DomainEvent
from services.registry.children.events import (
    ChildRegistered,
    ContactCardIssued,
    GuardianNamed,
    GuardianRelation,
    GuardianReplaced,
    ParentMovedAway,
    ParentReturned,
    ResidentIdWithdrawn,
    SchoolChanged,
    VillageChanged,
)

REQUIRED = (
    *("name", "sex", "birth_date", "resident_id", "ethnicity", "address.village", "address.group"),
    *("school_id", "health_status", "hobbies", "family_situation"),
    *("guardian", "guardian.phone", "parents", "contact_card"),
)
"""The fields of a complete file, in the order in which a form asks for them."""

_FILLS: Mapping[type[DomainEvent], Mapping[str, bool]] = {
    ParentMovedAway: {"parents": True},
    ParentReturned: {"parents": True},
    ContactCardIssued: {"contact_card": True},
    SchoolChanged: {"school_id": True},
    ResidentIdWithdrawn: {"resident_id": False},
}


def filled_by(event: DomainEvent) -> Mapping[str, bool]:
    """The required fields that this event speaks of, and whether it fills them."""
    match event:
        case ChildRegistered():
            optional = (
                "resident_id",
                "ethnicity",
                "school_id",
                "health_status",
                "hobbies",
                "family_situation",
            )
            always = dict.fromkeys(("name", "sex", "birth_date", "address.village"), True)
            given = {name: bool(getattr(event, name)) for name in optional}
            return {**always, **given, "address.group": bool(event.address.group)}
        case GuardianNamed() | GuardianReplaced():
            # That there is nobody is an answer; a guardian who cannot be called is not complete.
            nobody = event.guardian.relation is GuardianRelation.NONE
            return {"guardian": True, "guardian.phone": nobody or bool(event.guardian.phone)}
        case VillageChanged():
            return {"address.group": bool(event.address.group)}
        case _:
            return _FILLS.get(type(event), {})


def missing_after(event: DomainEvent, missing: Collection[str] = REQUIRED) -> tuple[str, ...]:
    """The required fields that are empty once the event is known; `missing` were before it."""
    filled = filled_by(event)
    return tuple(name for name in REQUIRED if not filled.get(name, name not in missing))


def completeness(missing: Collection[str]) -> int:
    """Per cent of the required fields that are filled, rounded down."""
    return 100 * (len(REQUIRED) - len(missing)) // len(REQUIRED)
