"""Says what is wrong with a query parameter or header; never with the value itself."""

from __future__ import annotations

import re

from shared.contracts import FieldProblem
from shared.texts import Bilingual

_MOMENT = "2025-04-01T08:00:00+08:00"
_RULES: tuple[tuple[str, Bilingual, Bilingual], ...] = tuple(
    (pattern, Bilingual(rule_zh, rule_en), Bilingual(way_out_zh, way_out_en))
    for pattern, rule_zh, rule_en, way_out_zh, way_out_en in (
        (
            r"`str` of length >= (\d+)",
            "至少 {0} 个字",
            "At least {0} characters",
            "请写完整",
            "Write it in full",
        ),
        (r"`str` of length <= (\d+)", "最多 {0} 个字", "At most {0} characters", "请写短些", "Shorten it"),
        (
            r"matching regex '(.*)'",
            "格式应为 {0}",
            "Must match {0}",
            "请按此格式填写",
            "Write it in this form",
        ),
        (r">= ([-\d.]+)", "不小于 {0}", "At least {0}", "请改正数值", "Correct the number"),
        (r"<= ([-\d.]+)", "不大于 {0}", "At most {0}", "请改正数值", "Correct the number"),
        (r"enum value", "不在允许的值之内", "Not one of the allowed values", "允许的值见 /docs", "See /docs"),
        (r"UUID", "应为 UUID", "Must be a UUID", "请用列表里的编号", "Take the id from a list"),
        (r"encoded datetime", "应为时刻", "Must be a moment", f"例如 {_MOMENT}", f"For example {_MOMENT}"),
        (r"encoded date", "应为日期", "Must be a date", "例如 2025-04-01", "For example 2025-04-01"),
        (r"`int", "应为整数", "Must be a whole number", "例如 3", "For example 3"),
        (r"`float", "应为数字", "Must be a number", "例如 1.5", "For example 1.5"),
        (r"`bool", "应为 true 或 false", "Must be true or false", "请二选一", "Choose one of them"),
    )
)
"""By what msgspec says, the first that is found in it: the rule and the way out."""


def parameter_problem(name: str, said: str) -> FieldProblem:
    """The parameter's problem, from what msgspec says about its value."""
    for pattern, rule, way_out in _RULES:
        if found := re.search(pattern, said):
            return FieldProblem(field=name, rule=rule.format(*found.groups()), way_out=way_out)
    rule, way_out = Bilingual("格式不对", "Not well formed"), Bilingual("请改正", "Correct it")
    return FieldProblem(field=name, rule=rule, way_out=way_out)
