"""Names and lines are kept in one form, and compare by what is read."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from services.registry.client import FoundOrganisation
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


INVISIBLE = [
    *"\n\t\u0085\u034f\u115f\u1160\u17b4\u200b\u200c\u200d\u200e\u202e\u2028\u2029\u2060\u2065\u206f",
    *"\u3164\ufe0f\xad\ufff0\ufff8\ufffc\ufffd\uffa0\u2800\u0378\ufdd0\ue000\uf8ff\U0001d159\U0001d173",
    *"\U0001bca0\U00016fe4\U000e0001\U000e0041\U000e0080\U000e0100\U000e01ef\U000e01f0\U000e0fff",
    *"\U000f0000\U0010fffd\U0003fffe",
]


@pytest.mark.parametrize("odd", INVISIBLE, ids=ascii)
def test_what_nobody_sees_is_refused_in_a_line(odd: str) -> None:
    """Two names that look the same are the same."""
    for read in (one_line, one_name):
        with pytest.raises(ValueError, match="One line"):
            read(f"张{odd}三")


@given(st.characters(categories=["Cc", "Cf", "Co", "Zl", "Zp", "Me"]))
def test_no_character_of_these_categories_stands_in_a_line(odd: str) -> None:
    """Control, format, private, line ends, marks that enclose."""
    with pytest.raises(ValueError, match=" / "):
        one_name(f"王{odd}明")


@pytest.mark.parametrize(
    "heap", ["王\u0300明", "a" + "\u0300" * 5, "\u0300a", "王 \u0301明", "王\u20dd明", "1\u0301"]
)
def test_marks_need_a_letter_that_bears_them(heap: str) -> None:
    """Marks on a Chinese character, a digit or nothing, and heaps of them, make other names of one."""
    for read in (one_line, one_name):
        with pytest.raises(ValueError, match=" / "):
            read(heap)


@pytest.mark.parametrize(
    "name",
    [
        "مۇھەممەت ئابدۇللا",
        "བཀྲ་ཤིས་སྒྲོལ་མ",
        "བསྒྲུབས་པ",
        "ᠪᠠᠲᠤ ᠪᠠᠶ᠋ᠠᠷ",
        "ꆈꌠ",
        "Nguyễn Thị Ngọc",
        "မြွေးနု",
        "王\U00031350明",
        "王\U0002ebf0明",
        "王㐂明",
        "王〇明",
        "Þórður Ólafsson-O'Neil",
    ],
)
def test_names_of_every_people_pass(name: str) -> None:
    """Uyghur, Tibetan, Mongolian with its chosen forms, Yi, Vietnamese, Burmese, and rare characters."""
    assert one_name(name) == name
    assert one_line(name) == name


DOTTED = ["阿依·古丽", *(f"阿依{dot}古丽" for dot in "•‧∙⋅●・･◦∘ꞏ᛫ㆍ。｡．˙゠—")]


def test_every_dot_is_the_same() -> None:
    """What people type for the dot within a name is kept as one, and compares as none."""
    assert {name_key(name) for name in [*DOTTED, "阿依古丽", "阿依 古丽"]} == {"阿依古丽"}
    assert {one_name(name) for name in DOTTED[:-2]} == {"阿依·古丽"}


SAME = (
    "吳吴 呉吴 戶户 戸户 髙高 靑青 淸清 値值 澤泽 沢泽 﨑崎 斎斋 齋斋 辺边 "
    "邊边 邉边 黒黑 徳德 恵惠 眞真 內内 產产 峯峰 羣群 鎭镇 囯国"
)


@pytest.mark.parametrize("pair", SAME.split())
def test_other_forms_of_a_character_compare_as_the_usual_one(pair: str) -> None:
    """Traditional, Japanese and older forms: the same person may be written with either."""
    assert name_key(f"王{pair[0]}明") == name_key(f"王{pair[1]}明")


@pytest.mark.parametrize("pair", ["芸艺", "玥月", "浜滨", "予余", "甯宁", "未末", "喆哲", "堃坤"])
def test_characters_of_their_own_stay_apart(pair: str) -> None:
    """Two people may differ in them."""
    assert name_key(f"王{pair[0]}") != name_key(f"王{pair[1]}")


def test_japans_new_forms_are_those_of_opencc() -> None:
    """All that OpenCC knows, but for characters that are in use in China as their own."""
    cells = (bytes((row, cell)) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    in_use = b"".join(cells).decode("gb2312", errors="ignore")
    others = "\n".join(set(map(chr, range(0x4E00, 0xA000))) - set(in_use))
    plain, usual = (OpenCC("t2s").convert(text) for text in (others, OpenCC("jp2t").convert(others)))
    for form, before, now in zip(others.split(), plain.split(), usual.split(), strict=True):
        if before not in in_use and now in in_use:
            assert name_key(form) == now


def test_what_nobody_sees_makes_no_other_key() -> None:
    """Early records may hold it; a search by the plain name finds them."""
    for odd in INVISIBLE:
        assert name_key(f"王{odd}明") == "王明"


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
