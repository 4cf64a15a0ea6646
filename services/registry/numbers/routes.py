"""Resident IDs that two files bear: the township settles whose each is; between townships the county."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from litestar import get, post
from sqlalchemy import RowMapping

from services.language import ChildId, PartyKind, Relation, readable
from services.registry.children import api as children_api
from services.registry.children.commands import MergeFile, WithdrawResidentId
from services.registry.children.rules import child as child_file
from services.registry.numbers import api as numbers_api
from services.registry.numbers import rules
from services.registry.numbers.api import READ_NUMBERS, SETTLE_NUMBER
from services.registry.numbers.events import NumberDecision
from services.registry.numbers.streams import about_resident_id
from services.registry.numbers.views import (
    dispute,
    files_of,
    known_sides,
    one_dispute,
    opened_on,
    own_disputes,
)
from shared.access import Caller, masked
from shared.handling import Step
from shared.http import DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, paged
from shared.keyed_ids import KeyedIds
from shared.refusals import Denied, Invalid
from shared.texts import Bilingual
from shared.views import Views, view_of

BOTH = 2


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


@get("/number-disputes", operation_id="list_number_disputes", permission=READ_NUMBERS)
async def list_number_disputes(
    *,
    caller: Caller,
    views: Views,
    decided: bool | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[numbers_api.NumberDisputeView]:
    """Files of the caller's township that bear another file's resident ID, side by side.

    Of a file in another township nothing is said but the township. A county sees those between its townships,
    without names.
    """
    found = own_disputes(caller, decided=decided)
    order = (dispute.c.opened_at, dispute.c.child_id)
    page = await paged(views, found, cursor, limit, *order, item=lambda row: row)
    files = await files_of(views, page.items)
    items = tuple(dispute_view(row, files, caller) for row in page.items)
    return Page(items=items, **({} if page.next is None else {"next": page.next}))


@post("/number-disputes/{dispute_id:uuid}/decision", operation_id="settle_number", permission=SETTLE_NUMBER)
async def settle_number(
    *,
    dispute_id: UUID,
    data: numbers_api.SettleNumber,
    caller: Caller,
    commands: Commands,
    views: Views,
    keyed_ids: KeyedIds,
) -> Receipt:
    """Decide about two files with one resident ID: one child, or two; and whose the number is.

    The township of both decides, or the county where they lie in two townships. Each of the two may also give
    its own file, or the number on it, up (without a `keeper`).
    """
    row = await one_dispute(views, caller, dispute_id)
    if row is None:
        raise rules.NoDispute
    keeper = _keeper(row, data)
    settle = rules.SettleResidentId(child_id=row["child_id"], decision=data.decision, keeper=keeper)
    number = next(iter((await files_of(views, [row])).values()))["resident_id"]
    if number is None:
        raise rules.NoDispute
    steps = [await about_resident_id(commands, keyed_ids, number, settle)]
    if keeper is not None:
        loser = row["child_id"] if keeper == row["held_by"] else row["held_by"]
        steps += await _consequence(views, data.decision, loser)
    return await commands.run(*steps, division=row["second_in"])


def _keeper(row: RowMapping, data: numbers_api.SettleNumber) -> ChildId | None:
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


async def _consequence(views: Views, decision: NumberDecision, loser: ChildId) -> list[Step]:
    if decision is NumberDecision.BELONGS_TO:
        return [Step(child_file, loser, WithdrawResidentId(child_id=loser))]
    return [Step(child_file, loser, MergeFile(child_id=loser, opened_on=await opened_on(views, loser)))]


def dispute_view(
    row: RowMapping, files: Mapping[ChildId, RowMapping], caller: Caller
) -> numbers_api.NumberDisputeView:
    """The dispute with the files that lie with the caller, as they may read them."""
    known, classes = known_sides(row), readable(caller.kind, Relation.IN_SCOPE)
    told = {
        **row,
        "id": row["dispute_id"],
        "files": tuple(masked(_disputed(files[child_id], caller), classes) for child_id in known),
        "keeper": row["keeper"] if row["keeper"] in known else None,
        "elsewhere": None if len(known) == BOTH else row["second_in" if row["first"] else "first_in"],
    }
    return view_of(numbers_api.NumberDisputeView, told)


def _disputed(row: RowMapping, caller: Caller) -> numbers_api.DisputedFile:
    status = children_api.FileStatus.EXITED if row["exited"] else children_api.FileStatus.OPEN
    known = {**row, "village": None} if caller.kind == PartyKind.COUNTY else row
    return view_of(numbers_api.DisputedFile, known, status=status)


ROUTES = (list_number_disputes, settle_number)
