"""Alerts from cause to settling, through the whole service."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from services.language import PartyKind
from services.notify.alerts.api import AlertState, SnoozeAlert
from services.notify.client import NotifyClient
from services.notify.rulebook.events import RuleName
from services.notify.terms import Relation
from services.registry import events as registry
from shared.client import NotAllowed, NotFound, Refused
from tests.notify.county import DAY, OTHER_VILLAGE, TOWNSHIP, County, all_of, inbox


async def test_the_client_has_every_operation(county: County) -> None:
    """No operation without its method in the typed client."""
    assert county.service.missing_operations(NotifyClient) == set()


async def test_overdue_contact_is_told_once_and_settled_by_the_contact(county: County) -> None:
    """After 14 days the mentor is told, once; the contact settles it; 14 days later it is due anew."""
    child = await county.child()
    mentor_id = await county.mentored(child)
    mentor = county.mentor(mentor_id)
    await county.tick(days=13)
    assert await inbox(mentor, RuleName.MENTOR_CONTACT) == []
    await county.tick(days=1.5)
    await county.tick(days=2)
    await county.tick(hours=0)
    (told,) = await inbox(mentor, RuleName.MENTOR_CONTACT)
    assert (told.state, told.relation) == (AlertState.OPEN, Relation.MENTOR)
    assert "因为您是这名儿童的结对人" in told.because.zh
    await county.contact(child, mentor_id)
    await county.tick(hours=1)
    (told,) = await inbox(mentor, RuleName.MENTOR_CONTACT)
    assert (told.state, told.settled_by) == (AlertState.SETTLED, "contact.logged")
    await county.tick(days=15)
    assert len(await inbox(mentor, RuleName.MENTOR_CONTACT, AlertState.OPEN)) == 1


async def test_what_a_mentor_was_told_closes_with_the_pairing(county: County) -> None:
    """Alerts about a child are neither shown to a former mentor nor taken up by one; the school's stay."""
    child = await county.child()
    mentor_id = await county.mentored(child)
    mentor = county.mentor(mentor_id)
    await county.tick(days=15)
    (told,) = await inbox(mentor, RuleName.MENTOR_CONTACT)
    assert (await mentor.get_alert(told.id)).recipients
    await county.parted(child, mentor_id)
    assert await inbox(mentor, RuleName.MENTOR_CONTACT) == []
    assert await all_of(mentor, RuleName.MENTOR_CONTACT) == []
    for attempt in (mentor.get_alert(told.id), mentor.acknowledge_alert(told.id)):
        with pytest.raises(NotFound):
            await attempt
    assert (await county.school.get_alert(told.id)).id == told.id


async def test_after_a_move_the_new_village_is_told(county: County) -> None:
    """What happens to a child is told to the village where it lives now."""
    child = await county.child()
    there = registry.Address(village=OTHER_VILLAGE)
    moved = registry.VillageChanged(
        child_id=child, address=there, township=TOWNSHIP, on=county.clock.now().date()
    )
    changed = registry.GuardianReplaced(
        child_id=child,
        guardian=registry.Guardian(relation=registry.GuardianRelation.RELATIVE),
        former_relation=registry.GuardianRelation.GRANDPARENT,
    )
    await county.publish(moved, changed)
    other = county.area(PartyKind.VILLAGE, OTHER_VILLAGE)
    assert len(await inbox(other, RuleName.GUARDIAN_CHANGED)) == 1
    assert await inbox(county.village, RuleName.GUARDIAN_CHANGED) == []


async def test_a_child_without_mentor_is_told_to_school_and_federation(county: County) -> None:
    """14 days after the file was opened; a pairing settles it."""
    child = await county.child()
    await county.tick(days=14)
    for party in (county.school, county.federation):
        assert [one.subject.child_id for one in await inbox(party, RuleName.WITHOUT_MENTOR)] == [child]
    assert await inbox(county.village, RuleName.WITHOUT_MENTOR) == []
    await county.mentored(child)
    await county.tick(hours=1)
    assert {one.state for one in await inbox(county.school, RuleName.WITHOUT_MENTOR)} == {AlertState.SETTLED}


