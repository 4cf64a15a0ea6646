"""Who hears of a danger report, when, and who never does."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.language import PartyKind
from services.notify.addresses.api import SetAddress
from services.notify.alerts.api import AlertState
from services.notify.client import NotifyClient
from services.notify.rulebook.events import RuleName
from services.registry import events as registry
from shared.client import NotFound, Refused
from shared.testing.api import caller
from shared.testing.waiting import eventually
from tests.notify.county import COUNTY, OTHER_VILLAGE, TOWNSHIP, VILLAGE, County, all_of, inbox
from tests.notify.receiver import answer, receiving

DANGER = RuleName.DANGER
VILLAGE_PARTY, TOWNSHIP_PARTY = f"village:{VILLAGE}", f"township:{TOWNSHIP}"
FEDERATION_PARTY, COUNTY_PARTY = f"womens_federation:{TOWNSHIP}", f"county:{COUNTY}"


def acknowledged(county: County, report_id: UUID, party: str, *, by_handler: bool) -> Any:
    return registry.DangerAcknowledged(
        report_id=report_id, by_party=party, at=county.clock.now(), by_handler=by_handler
    )


def handled(county: County, report_id: UUID) -> registry.DangerHandled:
    return registry.DangerHandled(report_id=report_id, outcome="已找到", at=county.clock.now())


async def told(county: County) -> set[str]:
    """The parties that hear of any danger report, by every route that could tell them."""
    everybody: dict[str, NotifyClient] = {
        VILLAGE_PARTY: county.village,
        FEDERATION_PARTY: county.federation,
        TOWNSHIP_PARTY: county.township,
        COUNTY_PARTY: county.county,
    }
    found = set()
    for party, client in everybody.items():
        heard = await inbox(client, DANGER)
        assert [one.id for one in heard] == [one.id for one in await all_of(client, DANGER)]
        deliveries = (await client.list_deliveries()).items
        if party not in (VILLAGE_PARTY, FEDERATION_PARTY):
            assert {one.alert_id for one in deliveries} <= {one.id for one in heard}
        if heard:
            found.add(party)
    return found


async def test_a_danger_report_is_told_at_once_and_climbs(county: County) -> None:
    """To township, village and federation at once; unacknowledged to the county after an hour."""
    await county.publish(county.reported())
    below = {TOWNSHIP_PARTY, VILLAGE_PARTY, FEDERATION_PARTY}
    assert await told(county) == below
    await county.tick(minutes=59)
    assert await told(county) == below
    await county.tick(minutes=1)
    assert await told(county) == {*below, COUNTY_PARTY}
    (raised,) = await inbox(county.township, DANGER)
    detail = await county.township.get_alert(raised.id)
    assert [one.level for one in detail.recipients] == [0, 0, 0, 1]
    await county.tick(hours=23)
    detail = await county.township.get_alert(raised.id)
    assert [(one.level, one.reached) for one in detail.escalation] == [(1, True), (2, True)]
    assert len(detail.recipients) == 4


async def test_taking_up_the_report_takes_up_the_alert(county: County) -> None:
    """By the township: then the county is told after a day, unless it is handled before."""
    first, second = county.reported(), county.reported()
    for report in (first, second):
        taken_up = acknowledged(county, report.report_id, TOWNSHIP_PARTY, by_handler=True)
        await county.publish(report, taken_up)
    await county.tick(hours=2)
    assert {(one.state, one.acknowledged_by) for one in await inbox(county.village, DANGER)} == {
        (AlertState.ACKNOWLEDGED, TOWNSHIP_PARTY)
    }
    assert COUNTY_PARTY not in await told(county)
    await county.publish(handled(county, first.report_id))
    await county.tick(hours=22)
    (climbed,) = await inbox(county.county, DANGER)
    assert climbed.subject.report_id == second.report_id
    (settled,) = await inbox(county.village, DANGER, AlertState.SETTLED)
    assert (settled.subject.report_id, settled.settled_by) == (first.report_id, "danger_report.handled")


async def test_no_helper_stops_the_clock(county: County) -> None:
    """A village that takes up the report, or its alert, keeps nobody from hearing of it."""
    report = county.reported()
    await county.publish(report, acknowledged(county, report.report_id, VILLAGE_PARTY, by_handler=False))
    (raised,) = await inbox(county.village, DANGER)
    for client in (county.village, county.federation, county.township):
        with pytest.raises(Refused) as refused:
            await client.acknowledge_alert(raised.id)
        assert (refused.value.status, refused.value.code) == (409, "taken-up-at-its-source")
    await county.tick(hours=1)
    assert COUNTY_PARTY in await told(county)


async def test_missed_ticks_leave_out_no_level(county: County) -> None:
    """A service that slept over both moments tells the county."""
    await county.publish(county.reported())
    await county.tick(hours=30)
    assert len(await inbox(county.county, DANGER)) == 1


async def test_a_danger_alert_goes_by_the_place_of_the_report_and_names_no_child(county: County) -> None:
    """The parties of the place where the child was found are told; which child stands in the report alone."""
    child = await county.child(OTHER_VILLAGE)
    report = county.reported().model_copy(update={"child_id": child, "school_id": county.school_id})
    await county.publish(report, division=OTHER_VILLAGE)
    (raised,) = await inbox(county.village, DANGER)
    assert (raised.subject.report_id, raised.subject.child_id, raised.school_id) == (
        report.report_id,
        None,
        None,
    )
    assert await inbox(county.area(PartyKind.VILLAGE, OTHER_VILLAGE), DANGER) == []
    assert await all_of(county.school, DANGER) == []


async def test_who_is_accused_does_not_hear_of_it(county: County) -> None:
    """Neither at once nor by the clock; in place of the township the county hears at once."""
    await county.publish(county.reported(registry.DangerCode.ABUSE, VILLAGE_PARTY))
    await county.tick(hours=30)
    assert await told(county) == {TOWNSHIP_PARTY, FEDERATION_PARTY, COUNTY_PARTY}


async def test_the_county_hears_at_once_where_the_township_is_accused(county: County) -> None:
    """And is told that a party below must stand aside."""
    await county.publish(county.reported(registry.DangerCode.ABUSE, TOWNSHIP_PARTY, FEDERATION_PARTY))
    assert await told(county) == {VILLAGE_PARTY, COUNTY_PARTY}
    (raised,) = await inbox(county.county, DANGER)
    assert "回避" in raised.because.zh


async def test_an_accused_county_leaves_it_to_the_township(county: County) -> None:
    """The clock tells nobody more."""
    await county.publish(county.reported(registry.DangerCode.ABUSE, COUNTY_PARTY))
    await county.tick(hours=30)
    assert await told(county) == {VILLAGE_PARTY, TOWNSHIP_PARTY, FEDERATION_PARTY}


async def test_who_else_was_told_is_shown_to_the_handlers_alone(county: County) -> None:
    """From who is missing among the recipients a village would learn who is accused."""
    await county.township.set_address(TOWNSHIP_PARTY, SetAddress(email="office@example.org"))
    await county.settled()
    await county.publish(county.reported(registry.DangerCode.ABUSE, FEDERATION_PARTY))
    (raised,) = await inbox(county.village, DANGER)
    detail = await county.village.get_alert(raised.id)
    assert [one.party for one in detail.recipients] == [VILLAGE_PARTY]
    for client, parties in ((county.village, set()), (county.township, {TOWNSHIP_PARTY})):
        sent = (await client.list_deliveries(alert_id=raised.id)).items
        assert {one.party for one in sent} == parties
    detail = await county.township.get_alert(raised.id)
    assert {one.party for one in detail.recipients} == {VILLAGE_PARTY, TOWNSHIP_PARTY}


async def test_what_is_withheld_is_gone_from_the_inbox(county: County) -> None:
    """The village was told; once the report is withheld from it, no route tells of it; lifted, they do."""
    report = county.reported()
    await county.publish(report)
    (raised,) = await inbox(county.village, DANGER)
    before = (await county.village.get_digest()).open_alerts
    kept = registry.DangerWithheld(
        report_id=report.report_id, by_party=TOWNSHIP_PARTY, parties=(VILLAGE_PARTY,), at=county.clock.now()
    )
    await county.publish(kept)
    assert VILLAGE_PARTY not in await told(county)
    assert (await county.village.get_digest()).open_alerts == before - 1
    for gone in (county.village.get_alert(raised.id), county.village.acknowledge_alert(raised.id)):
        with pytest.raises(NotFound):
            await gone
    await county.publish(kept.model_copy(update={"parties": ()}))
    assert VILLAGE_PARTY in await told(county)


async def test_a_stand_in_that_is_accused_hears_nothing(county: County) -> None:
    """A village names the accused one as its stand-in: that village is told nothing."""
    until = county.clock.now().date()
    other = f"village:{OTHER_VILLAGE}"
    await county.village.set_address(VILLAGE_PARTY, SetAddress(stand_in=other, stand_in_until=until))
    await county.settled()
    await county.publish(county.reported(registry.DangerCode.ABUSE, other))
    assert await inbox(county.area(PartyKind.VILLAGE, OTHER_VILLAGE), DANGER) == []
    await county.publish(county.reported())
    assert len(await inbox(county.area(PartyKind.VILLAGE, OTHER_VILLAGE), DANGER)) == 1


async def test_no_message_leaves_for_one_it_is_withheld_from(county: County) -> None:
    """Withheld before the receiver could be reached: no further attempt is made."""
    async with receiving() as receiver:
        receiver.answers = [answer(503, "busy")] * 20
        hook = SetAddress(webhook_url=receiver.url, webhook_secret="village")
        await county.village.set_address(VILLAGE_PARTY, hook)
        await county.settled()
        report = county.reported()
        await county.publish(report)
        await eventually(lambda: len(receiver.got) >= 1)
        await county.publish(
            registry.DangerWithheld(
                report_id=report.report_id,
                by_party=TOWNSHIP_PARTY,
                parties=(VILLAGE_PARTY,),
                at=county.clock.now(),
            )
        )
        tried = len(receiver.got)
        await county.tick(hours=3)
        await asyncio.sleep(1.2)
        assert len(receiver.got) == tried
        assert (await county.village.list_deliveries()).items == ()


async def test_a_reopened_report_is_told_again(county: County) -> None:
    """As at first, with its own clock: another alert, which its handling settles."""
    report = county.reported()
    await county.publish(report)
    await county.publish(acknowledged(county, report.report_id, TOWNSHIP_PARTY, by_handler=True))
    await county.publish(handled(county, report.report_id))
    await county.tick(hours=40)
    again = registry.DangerReopened(
        report_id=report.report_id, by_party=COUNTY_PARTY, reason="仍独居", at=county.clock.now()
    )
    await county.publish(again)
    (open_again,) = await inbox(county.township, DANGER, AlertState.OPEN)
    assert open_again.since == county.clock.now()
    assert await inbox(county.county, DANGER) == []
    await county.tick(hours=1)
    assert len(await inbox(county.county, DANGER)) == 1
    await county.publish(handled(county, report.report_id))
    assert {one.state for one in await inbox(county.township, DANGER)} == {AlertState.SETTLED}


async def test_an_unknown_party_is_told_nothing(county: County) -> None:
    """A report that lies elsewhere is not found by its id either."""
    await county.publish(county.reported())
    elsewhere = caller(PartyKind.TOWNSHIP, division="331082105")
    for stranger in (caller(PartyKind.MENTOR, person=uuid4()), elsewhere):
        assert await all_of(county.as_caller(stranger), DANGER) == []
