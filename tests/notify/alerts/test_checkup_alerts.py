"""What is told about checkups: to a health centre the campaign, to who reads no health no child."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.language import PartyKind, Severity
from services.notify.alerts.api import AlertState, SnoozeAlert
from services.notify.alerts.rules import ALERT_DECIDER, RaiseAlert, alert_id
from services.notify.rulebook.events import RuleName
from services.notify.terms import Recipient, Relation, Subject
from services.registry import events as registry
from shared.client import Refused
from shared.commands import Context, Decision
from tests.notify.county import TOWNSHIP, VILLAGE, County, all_of, inbox


async def offered(county: County, **place: object) -> UUID:
    """A health centre has offered a checkup; the campaign's id."""
    campaign_id = uuid4()
    proposed = registry.CheckupCampaignProposed.model_validate(
        {
            "campaign_id": campaign_id,
            "health_centre_id": county.health_centre_id,
            "on": county.clock.now().date(),
            **(place or {"school_id": county.school_id}),
        }
    )
    await county.publish(proposed, division=TOWNSHIP)
    return campaign_id


async def opened(county: County, *children: UUID, campaign_id: UUID | None = None) -> UUID:
    """The school has arranged it; the campaign's id."""
    campaign_id = campaign_id or uuid4()
    event = registry.CheckupCampaignOpened(
        campaign_id=campaign_id,
        school_id=county.school_id,
        health_centre_id=county.health_centre_id,
        on=county.clock.now().date(),
        children=children,
    )
    await county.publish(event, division=TOWNSHIP)
    return campaign_id


async def found(county: County, campaign_id: UUID, child: UUID) -> UUID:
    """Something was found with the child; the finding's id."""
    finding_id = uuid4()
    raised = registry.FindingRaised(
        campaign_id=campaign_id,
        finding_id=finding_id,
        child_id=child,
        on=county.clock.now().date(),
        finding="贫血",
    )
    await county.publish(raised)
    return finding_id


async def read_by_the_centre(county: County) -> str:
    """Every answer of notify that a health centre can get."""
    paths = ["/inbox?limit=500", "/alerts?limit=500", "/dues?limit=500", "/deliveries?limit=500"]
    alerts = (await county.health_centre.list_alerts(limit=500)).items
    paths += [f"/alerts/{one.id}" for one in alerts]
    answers = [await county.service.request(county.doctor, "GET", path) for path in paths]
    return "\n".join(answer.text for answer in answers)


async def test_a_health_centre_is_told_of_campaigns_and_of_no_child(county: County) -> None:
    """Not that a child's checkup is due, but that one was arranged; and of a finding its campaign."""
    listed, other = await county.child(), await county.child()
    campaign_id = await opened(county, listed)
    finding_id = await found(county, campaign_id, listed)
    await county.tick(days=370)
    assert len(await inbox(county.school, RuleName.CHECKUP)) == 2
    assert await inbox(county.health_centre, RuleName.CHECKUP) == []
    for rule in (RuleName.CHECKUP_ARRANGED, RuleName.FINDING_OPEN):
        (told,) = await inbox(county.health_centre, rule)
        assert told.subject == Subject(campaign_id=campaign_id)
        assert told.division == TOWNSHIP
    read = await read_by_the_centre(county)
    assert str(campaign_id) in read
    assert str(finding_id) in read  # its own
    for secret in (listed, other, VILLAGE):
        assert str(secret) not in read
    for child in (listed, other):
        assert await all_of(county.health_centre, RuleName.FINDING_OPEN, child_id=child) == []
    await county.publish(
        registry.CheckupCampaignClosed(campaign_id=campaign_id, on=county.clock.now().date())
    )
    (over,) = await inbox(county.health_centre, RuleName.CHECKUP_ARRANGED)
    assert over.state is AlertState.SETTLED


