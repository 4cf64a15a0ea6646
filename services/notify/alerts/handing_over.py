"""A child has moved with an alert open: who answers for it now is told, who did before has it no longer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.language import Division, OrganisationId, PartyAddress
from services.notify.alerts.events import AlertHandedOver
from services.notify.terms import PlannedEscalation, Recipient, Until
from shared import Command


class HandOverAlert(Command):
    """Tell those who answer for the child now."""

    alert_id: UUID
    turn: int
    """How often it is handed over, this time included."""
    former: tuple[PartyAddress, ...]
    """Of those who were told whoever answers for the child no longer."""
    recipients: tuple[Recipient, ...]
    """Whom the rule tells where the child is now."""
    escalation: tuple[PlannedEscalation, ...]
    """The chain that begins with it."""
    division: Division
    village: Division | None
    school_id: OrganisationId | None
    deliver_after: datetime
    now: datetime


def handed_over(
    command: HandOverAlert, parties: frozenset[str], turn: int, taken_up_by: str
) -> list[AlertHandedOver]:
    """The fact, once a turn; `parties` were told so far, and one of them may have taken it up, or put it off.

    The chain begins again only where somebody else answers for the child now.
    """
    if command.turn != turn + 1:
        return []
    former = tuple(party for party in command.former if party in parties)
    added = tuple(one for one in command.recipients if one.party not in parties)
    return [
        AlertHandedOver(
            alert_id=command.alert_id,
            turn=command.turn,
            former=former,
            recipients=added,
            escalation=command.escalation if former or added else None,
            reopened=taken_up_by in former,
            division=command.division,
            village=command.village,
            school_id=command.school_id,
            deliver_after=command.deliver_after,
            at=command.now,
        )
    ]


def begun_again(
    plan: Sequence[PlannedEscalation], raised_at: datetime, now: datetime
) -> tuple[PlannedEscalation, ...]:
    """The chain of an alert that is handed over now, from the one that it would have if it were raised now.

    Who answers for the child from now on has as long to take the alert up as anybody; that it is settled is
    waited for no longer than since it was raised. A step never comes before the one ahead of it.
    """
    steps: list[PlannedEscalation] = []
    for step in plan:
        at = step.at if step.until is Until.ACKNOWLEDGED else raised_at + (step.at - now)
        steps.append(step.model_copy(update={"at": max(at, steps[-1].at) if steps else at}))
    return tuple(steps)
