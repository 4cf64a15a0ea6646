"""What is wrong with a query parameter is said in words, Chinese first."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest

from shared.http.parameters import parameter_problem
from shared.texts import Bilingual


class Colour(StrEnum):
    RED = "red"


def _meta(**limits: Any) -> msgspec.Meta:
    return msgspec.Meta(**limits)


@pytest.mark.parametrize(
    ("kind", "value", "rule"),
    [
        (Annotated[int, _meta(ge=1)], "0", "不小于 1 / At least 1"),
        (Annotated[int, _meta(le=500)], "900", "不大于 500 / At most 500"),
        (int | None, "many", "应为整数 / Must be a whole number"),
        (float, "many", "应为数字 / Must be a number"),
        (bool | None, "perhaps", "应为 true 或 false / Must be true or false"),
        (UUID | None, "nobody", "应为 UUID / Must be a UUID"),
        (date | None, "2025-02-30", "应为日期 / Must be a date"),
        (datetime | None, "soon", "应为时刻 / Must be a moment"),
        (Colour | None, "blue", "不在允许的值之内 / Not one of the allowed values"),
        (Annotated[str, _meta(min_length=2)], "x", "至少 2 个字 / At least 2 characters"),
        (Annotated[str, _meta(max_length=2)], "xyz", "最多 2 个字 / At most 2 characters"),
        (Annotated[str, _meta(pattern="^[0-9]{6}$")], "x", "格式应为 ^[0-9]{6}$ / Must match ^[0-9]{6}$"),
    ],
)
def test_each_rule_is_said_in_words(kind: Any, value: str, rule: str) -> None:
    """In both languages, with the bound and a way out, and without the value that was sent."""
    with pytest.raises(msgspec.ValidationError) as said:
        msgspec.convert(value, kind, strict=False)
    problem = parameter_problem("asked", str(said.value))
    assert (problem.field, str(problem.rule)) == ("asked", rule)
    assert problem.way_out is not None
    assert value not in f"{problem.rule} {problem.way_out}" or value in {"0", "x"}


def test_what_has_no_words_is_still_told() -> None:
    """A message of another kind gives the plain rule, never the library's English."""
    assert parameter_problem("asked", "Object is odd").rule == Bilingual("格式不对", "Not well formed")
