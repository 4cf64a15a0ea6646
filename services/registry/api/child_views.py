"""Child files as they are told: from the row, and no more than the reader may know."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import RowMapping

from services.registry import contracts
from services.registry.events import Address
from shared.access import masked
from shared.views import view_of


def child_row(row: RowMapping, classes: Collection[str]) -> contracts.ChildRow:
    """A child in a list."""
    return masked(view_of(contracts.ChildRow, row, **_derived(row)), classes)


def child_view(row: RowMapping, classes: Collection[str]) -> contracts.ChildView:
    """One file."""
    address = {"village": row["village"], "group": row["address_group"], "line": row["address_line"]}
    parents = tuple(
        view_of(contracts.Whereabouts, where, parent=parent)
        for parent, where in sorted(row["parents"].items())
    )
    more = {**_derived(row), "address": view_of(Address, address), "parents": parents}
    return masked(view_of(contracts.ChildView, row, **more), classes)


def contact_card_view(row: RowMapping, classes: Collection[str]) -> contracts.ContactCardView:
    """The card as it is printed."""
    card = contracts.ContactCardView(
        child_id=row["child_id"],
        file_number=row["file_number"],
        name=row["name"],
        edition=row["card_edition"],
        due=row["card_due"],
        issued_at=row["card_issued_at"],
        entries=row["card"],
    )
    return masked(card, classes)


def candidate_view(
    row: RowMapping, classes: Collection[str], name: str | None, resident_id: str | None
) -> contracts.CandidateView:
    """A file that may be the same child's, and why."""
    same_id = bool(resident_id) and row["resident_id"] == resident_id
    same_person = bool(name) and row["name"] == name
    reasons = {
        contracts.CandidateReason.SAME_RESIDENT_ID: same_id,
        contracts.CandidateReason.SAME_NAME_AND_BIRTH_DATE: same_person,
    }
    return contracts.CandidateView(
        child=child_row(row, classes),
        score=100 if same_id else 80,
        reasons=tuple(reason for reason, holds in reasons.items() if holds),
    )


def _derived(row: RowMapping) -> Mapping[str, Any]:
    """What is told of a file under another name than its column's."""
    status = contracts.FileStatus.EXITED if row["exited"] else contracts.FileStatus.OPEN
    relation = {"guardian_relation": row["guardian"]["relation"]} if row["guardian"] else {}
    return {"id": row["child_id"], "status": status, **relation}
