"""Whom the events were about, and up to which position: what is counted is counted anew only where one was.

Two projections, each of one source: a reader of one source is held back for nothing, so these are never
behind the tables that are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from uuid import UUID

from sqlalchemy import BigInteger, Column, Table, Uuid

from services.pairing import events as pairing
from services.registry import events as registry
from services.reporting.audiences.facts import CHILD_EVENTS
from shared import Event, EventTypes, Recorded
from shared.projections import Change, Projection, put, tables_of

REST = UUID(int=0)
"""Stands for all that is neither a child nor a mentor: places, activities, censuses, danger reports."""


def _touched(types: EventTypes) -> tuple[Projection, Table]:
    name = f"touched_by_{types.service}"
    tables = tables_of(name)
    subjects = Table(
        "subjects",
        tables,
        Column("subject", Uuid(), primary_key=True),
        Column("position", BigInteger(), nullable=False, index=True),
    )
    return Projection(name=name, tables=tables, sources=(types,)), subjects


BY_REGISTRY, registry_subjects = _touched(registry.EVENTS)
"""One row per child; the position is that of the last event about it in registry's log."""

BY_PAIRING, pairing_subjects = _touched(pairing.EVENTS)
"""One row per child and mentor; the position is that of the last event about them in pairing's log."""

SUBJECTS = {registry.EVENTS.service: registry_subjects, pairing.EVENTS.service: pairing_subjects}
"""The table of each source."""


def _marking(table: Table, subjects: Callable[[Event], Iterable[UUID]]) -> Callable[..., Iterator[Change]]:
    def project(event: Event, recorded: Recorded) -> Iterator[Change]:
        for subject in subjects(event):
            yield put(table, subject=subject, position=recorded.position)

    return project


def _named(*fields: str) -> Callable[[Event], Iterable[UUID]]:
    return lambda event: [getattr(event, field) for field in fields]


def _listed(event: Event) -> Iterable[UUID]:
    children: Iterable[UUID] = event.children  # type: ignore[attr-defined]  # of CheckupCampaignOpened
    return children


def _rest(_: Event) -> Iterable[UUID]:
    return (REST,)


_CHILD: tuple[type[Event], ...] = (
    *CHILD_EVENTS,
    registry.CheckupDone,
    registry.CheckupMissed,
    registry.FindingRaised,
    registry.FindingReferred,
    registry.FindingTreated,
    registry.FindingClosed,
)
_AROUND = (
    registry.OrganisationFounded,
    registry.PlaceOpened,
    registry.PlaceClosed,
    registry.CensusClosed,
    registry.DangerReported,
    registry.DangerAcknowledged,
    registry.DangerHandled,
    registry.DangerResultReturned,
    registry.DangerReopened,
    registry.DangerWithheld,
)
BY_REGISTRY.on(*_CHILD)(_marking(registry_subjects, _named("child_id")))
BY_REGISTRY.on(registry.CheckupCampaignOpened)(_marking(registry_subjects, _listed))
BY_REGISTRY.on(*_AROUND)(_marking(registry_subjects, _rest))

_PAIR = (
    pairing.PairingProposed,
    pairing.EarlierNotesOpened,
    pairing.PairingAccepted,
    pairing.PairingDeclined,
    pairing.PairingWithdrawn,
    pairing.PairingEnded,
)
_MENTOR = (
    pairing.MentorEnrolled,
    pairing.MentorCapacityChanged,
    pairing.MentorRecordChecked,
    pairing.MentorLeft,
)
_CARED = (
    pairing.ContactLogged,
    pairing.SponsorshipStarted,
    pairing.InstalmentPaid,
    pairing.CondolenceVisitMade,
    pairing.SponsorshipEnded,
)
_HELD = (pairing.HomeSessionHeld, pairing.ActivityHeld, pairing.PublicityPublished)
BY_PAIRING.on(*_PAIR)(_marking(pairing_subjects, _named("child_id", "mentor_id")))
BY_PAIRING.on(*_MENTOR)(_marking(pairing_subjects, _named("mentor_id")))
BY_PAIRING.on(*_CARED)(_marking(pairing_subjects, _named("child_id")))
BY_PAIRING.on(*_HELD)(_marking(pairing_subjects, _rest))
