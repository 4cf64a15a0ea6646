"""What may not be read is absent from the answer."""

from __future__ import annotations

from typing import Annotated

import pytest

from services.language import DataClass, PartyKind, Relation, readable
from shared.access import OFFICER, READER, Caller, Personal, Scope, masked, may_read, may_write
from shared.messages import Message


class Inner(Message):
    town: str
    street: Annotated[str | None, Personal("contact")] = None


class Outer(Message):
    number: int
    phone: Annotated[str | None, Personal("contact")] = None
    illness: Annotated[str | None, Personal("health")] = None
    homes: tuple[Inner, ...] = ()


FULL = Outer(number=1, phone="p", illness="i", homes=(Inner(town="t", street="s"),))


def test_denied_fields_are_absent_at_every_depth() -> None:
    """A field of a denied class is unset, also in nested values; the rest stays."""
    shown = masked(FULL, {"health"}).model_dump(exclude_unset=True)
    assert shown == {"number": 1, "illness": "i", "homes": ({"town": "t"},)}


def test_nothing_is_readable_by_default() -> None:
    """A stranger, and a kind nobody knows, read no class at all."""
    for kind in [*PartyKind, "nobody"]:
        assert readable(kind, Relation.STRANGER) == frozenset()
    assert readable("nobody", Relation.IN_SCOPE) == frozenset()


@pytest.mark.parametrize(
    ("kind", "relation", "denied"),
    [
        (
            PartyKind.VILLAGE,
            Relation.IN_SCOPE,
            {DataClass.HEALTH, DataClass.SCHOOLING, DataClass.CHILD_AUTHORED},
        ),
        (
            PartyKind.TOWNSHIP,
            Relation.IN_SCOPE,
            {DataClass.CHILD_AUTHORED, DataClass.HEALTH, DataClass.SCHOOLING, DataClass.RIGHTS},
        ),
        (PartyKind.WOMENS_FEDERATION, Relation.IN_SCOPE, {DataClass.SCHOOLING, DataClass.HEALTH}),
        (PartyKind.SCHOOL, Relation.IN_SCOPE, {DataClass.RIGHTS, DataClass.REPORTER}),
        (PartyKind.COUNTY, Relation.IN_SCOPE, set(DataClass)),
        (PartyKind.MENTOR, Relation.IN_SCOPE, set(DataClass)),
    ],
)
def test_each_party_is_denied_what_is_not_its_business(
    kind: str, relation: Relation, denied: set[DataClass]
) -> None:
    """The reading rights of the domain's table of parties."""
    assert not readable(kind, relation) & denied


def test_a_reader_reads_and_does_not_write() -> None:
    """Permissions name party kinds and roles; any other kind or role is refused."""
    reader = Caller("li", "school", READER, Scope())
    officer = Caller("wang", "school", OFFICER, Scope())
    assert may_read("r", "school").allows(reader)
    assert not may_write("w", "school").allows(reader)
    assert may_write("w", "school").allows(officer)
    assert not may_write("w", "village").allows(officer)
