"""What an answer holds, read off the marks of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest

from shared.access import About, Holdings, Personal, PersonalParts, masked
from shared.accesses.holdings import classes_in, holdings, may_hold
from shared.contracts import Page
from shared.messages import Message

Who = Annotated[UUID, About()]


class Line(Message):
    who: Who | None = None
    others: tuple[Who, ...] = ()
    name: Annotated[str | None, Personal("identity")] = None
    ill: Annotated[bool | None, Personal("health")] = None
    count: int = 0


class Sheet(Message):
    title: str
    lines: tuple[Line, ...] = ()
    by_place: Mapping[str, Line] = {}


class Fact(Message):
    kind: str
    said: Annotated[Mapping[str, Any], PersonalParts(lambda fact: {fact.kind}, at_most=("aid", "rights"))]


class Anything(Message):
    details: Mapping[str, Any]


def test_what_was_given_is_held() -> None:
    """Ids and classes are found at any depth: in models, tuples and mappings."""
    first, second, third = uuid4(), uuid4(), uuid4()
    sheet = Sheet(
        title="x",
        lines=(Line(who=first, name="林小禾"), Line(others=(second, first))),
        by_place={"there": Line(who=third, ill=False)},
    )
    assert holdings(sheet) == Holdings((first, second, third), frozenset({"identity", "health"}))


def test_a_page_of_any_items_is_looked_through() -> None:
    """A page does not know what its items are; they do."""
    who = uuid4()
    assert holdings(Page(items=(Line(who=who, name="x"),))) == Holdings((who,), frozenset({"identity"}))


@pytest.mark.parametrize("nothing", [Line(), Line(name=None), Line(name=""), masked(Line(name="林小禾"), ())])
def test_what_is_absent_or_empty_is_not_held(nothing: Line) -> None:
    """A record names what the answer really held, not what it might have."""
    assert not holdings(nothing)


def test_no_and_nought_say_something() -> None:
    """That a child is not ill is health data as well."""
    assert holdings(Line(ill=False)).classes == {"health"}


def test_a_record_of_any_type_says_its_classes_itself() -> None:
    """Where a mapping's fields depend on a type, the model's own function tells."""
    assert holdings(Fact(kind="rights", said={"a": 1})).classes == {"rights"}
    assert may_hold(Fact).classes == {"aid", "rights"}


def test_what_an_answer_can_hold_at_most() -> None:
    """From the type alone, for the check when a service starts."""
    assert may_hold(Page[Sheet]) == Holdings((UUID(int=0),), frozenset({"identity", "health"}))
    assert not may_hold(Page[int])


def test_an_answer_that_can_hold_anything_is_refused() -> None:
    """Of unmarked `Any` nobody can say what was read."""
    with pytest.raises(TypeError):
        may_hold(Anything)


def test_stored_json_is_read_like_a_model() -> None:
    """Events of the log and of timelines are JSON, their marks stand at the type."""
    stored = {"title": "x", "lines": [{"name": "林小禾"}, {"ill": False}], "unknown": 1}
    assert classes_in(Sheet, stored) == {"identity", "health"}
    assert classes_in(Sheet, {"lines": [{"name": None}]}) == frozenset()