async def test_dropout_and_guardian_are_told_at_once(county: County) -> None:
    """Dropout to school and township; a guardian who is no longer capable to village and township."""
    child = await county.child()
    today = county.clock.now().date()
    incapable = registry.Guardian(relation=registry.GuardianRelation.GRANDPARENT, capable=False)
    await county.publish(
        registry.DroppedOut(child_id=child, on=today),
        registry.GuardianReplaced(
            child_id=child, guardian=incapable, former_relation=registry.GuardianRelation.RELATIVE
        ),
    )
    await county.tick(hours=0)
    assert len(await inbox(county.school, RuleName.DROPPED_OUT)) == 1
    assert len(await inbox(county.township, RuleName.DROPPED_OUT)) == 1
    for rule in (RuleName.GUARDIAN_CHANGED, RuleName.NO_CAPABLE_GUARDIAN):
        assert len(await inbox(county.village, rule)) == 1
        assert len(await inbox(county.township, rule)) == 1
    await county.publish(registry.ReturnedToSchool(child_id=child, on=today))
    await county.tick(hours=0)
    assert [one.state for one in await inbox(county.school, RuleName.DROPPED_OUT)] == [AlertState.SETTLED]


async def test_a_failed_contact_asks_the_mentor_to_try_the_next(county: County) -> None:
    """At once; the next success settles it."""
    child = await county.child()
    mentor_id = await county.mentored(child)
    await county.contact(child, mentor_id, succeeded=False, failure="language_barrier")
    (told,) = await inbox(county.mentor(mentor_id), RuleName.CONTACT_FAILED)
    assert "联系卡" in told.summary.zh
    await county.tick(minutes=5)
    await county.contact(child, mentor_id)
    await county.tick(minutes=0)
    (told,) = await inbox(county.mentor(mentor_id), RuleName.CONTACT_FAILED)
    assert told.state is AlertState.SETTLED


async def test_an_alert_is_put_off_and_comes_back(county: County) -> None:
    """Snoozed until a moment, then open again; with a reason; not by strangers."""
    await county.child()
    await county.tick(days=14)
    (told,) = await inbox(county.school, RuleName.WITHOUT_MENTOR)
    until = SnoozeAlert(until=county.clock.now() + 3 * DAY, reason="等待新老师")
    with pytest.raises(NotAllowed):
        await county.township.snooze_alert(told.id, until)
    await county.school.snooze_alert(told.id, until, if_match=told.version)
    (told,) = await inbox(county.school, RuleName.WITHOUT_MENTOR)
    assert (told.state, told.snooze_reason) == (AlertState.SNOOZED, "等待新老师")
    with pytest.raises(Refused) as stale:
        await county.school.acknowledge_alert(told.id, if_match=1)
    assert stale.value.status == 412
    await county.tick(days=3)
    (told,) = await inbox(county.school, RuleName.WITHOUT_MENTOR)
    assert (told.state, told.snooze_reason) == (AlertState.OPEN, None)


async def test_an_urgent_alert_cannot_be_put_off(county: County) -> None:
    """The refusal names the rule and the way out."""
    await county.publish(county.reported())
    (told,) = await inbox(county.village, RuleName.DANGER)
    off = SnoozeAlert(until=county.clock.now() + timedelta(hours=1), reason="明天")
    with pytest.raises(Refused) as refused:
        await county.village.snooze_alert(told.id, off)
    assert (refused.value.status, refused.value.code) == (409, "urgent-not-snoozed")


async def test_what_an_alert_gives_away_decides_who_finds_it(county: County) -> None:
    """A village reads no health data: an open finding is not in its list, though the child lives there."""
    child = await county.child()
    await county.publish(
        registry.FindingRaised(
            campaign_id=uuid4(),
            finding_id=uuid4(),
            child_id=child,
            on=county.clock.now().date(),
            finding="视力",
        )
    )
    await county.tick(days=15)
    (found,) = await all_of(county.school, RuleName.FINDING_OPEN)
    assert await all_of(county.village, RuleName.FINDING_OPEN) == []
    assert await all_of(county.federation, RuleName.FINDING_OPEN) == []
    with pytest.raises(NotFound):
        await county.village.get_alert(found.id)
    await county.tick(days=7)
    assert len(await inbox(county.township, RuleName.FINDING_OPEN)) == 1
    assert len(await all_of(county.township, RuleName.FINDING_OPEN)) == 1


async def test_alerts_of_others_are_not_found(county: County) -> None:
    """Another village, a stranger's mentor and the county find nothing; nor can they take anything up."""
    await county.child()
    await county.tick(days=14)
    (told,) = await inbox(county.school, RuleName.WITHOUT_MENTOR)
    for stranger in (county.county, county.mentor(uuid4())):
        assert (await stranger.list_alerts()).items == ()
        with pytest.raises(NotFound):
            await stranger.acknowledge_alert(told.id)


async def test_alerts_hold_no_name(county: County) -> None:
    """Nothing of a child's file but its id is in an alert."""
    await county.child()
    await county.tick(days=14)
    answer = await county.school.list_alerts()
    assert answer.items
    assert "某某" not in answer.model_dump_json()
