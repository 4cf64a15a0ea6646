"""Texts in two languages: joined for a person, apart on the wire."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from shared.texts import Bilingual, StoredText, said_by

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


def test_what_reads_alike_is_shown_once() -> None:
    """A figure or a program's own words need no second time."""
    assert str(Bilingual.same("ConnectionError")) == "ConnectionError"


def test_texts_are_joined_in_each_language() -> None:
    """Several faults are one text, whole in either."""
    one, other = Bilingual("甲", "a"), Bilingual.same("1")
    assert Bilingual.joined((one, other)) == Bilingual("甲; 1", "a; 1")


def test_an_exception_says_the_pair_that_it_was_raised_with() -> None:
    """Any other says its own words in both."""
    pair = Bilingual("磁盘已满", "the disk is full")
    assert said_by(OSError(pair)) == pair
    assert said_by(OSError(28, "No space left on device")) == Bilingual.same(
        "[Errno 28] No space left on device"
    )
