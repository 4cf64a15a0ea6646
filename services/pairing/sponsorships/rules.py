"""Sponsorship: a sponsor pays for a child in hardship, year by year, and the child is visited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TypeAlias, assert_never
from uuid import UUID

from services.dates import require_not_before, require_not_future
from services.language import ChildId, OrganisationId
from services.pairing.children.rules import ChildFacts, require_listed
from services.pairing.sponsorships import api
from services.pairing.sponsorships.events import (
    CondolenceVisitMade,
    InstalmentPaid,
    SponsorshipEnded,
    SponsorshipStarted,
)
from shared import AlreadyExists, Bilingual, Command, Conflict, Decider, Invalid, Unknown


class SponsorshipUnknown(Unknown, title_zh="没有该资助，或无权查看"):
    """There is no such sponsorship, or you may not see it."""

    field = "sponsorship_id"


class SponsorshipStartedBefore(AlreadyExists, title_zh="该资助已登记"):
    """A sponsorship starts once."""


class SponsorshipOver(Conflict, title_zh="资助已结束，不能再登记付款或慰问"):
    """An ended sponsorship takes no further payments or visits."""

    way_out = Bilingual("请登记新的资助", "Start a new sponsorship")


class AboveYearlyAmount(Invalid, title_zh="一年内付款合计不能超过年度资助额"):
    """The instalments of a calendar year cannot exceed the yearly amount."""

    field = "amount"
    way_out = Bilingual("请核对金额与日期", "Check the amount and the date")


class StartSponsorship(api.StartSponsorship, Command):
    """A sponsor begins to pay for a child."""

    sponsorship_id: UUID
    child: ChildFacts
    organisation_id: OrganisationId
    today: date


class PayInstalment(api.PayInstalment, Command):
    """Money reached the child."""

    sponsorship_id: UUID
    today: date


class RecordCondolenceVisit(api.RecordCondolenceVisit, Command):
    """The sponsored child was visited."""

    sponsorship_id: UUID
    today: date


class EndSponsorship(api.EndSponsorship, Command):
    """The sponsor pays no longer."""

    sponsorship_id: UUID
    today: date


SponsorshipCommand: TypeAlias = StartSponsorship | PayInstalment | RecordCondolenceVisit | EndSponsorship
SponsorshipEvent: TypeAlias = SponsorshipStarted | InstalmentPaid | CondolenceVisitMade | SponsorshipEnded


@dataclass(frozen=True, slots=True)
class NotStarted:
    """Nothing yet."""


@dataclass(frozen=True, slots=True)
class Running:
    """The sponsor pays."""

    child_id: ChildId
    yearly_amount: Decimal
    since: date
    paid: Mapping[int, Decimal] = field(default_factory=dict)
    """Yuan paid, by calendar year."""


@dataclass(frozen=True, slots=True)
class Over:
    """The sponsor paid once."""


Sponsorship: TypeAlias = NotStarted | Running | Over


def decide(command: SponsorshipCommand, state: Sponsorship) -> list[SponsorshipEvent]:
    """Start, pay, visit, end; ended twice is ended."""
    if isinstance(command, StartSponsorship):
        return start(command, state)
    match state:
        case NotStarted():
            raise SponsorshipUnknown
        case Over():
            if isinstance(command, EndSponsorship):
                return []
            raise SponsorshipOver
        case Running():
            require_not_future(command.on, command.today, "on")
            require_not_before(command.on, state.since, "on")
            return go_on(command, state)
        case _:
            assert_never(state)


def start(command: StartSponsorship, state: Sponsorship) -> list[SponsorshipEvent]:
    if not isinstance(state, NotStarted):
        raise SponsorshipStartedBefore
    require_not_future(command.since, command.today, "since")
    require_listed(command.child, command.since)
    return [SponsorshipStarted(**command.model_dump(exclude={"child", "today"}))]


def go_on(
    command: PayInstalment | RecordCondolenceVisit | EndSponsorship, state: Running
) -> list[SponsorshipEvent]:
    recorded = {**command.model_dump(exclude={"today"}), "child_id": state.child_id}
    match command:
        case PayInstalment():
            require_within_year(command, state)
            return [InstalmentPaid(**recorded)]
        case RecordCondolenceVisit():
            return [CondolenceVisitMade(**recorded)]
        case EndSponsorship():
            return [SponsorshipEnded(**recorded)]
        case _:
            assert_never(command)


def require_within_year(command: PayInstalment, state: Running) -> None:
    year = command.on.year
    left = state.yearly_amount - state.paid.get(year, Decimal(0))
    if command.amount > left:
        raise AboveYearlyAmount(
            Bilingual(
                f"{year} 年度 {state.yearly_amount} 元，尚可付 {left} 元，本次 {command.amount} 元",
                f"{state.yearly_amount} in {year}, {left} left, {command.amount} asked for",
            )
        )


def evolve(state: Sponsorship, event: SponsorshipEvent) -> Sponsorship:
    """Apply one fact."""
    match event:
        case SponsorshipStarted():
            return Running(event.child_id, event.yearly_amount, event.since)
        case InstalmentPaid():
            assert isinstance(state, Running)
            year = event.on.year
            paid = state.paid.get(year, Decimal(0)) + event.amount
            return replace(state, paid={**state.paid, year: paid})
        case CondolenceVisitMade():
            return state
        case SponsorshipEnded():
            return Over()
        case _:
            assert_never(event)


SPONSORSHIP_DECIDER: Decider[SponsorshipCommand, Sponsorship, SponsorshipEvent] = Decider(
    "sponsorship", NotStarted(), decide, evolve
)
