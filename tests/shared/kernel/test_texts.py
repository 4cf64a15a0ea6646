"""Texts in two languages: joined for a person, apart on the wire."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from shared.texts import Bilingual, StoredText

PAIR = Bilingual("最多 {0} 个", "At most {0}")


def test_a_person_reads_chinese_first() -> None:
    """Joined by a slash, with the values filled in."""
    assert str(PAIR.format(3)) == "最多 3 个 / At most 3"


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("该家访了 / A visit is due", Bilingual("该家访了", "A visit is due")),
        ("请记录。/ Log it.", Bilingual("请记录。", "Log it.")),
        ("已收下", Bilingual("已收下", "已收下")),
        ("甲 / A：1；乙 / B：2", Bilingual("甲 / A：1；乙 / B：2", "甲 / A：1；乙 / B：2")),
    ],
)
def test_what_is_stored_joined_is_answered_as_a_pair(stored: str, read: Bilingual) -> None:
    """Also as earlier releases joined it; what is not two texts is shown whole in both languages."""
    adapter = TypeAdapter[Bilingual](StoredText)
    assert adapter.validate_python(stored) == read
    assert adapter.validate_json(adapter.dump_json(read)) == read
