"""Resident IDs that two files bear: the township settles whose each is."""

from __future__ import annotations

from litestar import get, post
from sqlalchemy import RowMapping

from services.language import ChildId, Relation, readable
from services.registry import contracts
from services.registry.api.permissions import READ_NUMBERS, SETTLE_NUMBER
from services.registry.domain import reservation as domain
from services.registry.domain.child import child as child_file
from services.registry.domain.child_commands import MergeFile, WithdrawResidentId
from services.registry.events import NumberDecision
from services.registry.projections.numbers import dispute, files_of, one_dispute, opened_on, own_disputes
from shared.access import Caller, masked
from shared.handling import Step
from shared.http import DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, paged
from shared.refusals import Denied, Invalid
from shared.views import Views, view_of


class KeeperNeeded(Invalid):
    """A number belongs to one of the two files, or one of them stays."""

    field = "keeper"
    way_out = "请填写保留的档案 / Give the file that stays, or whose number it is"


class OthersFile(Denied):
    """A township closes its own files and takes numbers from its own files only."""

    field = "keeper"
    way_out = (
        "请与另一镇商定，由其处理本镇档案 / Agree with the other township: it decides about its own file"
    )


@get("/number-disputes", operation_id="list_number_disputes", permission=READ_NUMBERS)
async def list_number_disputes(
    *,
    caller: Caller,
    views: Views,
    decided: bool | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[contracts.NumberDisputeView]:
    """Files of the caller's township that bear another file's resident ID, side by side.

    A county sees those between its townships, without names.
    """
    found = own_disputes(caller, decided=decided)
    order = (dispute.c.opened_at, dispute.c.child_id)
    page = await paged(views, found, cursor, limit, *order, item=lambda row: row)
    files = await files_of(views, page.items)
    items = tuple(
        dispute_view(row, files[row["held_by"]], files[row["child_id"]], caller) for row in page.items
    )
    return Page(items=items, **({} if page.next is None else {"next": page.next}))


@post("/number-disputes/{child_id:uuid}/decision", operation_id="settle_number", permission=SETTLE_NUMBER)
async def settle_number(
    child_id: ChildId, data: contracts.SettleNumber, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    """Decide about two files with one resident ID: one child, or two; and whose the number is.

    Of two townships each decides about its own file: it gives its file or its number up, or both keep it.
    """
    row = await one_dispute(views, caller, child_id)
    if row is None:
        raise domain.NoDispute
    files = await files_of(views, [row])
    settle = domain.SettleResidentId(child_id=child_id, decision=data.decision, keeper=data.keeper)
    steps = [Step(domain.reservation, row["number_stream"], settle)]
    if data.decision is not NumberDecision.NOT_A_DUPLICATE:
        loser = _loser(row, data.keeper)
        if not row["first" if loser == row["held_by"] else "second"]:
            raise OthersFile
        steps += await _consequence(views, data.decision, loser)
    elif not (row["first"] and row["second"]):
        raise OthersFile(field="decision")
    return await commands.run(*steps, division=files[child_id]["village"])


def _loser(row: RowMapping, keeper: ChildId | None) -> ChildId:
    if keeper is None:
        raise KeeperNeeded
    if keeper not in {row["held_by"], row["child_id"]}:
        raise domain.NotOneOfThem
    loser: ChildId = row["child_id"] if keeper == row["held_by"] else row["held_by"]
    return loser


async def _consequence(views: Views, decision: NumberDecision, loser: ChildId) -> list[Step]:
    if decision is NumberDecision.BELONGS_TO:
        return [Step(child_file, loser, WithdrawResidentId(child_id=loser))]
    return [Step(child_file, loser, MergeFile(child_id=loser, opened_on=await opened_on(views, loser)))]


def dispute_view(
    row: RowMapping, first: RowMapping, second: RowMapping, caller: Caller
) -> contracts.NumberDisputeView:
    """The dispute with both files as the township that decides reads them."""
    classes = readable(caller.kind, Relation.IN_SCOPE)
    files = tuple(masked(_disputed(file), classes) for file in (first, second))
    return view_of(contracts.NumberDisputeView, row, id=row["child_id"], files=files)


def _disputed(row: RowMapping) -> contracts.DisputedFile:
    status = contracts.FileStatus.EXITED if row["exited"] else contracts.FileStatus.OPEN
    return view_of(contracts.DisputedFile, row, status=status)


ROUTES = (list_number_disputes, settle_number)
