"""What is due, homes, summaries, digests, rules and addresses, through the whole service."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.language import PartyKind, Severity
from services.notify.addresses.api import SetAddress
from services.notify.addresses.views import read_addresses
from services.notify.alerts.api import AlertState
from services.notify.dues.api import DueView
from services.notify.rulebook.api import SetRule
from services.notify.rulebook.events import RuleName
from services.notify.terms import Relation
from services.pairing import events as pairing
from services.registry import events as registry
from services.reporting import events as reporting
from shared.access import OPERATOR, READER
from shared.client import NotAllowed, NotFound, Refused
from shared.testing.api import OPERATOR_CALLER, caller
from tests.callers import fitting
from tests.notify.county import COUNTY, OTHER_VILLAGE, TOWNSHIP, VILLAGE, County, inbox

# -- dues --------------------------------------------------------------------------------------------


async def test_dues_show_what_comes_next(county: County) -> None:
    """Each with its day; overdue only when that is past; earliest first; to the right readers."""
    child = await county.child()
    mentor_id = await county.mentored(child)
    dues = (await county.township.list_dues(child_id=child)).items
    assert [due.rule for due in dues] == [
        RuleName.MENTOR_CONTACT,
        RuleName.HOME_VISIT,
        RuleName.FILE_RECHECK,
    ]
    assert not any(due.overdue for due in dues)
    mine = (await county.mentor(mentor_id).list_dues()).items
    of_mentor = {RuleName.MENTOR_CONTACT, RuleName.HOME_VISIT, RuleName.DIARY_ENTRY}
    assert {due.rule for due in mine} == of_mentor
    assert {due.rule for due in (await county.village.list_dues()).items} == {RuleName.FILE_RECHECK}
    assert (await county.area(PartyKind.VILLAGE, OTHER_VILLAGE).list_dues()).items == ()
    assert (await county.mentor(uuid4()).list_dues()).items == ()
    await county.tick(days=15)
    overdue = (await county.township.list_dues(overdue=True)).items
    assert [due.rule for due in overdue] == [RuleName.MENTOR_CONTACT]
    soon = (await county.school.list_dues(within_days=140)).items
    assert {due.rule for due in soon} == of_mentor


async def test_dues_page_without_loss(county: County) -> None:
    """Page by page the same as at once."""
    for _ in range(3):
        await county.child()
    whole = (await county.school.list_dues()).items
    seen: list[DueView] = []
    cursor = None
    while True:
        page = await county.school.list_dues(cursor=cursor, limit=2)
        seen.extend(page.items)
        cursor = page.next
        if cursor is None:
            break
    assert tuple(seen) == whole
    assert len(whole) == 9


async def test_key_support_is_due_sooner(county: County) -> None:
    """7 days instead of 14 for a child in key support."""
    child = await county.child()
    mentor_id = await county.mentored(child)
    await county.publish(
        registry.ChildCategorised(
            child_id=child,
            category=registry.CareCategory.KEY_SUPPORT,
            reasons=(registry.CareReason.POVERTY,),
            since=county.clock.now().date(),
        )
    )
    await county.tick(days=7)
    assert len(await inbox(county.mentor(mentor_id), RuleName.MENTOR_CONTACT)) == 1


async def test_a_mentors_record_check_goes_to_their_party(county: County) -> None:
    """A year after enrolment the mentor's own organisation is told."""
    mentor_id = await county.mentored(await county.child())
    await county.tick(days=366)
    (told,) = await inbox(county.school, RuleName.RECORD_CHECK)
    assert (told.subject.mentor_id, told.relation) == (mentor_id, Relation.MENTORS_PARTY)


# -- homes, summaries, digests -----------------------------------------------------------------------


def session(place_id: UUID, county: County, days: int) -> pairing.HomeSessionHeld:
    return pairing.HomeSessionHeld(
        session_id=uuid4(),
        place_id=place_id,
        on=(county.clock.now() + timedelta(days=days)).date(),
        minutes=90,
        staff=("甲", "乙"),
        children=(),
    )


