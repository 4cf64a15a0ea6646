"""When a child's file is closed, the pairings end and the mentors' places are free again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import RowMapping

from services.dates import day_of
from services.pairing.domain.mentor import FreePlace, mentor
from services.pairing.domain.pairing import EndPairing, pairing
from services.pairing.events import PairingEndReason
from services.pairing.projections.pairings import active_pairings_of_exited
from services.registry.events import EVENTS as REGISTRY
from services.registry.events import ChildExited, ExitReason
from shared.handling import Step
from shared.messages import Recorded
from shared.reactions import Order, Reaction, Sweep
from shared.views import Views

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
    rows = await active_pairings_of_exited(views, event.child_id)
    return [end(row, day_of(now)) for row in rows]


async def mend(views: Views, now: datetime) -> Sequence[Order]:
    """A pairing that was accepted while the news of the exit was on its way ends too."""
    return [end(row, day_of(now)) for row in await active_pairings_of_exited(views)]


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
            Step(pairing, pairing_id, ended),
            Step(mentor, mentor_id, FreePlace(mentor_id=mentor_id, pairing_id=pairing_id)),
        ),
        division=row["village"],
    )
