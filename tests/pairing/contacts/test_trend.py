"""How contact with a child is going."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.pairing.contacts.events import ContactWith, FailureReason
from services.pairing.contacts.trend import Contact, Direction, Proposal, trend
from services.registry.events import CardEntry

NOW = datetime(2025, 12, 1, tzinfo=UTC)
DIALECT = ("台州话",)
CARD = (
    CardEntry(relation="奶奶", name="林某", phone="13800000001", languages=DIALECT),
    CardEntry(relation="母亲", name="陈某", phone="13800000003"),
)


def weeks_ago(weeks: float, failure: FailureReason | None = None) -> Contact:
    return Contact(NOW - timedelta(weeks=weeks), ContactWith.GUARDIAN, failure)


BARRIER = FailureReason.LANGUAGE_BARRIER


def test_periods_count_every_contact_once() -> None:
    """Four-week periods end now, touch without overlap, and count tries, successes, whom and why not."""
    seen = trend([weeks_ago(0), weeks_ago(4), weeks_ago(3, BARRIER)], CARD, DIALECT, NOW, periods=2).periods
    assert [(one.attempted, one.succeeded) for one in seen] == [(1, 1), (2, 1)]
    assert seen[0].end == seen[1].start
    assert seen[1].with_whom == {ContactWith.GUARDIAN: 1}
    assert seen[1].failures == {BARRIER: 1}


def test_the_boy_of_the_source() -> None:
    """Calls fail for the grandmother's dialect, contact grows rarer: the mother, weekly, and a visit."""
    frequent = [weeks_ago(9 + week) for week in range(7)]
    failing = [weeks_ago(week, BARRIER) for week in (2, 5, 6)]
    found = trend([*frequent, *failing, weeks_ago(7)], CARD, DIALECT, NOW)
    assert found.direction is Direction.RARER
    assert found.proposals == (
        Proposal.CALL_MOTHER,
        Proposal.FIND_DIALECT_SPEAKER,
        Proposal.WEEKLY_VIDEO,
        Proposal.HOME_VISIT,
    )


def test_steady_contact_needs_nothing() -> None:
    """Where contact is steady, nothing is proposed."""
    found = trend([weeks_ago(week + 0.5) for week in range(16)], CARD, DIALECT, NOW)
    assert (found.direction, found.proposals) == (Direction.STEADY, ())


def test_direction() -> None:
    """Half or less than before is rarer, double or more is more often, too few contacts say nothing."""
    former, recent = [weeks_ago(9)] * 4, [weeks_ago(1)] * 4
    assert trend([*former, *recent[:2]], CARD, DIALECT, NOW).direction is Direction.RARER
    assert trend([*former, *recent[:3]], CARD, DIALECT, NOW).direction is Direction.STEADY
    assert trend([*former[:2], *recent], CARD, DIALECT, NOW).direction is Direction.MORE_OFTEN
    assert trend([weeks_ago(9), weeks_ago(1)], CARD, DIALECT, NOW).direction is Direction.TOO_EARLY


def test_one_language_barrier_is_an_accident() -> None:
    """A single language barrier, or one of long ago, proposes nothing about language."""
    near = [weeks_ago(1), weeks_ago(2, BARRIER), weeks_ago(13, BARRIER)]
    assert trend(near, CARD, DIALECT, NOW).proposals == ()


def test_without_a_mother_on_the_card() -> None:
    """Where no mother is on the card, no call or video with her is proposed."""
    aunt = CardEntry(relation="姑姑", name="林某", phone="13800000004")
    found = trend([weeks_ago(1, BARRIER), weeks_ago(2, BARRIER)], (aunt,), DIALECT, NOW)
    assert found.proposals == (
        Proposal.CALL_OTHER_SPEAKER,
        Proposal.FIND_DIALECT_SPEAKER,
        Proposal.HOME_VISIT,
    )


def test_a_wrong_number_renews_the_card() -> None:
    """A wrong number proposes a new card."""
    found = trend([weeks_ago(1), weeks_ago(1, FailureReason.NUMBER_WRONG)], CARD, DIALECT, NOW)
    assert found.proposals == (Proposal.RENEW_CARD,)


def test_every_proposal_has_words() -> None:
    """Each proposal has words, in Chinese and English."""
    assert all(proposal.zh and proposal.en for proposal in Proposal)
