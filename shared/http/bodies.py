"""Reads JSON bodies into contracts: strictly, and with errors that a clerk can act on."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from litestar import Request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shared.access import written
from shared.contracts import FieldProblem
from shared.http.problems import FieldNotPermitted, InvalidBody, MalformedBody, UnsupportedMediaType
from shared.http.request_context import request_context_of
from shared.messages import ENTERED
from shared.texts import Bilingual, TextError

LARGEST_INTEGER = 2**53 - 1
"""I-JSON (RFC 7493): beyond it, programs disagree about the number."""
EARLIEST_YEAR, LATEST_YEAR = 1850, 2200
YEARS = Bilingual(
    f"年份应在 {EARLIEST_YEAR} 到 {LATEST_YEAR} 之间",
    f"The year must be from {EARLIEST_YEAR} to {LATEST_YEAR}",
)

UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff9-\uffff\U000e0000-\U000e007f]"
)
"""Control characters, other lines' ends, what turns the direction of writing, what nobody sees, and U+FFFD, \
which stands for what was lost."""
NO_UNSEEN = Bilingual("文字不能含看不见的字符", "Text must not hold invisible or control characters")

_UTF8 = frozenset({"", "charset=utf-8", 'charset="utf-8"'})
"""What may stand beside the media type: JSON is UTF-8 (RFC 8259, 8.1)."""
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
"""An escaped surrogate: half of a character."""

_UNSEEN_NAME = Bilingual("字段名不能含看不见的字符", "Names must not hold invisible characters")
_TOO_LARGE = Bilingual(f"数字不能超出 ±{LARGEST_INTEGER}", f"The number must be within ±{LARGEST_INTEGER}")
_DATE = ("应为日期", "Must be a date", "例如 2025-04-01", "For example 2025-04-01")
_MOMENT = (
    "应为时刻",
    "Must be a moment",
    "例如 2025-04-01T08:00:00+08:00",
    "For example 2025-04-01T08:00:00+08:00",
)
_NUMBER = ("应为数字", "Must be a number", "例如 1.5", "For example 1.5")
_UUID = (
    "应为 UUID",
    "Must be a UUID",
    "例如 0198b3a0-5c1e-7000-8000-000000000001",
    "For example 0198b3a0-5c1e-7000-8000-000000000001",
)
_RULES: dict[str, tuple[str, str, str, str]] = {
    "missing": ("必须填写", "This field is needed", "请补填", "Fill it in"),
    "extra_forbidden": (
        "没有这个字段",
        "There is no such field",
        "请删去或改正字段名",
        "Remove it or correct its name",
    ),
    "string_too_short": (
        "至少 {min_length} 个字",
        "At least {min_length} characters",
        "请写完整",
        "Write it in full",
    ),
    "string_too_long": (
        "最多 {max_length} 个字",
        "At most {max_length} characters",
        "请写短些",
        "Shorten it",
    ),
    "string_type": ("应为文字", "Must be text", "请用引号", "Put it in quotes"),
    "string_pattern_mismatch": (
        "格式应为 {pattern}",
        "Must match {pattern}",
        "请按此格式填写",
        "Write it in this form",
    ),
    "too_short": ("至少 {min_length} 项", "At least {min_length} items", "请补填", "Add what is missing"),
    "too_long": ("最多 {max_length} 项", "At most {max_length} items", "请分批提交", "Send it in parts"),
    "int_type": ("应为整数", "Must be a whole number", "例如 3", "For example 3"),
    "int_parsing": ("应为整数", "Must be a whole number", "例如 3", "For example 3"),
    "int_from_float": ("应为整数", "Must be a whole number", "例如 3", "For example 3"),
    "float_parsing": ("应为数字", "Must be a number", "例如 1.5", "For example 1.5"),
    "bool_type": ("应为 true 或 false", "Must be true or false", "不加引号", "Without quotes"),
    "bool_parsing": ("应为 true 或 false", "Must be true or false", "不加引号", "Without quotes"),
    "greater_than": ("应大于 {gt}", "Must be above {gt}", "请改正数值", "Correct the number"),
    "greater_than_equal": ("不小于 {ge}", "At least {ge}", "请改正数值", "Correct the number"),
    "less_than": ("应小于 {lt}", "Must be below {lt}", "请改正数值", "Correct the number"),
    "less_than_equal": ("不大于 {le}", "At most {le}", "请改正数值", "Correct the number"),
    "uuid_parsing": _UUID,
    "uuid_type": ("应为 UUID", "Must be a UUID", "请用引号", "Put it in quotes"),
    "date_parsing": _DATE,
    "date_type": _DATE,
    "date_from_datetime_inexact": _DATE,
    "datetime_parsing": _MOMENT,
    "datetime_type": _MOMENT,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "float_type": _NUMBER,
    "timezone_aware": ("时刻须带时区", "A moment needs its offset", "例如 +08:00", "For example +08:00"),
    "enum": ("只能是 {expected}", "Must be one of {expected}", "请从中选一", "Choose one of them"),
    "literal_error": ("只能是 {expected}", "Must be one of {expected}", "请从中选一", "Choose one of them"),
    "union_tag_invalid": (
        "类型只能是 {expected_tags}",
        "The kind must be one of {expected_tags}",
        "请从中选一",
        "Choose one of them",
    ),
    "union_tag_not_found": ("缺少类型", "The kind is missing", "请补填", "Fill it in"),
    "model_type": ("应为对象", "Must be an object", "请用 {{…}}", "Put it in {{…}}"),
    "model_attributes_type": ("应为对象", "Must be an object", "请用 {{…}}", "Put it in {{…}}"),
    "dict_type": ("应为对象", "Must be an object", "请用 {{…}}", "Put it in {{…}}"),
    "tuple_type": ("应为列表", "Must be a list", "请用 […]", "Put it in […]"),
    "list_type": ("应为列表", "Must be a list", "请用 […]", "Put it in […]"),
}
"""By the type of pydantic's error: the rule and the way out, each in Chinese and English."""


