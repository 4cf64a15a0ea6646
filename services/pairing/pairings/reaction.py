"""What becomes of pairings when the child leaves.

When its file is closed they end, and the mentors' places are free again. When it leaves the party that
proposed one, an open proposal is void.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import RowMapping

from services.dates import day_of
from services.language import ChildId
from services.pairing.mentors.rules import MENTOR_DECIDER, FreePlace
from services.pairing.pairings.events import PairingEndReason
from services.pairing.pairings.rules import PAIRING_DECIDER, EndPairing, WithdrawProposal
from services.pairing.pairings.views import active_pairings_of_exited, void_proposals
from services.registry.events import EVENTS as REGISTRY
from services.registry.events import ChildExited, ExitReason, SchoolChanged, VillageChanged
from shared import Recorded
from shared.commands import Decision
from shared.projections import Views
from shared.reactions import Order, Reaction, Sweep

END_REASONS: Mapping[ExitReason, PairingEndReason] = {
    ExitReason.PARENT_RETURNED: PairingEndReason.PARENTS_RETURNED,
    ExitReason.TURNED_16: PairingEndReason.GRADUATED,
    ExitReason.MOVED: PairingEndReason.CHILD_MOVED,
    ExitReason.DECEASED: PairingEndReason.CHILD_DIED,
    ExitReason.MERGED: PairingEndReason.FILE_MERGED,
}

child_left = Reaction("child_left", sources=(REGISTRY,))


@child_left.on(ChildExited)
async def end_pairings(event: ChildExited, _: Recorded, views: Views, now: datetime) -> Sequence[Order]:
    return await over(views, now, event.child_id)


@child_left.on(SchoolChanged)
async def school_left(event: SchoolChanged, _: Recorded, views: Views, __: datetime) -> Sequence[Order]:
    return [withdraw(row) for row in await void_proposals(views, event.child_id)]


@child_left.on(VillageChanged)
async def village_left(event: VillageChanged, _: Recorded, views: Views, __: datetime) -> Sequence[Order]:
    return [withdraw(row) for row in await void_proposals(views, event.child_id)]


async def over(views: Views, now: datetime, child_id: ChildId | None = None) -> list[Order]:
    """The ends of pairings and proposals whose child has left; of one child, or of all."""
    ended = [end(row, day_of(now)) for row in await active_pairings_of_exited(views, child_id)]
    return [*ended, *(withdraw(row) for row in await void_proposals(views, child_id))]


async def mend(views: Views, now: datetime) -> Sequence[Order]:
    """What was accepted or proposed while the news was on its way ends too."""
    return await over(views, now)


async def _next_time(_: Views, __: datetime) -> None:
    """Only the views say who has left and who is paired."""


exited_children = Sweep("exited_children", mend, _next_time)


def end(row: RowMapping, today: date) -> Order:
    pairing_id, mentor_id = row["pairing_id"], row["mentor_id"]
    last_day = min(today, max(row["exited_on"], row["began_on"]))
    reason = END_REASONS[ExitReason(row["exit_reason"])]
    ended = EndPairing(pairing_id=pairing_id, reason=reason, on=last_day, today=today)
    return Order(
        key=f"end:{pairing_id}",
        steps=(
            Decision(PAIRING_DECIDER, pairing_id, ended),
            Decision(MENTOR_DECIDER, mentor_id, FreePlace(mentor_id=mentor_id, pairing_id=pairing_id)),
        ),
        division=row["village"],
    )


def withdraw(row: RowMapping) -> Order:
    pairing_id, left_by = row["pairing_id"], row["exit_reason"]
    reason = END_REASONS[ExitReason(left_by)] if left_by else PairingEndReason.CHILD_MOVED
    step = Decision(PAIRING_DECIDER, pairing_id, WithdrawProposal(pairing_id=pairing_id, reason=reason))
    return Order(key=f"withdraw:{pairing_id}", steps=(step,), division=row["village"])
