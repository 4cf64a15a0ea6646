"""The resident identity number (GB 11643-1999): check digit, birth date, sex, area."""

from __future__ import annotations

import re
from datetime import date

from services.registry.children.events import Sex
from shared import Bilingual, Invalid

SHAPE = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""2^(17-i) mod 11: ISO 7064 MOD 11-2."""
CHECK_DIGITS = "10X98765432"
_IN_USE = (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66))
PROVINCES = frozenset(str(code) for code in (*_IN_USE, 71, 81, 82, 83))
"""First two digits in use (GB/T 2260). Districts below change every year and are not judged."""


class ResidentIdWrong(Invalid, title_zh="身份证号码须为 17 位数字加正确的校验位"):
    """A resident ID has 17 digits and a matching check digit."""

    field = "resident_id"
    way_out = Bilingual(
        "请对照户口簿重新输入18位号码", "Type the 18 characters again from the household register"
    )


class ResidentIdOfAnotherDay(Invalid, title_zh="身份证号码须与出生日期一致"):
    """The birth date in the resident ID must be the child's."""

    field = "resident_id"
    way_out = Bilingual("请核对号码与出生日期", "Check the number and the birth date")


class ResidentIdOfAnotherSex(Invalid, title_zh="身份证号码须与性别一致"):
    """The sex digit of the resident ID must match the child's sex."""

    field = "resident_id"
    way_out = Bilingual("请核对号码与性别", "Check the number and the sex")


def check_digit(first_17: str) -> str:
    """The 18th character that belongs to the first 17 digits."""
    return CHECK_DIGITS[sum(w * int(d) for w, d in zip(WEIGHTS, first_17, strict=True)) % 11]


def require_sound(number: str, birth_date: date, sex: Sex) -> None:
    """Raise where the number is malformed or tells of another child."""
    if not SHAPE.fullmatch(number) or check_digit(number[:17]) != number[17]:
        raise ResidentIdWrong
    if number[6:14] != birth_date.strftime("%Y%m%d"):
        raise ResidentIdOfAnotherDay
    if (Sex.MALE if int(number[16]) % 2 else Sex.FEMALE) is not sex:
        raise ResidentIdOfAnotherSex


def warnings(number: str) -> tuple[Bilingual, ...]:
    """What looks odd in a correct number without making it wrong."""
    if number[:2] in PROVINCES:
        return ()
    unknown = Bilingual("身份证地区代码 {} 未知，请核对", "The resident ID has an unknown area code, {}")
    return (unknown.format(number[:6]),)
