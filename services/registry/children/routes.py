"""Child files: open, find, read, and the contact card."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import Parameter

from services.dates import CHINA, day_of
from services.language import ChildId, DataClass, Division, OrganisationId, PartyKind, Relation
from services.parties import DIGITS
from services.registry.children import api
from services.registry.children.api import FIND_CANDIDATES, READ_CARD, READ_FILE, WRITE_FILE
from services.registry.children.commands import ClassIsTheSchools, OpenChildFile
from services.registry.children.resident_id import warnings
from services.registry.children.rules import child as child_file
from services.registry.children.shown import candidate_view, child_row, child_view, contact_card_view
from services.registry.children.views import alike, child, children_of
from services.registry.lookups import check_school, check_village
from services.registry.moves.rules import MOVE_DECIDER, OfferMove
from services.registry.numbers.making import file_number
from services.registry.numbers.rules import ReserveResidentId
from services.registry.numbers.streams import about_resident_id, reserve_file_number
from services.registry.reach import own_children, relation
from services.registry.scope import OutsideScope, check_division, own_child
from shared.access import Caller, Personal
from shared.budgets import Budgets
from shared.clock import Clock
from shared.handling import Step
from shared.http import DEFAULT_LIMIT, Commands, Cursor, Limit, Page, asked, paged
from shared.keyed_ids import KeyedIds
from shared.refusals import Unknown
from shared.texts import Bilingual
from shared.views import Views

SEARCHES_A_DAY = 200
"""Searches for a child's file that a person makes in a day of hard work; who guesses needs more."""
NUMBERS_A_DAY = 200
"""Files with a resident ID that a person opens in a day: a township's whole census. All of them count: a
limit on those that another file bears would say which they are."""
SearchText = Annotated[
    str | None,
    Parameter(description="姓名或档案号的一部分 / Part of a name or file number", max_length=60),
    Personal(DataClass.IDENTITY),
]
ResidentIdText = Annotated[
    str | None,
    Parameter(description="身份证号码 / Resident ID", pattern=r"^\d{17}[\dX]$"),
    Personal(DataClass.IDENTITY),
]


class NoContactCard(Unknown, title_zh="尚未给该儿童发放联系卡"):
    """No contact card was issued for this child yet."""

    way_out = Bilingual("请先发放联系卡", "Issue the contact card first")


@post("/children", operation_id="open_child_file", permission=WRITE_FILE)
async def open_child_file(
    *,
    data: api.OpenChildFile,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
    budgets: Budgets,
    keyed_ids: KeyedIds,
) -> api.ChildReceipt:
    """Open a file: one child, one file. A school opens its pupils' within its township, the others those of
    their division; to a school of that township that they name, the child is offered (`accept_move`).

    A resident ID that another file bears is kept on both, and put before the township (`settle_number`).
    Files with a resident ID are counted: so many a person and day.
    """
    await _check_parties(data, caller, views)
    village = data.address.village
    number, child_id, today = file_number(village[:9]), commands.random_id(), day_of(clock.now())
    offer = _offer_to_school(data, caller, commands.new_id("move"), child_id, today)
    school_id = None if offer else data.school_id
    command = asked(
        OpenChildFile, data, child_id=child_id, file_number=number, school_id=school_id, today=today
    )
    steps = [
        Step(child_file, child_id, command),
        await reserve_file_number(commands, keyed_ids, number, child_id),
    ]
    if data.resident_id is not None:
        await budgets.spend("resident_ids", caller, clock.now().astimezone(CHINA), NUMBERS_A_DAY)
        reserve = ReserveResidentId(child_id=child_id)
        steps.append(await about_resident_id(commands, keyed_ids, data.resident_id, reserve))
    if offer:
        steps.append(Step(MOVE_DECIDER, offer.move_id, offer))
    return await commands.run(
        *steps,
        division=village,
        extra={
            "file_number": number,
            "warnings": warnings(data.resident_id) if data.resident_id else (),
            "move_id": offer.move_id if offer else None,
        },
        receipt=api.ChildReceipt,
    )


async def _check_parties(data: api.OpenChildFile, caller: Caller, views: Views) -> None:
    """Raise unless the file is the caller's to open, in a village and at a school of one township."""
    village = data.address.village
    if caller.kind != PartyKind.SCHOOL:
        check_division(caller, village)
    elif data.school_id is None or data.school_id != caller.scope.organisation:
        raise OutsideScope(field="school_id")
    await check_village(views, village)
    await check_school(views, data.school_id, data.class_id, village[: DIGITS[PartyKind.TOWNSHIP]])


def _offer_to_school(
    data: api.OpenChildFile, caller: Caller, move_id: UUID, child_id: ChildId, today: date
) -> OfferMove | None:
    """What another than the school asks of it: to take the child. Raises `ClassIsTheSchools`."""
    if data.school_id is None or caller.kind == PartyKind.SCHOOL:
        return None
    if data.class_id is not None:
        raise ClassIsTheSchools
    return OfferMove(
        move_id=move_id,
        child_id=child_id,
        to_school=data.school_id,
        from_village=data.address.village,
        on=today,
        offered_by=caller.party,
        today=today,
    )


@get("/children", operation_id="list_children", permission=READ_FILE)
async def list_children(
    *,
    caller: Caller,
    views: Views,
    village: Division | None = None,
    school_id: OrganisationId | None = None,
    status: api.FileStatus | None = None,
    text: SearchText = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[api.ChildRow]:
    """The files of the caller's scope, by file number."""
    if village is not None and relation(caller) is Relation.ON_LIST:
        raise OutsideScope(field="village")  # what is not answered is not asked for either
    query = children_of(
        views,
        own_children(caller),
        village=village,
        school_id=school_id,
        has_exited=None if status is None else status is api.FileStatus.EXITED,
        text=text,
    )
    order = (child.c.file_number, child.c.child_id)
    return await paged(views, query, cursor, limit, *order, item=lambda row: child_row(row, caller))


@get("/children/candidates", operation_id="find_candidates", permission=FIND_CANDIDATES)
async def find_candidates(
    caller: Caller,
    views: Views,
    clock: Clock,
    budgets: Budgets,
    *,
    name: SearchText = None,
    birth_date: Annotated[date | None, Personal(DataClass.IDENTITY)] = None,
    resident_id: ResidentIdText = None,
) -> api.Candidates:
    """The caller's own files that may be the same child's: by resident ID, or by name and birth date.

    Of others' files nothing is said. Searches are counted: so many a person and day.
    """
    await budgets.spend("find_candidates", caller, clock.now().astimezone(CHINA), SEARCHES_A_DAY)
    within = own_children(caller)
    rows = await alike(views, within, name=name, birth_date=birth_date, resident_id=resident_id)
    items = [candidate_view(row, caller, name, resident_id) for row in rows]
    return api.Candidates(items=tuple(sorted(items, key=lambda one: -one.score)))


@get("/children/{child_id:uuid}", operation_id="get_child", permission=READ_FILE)
async def get_child(child_id: ChildId, caller: Caller, views: Views) -> api.ChildView:
    """One file, with what the caller may read of it."""
    row = await own_child(views, caller, child_id)
    return child_view(row, caller)


@get("/children/{child_id:uuid}/contact-card", operation_id="get_contact_card", permission=READ_CARD)
async def get_contact_card(child_id: ChildId, caller: Caller, views: Views) -> api.ContactCardView:
    """The contact card as it is printed."""
    row = await own_child(views, caller, child_id)
    if row["card"] is None:
        raise NoContactCard
    return contact_card_view(row, caller)


ROUTES = (open_child_file, list_children, find_candidates, get_child, get_contact_card)
