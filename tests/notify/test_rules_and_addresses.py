"""Rules as data, setting them otherwise, and addresses."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from services.language import Severity
from services.notify.addresses.events import AddressSet
from services.notify.addresses.rules import (
    ADDRESS_DECIDER,
    EmailMalformed,
    PartyMalformed,
    SecretNotYours,
    SetAddress,
    StandInElsewhere,
    StandInIncomplete,
    StandsInForItself,
    WebhookNotHttp,
    WebhookUnsigned,
)
from services.notify.calendar import after_quiet_hours, monday_of, period_ends
from services.notify.rulebook.events import RuleName, RuleSet
from services.notify.rulebook.overrides import Rulebook
from services.notify.rulebook.rules import DEFAULTS
from services.notify.rulebook.setting import (
    RULE_DECIDER,
    DelaysOutOfOrder,
    IntervalMissing,
    MoreDelaysThanSteps,
    QuietHoursIncomplete,
    SetRule,
    UrgentStaysUrgent,
)
from services.notify.terms import Channel, Until
from services.parties import is_party
from shared.refusals import Refusal
from shared.testing.scenarios import given

TOWNSHIP, VILLAGE = "331082104", "331082104001"
TODAY = date(2025, 5, 6)


def test_every_rule_has_a_default() -> None:
    """No rule is without recipients, title and words on what to do."""
    assert set(DEFAULTS) == set(RuleName)
    assert all(rule.recipients and rule.title for rule in DEFAULTS.values())


@pytest.mark.parametrize(
    ("rule", "days", "key_days"),
    [
        (RuleName.PARENT_CONTACT, 7, 7),
        (RuleName.MENTOR_CONTACT, 14, 7),
        (RuleName.HOME_VISIT, 150, 30),
        (RuleName.DIARY_ENTRY, 30, 30),
        (RuleName.CONDOLENCE_VISIT, 183, 183),
        (RuleName.CHECKUP, 365, 365),
        (RuleName.CHECKUP_PROPOSED, 0, 0),
        (RuleName.CHECKUP_ARRANGED, 0, 0),
        (RuleName.FINDING_OPEN, 14, 14),
        (RuleName.WITHOUT_MENTOR, 14, 14),
        (RuleName.FILE_RECHECK, 183, 183),
        (RuleName.RECORD_CHECK, 365, 365),
        (RuleName.DROPPED_OUT, 0, 0),
    ],
)
def test_the_default_intervals(rule: RuleName, days: int, key_days: int) -> None:
    """The intervals are those of the domain's table."""
    assert DEFAULTS[rule].interval_for(key_support=False) == timedelta(days=days)
    assert DEFAULTS[rule].interval_for(key_support=True) == timedelta(days=key_days)


def test_danger_escalates_after_an_hour_and_a_day() -> None:
    """Unacknowledged for an hour: the next level; unhandled for 24 hours: the county."""
    first, second = DEFAULTS[RuleName.DANGER].escalation
    assert (first.after, first.until) == (timedelta(hours=1), Until.ACKNOWLEDGED)
    assert (second.after, second.until) == (timedelta(hours=24), Until.SETTLED)


def test_the_most_specific_division_wins_field_by_field() -> None:
    """A village's setting stands over its township's, which stands over the default."""
    book = Rulebook(
        (
            RuleSet(rule=RuleName.MENTOR_CONTACT, division=VILLAGE, interval_days=5),
            RuleSet(
                rule=RuleName.MENTOR_CONTACT,
                division=TOWNSHIP,
                interval_days=10,
                severity=Severity.WARNING,
            ),
        )
    )
    village = book.rule(RuleName.MENTOR_CONTACT, VILLAGE)
    assert (village.interval.days, village.severity) == (5, Severity.WARNING)
    assert book.rule(RuleName.MENTOR_CONTACT, "331082104002").interval.days == 10
    assert book.rule(RuleName.MENTOR_CONTACT, "331082105001").interval.days == 14
    assert book.divisions(RuleName.MENTOR_CONTACT) == (VILLAGE, TOWNSHIP)


def test_delays_replace_those_of_the_chain_one_by_one() -> None:
    """The first delay set is the first step's; further steps keep theirs."""
    name = RuleName.NO_CAPABLE_GUARDIAN
    book = Rulebook((RuleSet(rule=name, division=TOWNSHIP, escalate_after_hours=(2,)),))
    delays = [step.after for step in book.rule(name, VILLAGE).escalation]
    assert delays == [timedelta(hours=2), timedelta(days=3)]