async def test_an_offer_is_told_to_those_who_may_confirm_it(county: County) -> None:
    """To the school, or to the village; until it was taken up or dropped."""
    taken_up, dropped = await offered(county), await offered(county, village=VILLAGE)
    (at_school,) = await inbox(county.school, RuleName.CHECKUP_PROPOSED)
    (in_village,) = await inbox(county.village, RuleName.CHECKUP_PROPOSED)
    assert [at_school.subject.campaign_id, in_village.subject.campaign_id] == [taken_up, dropped]
    await opened(county, await county.child(), campaign_id=taken_up)
    await county.publish(registry.CheckupProposalDropped(campaign_id=dropped))
    for client in (county.school, county.village):
        (told,) = await inbox(client, RuleName.CHECKUP_PROPOSED)
        assert told.state is AlertState.SETTLED


async def test_who_reads_no_health_is_not_told_with_whom_something_was_found(county: County) -> None:
    """The township learns that a finding of the school's stays open, not whose, ask as it may."""
    child = await county.child()
    await found(county, await opened(county, child), child)
    await county.tick(days=15)
    await county.tick(days=7)
    (told,) = await inbox(county.township, RuleName.FINDING_OPEN)
    assert (told.subject.child_id, told.subject.finding_id, told.division) == (None, None, TOWNSHIP)
    assert told.school_id == county.school_id
    assert await all_of(county.township, RuleName.FINDING_OPEN, child_id=child) == []
    assert len(await all_of(county.school, RuleName.FINDING_OPEN, child_id=child)) == 1
    one = await county.township.get_alert(told.id)
    assert str(child) not in one.model_dump_json()
    assert VILLAGE not in one.model_dump_json()


async def test_what_a_centre_was_told_in_the_first_releases_is_shown_no_longer(county: County) -> None:
    """Their alerts named the child; so would those that it gets in place of an absent school."""
    child, now = await county.child(), county.clock.now()
    cause = f"checkup:{child}:20240301T000000Z"
    raised = RaiseAlert(
        alert_id=alert_id(cause),
        cause=cause,
        rule=RuleName.CHECKUP,
        severity=Severity.REMINDER,
        subject=Subject(child_id=child),
        division=VILLAGE,
        school_id=county.school_id,
        title="该体检了 / A health checkup is due",
        since=now - timedelta(days=365),
        due_at=now,
        recipients=(
            Recipient(
                party=f"{PartyKind.HEALTH_CENTRE}:{county.health_centre_id}",
                relation=Relation.HEALTH_CENTRE,
                because="因为体检由贵院承担",
            ),
        ),
        deliver_after=now,
        raised_at=now,
    )
    context = Context(
        command_id=uuid4(),
        request_hash=b"",
        actor="notify",
        party="service:notify",
        division=VILLAGE,
        correlation_id=uuid4(),
    )
    await county.service.runtime.handler.handle(context, Decision(ALERT_DECIDER, raised.alert_id, raised))
    await county.settled()
    assert str(child) not in await read_by_the_centre(county)
    assert (
        await county.service.request(county.doctor, "GET", f"/alerts/{raised.alert_id}")
    ).status_code == 404


async def test_why_a_finding_was_put_off_is_read_by_those_who_read_health(county: County) -> None:
    """The school's reason reaches neither township nor centre, and the centre writes none."""
    child = await county.child()
    await found(county, await opened(county, child), child)
    await county.tick(days=15)
    (at_school,) = await inbox(county.school, RuleName.FINDING_OPEN)
    snoozed = SnoozeAlert(until=county.clock.now() + timedelta(days=20), reason="先天性心脏病，等手术")
    await county.school.snooze_alert(at_school.id, snoozed)
    await county.settled()
    await county.tick(days=8)
    (own,) = await inbox(county.school, RuleName.FINDING_OPEN)
    assert own.snooze_reason == snoozed.reason
    for client in (county.township, county.health_centre):
        (told,) = await inbox(client, RuleName.FINDING_OPEN)
        assert told.snooze_reason is None
    with pytest.raises(Refused) as refused:
        await county.health_centre.snooze_alert(at_school.id, snoozed)
    assert (refused.value.code, refused.value.field) == ("field-not-permitted", "reason")
