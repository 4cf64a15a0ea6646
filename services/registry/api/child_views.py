"""Child files as they are told: from the row, and no more than the reader may know."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import RowMapping

from services.registry import contracts
from shared.access import masked

_SAME = ("file_number", "name", "sex", "birth_date", "village", "school_id", "class_id", "category")
_MORE = (
    "version",
    "township",
    "resident_id",
    "ethnicity",
    "boarding",
    "poverty",
    "health_status",
    "hobbies",
    "family_situation",
    "guardian",
    "card_edition",
    "card_due",
    "category_reasons",
    "category_since",
    "dropped_out_on",
    "rechecked_on",
    "exit_reason",
    "exited_on",
    "missing",
)


def child_row(row: RowMapping, classes: Collection[str]) -> contracts.ChildRow:
    """A child in a list."""
    return masked(contracts.ChildRow.model_validate(_told(_row(row))), classes)


def child_view(row: RowMapping, classes: Collection[str]) -> contracts.ChildView:
    """One file."""
    address = _told({"village": row["village"], "group": row["address_group"], "line": row["address_line"]})
    parents = [{"parent": parent, **_told(where)} for parent, where in sorted(row["parents"].items())]
    more = {name: row[name] for name in _MORE}
    told = _told({**_row(row), **more, "address": address, "parents": parents})
    return masked(contracts.ChildView.model_validate(told), classes)


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


def _row(row: RowMapping) -> dict[str, Any]:
    status = contracts.FileStatus.EXITED if row["exited"] else contracts.FileStatus.OPEN
    relation = row["guardian"]["relation"] if row["guardian"] else None
    same = {name: row[name] for name in _SAME}
    completeness = row["completeness"]
    return {
        **same,
        "id": row["child_id"],
        "status": status,
        "guardian_relation": relation,
        "completeness": completeness,
    }


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """What is not known is not told."""
    return {name: value for name, value in values.items() if value is not None}
