"""The resident ID is judged by its own digits."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, strategies

from services.registry.children.events import Sex
from services.registry.children.resident_id import (
    ResidentIdOfAnotherDay,
    ResidentIdOfAnotherSex,
    ResidentIdWrong,
    check_digit,
    require_sound,
    warnings,
)

BORN = date(2015, 3, 8)
GIRL = "33108220150308002" + check_digit("33108220150308002")


def test_the_example_of_the_standard_has_its_check_digit() -> None:
    """GB 11643 gives 11010519491231002X and 440524188001010014 as examples."""
    assert check_digit("11010519491231002") == "X"
    assert check_digit("44052418800101001") == "4"


def test_a_right_number_passes() -> None:
    """A number with its check digit, the child's birth date and sex is accepted."""
    require_sound(GIRL, BORN, Sex.FEMALE)


@given(place=strategies.integers(0, 16), digit=strategies.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_found(place: int, digit: str) -> None:
    """ISO 7064 MOD 11-2 finds every single wrong digit."""
    wrong = GIRL[:place] + digit + GIRL[place + 1 :]
    if wrong != GIRL:
        with pytest.raises(ResidentIdWrong):
            require_sound(wrong, BORN, Sex.FEMALE)


@given(place=strategies.integers(0, 15))
def test_two_swapped_digits_are_always_found(place: int) -> None:
    """ISO 7064 MOD 11-2 finds every swap of neighbours."""
    swapped = GIRL[:place] + GIRL[place + 1] + GIRL[place] + GIRL[place + 2 :]
    if swapped != GIRL:
        with pytest.raises(ResidentIdWrong):
            require_sound(swapped, BORN, Sex.FEMALE)


@pytest.mark.parametrize("number", ["", "1" * 18, "33108220150308002x", "33108220150308002", "٣" * 18])
def test_other_shapes_are_no_numbers(number: str) -> None:
    """A resident ID has 18 characters, digits and perhaps a last X."""
    with pytest.raises(ResidentIdWrong):
        require_sound(number, BORN, Sex.FEMALE)


def test_the_birth_date_inside_is_the_childs() -> None:
    """A number with another birth date is another child's."""
    with pytest.raises(ResidentIdOfAnotherDay):
        require_sound(GIRL, date(2015, 3, 9), Sex.FEMALE)


def test_the_sex_inside_is_the_childs() -> None:
    """A number with the other sex is another child's."""
    with pytest.raises(ResidentIdOfAnotherSex):
        require_sound(GIRL, BORN, Sex.MALE)


def test_an_unknown_area_is_only_odd() -> None:
    """Area codes change every year, so an unknown one is a warning."""
    number = "99108220150308002"
    assert warnings(GIRL) == ()
    assert len(warnings(number + check_digit(number))) == 1
    require_sound(number + check_digit(number), BORN, Sex.FEMALE)
