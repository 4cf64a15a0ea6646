"""A stranger's child is no child: in no operation can it be told from one that does not exist."""

from __future__ import annotations

from uuid import uuid4

from services.language import PartyKind
from shared.testing.api import ServiceUnderTest, caller
from shared.testing.strangers import Strangers
from tests.reporting.township import SCHOOLS, child

A_CHILD = frozenset({"child_id", "children"})
"""How operations name one."""


async def test_no_operation_tells_a_strangers_child_from_none(year: ServiceUnderTest) -> None:
    """Every operation that takes a child's id, for every party that may call it: the same answer."""
    parties = (
        caller(PartyKind.TOWNSHIP, division="331082109"),
        caller(PartyKind.WOMENS_FEDERATION, division="331082109"),
        caller(PartyKind.SCHOOL, organisation=SCHOOLS[1]),
        caller(PartyKind.SCHOOL, organisation=uuid4()),
        caller(PartyKind.VILLAGE, division="331082109201"),
        caller(PartyKind.MENTOR, person=uuid4()),
    )
    assert await Strangers(year, {}, A_CHILD).told_apart(parties, child(0)) == []
