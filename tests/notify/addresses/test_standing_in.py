"""Who may stand in for an absent party, and what an alert says to those who do not answer for the child."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from services.language import PartyKind
from services.notify.addresses.api import SetAddress
from services.notify.addresses.events import AddressSet
from services.notify.alerts.api import InboxRow
from services.notify.rulebook.events import RuleName
from services.notify.terms import Relation, Subject
from services.registry import events as registry
from shared.access import Caller
from shared.client import NotFound, Refused
from shared.testing.api import caller
from tests.notify.county import COUNTY, OTHER_VILLAGE, TOWNSHIP, VILLAGE, County, all_of, inbox

VILLAGE_PARTY = f"village:{VILLAGE}"
FAR = "110101001001"


def until(county: County) -> date:
    return (county.clock.now() + timedelta(days=30)).date()


async def unguarded(county: County) -> UUID:
    """A child whom nobody able looks after: urgent, to its village and township at once."""
    child_id = await county.child()
    nobody = registry.Guardian(relation=registry.GuardianRelation.NONE, capable=False)
    await county.publish(registry.GuardianNamed(child_id=child_id, guardian=nobody))
    return child_id


def holds_nothing_of(told: InboxRow, child_id: UUID) -> None:
    said = told.model_dump_json()
    assert str(child_id) not in said
    assert VILLAGE not in said
    assert told.division == TOWNSHIP


async def founded(county: County, kind: PartyKind, division: str) -> str:
    key = uuid4()
    await county.publish(
        registry.OrganisationFounded(organisation_id=key, kind=kind, name="某", division=division),
        division=TOWNSHIP,
    )
    return f"{kind}:{key}"


async def test_a_stand_in_is_of_the_same_kind_nearby_or_above(county: County) -> None:
    """Nobody else may be named: neither a mentor, nor another kind, nor a party of another township."""
    mentor_id = await county.mentored(await county.child())
    school, last = f"school:{county.school_id}", until(county)
    near = await founded(county, PartyKind.SCHOOL, TOWNSHIP)
    far = await founded(county, PartyKind.SCHOOL, "331082105")
    may_not = {
        VILLAGE_PARTY: (
            *(f"mentor:{mentor_id}", f"youth_league:{TOWNSHIP}", f"womens_federation:{TOWNSHIP}", school),
            *(f"village:{FAR}", "village:331082105001", "township:331082105", "county:331083"),
        ),
        school: (far, f"health_centre:{county.health_centre_id}", f"school:{uuid4()}", VILLAGE_PARTY),
        f"township:{TOWNSHIP}": (f"womens_federation:{TOWNSHIP}", "township:331082105", VILLAGE_PARTY),
        f"county:{COUNTY}": (f"township:{TOWNSHIP}", "county:331083"),
    }
    may = {
        VILLAGE_PARTY: (f"village:{OTHER_VILLAGE}", f"township:{TOWNSHIP}", f"county:{COUNTY}"),
        school: (near, f"township:{TOWNSHIP}"),
        f"township:{TOWNSHIP}": (f"county:{COUNTY}",),
        f"mentor:{mentor_id}": (school, f"township:{TOWNSHIP}"),
    }
    operator = county.as_caller(caller("operator"))
    for party, others in may_not.items():
        for other in others:
            with pytest.raises(Refused) as refused:
                await operator.set_address(party, SetAddress(stand_in=other, stand_in_until=last))
            assert (refused.value.code, refused.value.field) == ("stand-in-elsewhere", "stand_in")
            assert refused.value.way_out
    for party, others in may.items():
        for other in others:
            await operator.set_address(party, SetAddress(stand_in=other, stand_in_until=last))


async def test_a_stand_in_set_before_that_does_not_fit_is_told_nothing(county: County) -> None:
    """It is read as none: not told any more, shown in no list, and no hindrance to other changes."""
    league = county.area(PartyKind.YOUTH_LEAGUE, TOWNSHIP)
    set_before = AddressSet(
        party=VILLAGE_PARTY, stand_in=f"youth_league:{TOWNSHIP}", stand_in_until=until(county)
    )
    await county.set_early(set_before)
    await unguarded(county)
    await county.publish(county.reported())
    assert (await league.list_inbox()).items == ()
    assert (await league.list_alerts()).items == ()
    (shown,) = (await county.village.list_addresses()).items
    assert shown.stand_in is None
    await county.village.set_address(VILLAGE_PARTY, SetAddress(email="village@example.org"))


async def test_a_neighbour_that_stands_in_learns_of_no_child(county: County) -> None:
    """It sees that something is urgent, whom to ask, and may take it up; after its time nothing more."""
    neighbour = county.area(PartyKind.VILLAGE, OTHER_VILLAGE)
    await county.village.set_address(
        VILLAGE_PARTY, SetAddress(stand_in=f"village:{OTHER_VILLAGE}", stand_in_until=until(county))
    )
    await county.settled()
    child_id = await unguarded(county)
    await county.publish(county.reported())
    (told,) = await inbox(neighbour, RuleName.NO_CAPABLE_GUARDIAN)
    holds_nothing_of(told, child_id)
    assert told.relation is Relation.STAND_IN
    assert await all_of(neighbour, RuleName.NO_CAPABLE_GUARDIAN, child_id=child_id) == []
    (danger,) = await inbox(neighbour, RuleName.DANGER)
    assert (danger.subject, danger.division) == (Subject(), TOWNSHIP)
    one = await neighbour.get_alert(told.id)
    assert VILLAGE not in one.model_dump_json()
    await neighbour.acknowledge_alert(told.id)
    county.clock.set(county.clock.now() + timedelta(days=31))
    assert (await neighbour.list_inbox()).items == ()
    with pytest.raises(NotFound):
        await neighbour.acknowledge_alert(told.id)


async def test_the_county_takes_the_escalated_alert_without_the_child(county: County) -> None:
    """Of single children it reads danger reports alone: it learns which township to ask, and no village."""
    child_id = await unguarded(county)
    report = county.reported()
    await county.publish(report)
    await county.tick(hours=25)
    await county.tick(hours=50)
    (told,) = await inbox(county.county, RuleName.NO_CAPABLE_GUARDIAN)
    holds_nothing_of(told, child_id)
    assert told.school_id is None
    whole = (await county.county.get_alert(told.id)).model_dump_json()
    sent = await county.service.request(county_caller(), "GET", f"/deliveries?alert_id={told.id}")
    for secret in (str(child_id), VILLAGE, str(county.school_id)):
        assert secret not in whole + sent.text
    (danger,) = await inbox(county.county, RuleName.DANGER)
    assert (danger.subject.report_id, danger.division) == (report.report_id, VILLAGE)


def county_caller() -> Caller:
    return caller(PartyKind.COUNTY, division=COUNTY)


async def test_who_reads_no_schooling_is_not_told_who_dropped_out(county: County) -> None:
    """The township learns that somebody did, and of which school to ask."""
    child_id = await county.child()
    await county.publish(registry.DroppedOut(child_id=child_id, on=county.clock.now().date()))
    (told,) = await inbox(county.township, RuleName.DROPPED_OUT)
    holds_nothing_of(told, child_id)
    assert told.school_id == county.school_id
    (known,) = await inbox(county.school, RuleName.DROPPED_OUT)
    assert known.subject.child_id == child_id
