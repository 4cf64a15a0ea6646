"""How contact with a child is going, and what could be done about it. Pure: contacts in, words out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.pairing.contacts.card import COMMON_LANGUAGE, who
from services.pairing.contacts.events import ContactWith, FailureReason
from services.registry.events import CardEntry
from services.words import Code

PERIOD = timedelta(weeks=4)
COMPARED = 2
"""Periods on each side when the recent past is compared with the time before."""
BARRIER_PERIODS = 3
"""How far back language barriers are counted."""
BARRIERS = 2
"""From so many on, a language barrier is no accident."""
FEWEST = 3
"""Successful contacts below which nothing can be said about a direction."""


class Direction(Code):
    """Where contact with a child is going."""

    RARER = "rarer", "减少", "Rarer"
    STEADY = "steady", "平稳", "Steady"
    MORE_OFTEN = "more_often", "增多", "More often"
    TOO_EARLY = "too_early", "尚难判断", "Too early to say"


class Proposal(Code):
    """What could be done when contact fails or grows rarer, in words that name nobody."""

    CALL_MOTHER = (
        "call_mother",
        "多次因语言不通未能与监护人沟通：改为先联系母亲",
        "Calls to the guardian fail for want of a common language: call the mother first",
    )
    CALL_OTHER_SPEAKER = (
        "call_other_speaker",
        "多次因语言不通未能沟通：改为先联系联系卡上会普通话的人",
        "Calls fail for want of a common language: call the one on the card who speaks Mandarin",
    )
    FIND_DIALECT_SPEAKER = (
        "find_dialect_speaker",
        "请找一位会当地方言的教师、邻居或村干部陪同通话",
        "Find a teacher, neighbour or cadre who speaks the dialect to join the call",
    )
    RENEW_CARD = "renew_card", "联系卡上有错号：请更新联系卡", "A number on the card is wrong: renew the card"
    WEEKLY_VIDEO = (
        "weekly_video",
        "联系减少：建议与母亲约定每周一次亲情视频",
        "Contact grows rarer: agree on a weekly video call with the mother",
    )
    HOME_VISIT = "home_visit", "联系减少：建议近期家访一次", "Contact grows rarer: visit the home soon"


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as far as the trend is concerned."""

    at: datetime
    with_whom: ContactWith
    failure: FailureReason | None = None
    """None = it succeeded."""


@dataclass(frozen=True, slots=True)
class Period:
    """Four weeks: `start` < at ≤ `end`."""

    start: datetime
    end: datetime
    attempted: int
    succeeded: int
    with_whom: Mapping[ContactWith, int]
    failures: Mapping[FailureReason, int]


@dataclass(frozen=True, slots=True)
class Trend:
    """What a child's contacts come to."""

    periods: tuple[Period, ...]
    direction: Direction
    proposals: tuple[Proposal, ...]


def trend(
    contacts: Sequence[Contact],
    card: Sequence[CardEntry],
    guardian_languages: Sequence[str],
    now: datetime,
    periods: int = 6,
) -> Trend:
    """The last `periods` times four weeks, oldest first, with the direction and the proposals."""
    seen = [period_ending(now - PERIOD * back, contacts) for back in range(max(periods, 2 * COMPARED))]
    seen.reverse()
    direction = direction_of(seen)
    proposals = (*about_language(seen, card, guardian_languages), *about_rarity(seen, direction, card))
    return Trend(tuple(seen[-periods:]), direction, proposals)


def period_ending(end: datetime, contacts: Sequence[Contact]) -> Period:
    start = end - PERIOD
    within = [contact for contact in contacts if start < contact.at <= end]
    reached = [contact for contact in within if contact.failure is None]
    return Period(
        start,
        end,
        attempted=len(within),
        succeeded=len(reached),
        with_whom=Counter(contact.with_whom for contact in reached),
        failures=Counter(contact.failure for contact in within if contact.failure is not None),
    )


def direction_of(periods: Sequence[Period]) -> Direction:
    recent = sum(period.succeeded for period in periods[-COMPARED:])
    former = sum(period.succeeded for period in periods[-2 * COMPARED : -COMPARED])
    if recent + former < FEWEST:
        return Direction.TOO_EARLY
    if recent * 2 <= former:
        return Direction.RARER
    return Direction.MORE_OFTEN if recent >= former * 2 else Direction.STEADY


def about_language(
    periods: Sequence[Period], card: Sequence[CardEntry], guardian_languages: Sequence[str]
) -> list[Proposal]:
    barriers = sum(
        period.failures.get(FailureReason.LANGUAGE_BARRIER, 0) for period in periods[-BARRIER_PERIODS:]
    )
    if barriers < BARRIERS:
        return []
    speakers = {who(entry) for entry in card if COMMON_LANGUAGE in entry.languages}
    proposals: list[Proposal] = []
    if ContactWith.MOTHER in speakers:
        proposals.append(Proposal.CALL_MOTHER)
    elif speakers:
        proposals.append(Proposal.CALL_OTHER_SPEAKER)
    if COMMON_LANGUAGE not in guardian_languages:
        proposals.append(Proposal.FIND_DIALECT_SPEAKER)
    return proposals


def about_rarity(
    periods: Sequence[Period], direction: Direction, card: Sequence[CardEntry]
) -> list[Proposal]:
    proposals: list[Proposal] = []
    if periods[-1].failures.get(FailureReason.NUMBER_WRONG):
        proposals.append(Proposal.RENEW_CARD)
    fell_silent = not periods[-1].succeeded and any(period.attempted for period in periods)
    if direction is Direction.RARER or fell_silent:
        if ContactWith.MOTHER in {who(entry) for entry in card}:
            proposals.append(Proposal.WEEKLY_VIDEO)
        proposals.append(Proposal.HOME_VISIT)
    return proposals
