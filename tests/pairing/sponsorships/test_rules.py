"""Sponsorship of a child in hardship."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from services.dates import BeforeItBegan, InTheFuture
from services.pairing.children.rules import ChildFacts, ChildHasExited
from services.pairing.sponsorships.events import (
    CondolenceVisitMade,
    InstalmentPaid,
    SponsorshipEnded,
    SponsorshipStarted,
)
from services.pairing.sponsorships.rules import (
    SPONSORSHIP_DECIDER,
    AboveYearlyAmount,
    EndSponsorship,
    PayInstalment,
    RecordCondolenceVisit,
    SponsorshipOver,
    SponsorshipStartedBefore,
    SponsorshipUnknown,
    StartSponsorship,
)
from shared.testing.scenarios import given

S, C, ORG = (UUID(int=n) for n in range(1, 4))
SINCE, TODAY = date(2024, 9, 1), date(2025, 5, 2)
CHILD = ChildFacts(child_id=C, birth_date=date(2016, 1, 1), village="331082106201", township="331082106")

start = StartSponsorship(
    sponsorship_id=S,
    child_id=C,
    child=CHILD,
    sponsor="某公司",
    organisation_id=ORG,
    yearly_amount=Decimal(1000),
    since=SINCE,
    today=TODAY,
)
started = SponsorshipStarted(
    sponsorship_id=S,
    child_id=C,
    sponsor="某公司",
    organisation_id=ORG,
    yearly_amount=Decimal(1000),
    since=SINCE,
)
ended = SponsorshipEnded(sponsorship_id=S, child_id=C, on=TODAY)
visit = RecordCondolenceVisit(sponsorship_id=S, on=TODAY, today=TODAY)
end = EndSponsorship(sponsorship_id=S, on=TODAY, today=TODAY)


def pay(amount: str, on: date = TODAY) -> PayInstalment:
    return PayInstalment(sponsorship_id=S, amount=Decimal(amount), on=on, today=TODAY)


def paid(amount: str, on: date = TODAY) -> InstalmentPaid:
    return InstalmentPaid(sponsorship_id=S, child_id=C, amount=Decimal(amount), on=on)


def test_start() -> None:
    """A sponsorship starts once, not in the future, for a child who is listed."""
    given(SPONSORSHIP_DECIDER).when(start).then(started)
    given(SPONSORSHIP_DECIDER, started).when(start).then_refused(SponsorshipStartedBefore)
    ahead = start.model_copy(update={"since": date(2025, 5, 3)})
    given(SPONSORSHIP_DECIDER).when(ahead).then_refused(InTheFuture)
    gone = CHILD.model_copy(update={"exited_on": date(2024, 8, 1)})
    given(SPONSORSHIP_DECIDER).when(start.model_copy(update={"child": gone})).then_refused(ChildHasExited)


def test_the_yearly_amount_is_never_exceeded() -> None:
    """The instalments of a calendar year add up to the yearly amount and not a fen more."""
    given(SPONSORSHIP_DECIDER, started, paid("400")).when(pay("600")).then(paid("600"))
    given(SPONSORSHIP_DECIDER, started, paid("400")).when(pay("600.01")).then_refused(AboveYearlyAmount)


def test_each_calendar_year_counts_for_itself() -> None:
    """What was paid in one year leaves the next one's amount whole."""
    last_year = paid("1000", date(2024, 12, 31))
    given(SPONSORSHIP_DECIDER, started, last_year).when(pay("1000")).then(paid("1000"))


def test_the_refusal_says_the_figures() -> None:
    """Who pays too much reads how much is left."""
    outcome = given(SPONSORSHIP_DECIDER, started, paid("400")).when(pay("700"))
    assert outcome.refusal is not None
    assert "600" in str(outcome.refusal.detail)


def test_condolence_visit() -> None:
    """A visit to a sponsored child is recorded on its day."""
    given(SPONSORSHIP_DECIDER, started).when(visit).then(
        CondolenceVisitMade(sponsorship_id=S, child_id=C, on=TODAY)
    )


def test_days_lie_between_the_beginning_and_today() -> None:
    """Nothing is paid before the sponsorship began, and nothing in the future."""
    given(SPONSORSHIP_DECIDER, started).when(pay("1", date(2024, 8, 31))).then_refused(BeforeItBegan)
    given(SPONSORSHIP_DECIDER, started).when(pay("1", date(2025, 5, 3))).then_refused(InTheFuture)


def test_an_ended_sponsorship_is_over() -> None:
    """After the end nothing is paid and nobody visits; ended twice is ended."""
    given(SPONSORSHIP_DECIDER, started).when(end).then(ended)
    given(SPONSORSHIP_DECIDER, started, ended).when(end).then_nothing()
    given(SPONSORSHIP_DECIDER, started, ended).when(pay("1")).then_refused(SponsorshipOver)
    given(SPONSORSHIP_DECIDER, started, ended).when(visit).then_refused(SponsorshipOver)


def test_unknown_sponsorship() -> None:
    """Nothing is paid under a sponsorship that never started."""
    given(SPONSORSHIP_DECIDER).when(pay("1")).then_refused(SponsorshipUnknown)
