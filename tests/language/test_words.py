"""Names and lines are kept in one form, and compare by what is read."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.contracts import FoundOrganisation
from services.registry.events import OrganisationFounded
from services.words import name_key, one_line, one_name
from shared.messages import ENTERED


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("张　三", "张三"),
        (" 张 三 ", "张三"),
        ("买买提•艾力", "买买提·艾力"),
        ("买买提 ・ 艾力", "买买提·艾力"),
        ("买买提.艾力", "买买提·艾力"),
        ("Ｌｉ　 Ming", "Li Ming"),
        ("第１小学", "第1小学"),
        ("St. Mary", "St. Mary"),
        ("e\u0301", "é"),
    ],
)
def test_a_name_is_kept_in_one_form(typed: str, kept: str) -> None:
    """Ordinary width, one kind of dot, single spaces, none between Chinese characters."""
    assert one_name(typed) == kept


@pytest.mark.parametrize("odd", [*"\n\t\u0085\u034f\u200c\u200d\u2028\u3164\ufe0f"])
def test_what_nobody_sees_is_refused_in_a_line(odd: str) -> None:
    """Two names that look the same are the same."""
    for read in (one_line, one_name):
        with pytest.raises(ValueError, match="One line"):
            read(f"张{odd}三")


@pytest.mark.parametrize("empty", ["·", "--", "。", "\u00a0 ."])
def test_a_name_has_letters(empty: str) -> None:
    """A dot is nobody's name."""
    with pytest.raises(ValueError, match="letters"):
        one_name(empty)


def test_a_name_that_grows_is_measured_again() -> None:
    """One character of compatibility may stand for eighteen."""
    with pytest.raises(ValueError, match="60"):
        one_name("\ufdfa" * 60)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp")), min_size=1, max_size=20))
def test_the_form_is_stable(text: str) -> None:
    """What was brought into form is left as it is, and compares as it did before."""
    try:
        kept = one_name(text)
    except ValueError:
        return
    assert one_name(kept) == kept
    assert name_key(kept) == name_key(text)


def test_history_is_read_as_it_stands() -> None:
    """Only what is entered now is brought into form or refused."""
    old = {"organisation_id": UUID(int=1), "kind": "school", "division": "331082104"}
    recorded = OrganisationFounded.model_validate({**old, "name": "第１\u200d小学"})
    assert recorded.name == "第１\u200d小学"
    entered = FoundOrganisation.model_validate(
        {"kind": "school", "division": "331082104", "name": "第１ 小学"}, context=ENTERED
    )
    assert entered.name == "第1 小学"