@pytest.mark.parametrize("name", [RuleName.DANGER, RuleName.NO_CAPABLE_GUARDIAN])
def test_no_setting_silences_an_urgent_rule(name: RuleName) -> None:
    """Whatever was set, and before weakening was refused all this was: for the county or for one village."""
    silent: dict[str, Any] = {
        "enabled": False,
        "severity": Severity.INFO,
        "channels": (),
        "escalate_after_hours": (8000, 8784),
        "quiet_from": time(0),
        "quiet_to": time(23, 59),
    }
    night = datetime(2025, 5, 6, 15, tzinfo=UTC)
    for field in (*silent, None):
        changes = silent if field is None else {field: silent[field]}
        settings = tuple(RuleSet(rule=name, division=where, **changes) for where in (TOWNSHIP, VILLAGE))
        rule, default = Rulebook(settings).rule(name, VILLAGE), DEFAULTS[name]
        for kept in ("enabled", "severity", "channels", "escalation", "recipients", "interval"):
            assert getattr(rule, kept) == getattr(default, kept), (field, kept)
        assert rule.deliver_after(night) == night


@pytest.mark.parametrize(
    ("rule", "changes", "refusal"),
    [
        (RuleName.DROPPED_OUT, {"interval_days": 3}, IntervalMissing),
        (RuleName.MENTOR_CONTACT, {"interval_days": 0}, IntervalMissing),
        (RuleName.MENTOR_CONTACT, {"escalate_after_hours": (1, 2)}, MoreDelaysThanSteps),
        (RuleName.NO_CAPABLE_GUARDIAN, {"escalate_after_hours": (72, 24)}, DelaysOutOfOrder),
        (RuleName.CHECKUP, {"quiet_from": time(22)}, QuietHoursIncomplete),
        (RuleName.DANGER, {"enabled": False}, UrgentStaysUrgent),
        (RuleName.DANGER, {"severity": Severity.INFO}, UrgentStaysUrgent),
        (RuleName.DANGER, {"escalate_after_hours": (2,)}, UrgentStaysUrgent),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(
    rule: RuleName, changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    """Each rule on settings refuses what breaks it; urgent rules are never weakened."""
    setting = RuleSet(rule=rule, division=TOWNSHIP, **changes)
    given(RULE_DECIDER).when(SetRule(setting=setting)).then_refused(refusal)


def test_an_urgent_rule_may_be_tightened() -> None:
    """Escalating sooner than the default is allowed."""
    setting = RuleSet(rule=RuleName.NO_CAPABLE_GUARDIAN, division=TOWNSHIP, escalate_after_hours=(12, 48))
    given(RULE_DECIDER).when(SetRule(setting=setting)).then(setting)


def test_a_setting_said_again_is_nothing_new() -> None:
    """The same setting twice is one fact."""
    setting = RuleSet(rule=RuleName.MENTOR_CONTACT, division=TOWNSHIP, interval_days=10)
    given(RULE_DECIDER, setting).when(SetRule(setting=setting)).then_nothing()


PARTY = f"township:{TOWNSHIP}"
OWN = frozenset({"office", "s"})


def set_address(**fields: Any) -> SetAddress:
    return SetAddress(address=AddressSet(party=PARTY, **fields), secrets=OWN, today=TODAY)


def change(**fields: Any) -> SetAddress:
    """Says these fields and no others."""
    return set_address(**fields).model_copy(update={"sent": frozenset(fields)})


def test_what_is_not_said_stays() -> None:
    """A party does not read its webhook back: it changes its mailbox without it, and ends either by null."""
    hook = {"webhook_url": "https://office.example/hook", "webhook_secret": "office"}
    away = {"stand_in": "county:331082", "stand_in_until": date(2025, 5, 9)}
    known = AddressSet(party=PARTY, **hook, **away)
    mailed = known.model_copy(update={"email": "office@example.org"})
    given(ADDRESS_DECIDER, known).when(change(email="office@example.org")).then(mailed)
    given(ADDRESS_DECIDER, mailed).when(change(email="office@example.org")).then_nothing()
    given(ADDRESS_DECIDER, known).when(change(webhook_secret=None)).then_refused(WebhookUnsigned)
    unhooked = change(webhook_url=None, webhook_secret=None)
    given(ADDRESS_DECIDER, known).when(unhooked).then(AddressSet(party=PARTY, **away))
    later = change(email="office@example.org").model_copy(update={"today": date(2025, 5, 10)})
    given(ADDRESS_DECIDER, known).when(later).then(
        AddressSet(party=PARTY, **hook, email="office@example.org")
    )


def test_a_party_names_its_own_secret_only() -> None:
    """One that was set up for others is as unknown as one that is not; set before, it may only be changed."""
    hook = {"webhook_url": "https://office.example/hook", "webhook_secret": "county"}
    for command in (set_address(**hook), change(**hook)):
        given(ADDRESS_DECIDER).when(command).then_refused(SecretNotYours)
    before = AddressSet(party=PARTY, **hook)
    given(ADDRESS_DECIDER, before).when(change(webhook_secret="county")).then_refused(SecretNotYours)
    now = before.model_copy(update={"webhook_secret": "office"})
    given(ADDRESS_DECIDER, before).when(change(webhook_secret="office")).then(now)


def test_an_address_is_set_whole() -> None:
    """Webhook, mailbox and stand-in are said in one."""
    command = set_address(
        webhook_url="https://office.example/hook",
        webhook_secret="office",
        email="office@example.org",
        stand_in="county:331082",
        stand_in_until=date(2025, 5, 9),
    )
    given(ADDRESS_DECIDER).when(command).then(command.address)
    given(ADDRESS_DECIDER, command.address).when(command).then_nothing()


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"webhook_url": "ftp://x/y", "webhook_secret": "s"}, WebhookNotHttp),
        ({"webhook_url": "https://", "webhook_secret": "s"}, WebhookNotHttp),
        ({"webhook_url": "https://u:p@host/", "webhook_secret": "s"}, WebhookNotHttp),
        ({"webhook_url": "https://host:99999/", "webhook_secret": "s"}, WebhookNotHttp),
        ({"webhook_url": "https://host/a b", "webhook_secret": "s"}, WebhookNotHttp),
        ({"webhook_url": "https://host/"}, WebhookUnsigned),
        ({"email": "nobody"}, EmailMalformed),
        ({"email": "a@b@c.d"}, EmailMalformed),
        ({"email": "a b@c.d"}, EmailMalformed),
        ({"stand_in": "village:331082104001"}, StandInIncomplete),
        ({"stand_in_until": date(2025, 6, 1)}, StandInIncomplete),
        ({"stand_in": "village:331082104001", "stand_in_until": date(2025, 5, 5)}, StandInIncomplete),
        ({"stand_in": "village:331082", "stand_in_until": date(2025, 6, 1)}, PartyMalformed),
        ({"stand_in": PARTY, "stand_in_until": date(2025, 6, 1)}, StandsInForItself),
        ({"stand_in": "village:331082104001", "stand_in_until": date(2025, 6, 1)}, StandInElsewhere),
        ({"stand_in": "township:331082105", "stand_in_until": date(2025, 6, 1)}, StandInElsewhere),
    ],
)
def test_an_address_that_cannot_be_is_refused(fields: dict[str, Any], refusal: type[Refusal]) -> None:
    """Each rule on addresses refuses what breaks it."""
    given(ADDRESS_DECIDER).when(set_address(**fields)).then_refused(refusal)


