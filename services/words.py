"""How names and lines are written down: in one form, with nothing that nobody sees; and how names compare."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from opencc import OpenCC

LONGEST_NAME = 60
"""Characters, as in `language.Name`."""

_UNSEEN = re.compile(
    r"[^\S \u00a0\u3000]|[\u034f\u115f\u1160\u17b4\u17b5\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0]"
    r"|[\U000e0100-\U000e01ef]"
)
"""Lines' ends and tabs, joiners, fillers, variation selectors: beyond a space, a line has no use for them."""

_HAN = r"[\u3400-\u9fff\U00020000-\U0003ffff]"
_BETWEEN_HAN = re.compile(rf"(?<={_HAN}) (?={_HAN})")
_DOT = r"[\u00b7\u0387\u2022\u2024\u2027\u2219\u22c5\u25cf\u2e31\u30fb]"
_DOTS = re.compile(rf" *{_DOT} *|(?<={_HAN})[.](?={_HAN})")
"""What people type for the dot within a name."""


_BETWEEN = re.compile(r"[\s.'\u2019\u2010\u2011-]|" + _DOT)
"""What stands between the parts of a name."""


def one_line(text: str) -> str:
    """The line with single spaces, composed (NFC). Raises `ValueError` for what nobody sees."""
    if _UNSEEN.search(text):
        raise ValueError("应为一行文字，不含换行和看不见的字符 / One line, without invisible characters")
    return " ".join(unicodedata.normalize("NFC", text).split())


def one_name(text: str) -> str:
    """The name in ordinary width (NFKC), with one kind of dot, no space between Chinese characters.

    Raises `ValueError` for what nobody sees, for what holds no letter, and for what is too long so.
    """
    wide = unicodedata.normalize("NFKC", one_line(text))
    name = " ".join(_BETWEEN_HAN.sub("", _DOTS.sub("·", wide)).split())
    if not any(character.isalnum() for character in name):
        raise ValueError("姓名要有文字 / A name needs letters")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"最多 {LONGEST_NAME} 个字 / At most {LONGEST_NAME} characters")
    return name


@cache
def _simplified() -> OpenCC:
    return OpenCC("t2s")


@lru_cache(maxsize=16_384)
def name_key(name: str) -> str:
    """What names are compared by: width, case, spaces, dots and traditional characters make no difference."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return str(_simplified().convert(_BETWEEN.sub("", plain) or plain))