async def test_a_home_open_too_seldom_is_told_on_monday(county: County) -> None:
    """Each short week once, also when ticks were missed; a full week settles it."""
    place_id = uuid4()
    await county.publish(
        registry.PlaceOpened(
            place_id=place_id,
            kind=registry.PlaceKind.CHILDRENS_HOME,
            name="儿童之家",
            division=TOWNSHIP,
            sessions_per_week=2,
        ),
        division=TOWNSHIP,
    )
    await county.paired(session(place_id, county, 1), session(place_id, county, 3))
    await county.tick(days=7)
    assert await inbox(county.federation, RuleName.HOME_NOT_OPENED) == []
    await county.paired(session(place_id, county, 1))
    await county.tick(days=6)
    assert await inbox(county.federation, RuleName.HOME_NOT_OPENED) == []
    await county.tick(days=8)
    told = await inbox(county.federation, RuleName.HOME_NOT_OPENED)
    counted = [
        one.summary.zh.partition("应 2 次，实 ")[2][:1] for one in sorted(told, key=lambda one: one.since)
    ]
    assert counted == ["1", "0"]
    await county.paired(session(place_id, county, 0), session(place_id, county, 1))
    await county.tick(days=2)
    assert {one.state for one in await inbox(county.federation, RuleName.HOME_NOT_OPENED)} == {
        AlertState.SETTLED
    }


async def test_a_work_summary_is_asked_for_until_it_is_handed_in(county: County) -> None:
    """At the end of June each party is reminded; its own summary settles its reminder alone."""
    await county.tick(days=120)
    assert len(await inbox(county.federation, RuleName.WORK_SUMMARY)) == 1
    summary_id = uuid4()
    drafted = reporting.SummaryDrafted(
        summary_id=summary_id,
        party_kind=PartyKind.WOMENS_FEDERATION,
        division=TOWNSHIP,
        title="上半年工作总结",
        period=reporting.PeriodKind.HALF_YEAR,
        first_day="2025-01-01",
        last_day="2025-06-30",
    )
    submitted = reporting.SummarySubmitted(summary_id=summary_id, as_of=county.clock.now())
    await county.publish(drafted, submitted, source="reporting", division=TOWNSHIP)
    await county.tick(hours=1)
    assert [one.state for one in await inbox(county.federation, RuleName.WORK_SUMMARY)] == [
        AlertState.SETTLED
    ]
    assert [one.state for one in await inbox(county.school, RuleName.WORK_SUMMARY)] == [AlertState.OPEN]


async def test_the_digest_tells_figures_each_monday(county: County) -> None:
    """One message a week and supervisor, with numbers and no names; last week's is settled by this week's."""
    await county.child()
    await county.tick(days=21)
    await county.tick(days=7)
    digests = await inbox(county.township, RuleName.WEEKLY_DIGEST)
    assert [one.state for one in digests] == [AlertState.OPEN, AlertState.SETTLED]
    assert "儿童尚无结对人：1" in digests[0].summary.zh
    assert "A child has no mentor: 1" in digests[0].summary.en
    figures = await county.township.get_digest()
    assert [(one.rule, one.count) for one in figures.overdue] == [(RuleName.WITHOUT_MENTOR, 1)]
    assert figures.children_without_mentor == 1
    assert (await county.village.get_digest()).children_without_mentor is None


async def test_there_is_no_digest_of_nothing(county: County) -> None:
    """A supervisor for whom nothing was overdue on Monday is told nothing that week."""
    await county.child()
    await county.tick(days=7)
    await county.tick(hours=5)
    assert await inbox(county.township, RuleName.WEEKLY_DIGEST) == []
    assert await inbox(county.school, RuleName.WEEKLY_DIGEST) == []


# -- rules -------------------------------------------------------------------------------------------


