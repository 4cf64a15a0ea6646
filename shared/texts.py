"""Texts that people read, in the two languages of this system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One text in Chinese and in English. It travels as a pair and is joined where a person reads it."""

    zh: str
    en: str

    def format(self, *args: object, **values: object) -> Bilingual:
        """Both texts with the values filled in, as by `str.format`."""
        return Bilingual(self.zh.format(*args, **values), self.en.format(*args, **values))

    def __str__(self) -> str:
        """As a person reads it, Chinese first."""
        return f"{self.zh} / {self.en}"


class TextError(ValueError):
    """A validator's reason for refusing a value, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        self.text = Bilingual(zh, en)
        super().__init__(str(self.text))
