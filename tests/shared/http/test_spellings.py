"""A body is judged by its values, in whatever of JSON's spellings they come."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.bodies import read_contract
from shared.http.problems import InvalidBody, MalformedBody
from tests.shared.http.jars import OpenJar

GOOD: dict[str, Any] = {"label": "a", "size": 1}
UNSEEN = [*"\0\x01\b\f\x1b\x7f\x80\x85\x9f\xad\u061c\u180e\u200b\u200e\u2028\u202e\u2060\u206f\ufdd0\ufeff"]
UNSEEN += [*"\ufffd\uffff\U000e0000\U000e007f"]
DAYS = ["0001-01-01", "1849-12-31", "2201-01-01", "9999-12-31", "86400", "1425427200"]
MOMENTS = [f"{day}T{hour}" for day in DAYS[:4] for hour in ("00:00:00+14:00", "23:59:59-12:00", "12:00Z")]
BAD = [
    *({**GOOD, "label": f"a{one}b"} for one in UNSEEN),
    *({**GOOD, "notes": ["x", f"{one}y"]} for one in UNSEEN),
    *({**GOOD, "bought": day} for day in DAYS),
    *({**GOOD, "seen_at": moment} for moment in [*MOMENTS, "1425427200", "0", "1.5"]),
]


Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]


def outcome(body: bytes) -> str | list[str]:
    """How the service reads it: what it kept, or which fields it refused."""
    try:
        return read_contract(OpenJar, body).model_dump_json()
    except InvalidBody as refused:
        return sorted(error.field for error in refused.errors)
    except MalformedBody as refused:
        return type(refused).__name__


def escaped(character: str, form: str) -> str:
    """The character by its number, a pair of them beyond the first plane."""
    units = character.encode("utf-16-be", "surrogatepass").hex(" ", 2).split()
    return "".join("\\u" + format(int(unit, 16), form) for unit in units)


def spelled(text: str, draw: Draw) -> str:
    """A JSON string of the text, with any of its characters escaped."""
    forms = st.sampled_from([None, None, "04x", "04X"])
    parts = []
    for character in text:
        form = draw(forms)
        parts.append(escaped(character, form) if form else json.dumps(character, ensure_ascii=False)[1:-1])
    return f'"{"".join(parts)}"'


def written(value: Any, draw: Draw) -> str:
    """A JSON text of the value, in any spelling, with spaces anywhere."""
    gap: str = draw(st.sampled_from(["", " ", "\n\t"]))
    match value:
        case str():
            return gap + spelled(value, draw)
        case dict():
            pairs = (f"{written(name, draw)}{gap}:{written(one, draw)}" for name, one in value.items())
            return f"{gap}{{{','.join(pairs)}{gap}}}"
        case list():
            return f"{gap}[{','.join(written(one, draw) for one in value)}{gap}]"
        case _:
            return gap + json.dumps(value)


@given(st.sampled_from(BAD), st.data())
def test_a_bad_value_is_refused_in_every_spelling(body: dict[str, Any], data: st.DataObject) -> None:
    """Escaped or not, in keys and values: what is refused in one spelling is refused in all."""
    refused = outcome(json.dumps(body, ensure_ascii=False).encode())
    assert isinstance(refused, list)
    assert outcome(written(body, data.draw).encode()) == refused


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20), st.data())
def test_any_text_is_read_alike_in_every_spelling(label: str, data: st.DataObject) -> None:
    """A spelling neither opens nor closes anything."""
    body = {**GOOD, "label": label}
    plain = json.dumps(body, ensure_ascii=False)
    assert outcome(written(body, data.draw).encode()) == outcome(plain.encode())


@pytest.mark.parametrize("body", BAD, ids=ascii)
def test_each_bad_value_is_refused_fully_escaped(body: dict[str, Any]) -> None:
    """No character of it stands as itself."""
    plain = json.dumps(body, ensure_ascii=False)
    text = re.sub(r'"((?:[^"\\]|\\.)*)"', lambda found: _all_escaped(json.loads(found[0])), plain)
    assert isinstance(outcome(text.encode()), list)


def _all_escaped(text: str) -> str:
    return f'"{"".join(escaped(character, "04x") for character in text)}"'


def test_the_last_of_two_equal_names_is_the_one_that_is_judged() -> None:
    """What is kept is what was looked at."""
    first, last = b'{"label":"a","size":1,"bought":"0001-01-01","bought":"2025-01-01"}', b"2025-01-01"
    assert last.decode() in str(outcome(first))
    swapped = b'{"label":"a","size":1,"bought":"2025-01-01","bought":"0001-01-01"}'
    assert outcome(swapped) == ["bought"]
