"""Resident IDs that two files bear: the township settles whose each is; between townships the county."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import RowMapping

from services.language import ChildId
from services.reach import Reach
from services.registry.children.commands import MergeFile, WithdrawResidentId
from services.registry.children.rules import CHILD_DECIDER
from services.registry.numbers import rules
from services.registry.numbers.api import NumbersApi, SettleNumber
from services.registry.numbers.events import NumberDecision
from services.registry.numbers.streams import about_resident_id
from services.registry.numbers.views import (
    BOTH,
    dispute,
    files_of,
    known_sides,
    one_dispute,
    opened_on,
    shown,
    visible_disputes,
)
from shared import Bilingual, Denied, Invalid
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, lists, serves
from shared.keyed_ids import KeyedIds
from shared.projections import Views


class KeeperNeeded(Invalid, title_zh="须注明号码归哪份档案，或保留哪份"):
    """The file that keeps the number, or that stays, must be named."""

    field = "keeper"
    way_out = Bilingual("请填写保留的档案", "Give the file that stays, or whose number it is")


class OthersFile(Denied, title_zh="只看得到其中一份档案的单位，只能放弃本方档案或号码"):
    """A party that sees only one of two files may give it up, or its number, and decide no more."""

    field = "keeper"
    way_out = Bilingual(
        "放弃本方档案或号码时不填 keeper；其余由县级裁定",
        "To give up your own, leave keeper out; the county settles the rest",
    )


list_number_disputes = lists(
    NumbersApi.list_number_disputes,
    visible_disputes,
    order=(dispute.c.opened_at, dispute.c.child_id),
    where={"decided": dispute.c.decision.is_not(None)},
    items=shown,
)


@serves(NumbersApi.settle_number)
async def settle_number(
    *,
    dispute_id: UUID,
    data: SettleNumber,
    reach: Reach,
    commands: Commands,
    views: Views,
    keyed_ids: KeyedIds,
) -> Receipt:
    row = await one_dispute(views, reach, dispute_id)
    if row is None:
        raise rules.NoDispute
    keeper = _keeper(row, data)
    command = asked(rules.SettleResidentId, data, child_id=row["child_id"], keeper=keeper)
    number = next(iter((await files_of(views, [row])).values()))["resident_id"]
    if number is None:
        raise rules.NoDispute
    steps = [await about_resident_id(commands, keyed_ids, number, command)]
    if keeper is not None:
        loser = row["child_id"] if keeper == row["held_by"] else row["held_by"]
        steps += await _consequence(views, data.decision, loser)
    return await commands.run(*steps, division=row["second_in"])


def _keeper(row: RowMapping, data: SettleNumber) -> ChildId | None:
    """The file that stays or has the number; None where both keep it. Raises what is not the caller's."""
    both: tuple[ChildId, ...] = (row["held_by"], row["child_id"])
    known = known_sides(row)
    settled = data.decision is NumberDecision.NOT_A_DUPLICATE
    if len(known) < BOTH:
        if settled or data.keeper is not None:
            raise OthersFile(field="decision" if settled else "keeper")
        return next(one for one in both if one not in known)
    if settled:
        return None
    if data.keeper is None:
        raise KeeperNeeded
    if data.keeper not in both:
        raise rules.NotOneOfThem
    return data.keeper


async def _consequence(views: Views, decision: NumberDecision, loser: ChildId) -> list[Decision]:
    if decision is NumberDecision.BELONGS_TO:
        return [Decision(CHILD_DECIDER, loser, WithdrawResidentId(child_id=loser))]
    return [
        Decision(CHILD_DECIDER, loser, MergeFile(child_id=loser, opened_on=await opened_on(views, loser)))
    ]


ROUTES = (list_number_disputes, settle_number)
