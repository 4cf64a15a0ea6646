"""The addresses by which alerts name parties and mentors, who a caller is among them, which tokens fit."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.language import TERRITORIAL, PartyKind, Relation, ever_readable
from shared import OPERATOR, SERVICE, Bilingual, Caller, Scope

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


def organisation_of(kind: PartyKind, party: str) -> UUID | None:
    """The organisation of a party of this kind, as events name it (`Metadata.party`); None of any other."""
    name, _, key = party.partition(":")
    try:
        return UUID(key) if name == kind else None
    except ValueError:
        return None


def area_of(party: str, division: str) -> str | None:
    """The area of a territorial party, as events name it, in which a division lies; None of other parties."""
    name = party.partition(":")[0]
    if name not in TERRITORIAL or len(division) < DIGITS[PartyKind(name)]:
        return None
    return division[: DIGITS[PartyKind(name)]]


def mentor_address(mentor_id: UUID) -> str:
    """The address of a mentor."""
    return f"{PartyKind.MENTOR}:{mentor_id}"


_OWN = frozenset({"list_danger_reports", "get_danger_report", "list_inbox"})
RELATIONS: Mapping[str, Relation] = {
    **dict.fromkeys((*TERRITORIAL, PartyKind.SCHOOL), Relation.IN_SCOPE),
    **dict.fromkeys((PartyKind.MENTOR, PartyKind.YOUTH_LEAGUE), Relation.PAIRED),
    PartyKind.HEALTH_CENTRE: Relation.ON_LIST,
}
"""How a kind of party stands to each of the children whom it sees."""


def usual_relation(caller: Caller, operation: str) -> Relation:
    """How a caller stands to the children of whom an operation tells it: for the record of the access.

    Reports of danger and alerts are read by those who have a part in them.
    """
    if operation in _OWN:
        return Relation.OWN_RECORD
    return RELATIONS.get(caller.kind, Relation.STRANGER)


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


OF_AN_ORGANISATION = frozenset({PartyKind.SCHOOL, PartyKind.HEALTH_CENTRE})
"""Parties that are known by their organisation."""
NOTHING = Scope()


def misfit(caller: Caller) -> Bilingual | None:
    """Why the scope of the caller's token does not fit its kind; None where it does.

    Every service refuses a token that does not fit: a scope of another kind, or none, is nowhere taken for
    more than was meant.
    """
    if caller.kind in {SERVICE, OPERATOR}:
        return (
            None
            if caller.scope == NOTHING
            else Bilingual("此类令牌没有范围", "A token of this kind has no scope")
        )
    try:
        kind = PartyKind(caller.kind)
    except ValueError:
        return Bilingual("没有这类单位", "There is no such kind of party")
    if kind is PartyKind.MENTOR:
        return _misfit_of_mentor(caller.scope)
    return _misfit_of_party(kind, caller.scope)


def _misfit_of_mentor(scope: Scope) -> Bilingual | None:
    if scope.person is None:
        return Bilingual(
            "结对人的令牌需要本人编号（--person）", "A mentor's token needs the person's id (--person)"
        )
    if scope != Scope(person=scope.person):
        return Bilingual(
            "只能有本人编号（--person）", "A mentor's token has the person's id alone (--person)"
        )
    return None


def _misfit_of_party(kind: PartyKind, scope: Scope) -> Bilingual | None:
    if scope.person is not None:
        return Bilingual("只有结对人的令牌有本人编号", "Only a mentor's token has a person's id")
    own = kind in OF_AN_ORGANISATION
    digits = DIGITS.get(kind, DIGITS[PartyKind.TOWNSHIP])
    division = scope.division or ""
    if (division or not own) and not (division.isascii() and division.isdigit() and len(division) == digits):
        return Bilingual(
            f"需要{digits}位区划代码（--division）", f"It needs a division of {digits} digits (--division)"
        )
    if own and scope.organisation is None:
        return Bilingual("需要单位编号（--organisation）", "It needs the organisation's id (--organisation)")
    return None


def writable(caller: Caller) -> frozenset[str] | None:
    """The classes of data that the caller may write: those that its kind reads back, of whatever child."""
    if caller.kind in {SERVICE, OPERATOR}:
        return None
    return ever_readable(caller.kind)


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
