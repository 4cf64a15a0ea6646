"""Who may stand in for an absent party: what it is told goes to the stand-in as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.language import PartyKind
from services.parties import DIGITS

_TOWNSHIP = DIGITS[PartyKind.TOWNSHIP]
_LEVEL: Mapping[str, int] = {PartyKind.TOWNSHIP: 1, PartyKind.COUNTY: 2}
"""The others work within a township, at level 0."""


@dataclass(frozen=True, slots=True)
class Office:
    """A party as somebody who may be absent, or stand in."""

    party: str
    division: str
    belongs_to: str | None = None
    """Of a mentor the party that it belongs to."""

    @property
    def kind(self) -> str:
        """The party's kind."""
        return self.party.partition(":")[0]


def area_office(party: str) -> Office | None:
    """The office of a party that is about an area; None of any other: its address tells too little."""
    kind, _, key = party.partition(":")
    return Office(party, key) if kind in DIGITS else None


def may_stand_in(other: Office, absent: Office) -> bool:
    """Whether `other` is of the same kind in the same township (a mentor: in the same party), or above."""
    if absent.kind == PartyKind.MENTOR and absent.belongs_to in {other.party, other.belongs_to}:
        return absent.belongs_to is not None
    if other.kind == absent.kind != PartyKind.MENTOR:
        return len(other.division) >= _TOWNSHIP and other.division[:_TOWNSHIP] == absent.division[:_TOWNSHIP]
    above = _LEVEL.get(other.kind, 0) > _LEVEL.get(absent.kind, 0)
    return above and absent.division.startswith(other.division)