def test_party_addresses_have_their_forms() -> None:
    """An area is named by its code of the right length, a school or mentor by an id."""
    assert is_party("township:331082104")
    assert is_party("school:0190a000-0000-7000-8000-000000000000")
    for wrong in ("township:33108210", "township:abc", "school:331082104", "operator:1", "", "village:"):
        assert not is_party(wrong)


def local(hour: int, minute: int = 0, day: int = 6) -> datetime:
    return datetime(2025, 5, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (local(12), local(12)),
        (local(20, 59), local(20, 59)),
        (local(21), local(7, day=7)),
        (local(23, 30), local(7, day=7)),
        (local(0, 30), local(7)),
        (local(6, 59), local(7)),
        (local(7), local(7)),
    ],
)
def test_messages_wait_for_the_end_of_the_quiet_hours(now: datetime, then: datetime) -> None:
    """From 21:00 to 7:00 local time nothing leaves; the hours span midnight."""
    assert after_quiet_hours(now, time(21), time(7)) == then


def test_urgent_messages_do_not_wait() -> None:
    """A child in danger is told of at night."""
    night = local(2)
    assert DEFAULTS[RuleName.DANGER].deliver_after(night) == night
    assert DEFAULTS[RuleName.DROPPED_OUT].deliver_after(night) == local(7)
    assert DEFAULTS[RuleName.DROPPED_OUT].channels == tuple(Channel)


def test_summaries_fall_due_in_june_and_december() -> None:
    """The last two period ends of a day are those before it or on it."""
    assert period_ends(date(2025, 6, 30)) == (date(2024, 12, 31), date(2025, 6, 30))
    assert period_ends(date(2025, 6, 29)) == (date(2024, 6, 30), date(2024, 12, 31))
    assert period_ends(date(2025, 12, 31)) == (date(2025, 6, 30), date(2025, 12, 31))


def test_a_week_begins_on_monday() -> None:
    """Sunday belongs to the week before."""
    assert monday_of(date(2025, 5, 4)) == date(2025, 4, 28)
    assert monday_of(date(2025, 5, 5)) == date(2025, 5, 5)