async def test_a_rule_set_for_a_village_holds_there_alone(county: County) -> None:
    """A shorter interval in one village makes its children due sooner, not those of the next."""
    here, there = await county.child(VILLAGE), await county.child(OTHER_VILLAGE)
    setting = SetRule(division=VILLAGE, interval_days=3, severity=Severity.URGENT)
    await county.township.set_rule(RuleName.WITHOUT_MENTOR, setting)
    await county.settled()
    await county.tick(days=3)
    (told,) = await inbox(county.school, RuleName.WITHOUT_MENTOR)
    assert (told.subject.child_id, told.severity) == (here, Severity.URGENT)
    rules = {one.rule: one for one in (await county.township.list_rules(division=VILLAGE)).items}
    assert (rules[RuleName.WITHOUT_MENTOR].interval_days, rules[RuleName.WITHOUT_MENTOR].set_for) == (
        3,
        VILLAGE,
    )
    own = {one.rule: one for one in (await county.township.list_rules()).items}
    assert (own[RuleName.WITHOUT_MENTOR].interval_days, own[RuleName.WITHOUT_MENTOR].set_for) == (14, None)
    await county.tick(days=11)
    assert {one.subject.child_id for one in await inbox(county.school, RuleName.WITHOUT_MENTOR)} == {
        here,
        there,
    }


async def test_a_rule_that_is_off_raises_nothing(county: County) -> None:
    """Switched off for the county, it holds nowhere in it."""
    await county.child()
    await county.county.set_rule(RuleName.WITHOUT_MENTOR, SetRule(division=COUNTY, enabled=False))
    await county.settled()
    await county.tick(days=30)
    assert await inbox(county.school, RuleName.WITHOUT_MENTOR) == []


async def test_rules_are_set_within_the_own_division_by_those_who_lead(county: County) -> None:
    """Neither beyond it, nor by schools, nor for rules that do not exist."""
    setting = SetRule(division=COUNTY, interval_days=3)
    with pytest.raises(NotAllowed):
        await county.township.set_rule(RuleName.WITHOUT_MENTOR, setting)
    with pytest.raises(NotAllowed):
        await county.school.set_rule(RuleName.WITHOUT_MENTOR, SetRule(division=VILLAGE))
    unknown = await county.service.request(
        caller(PartyKind.TOWNSHIP, division=TOWNSHIP),
        "PUT",
        "/rules/no_such_rule",
        json={"division": TOWNSHIP},
    )
    assert unknown.status_code == 404
    with pytest.raises(Refused) as refused:
        await county.township.set_rule(RuleName.DANGER, SetRule(division=TOWNSHIP, enabled=False))
    assert (refused.value.status, refused.value.code) == (422, "urgent-stays-urgent")


# -- addresses ---------------------------------------------------------------------------------------

ADDRESS = SetAddress(webhook_url="https://office.example/hook", webhook_secret="office")
OWN_ADDRESS = ADDRESS.model_copy(update={"webhook_secret": "village"})
TOWNSHIP_PARTY, VILLAGE_PARTY = f"township:{TOWNSHIP}", f"village:{VILLAGE}"


async def test_a_party_sets_its_own_address_only(county: County) -> None:
    """Another's address is not found; operators set any; a township sees those of its villages."""
    await county.village.set_address(VILLAGE_PARTY, OWN_ADDRESS)
    with pytest.raises(NotFound):
        await county.village.set_address(TOWNSHIP_PARTY, ADDRESS)
    operator = county.as_caller(OPERATOR_CALLER)
    await operator.set_address(TOWNSHIP_PARTY, SetAddress(email="office@example.org"))
    with pytest.raises(NotFound):
        await operator.set_address("township:12", ADDRESS)
    assert [one.party for one in (await county.village.list_addresses()).items] == [VILLAGE_PARTY]
    assert [one.party for one in (await county.township.list_addresses()).items] == [
        TOWNSHIP_PARTY,
        VILLAGE_PARTY,
    ]
    assert (await county.school.list_addresses()).items == ()


