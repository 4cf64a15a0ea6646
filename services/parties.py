"""The addresses by which alerts name parties and mentors, and who a caller is among them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.language import PartyKind
from shared.access import Caller

DIGITS: Mapping[PartyKind, int] = {
    PartyKind.COUNTY: 6,
    PartyKind.TOWNSHIP: 9,
    PartyKind.WOMENS_FEDERATION: 9,
    PartyKind.YOUTH_LEAGUE: 9,
    PartyKind.VILLAGE: 12,
}
"""Parties that are about an area are addressed by its division code, which needs no look-up."""


def area_address(kind: PartyKind, division: str) -> str:
    """The address of the area's party, from the code of the area or of one within it."""
    return f"{kind}:{division[: DIGITS[kind]]}"


def organisation_address(kind: PartyKind, organisation_id: UUID, division: str) -> str:
    """The address of an organisation: by its area if it is about one, else by itself."""
    return area_address(kind, division) if kind in DIGITS else f"{kind}:{organisation_id}"


def mentor_address(mentor_id: UUID) -> str:
    """The address of a mentor."""
    return f"{PartyKind.MENTOR}:{mentor_id}"


def is_party(address: str) -> bool:
    """Whether somebody can be told something there: a known kind with a key of its form."""
    name, _, key = address.partition(":")
    try:
        kind = PartyKind(name)
    except ValueError:
        return False
    if kind in DIGITS:
        return key.isascii() and key.isdigit() and len(key) == DIGITS[kind]
    try:
        return str(UUID(key)) == key
    except ValueError:
        return False


def caller_address(caller: Caller) -> str | None:
    """The caller's own address; None where its token does not say whom it acts for."""
    try:
        kind = PartyKind(caller.kind)
    except ValueError:
        return None
    scope = caller.scope
    if kind in DIGITS:
        return area_address(kind, scope.division) if scope.division else None
    key = scope.person if kind is PartyKind.MENTOR else scope.organisation
    return f"{kind}:{key}" if key else None
