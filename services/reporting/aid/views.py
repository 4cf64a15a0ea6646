"""Sponsorships, the money that was paid, and the condolence visits: ids, amounts and dates, no names."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import BigInteger, Column, Date, Numeric, Uuid

from services.pairing.events import EVENTS as PAIRING
from services.pairing.events import (
    CondolenceVisitMade,
    InstalmentPaid,
    SponsorshipEnded,
    SponsorshipStarted,
)
from shared import Recorded
from shared.projections import Change, Projection, history_table, patch, put, tables_of

TABLES = tables_of("aid")

sponsorships = history_table(
    "sponsorships",
    TABLES,
    Column("sponsorship_id", Uuid(), primary_key=True),
    Column("child_id", Uuid(), nullable=False, index=True),
    Column("organisation_id", Uuid(), nullable=False),
    Column("yearly_amount", Numeric(12, 2), nullable=False),
    Column("started_on", Date(), nullable=False),
    Column("ended_on", Date()),
)
"""One row per sponsorship."""

instalments = history_table(
    "instalments",
    TABLES,
    Column("position", BigInteger(), primary_key=True),
    Column("event_id", Uuid(), nullable=False),
    Column("sponsorship_id", Uuid(), nullable=False, index=True),
    Column("child_id", Uuid(), nullable=False, index=True),
    Column("amount", Numeric(12, 2), nullable=False),
    Column("on", Date(), nullable=False),
)
"""One row per payment, in yuan; the event's position in pairing's log is its key."""

condolences = history_table(
    "condolences",
    TABLES,
    Column("position", BigInteger(), primary_key=True),
    Column("event_id", Uuid(), nullable=False),
    Column("sponsorship_id", Uuid(), nullable=False, index=True),
    Column("child_id", Uuid(), nullable=False, index=True),
    Column("on", Date(), nullable=False),
)
"""One row per condolence visit to a sponsored child."""

AID = Projection(name="aid", tables=TABLES, sources=(PAIRING,))


@AID.on(SponsorshipStarted)
def started(event: SponsorshipStarted, _: Recorded) -> Iterator[Change]:
    yield put(
        sponsorships,
        sponsorship_id=event.sponsorship_id,
        child_id=event.child_id,
        organisation_id=event.organisation_id,
        yearly_amount=event.yearly_amount,
        started_on=event.since,
    )


@AID.on(InstalmentPaid)
def paid(event: InstalmentPaid, recorded: Recorded) -> Iterator[Change]:
    yield put(
        instalments,
        position=recorded.position,
        event_id=recorded.event_id,
        sponsorship_id=event.sponsorship_id,
        child_id=event.child_id,
        amount=event.amount,
        on=event.on,
    )


@AID.on(CondolenceVisitMade)
def visited(event: CondolenceVisitMade, recorded: Recorded) -> Iterator[Change]:
    yield put(
        condolences,
        position=recorded.position,
        event_id=recorded.event_id,
        sponsorship_id=event.sponsorship_id,
        child_id=event.child_id,
        on=event.on,
    )


@AID.on(SponsorshipEnded)
def ended(event: SponsorshipEnded, _: Recorded) -> Iterator[Change]:
    yield patch(sponsorships, {"sponsorship_id": event.sponsorship_id}, ended_on=event.on)
