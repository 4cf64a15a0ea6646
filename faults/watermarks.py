"""Personal texts that name their class of data and whose child they are about: a leak can be read off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.language import DataClass, PartyKind, Relation, readable

_MARK = re.compile(r"密([a-z_]+)·v(\d)s(\d)")
_PHONE = re.compile(r"1380013(\d)(\d)\d\d")
"""Numbers of this form are nobody's; the two digits are the child's village and school."""


@dataclass(frozen=True, slots=True)
class ChildMark:
    """The village and the school of the child that a text is about."""

    village: int
    school: int

    def text(self, data_class: DataClass) -> str:
        """A text of that class."""
        return f"密{data_class.value}·v{self.village}s{self.school}"

    def phone(self, number: int) -> str:
        """A number to call."""
        return f"1380013{self.village}{self.school}{number % 100:02}"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A reader: its party kind and, for a village or school, which one."""

    kind: PartyKind
    village: int | None = None
    school: int | None = None

    def classes(self, answer: str) -> frozenset[str]:
        """The classes of data of which there is something in an answer."""
        phones = {DataClass.CONTACT.value} if _PHONE.search(answer) else set()
        return frozenset({kind for kind, _, _ in _MARK.findall(answer)} | phones)

    def denied(self, answer: str) -> Iterator[str]:
        """The marks in an answer that this reader may not see, under whatever relation."""
        allowed = frozenset[DataClass]().union(*(readable(self.kind, relation) for relation in Relation))
        found = {(DataClass(kind), int(v), int(s)) for kind, v, s in _MARK.findall(answer)}
        found |= {(DataClass.CONTACT, int(v), int(s)) for v, s in _PHONE.findall(answer)}
        for data_class, village, school in sorted(found):
            strange = (self.village is not None and village != self.village) or (
                self.school is not None and school != self.school
            )
            if data_class not in allowed or strange:
                yield f"{self.kind.value}{self._which()} saw {data_class.value} of v{village}s{school}"

    def _which(self) -> str:
        return "" if self.village is None and self.school is None else f" {self.village or self.school or 0}"
