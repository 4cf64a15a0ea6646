"""Callers whose tokens fit their kind, and all sorts that do not."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from services.language import PartyKind
from services.parties import DIGITS, OF_AN_ORGANISATION
from shared.access import OFFICER, OPERATOR, SERVICE, Caller
from shared.testing.api import ServiceUnderTest, caller

COUNTY, TOWNSHIP, VILLAGE = "331082", "331082106", "331082106201"
SOMEBODY = UUID(int=42)
_AREAS = {len(area): area for area in (COUNTY, TOWNSHIP, VILLAGE)}
_DIVISIONS = (None, "33", COUNTY, TOWNSHIP, VILLAGE, "3310821062")


def fitting(
    kind: str, *, township: str = TOWNSHIP, organisation: UUID = SOMEBODY, role: str = OFFICER
) -> Caller:
    """A caller of this kind whose token fits; a village is the township's first."""
    if kind == PartyKind.MENTOR:
        return caller(kind, person=organisation, role=role)
    if kind in {SERVICE, OPERATOR}:
        return caller(kind, role=role)
    digits = DIGITS.get(PartyKind(kind), len(township))
    division = f"{township}201"[:digits]
    return caller(kind, division=division, organisation=organisation, role=role)


def misfits() -> Iterator[Caller]:
    """Every kind of people with every shape of scope that is not its own."""
    for kind in (*PartyKind, OPERATOR, "stranger"):
        for division in _DIVISIONS:
            for organisation in (None, SOMEBODY):
                for person in (None, SOMEBODY):
                    if not _fits(kind, division, organisation, person):
                        yield caller(kind, division=division, organisation=organisation, person=person)


def _fits(kind: str, division: str | None, organisation: UUID | None, person: UUID | None) -> bool:
    given = (division is not None, organisation is not None, person is not None)
    if kind in {SERVICE, OPERATOR}:
        return not any(given)
    if kind == PartyKind.MENTOR:
        return given == (False, False, True)
    if kind == "stranger" or person is not None:
        return False
    if kind in OF_AN_ORGANISATION:
        return organisation is not None and division in {None, TOWNSHIP}
    return division == _AREAS[DIGITS[PartyKind(kind)]]


async def admitted(service: ServiceUnderTest) -> list[tuple[str, Caller, int]]:
    """Which operations of a service took a token that does not fit, and how they answered."""
    wrong = []
    callers = list(misfits())
    for operation in service.operations():
        if operation.permission.name == "public":
            continue
        path = operation.example().replace(":uuid", "").replace(":str", "").replace(":int", "")
        for who in callers:
            answer = await service.request(who, operation.method, path)
            told = answer.json() if "json" in answer.headers.get("content-type", "") else {}
            if answer.status_code != 403 or told.get("type") != "/problems/scope-misfit":
                wrong.append((operation.operation_id, who, answer.status_code))
    return wrong
