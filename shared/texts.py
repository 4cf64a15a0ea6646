"""Texts that people read, in the two languages of this system."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator

_BETWEEN = re.compile(r" ?/ ")


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One text in Chinese and in English. It travels as a pair and is joined where a person reads it."""

    zh: str
    en: str

    def format(self, *args: object, **values: object) -> Bilingual:
        """Both texts with the values filled in, as by `str.format`."""
        return Bilingual(self.zh.format(*args, **values), self.en.format(*args, **values))

    @classmethod
    def parse(cls, text: str) -> Bilingual:
        """The pair in a text that was stored joined; a text that is not two is shown whole in both."""
        parts = _BETWEEN.split(text)
        return cls(*parts) if len(parts) == len(("zh", "en")) else cls(text, text)

    @classmethod
    def same(cls, text: str) -> Bilingual:
        """What reads alike in both: a name, a figure, a program's own words."""
        return cls(text, text)

    @classmethod
    def joined(cls, texts: Iterable[Bilingual], between: str = "; ") -> Bilingual:
        """Several texts as one."""
        texts = tuple(texts)
        return cls(between.join(one.zh for one in texts), between.join(one.en for one in texts))

    def __str__(self) -> str:
        """As a person reads it: Chinese first, and once what reads alike."""
        return self.zh if self.zh == self.en else f"{self.zh} / {self.en}"


def _parted(text: object) -> object:
    return Bilingual.parse(text) if isinstance(text, str) else text


StoredText = Annotated[Bilingual, BeforeValidator(_parted)]
"""Answered as a pair, and read from the one string in which events and tables keep it."""


def said_by(error: BaseException) -> Bilingual:
    """What an exception says: the pair that it was raised with, else its own words."""
    text = error.args[0] if error.args else ""
    return text if isinstance(text, Bilingual) else Bilingual.same(str(error))


class TextError(ValueError):
    """A validator's reason for refusing a value, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        self.text = Bilingual(zh, en)
        super().__init__(str(self.text))
