"""Callers whose tokens fit their kind, and all sorts that do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from services.language import PartyKind
from services.parties import DIGITS, OF_AN_ORGANISATION
from services.registry.events import OrganisationFounded
from shared.access import OFFICER, OPERATOR, SERVICE, Caller
from shared.testing.api import Operation, ServiceUnderTest, caller

COUNTY, TOWNSHIP, VILLAGE = "331082", "331082106", "331082106201"
ELSEWHERE = "331083107301"
PARTIES = tuple(
    caller(kind, division=division, organisation=UUID(int=number))
    for number, (kind, division) in enumerate(
        (
            (PartyKind.SCHOOL, TOWNSHIP),
            (PartyKind.HEALTH_CENTRE, TOWNSHIP),
            (PartyKind.VILLAGE, VILLAGE),
            (PartyKind.YOUTH_LEAGUE, TOWNSHIP),
            (PartyKind.WOMENS_FEDERATION, TOWNSHIP),
        ),
        start=5001,
    )
)
"""Parties by what their own tokens say of them."""
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


def founded(parties: Iterable[Caller]) -> Iterator[OrganisationFounded]:
    """The parties as the registry tells of them."""
    for party in parties:
        scope = party.scope
        assert scope.organisation is not None
        assert scope.division is not None
        yield OrganisationFounded(
            organisation_id=scope.organisation,
            kind=PartyKind(party.kind),
            name="某单位",
            division=scope.division,
        )


def false_claims(parties: Iterable[Caller]) -> Iterator[Caller]:
    """Callers who name an organisation that exists, of another kind or in another place than their own."""
    for party in parties:
        for kind in PartyKind:
            if kind is PartyKind.MENTOR:
                continue
            digits = DIGITS.get(kind, len(TOWNSHIP))
            own = party.scope.division or ""
            for division in (f"{own}201"[:digits], ELSEWHERE[:digits]):
                if kind != party.kind or division != own:
                    yield caller(kind, division=division, organisation=party.scope.organisation)
            if kind in OF_AN_ORGANISATION - {party.kind}:
                yield caller(kind, organisation=party.scope.organisation)


async def admitted(service: ServiceUnderTest) -> list[tuple[str, Caller, int]]:
    """Which operations of a service took a token that does not fit, and how they answered."""
    callers = list(misfits())
    return await _admitted(service, ((one, who) for one in _operations(service) for who in callers))


async def admitted_claims(
    service: ServiceUnderTest, parties: Iterable[Caller]
) -> list[tuple[str, Caller, int]]:
    """The same of tokens that claim an organisation falsely: each operation is asked, and by each claim."""
    operations, claims = list(_operations(service)), list(false_claims(parties))
    turns = range(max(len(operations), len(claims)))
    pairs = ((operations[turn % len(operations)], claims[turn % len(claims)]) for turn in turns)
    return await _admitted(service, pairs)


def _operations(service: ServiceUnderTest) -> Iterator[Operation]:
    return (one for one in service.operations() if one.permission.name != "public")


async def _admitted(
    service: ServiceUnderTest, asked: Iterable[tuple[Operation, Caller]]
) -> list[tuple[str, Caller, int]]:
    wrong = []
    for operation, who in asked:
        path = operation.example().replace(":uuid", "").replace(":str", "").replace(":int", "")
        answer = await service.request(who, operation.method, path)
        told = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        if answer.status_code != 403 or told.get("type") != "/problems/scope-mismatch":
            wrong.append((operation.operation_id, who, answer.status_code))
    return wrong
