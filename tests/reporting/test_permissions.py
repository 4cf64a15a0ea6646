"""Who may use which operation of reporting."""

from __future__ import annotations

import pytest

from services.language import PartyKind
from services.reporting.client import ReportingClient
from shared.access import OPERATOR, READER, SERVICE
from shared.testing.api import ServiceUnderTest
from tests.callers import fitting
from tests.reporting.township import SCHOOLS

ROWS = frozenset({"township", "womens_federation", "school", "village", "mentor"})
FIGURES = ROWS | {"county", "youth_league"}
SUMMARIES = frozenset({"township", "womens_federation", "school", "village"})
JUDGES = frozenset({"township", "county"})

MAY = {
    "get_view": FIGURES,
    "get_indicators": FIGURES,
    "list_records": ROWS,
    "list_roster": ROWS,
    "list_todo": FIGURES,
    "get_timeline": ROWS,
    "get_care_map": ROWS | {"youth_league"},
    "draft_summary": SUMMARIES,
    "list_summaries": SUMMARIES | {"county"},
    "get_summary": SUMMARIES | {"county"},
    "edit_summary_text": SUMMARIES,
    "submit_summary": SUMMARIES,
    "return_summary": JUDGES,
    "approve_summary": JUDGES,
    "render_summary": SUMMARIES | {"county"},
}
WRITES = frozenset(
    {"draft_summary", "edit_summary_text", "submit_summary", "return_summary", "approve_summary"}
)
KINDS = [*(kind.value for kind in PartyKind), SERVICE, OPERATOR]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ["officer", READER])
async def test_each_party_may_what_the_table_says(reporting: ServiceUnderTest, kind: str, role: str) -> None:
    """Kind by kind, role by role, operation by operation; readers write nothing; default deny."""
    who = fitting(kind, township="331082101", organisation=SCHOOLS[0], role=role)
    for operation in reporting.operations():
        if operation.operation_id in MAY:
            allowed = kind in MAY[operation.operation_id] and (
                role != READER or operation.operation_id not in WRITES
            )
            refused = await reporting.is_refused(operation, who)
            assert refused is not allowed, f"{kind} {role} {operation.operation_id}"


def test_the_table_knows_every_operation(reporting: ServiceUnderTest) -> None:
    """No operation of reporting is without its line in the table above, and each has a client method."""
    own = {
        one.operation_id for one in reporting.operations() if one.permission.name not in {"replay", "operate"}
    }
    assert {name for name in own if name in MAY} == set(MAY)
    assert reporting.missing_operations(ReportingClient) == set()
