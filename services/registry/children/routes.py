"""Child files: open, find, read, and the contact card."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select

from services.dates import CHINA
from services.language import ChildId, Division, PartyKind, Relation
from services.parties import DIGITS
from services.reach import Reach
from services.registry.children import commands as asks
from services.registry.children.api import (
    Candidates,
    ChildReceipt,
    ChildrenApi,
    ChildView,
    ContactCardView,
    FileStatus,
    OpenChildFile,
)
from services.registry.children.resident_id import warnings
from services.registry.children.rules import CHILD_DECIDER
from services.registry.children.shown import candidate_view, child_row, child_view, contact_card_view
from services.registry.children.views import alike, child, children_of
from services.registry.lookups import require_school, require_village
from services.registry.moves.rules import MOVE_DECIDER, OfferMove
from services.registry.numbers.making import file_number
from services.registry.numbers.rules import ReserveResidentId
from services.registry.numbers.streams import about_resident_id, reserve_file_number
from services.registry.reach import sees_children
from services.registry.scope import OutsideScope, own_child, require_own_division
from shared import Bilingual, Caller, Clock, Unknown
from shared.commands import Decision
from shared.http import Commands, asked, lists, serves
from shared.http.budgets import Budgets
from shared.keyed_ids import KeyedIds
from shared.projections import Views

SEARCHES_A_DAY = 200
"""Searches for a child's file that a person makes in a day of hard work; who guesses needs more."""
NUMBERS_A_DAY = 200
"""Files with a resident ID that a person opens in a day: a township's whole census. All of them count: a
limit on those that another file bears would say which they are."""


class NoContactCard(Unknown, title_zh="尚未给该儿童发放联系卡"):
    """No contact card was issued for this child yet."""

    way_out = Bilingual("请先发放联系卡", "Issue the contact card first")


@serves(ChildrenApi.open_child_file)
async def open_child_file(
    *,
    data: OpenChildFile,
    caller: Caller,
    reach: Reach,
    commands: Commands,
    views: Views,
    clock: Clock,
    budgets: Budgets,
    keyed_ids: KeyedIds,
    today: date,
) -> ChildReceipt:
    await _require_parties(data, reach, views)
    village = data.address.village
    number, child_id = file_number(village[:9]), commands.random_id()
    offer = _offer_to_school(data, reach, commands.new_id("move"), child_id, today)
    school_id = None if offer else data.school_id
    command = asked(
        asks.OpenChildFile, data, child_id=child_id, file_number=number, school_id=school_id, today=today
    )
    steps = [
        Decision(CHILD_DECIDER, child_id, command),
        await reserve_file_number(commands, keyed_ids, number, child_id),
    ]
    if data.resident_id is not None:
        await budgets.spend("resident_ids", caller, clock.now().astimezone(CHINA), NUMBERS_A_DAY)
        reserve = ReserveResidentId(child_id=child_id)
        steps.append(await about_resident_id(commands, keyed_ids, data.resident_id, reserve))
    if offer:
        steps.append(Decision(MOVE_DECIDER, offer.move_id, offer))
    return await commands.run(
        *steps,
        division=village,
        extra={
            "file_number": number,
            "warnings": warnings(data.resident_id) if data.resident_id else (),
            "move_id": offer.move_id if offer else None,
        },
        receipt=ChildReceipt,
    )


async def _require_parties(data: OpenChildFile, reach: Reach, views: Views) -> None:
    """Raise unless the file is the caller's to open, in a village and at a school of one township."""
    village = data.address.village
    if reach.kind != PartyKind.SCHOOL:
        require_own_division(reach, village)
    elif not reach.is_own(data.school_id):
        raise OutsideScope(field="school_id")
    await require_village(views, village)
    await require_school(views, data.school_id, data.class_id, village[: DIGITS[PartyKind.TOWNSHIP]])


def _offer_to_school(
    data: OpenChildFile, reach: Reach, move_id: UUID, child_id: ChildId, today: date
) -> OfferMove | None:
    """What another than the school asks of it: to take the child. Raises `ClassIsTheSchools`."""
    if data.school_id is None or reach.kind == PartyKind.SCHOOL:
        return None
    if data.class_id is not None:
        raise asks.ClassIsTheSchools
    return OfferMove(
        move_id=move_id,
        child_id=child_id,
        to_school=data.school_id,
        from_village=data.address.village,
        on=today,
        offered_by=reach.party,
        today=today,
    )


def visible(views: Views, reach: Reach, village: Division | None, text: str | None) -> Select[Any]:
    """The files of the caller's scope; `text` looks in name and file number."""
    if village is not None and reach.relation is Relation.ON_LIST:
        raise OutsideScope(field="village")  # what is not answered is not asked for either
    return children_of(views, sees_children(reach), village=village, text=text)


list_children = lists(
    ChildrenApi.list_children,
    visible,
    order=(child.c.file_number, child.c.child_id),
    where={
        "school_id": child.c.school_id,
        "status": lambda status: child.c.exited == (status is FileStatus.EXITED),
    },
    item=child_row,
)


@serves(ChildrenApi.find_candidates)
async def find_candidates(
    *,
    caller: Caller,
    reach: Reach,
    views: Views,
    clock: Clock,
    budgets: Budgets,
    name: str | None,
    birth_date: date | None,
    resident_id: str | None,
) -> Candidates:
    await budgets.spend("find_candidates", caller, clock.now().astimezone(CHINA), SEARCHES_A_DAY)
    within = sees_children(reach)
    rows = await alike(views, within, name=name, birth_date=birth_date, resident_id=resident_id)
    items = [candidate_view(row, reach, name, resident_id) for row in rows]
    return Candidates(items=tuple(sorted(items, key=lambda one: -one.score)))


@serves(ChildrenApi.get_child)
async def get_child(child_id: ChildId, reach: Reach, views: Views) -> ChildView:
    return child_view(await own_child(views, reach, child_id), reach)


@serves(ChildrenApi.get_contact_card)
async def get_contact_card(child_id: ChildId, reach: Reach, views: Views) -> ContactCardView:
    row = await own_child(views, reach, child_id)
    if row["card"] is None:
        raise NoContactCard
    return contact_card_view(row, reach)


ROUTES = (open_child_file, list_children, find_candidates, get_child, get_contact_card)
