"""Child files as they are told: from the row, and no more than the reader may know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import RowMapping

from services.language import Relation, readable
from services.registry.children import api
from services.registry.children.events import Address
from services.registry.reach import relation
from services.words import name_key
from shared import Caller, masked
from shared.projections import view_of

M = TypeVar("M", bound=BaseModel)

ON_A_CHECKUP_LIST = frozenset(
    {"id", "file_number", "version", "status"}
    | {"name", "sex", "birth_date", "school_id", "class_id", "health_status"}
)
"""What a health centre is told: whom it examines, of what age, at which school. Nothing of their homes."""


def told(answer: M, caller: Caller) -> M:
    """The answer without what the caller may not read."""
    stands = relation(caller)
    shown = masked(answer, readable(caller.kind, stands))
    if stands is not Relation.ON_LIST:
        return shown
    kept = shown.model_fields_set & ON_A_CHECKUP_LIST
    return type(answer).model_construct(_fields_set=kept, **{name: getattr(shown, name) for name in kept})


def child_row(row: RowMapping, caller: Caller) -> api.ChildRow:
    """A child in a list."""
    return told(view_of(api.ChildRow, row, **_derived(row)), caller)


def child_view(row: RowMapping, caller: Caller) -> api.ChildView:
    """One file."""
    address = {"village": row["village"], "group": row["address_group"], "line": row["address_line"]}
    parents = tuple(
        view_of(api.Whereabouts, where, parent=parent) for parent, where in sorted(row["parents"].items())
    )
    more = {**_derived(row), "address": view_of(Address, address), "parents": parents}
    return told(view_of(api.ChildView, row, **more), caller)


def contact_card_view(row: RowMapping, caller: Caller) -> api.ContactCardView:
    """The card as it is printed."""
    card = view_of(
        api.ContactCardView,
        row,
        edition=row["card_edition"],
        due=row["card_due"],
        issued_at=row["card_issued_at"],
        entries=row["card"],
    )
    return masked(card, readable(caller.kind, relation(caller)))


def candidate_view(
    row: RowMapping, caller: Caller, name: str | None, resident_id: str | None
) -> api.CandidateView:
    """A file that may be the same child's, and why."""
    same_id = bool(resident_id) and row["resident_id"] == resident_id
    same_person = bool(name) and row["name_key"] == name_key(name or "")
    reasons = {
        api.CandidateReason.SAME_RESIDENT_ID: same_id,
        api.CandidateReason.SAME_NAME_AND_BIRTH_DATE: same_person,
    }
    return api.CandidateView(
        child=child_row(row, caller),
        score=100 if same_id else 80,
        reasons=tuple(reason for reason, holds in reasons.items() if holds),
    )


def _derived(row: RowMapping) -> Mapping[str, Any]:
    """What is told of a file under another name than its column's."""
    status = api.FileStatus.EXITED if row["exited"] else api.FileStatus.OPEN
    relation = {"guardian_relation": row["guardian"]["relation"]} if row["guardian"] else {}
    return {"id": row["child_id"], "status": status, **relation}