async def test_a_webhook_is_read_by_nobody(county: County) -> None:
    """Its address holds a robot's token: its own party reads where it leads, others that there is one."""
    url = "https://oapi.messenger.example/robot/send?access_token=t0ken"
    hook = SetAddress(webhook_url=url, webhook_secret="village")
    await county.village.set_address(VILLAGE_PARTY, hook)
    (own,) = (await county.village.list_addresses()).items
    assert (own.webhook, own.webhook_url, own.webhook_secret) == (
        True,
        "https://….messenger.example/…",
        "v…",
    )
    for reader in (county.township, county.county, county.as_caller(OPERATOR_CALLER)):
        (seen,) = (await reader.list_addresses()).items
        assert (seen.party, seen.webhook) == (VILLAGE_PARTY, True)
        assert not seen.model_fields_set & {"webhook_url", "webhook_secret"}
    await county.village.set_address(VILLAGE_PARTY, SetAddress(email="village@example.org"))
    await county.settled()
    addresses = await read_addresses(county.service.runtime.views())
    assert addresses.by_party[VILLAGE_PARTY].webhook_url == url


async def test_a_party_names_no_secret_of_anothers(county: County) -> None:
    """Not even the operator does for it; one that nobody has set up is refused alike."""
    for client in (county.village, county.as_caller(OPERATOR_CALLER)):
        for name in ("office", "nobodys"):
            with pytest.raises(Refused) as refused:
                await client.set_address(VILLAGE_PARTY, ADDRESS.model_copy(update={"webhook_secret": name}))
            assert (refused.value.status, refused.value.code) == (422, "secret-not-yours")


async def test_the_stand_in_is_told_while_somebody_is_absent(county: County) -> None:
    """The stand-in's inbox holds the alert, with that reason."""
    until = (county.clock.now() + timedelta(days=30)).date()
    await county.village.set_address(
        VILLAGE_PARTY, SetAddress(stand_in=f"village:{OTHER_VILLAGE}", stand_in_until=until)
    )
    await county.settled()
    await county.publish(county.reported())
    (told,) = await inbox(county.area(PartyKind.VILLAGE, OTHER_VILLAGE), RuleName.DANGER)
    assert told.relation is Relation.STAND_IN


# -- who may -----------------------------------------------------------------------------------------

PARTIES = set(PartyKind)
ALLOWED: dict[str, set[str]] = {
    "list_inbox": {*PARTIES},
    "list_alerts": {*PARTIES},
    "get_alert": {*PARTIES},
    "acknowledge_alert": {*PARTIES},
    "snooze_alert": {*PARTIES},
    "list_dues": {*PARTIES},
    "get_digest": {
        PartyKind.TOWNSHIP,
        PartyKind.WOMENS_FEDERATION,
        PartyKind.SCHOOL,
        PartyKind.VILLAGE,
    },
    "list_rules": {*PARTIES, OPERATOR},
    "set_rule": {PartyKind.TOWNSHIP, PartyKind.COUNTY, OPERATOR},
    "set_address": {*PARTIES, OPERATOR},
    "list_addresses": {*PARTIES, OPERATOR},
    "list_deliveries": {*PARTIES, OPERATOR},
}


async def test_each_operation_lets_in_whom_it_names(county: County) -> None:
    """Kind by kind and operation by operation; a reader never writes; nobody gets in without a token."""
    operations = {one.operation_id: one for one in county.service.operations() if one.operation_id in ALLOWED}
    assert set(operations) == set(ALLOWED)
    for name, kinds in ALLOWED.items():
        operation = operations[name]
        for kind in {*PARTIES, OPERATOR, "service"}:
            who = fitting(kind, township=TOWNSHIP)
            assert await county.service.is_refused(operation, who) == (kind not in kinds), (name, kind)
        if operation.method != "GET":
            reader = caller(PartyKind.TOWNSHIP, division=TOWNSHIP, role=READER)
            assert await county.service.is_refused(operation, reader), name
        assert (await county.service.request(None, operation.method, operation.example())).status_code == 401


async def test_the_past_is_not_asked_of_notify(county: County) -> None:
    """A moment in the past is refused, not answered with the present."""
    who = caller(PartyKind.TOWNSHIP, division=TOWNSHIP)
    for path in ("/inbox", "/alerts", "/dues", "/digest", "/rules", "/addresses", "/deliveries"):
        answer = await county.service.request(who, "GET", f"{path}?as_of=2025-01-01T00:00:00Z")
        assert (answer.status_code, answer.json()["field"]) == (422, "as_of"), path
