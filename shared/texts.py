"""Texts that people read, in the two languages of this system."""

from __future__ import annotations

import re
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

    def __str__(self) -> str:
        """As a person reads it, Chinese first."""
        return f"{self.zh} / {self.en}"


def _parted(text: object) -> object:
    return Bilingual.parse(text) if isinstance(text, str) else text


StoredText = Annotated[Bilingual, BeforeValidator(_parted)]
"""Answered as a pair, and read from the one string in which events and tables keep it."""


class TextError(ValueError):
    """A validator's reason for refusing a value, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        self.text = Bilingual(zh, en)
        super().__init__(str(self.text))
