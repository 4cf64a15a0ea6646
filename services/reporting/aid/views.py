"""Sponsorships, the money that was paid, and the condolence visits: ids, amounts and dates, no names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from sqlalchemy import Numeric

from services.pairing.events import EVENTS as PAIRING
from services.pairing.events import (
    CondolenceVisitMade,
    InstalmentPaid,
    SponsorshipEnded,
    SponsorshipStarted,
)
from shared import Recorded
from shared.projections import Change, Position, Projection, patch, put, table_of, tables_of

TABLES = tables_of("aid")
_Yuan = Annotated[Decimal, Numeric(12, 2)]

sponsorships = table_of(
    "sponsorships",
    TABLES,
    SponsorshipStarted,
    key="sponsorship_id",
    index=("child_id",),
    history=True,
    without=("sponsor", "since"),
    yearly_amount=_Yuan,
    started_on=date,
    ended_on=date | None,
)
"""One row per sponsorship."""

instalments = table_of(
    "instalments",
    TABLES,
    InstalmentPaid,
    key="position",
    index=("sponsorship_id", "child_id"),
    history=True,
    position=Position,
    event_id=UUID,
    amount=_Yuan,
)
"""One row per payment, in yuan; the event's position in pairing's log is its key."""

condolences = table_of(
    "condolences",
    TABLES,
    CondolenceVisitMade,
    key="position",
    index=("sponsorship_id", "child_id"),
    history=True,
    without=("note",),
    position=Position,
    event_id=UUID,
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
