"""Child files as they are answered: from the row, and no more than the reader may know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import RowMapping

from services.language import Relation
from services.reach import Reach
from services.registry.children import api
from services.registry.children.events import Address
from services.words import name_key
from shared import masked
from shared.projections import view_of

M = TypeVar("M", bound=BaseModel)

ON_A_CHECKUP_LIST = frozenset(
    {"id", "file_number", "version", "status"}
    | {"name", "sex", "birth_date", "school_id", "class_id", "health_status"}
)
"""What a health centre reads: whom it examines, of what age, at which school. Nothing of their homes."""


def readable_part(answer: M, reach: Reach) -> M:
    """The answer without what the caller may not read."""
    shown = masked(answer, reach.reads)
    if reach.relation is not Relation.ON_LIST:
        return shown
    kept = shown.model_fields_set & ON_A_CHECKUP_LIST
    return type(answer).model_construct(_fields_set=kept, **{name: getattr(shown, name) for name in kept})


def child_row(row: RowMapping, reach: Reach) -> api.ChildRow:
    """A child in a list."""
    return readable_part(view_of(api.ChildRow, row, **_derived(row)), reach)


def child_view(row: RowMapping, reach: Reach) -> api.ChildView:
    """One file."""
    address = {"village": row["village"], "group": row["address_group"], "line": row["address_line"]}
    parents = tuple(
        view_of(api.Whereabouts, where, parent=parent) for parent, where in sorted(row["parents"].items())
    )
    more = {**_derived(row), "address": view_of(Address, address), "parents": parents}
    return readable_part(view_of(api.ChildView, row, **more), reach)


def contact_card_view(row: RowMapping, reach: Reach) -> api.ContactCardView:
    """The card as it is printed."""
    card = view_of(
        api.ContactCardView,
        row,
        edition=row["card_edition"],
        due=row["card_due"],
        issued_at=row["card_issued_at"],
        entries=row["card"],
    )
    return masked(card, reach.reads)


def candidate_view(
    row: RowMapping, reach: Reach, name: str | None, resident_id: str | None
) -> api.CandidateView:
    """A file that may be the same child's, and why."""
    same_id = bool(resident_id) and row["resident_id"] == resident_id
    same_person = bool(name) and row["name_key"] == name_key(name or "")
    reasons = {
        api.CandidateReason.SAME_RESIDENT_ID: same_id,
        api.CandidateReason.SAME_NAME_AND_BIRTH_DATE: same_person,
    }
    return api.CandidateView(
        child=child_row(row, reach),
        score=100 if same_id else 80,
        reasons=tuple(reason for reason, holds in reasons.items() if holds),
    )


def _derived(row: RowMapping) -> Mapping[str, Any]:
    """What is shown of a file under another name than its column's."""
    status = api.FileStatus.EXITED if row["exited"] else api.FileStatus.OPEN
    relation = {"guardian_relation": row["guardian"]["relation"]} if row["guardian"] else {}
    return {"id": row["child_id"], "status": status, **relation}
