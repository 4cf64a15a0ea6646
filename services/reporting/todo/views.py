"""What each party has to do: the alerts that notify raised, by recipient. They hold no personal data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    case,
    exists,
    false,
    or_,
    select,
    true,
)

from services.language import ChildId, OrganisationId, PartyKind
from services.notify.events import EVENTS as NOTIFY
from services.notify.events import (
    AlertAcknowledged,
    AlertEscalated,
    AlertHandedOver,
    AlertRaised,
    AlertResurfaced,
    AlertSettled,
    AlertSnoozed,
    Recipient,
    Relation,
    RuleName,
)
from services.parties import DIGITS
from services.reach import Reach
from services.reporting.care.views import pairings
from services.reporting.protection.views import kept_from
from services.reporting.reach import AUDIENCES, FIGURES_ONLY, audience_of, share_of
from shared import Recorded
from shared.projections import (
    Change,
    Projection,
    patch,
    put,
    remove,
    standing,
    table_of,
    tables_of,
)

TABLES = tables_of("todo")

alerts = table_of(
    "alerts",
    TABLES,
    AlertRaised,
    key="alert_id",
    history=True,
    without=(
        *("cause", "subject", "village", "school_id", "summary", "since"),
        *("recipients", "escalation", "deliver_after"),
    ),
    child_id=ChildId | None,
    organisation_id=OrganisationId | None,
    report_id=UUID | None,
    level=int,
    status=str,
    snoozed_until=datetime | None,
)
"""One row per alert; `status` is open, acknowledged, snoozed or settled."""

recipients = table_of(
    "recipients",
    TABLES,
    Recipient,
    key=("alert_id", "party"),
    history=True,
    without=("channels",),
    alert_id=UUID,
)
"""One row per alert and party that was told, with the reason."""

OPEN, ACKNOWLEDGED, SNOOZED, SETTLED = "open", "acknowledged", "snoozed", "settled"

TODO = Projection(name="todo", tables=TABLES, sources=(NOTIFY,))


@TODO.on(AlertRaised)
def raised(event: AlertRaised, _: Recorded) -> Iterator[Change]:
    yield put(
        alerts,
        alert_id=event.alert_id,
        rule=event.rule.value,
        severity=event.severity.value,
        child_id=None if event.rule is RuleName.DANGER else event.subject.child_id,
        organisation_id=event.subject.organisation_id,
        report_id=event.subject.report_id,
        division=event.division,
        title=event.title,
        due_at=event.due_at,
        raised_at=event.raised_at,
        level=0,
        status=OPEN,
    )
    yield from _put_recipients(event.alert_id, event.recipients)


@TODO.on(AlertEscalated)
def escalated(event: AlertEscalated, _: Recorded) -> Iterator[Change]:
    yield patch(alerts, {"alert_id": event.alert_id}, level=event.level)
    yield from _put_recipients(event.alert_id, event.recipients)


@TODO.on(AlertHandedOver)
def handed_over(event: AlertHandedOver, _: Recorded) -> Iterator[Change]:
    changed: dict[str, Any] = {"division": event.division}
    if event.reopened:
        changed |= {"status": OPEN, "snoozed_until": None}
    if event.escalation is not None:
        changed |= {"level": 0}
    yield patch(alerts, {"alert_id": event.alert_id}, **changed)
    for party in event.former:
        yield remove(recipients, alert_id=event.alert_id, party=party)
    yield from _put_recipients(event.alert_id, event.recipients)


@TODO.on(AlertAcknowledged)
def acknowledged(event: AlertAcknowledged, _: Recorded) -> Iterator[Change]:
    yield patch(alerts, {"alert_id": event.alert_id}, status=ACKNOWLEDGED)


@TODO.on(AlertSnoozed)
def snoozed(event: AlertSnoozed, _: Recorded) -> Iterator[Change]:
    yield patch(alerts, {"alert_id": event.alert_id}, status=SNOOZED, snoozed_until=event.until)


@TODO.on(AlertResurfaced)
def resurfaced(event: AlertResurfaced, _: Recorded) -> Iterator[Change]:
    yield patch(alerts, {"alert_id": event.alert_id}, status=OPEN, snoozed_until=None)


@TODO.on(AlertSettled)
def settled(event: AlertSettled, _: Recorded) -> Iterator[Change]:
    yield patch(alerts, {"alert_id": event.alert_id}, status=SETTLED)


def _put_recipients(alert_id: UUID, added: Iterable[Recipient]) -> Iterator[Change]:
    for recipient in added:
        yield put(
            recipients,
            alert_id=alert_id,
            party=recipient.party,
            relation=recipient.relation.value,
            because=recipient.because,
        )


def todo_of(reach: Reach, at: datetime | None) -> Select[tuple[object, ...]]:
    """What was told to the caller's party and is not settled, nor kept from it or another's meanwhile.

    `near`: whether the caller answers for the child, by where the child is now.
    """
    party, near = reach.address, _answers_for(reach)
    about_a_child = alerts.c.child_id.is_not(None)
    return (
        select(alerts, recipients.c.because, recipients.c.relation, near.label("near"))
        .join(recipients, recipients.c.alert_id == alerts.c.alert_id)
        .where(
            standing(alerts, at),
            standing(recipients, at),
            recipients.c.party == party,
            alerts.c.status != SETTLED,
            or_(alerts.c.report_id.is_(None), alerts.c.report_id.not_in(kept_from(party or ""))),
            case(
                (recipients.c.relation == Relation.STAND_IN, _may_stand_in(reach)),
                (about_a_child, true() if reach.kind == PartyKind.HEALTH_CENTRE else near),
                else_=true(),
            ),
        )
    )


def _answers_for(reach: Reach) -> ColumnElement[bool]:
    """Whether the child is the caller's now; what was told to a mentor closes with the pairing."""
    if reach.kind == PartyKind.MENTOR:
        return exists().where(
            standing(pairings),
            pairings.c.child_id == alerts.c.child_id,
            pairings.c.mentor_id == reach.person,
            pairings.c.accepted_on.is_not(None),
            pairings.c.ended_on.is_(None),
        )
    if reach.kind not in {*AUDIENCES, *FIGURES_ONLY}:
        return false()
    children = audience_of(reach.kind).children
    return exists().where(
        standing(children), children.c.child_id == alerts.c.child_id, share_of(reach).children(children)
    )


def _may_stand_in(reach: Reach) -> ColumnElement[bool]:
    """Early settings could name anybody anywhere to stand in for a party."""
    if reach.kind == PartyKind.YOUTH_LEAGUE:
        return false()
    if reach.kind in DIGITS and reach.division:
        return alerts.c.division.startswith(reach.division[: DIGITS[PartyKind.TOWNSHIP]])
    return true() if reach.kind == PartyKind.SCHOOL else _answers_for(reach)