class JsonRequest(Request[Any, Any, Any]):
    """A request whose JSON body is read by pydantic itself: `json` hands on the bytes."""

    async def json(self) -> Any:
        """The body's bytes, for `read_contract`, and what may stand in it. Raises `UnsupportedMediaType`."""
        media_type, *rest = (one.strip() for one in self.headers.get("content-type", "").lower().split(";"))
        if media_type != "application/json" or not {*rest} <= _UTF8:
            raise UnsupportedMediaType(f"{media_type[:60] or '—'}")
        return _Body(await self.body(), request_context_of(self.scope).writable)


@dataclass(frozen=True, slots=True)
class _Body:
    """A body's bytes, with the classes of personal data that its sender may write."""

    content: bytes
    writable: Collection[str] | None


def read_contract(contract: type[BaseModel], body: Any) -> BaseModel:
    """The typed body. Raises `MalformedBody`, `InvalidBody`, `FieldNotPermitted`."""
    if isinstance(body, contract):
        return body
    writable = None
    if isinstance(body, _Body):
        body, writable = body.content, body.writable
    try:
        read = contract.model_validate_json(body, strict=True, context=ENTERED)
    except ValidationError as error:
        raise _refusal(error, body) from None
    # What is looked at are the values: bytes have many spellings, and a filter over them misses some.
    if errors := tuple(_unstorable(body, read)):
        raise InvalidBody(errors)
    _check_written(read, writable)
    return read


def _check_written(read: BaseModel, writable: Collection[str] | None) -> None:
    if writable is None:
        return
    for path, data_class in written(read):
        if data_class not in writable:
            raise FieldNotPermitted(data_class, field=path)


def field_problem(error: ErrorDetails) -> FieldProblem:
    """One pydantic error in words; never with the value itself."""
    context = error.get("ctx", {})
    path = ".".join(str(part) for part in error["loc"]) or "body"
    raised = context.get("error", error["msg"])
    if isinstance(raised, TextError):
        return FieldProblem(field=path, rule=raised.text)
    if error["type"] not in _RULES:
        return FieldProblem(field=path, rule=Bilingual("格式不对", str(raised)))
    return _problem(path, _RULES[error["type"]], **context)


def _problem(path: str, texts: tuple[str, str, str, str], **context: object) -> FieldProblem:
    rule, way_out = Bilingual(*texts[:2]), Bilingual(*texts[2:])
    return FieldProblem(field=path, rule=rule.format(**context), way_out=way_out.format(**context))


def _refusal(error: ValidationError, body: bytes) -> MalformedBody | InvalidBody:
    details = error.errors(include_url=False, include_input=False)
    if details[0]["type"] != "json_invalid":
        return InvalidBody(tuple(field_problem(one) for one in details[:50]))
    if _is_cut(body):
        rule = Bilingual("文字中有残缺的字符", "A character is cut in half (lone surrogate)")
        return InvalidBody(
            (FieldProblem(field="body", rule=rule, way_out=Bilingual("请重新输入", "Type it again")),)
        )
    return MalformedBody(str(details[0].get("ctx", {}).get("error", "")))


def _is_cut(body: bytes) -> bool:
    """Whether the body is JSON but for halves of characters, which no store takes."""
    if not _HALF.search(body):
        return False
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _unstorable(body: bytes, read: Any) -> Iterator[FieldProblem]:
    try:
        plain = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # NaN and Infinity, which pydantic would take
        raise MalformedBody(error.msg) from None
    yield from (FieldProblem(field=path or "body", rule=rule) for path, rule in _odd_values(plain, ""))
    yield from _odd_dates(read, plain, "")


def _odd_values(value: Any, path: str) -> Iterator[tuple[str, Bilingual]]:
    match value:
        case str() if UNSEEN.search(value):
            yield path, NO_UNSEEN
        case bool():
            return
        case int() if abs(value) > LARGEST_INTEGER:
            yield path, _TOO_LARGE
        case float() if not math.isfinite(value) or abs(value) > LARGEST_INTEGER:
            yield path, _TOO_LARGE
        case dict():
            for name, one in value.items():
                if UNSEEN.search(name):
                    yield path, _UNSEEN_NAME
                yield from _odd_values(one, f"{path}.{name}".lstrip("."))
        case list():
            for index, one in enumerate(value):
                yield from _odd_values(one, f"{path}.{index}".lstrip("."))
        case _:
            return


def _odd_dates(value: Any, plain: Any, path: str) -> Iterator[FieldProblem]:
    match value:
        case date() if "-" not in str(plain)[1:]:
            # pydantic takes "45000" for seconds since 1970; a spreadsheet means a day of 2023
            yield _problem(path, _MOMENT if isinstance(value, datetime) else _DATE)
        case date() if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
            yield FieldProblem(field=path, rule=YEARS, way_out=Bilingual("请核对年份", "Check the year"))
        case BaseModel() if isinstance(plain, dict):
            for name in plain.keys() & type(value).model_fields:
                yield from _odd_dates(getattr(value, name), plain[name], f"{path}.{name}".lstrip("."))
        case tuple() | list() if isinstance(plain, list):
            for index, (one, written) in enumerate(zip(value, plain, strict=False)):
                yield from _odd_dates(one, written, f"{path}.{index}".lstrip("."))
        case dict() if isinstance(plain, dict):
            for name, one in value.items():
                yield from _odd_dates(one, plain.get(name), f"{path}.{name}".lstrip("."))
        case _:
            return
