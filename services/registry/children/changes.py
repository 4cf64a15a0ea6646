"""Child files: everything that changes an open one. The child must be the caller's."""

from __future__ import annotations

from litestar import post, put

from services.dates import day_of
from services.language import ChildId, PartyKind
from services.registry.children import api
from services.registry.children import commands as domain
from services.registry.children.api import RECORD_SCHOOLING, WRITE_FILE
from services.registry.children.rules import child as child_file
from services.registry.lookups import check_school
from services.registry.numbers import rules as reservation
from services.registry.numbers.streams import about_resident_id
from services.registry.scope import own_child
from shared.access import Caller
from shared.clock import Clock
from shared.handling import Step
from shared.http import Commands, Receipt, asked
from shared.keyed_ids import KeyedIds
from shared.views import Views


@put("/children/{child_id:uuid}/guardian", operation_id="name_guardian", permission=WRITE_FILE)
async def name_guardian(
    child_id: ChildId, data: api.NameGuardian, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    """Name who looks after the child, for the first time or from now on."""
    row = await own_child(views, caller, child_id)
    command = asked(domain.NameGuardian, data, child_id=child_id)
    return await commands.run(Step(child_file, child_id, command), division=row["village"])


@post("/children/{child_id:uuid}/parents/away", operation_id="record_parent_away", permission=WRITE_FILE)
async def record_parent_away(
    *,
    child_id: ChildId,
    data: api.RecordParentAway,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """A parent works away, or is reached otherwise than before."""
    row = await own_child(views, caller, child_id)
    command = asked(domain.RecordParentAway, data, child_id=child_id, today=day_of(clock.now()))
    return await commands.run(Step(child_file, child_id, command), division=row["village"])


@post("/children/{child_id:uuid}/parents/return", operation_id="record_parent_return", permission=WRITE_FILE)
async def record_parent_return(
    *,
    child_id: ChildId,
    data: api.RecordParentReturn,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """A parent came back for good; short visits are no return."""
    row = await own_child(views, caller, child_id)
    command = asked(domain.RecordParentReturn, data, child_id=child_id, today=day_of(clock.now()))
    return await commands.run(Step(child_file, child_id, command), division=row["village"])


@post("/children/{child_id:uuid}/contact-card", operation_id="issue_contact_card", permission=WRITE_FILE)
async def issue_contact_card(
    child_id: ChildId, data: api.IssueContactCard, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    """Issue or renew the card: whom to call, in this order."""
    row = await own_child(views, caller, child_id)
    command = asked(domain.IssueContactCard, data, child_id=child_id)
    return await commands.run(Step(child_file, child_id, command), division=row["village"])


@post("/children/{child_id:uuid}/category", operation_id="categorise_child", permission=WRITE_FILE)
async def categorise_child(
    *,
    child_id: ChildId,
    data: api.CategoriseChild,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """Put the child into a care category from a day on; the former one stays in the history."""
    row = await own_child(views, caller, child_id)
    command = asked(domain.CategoriseChild, data, child_id=child_id, today=day_of(clock.now()))
    return await commands.run(Step(child_file, child_id, command), division=row["village"])


@post("/children/{child_id:uuid}/school", operation_id="change_school", permission=WRITE_FILE)
async def change_school(
    *,
    child_id: ChildId,
    data: api.ChangeSchool,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """Move the child to another class of its school, by that. To another it is offered: `offer_move`.

    With a class a child is at school again, which the school alone says.
    """
    row = await own_child(views, caller, child_id)
    await check_school(views, data.school_id, data.class_id)
    if data.school_id != row["school_id"]:
        raise domain.MoveIsOffered
    if caller.kind != PartyKind.SCHOOL:
        raise domain.ClassIsTheSchools
    command = asked(
        domain.ChangeSchool,
        data,
        child_id=child_id,
        leaving=row["school_id"],
        today=day_of(clock.now()),
    )
    return await commands.run(Step(child_file, child_id, command), division=row["village"])


@post("/children/{child_id:uuid}/dropout", operation_id="record_dropout", permission=RECORD_SCHOOLING)
async def record_dropout(
    *,
    child_id: ChildId,
    data: api.RecordDropout,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """The child stopped going to school: by the school, which alone reads so afterwards."""
    row = await own_child(views, caller, child_id)
    command = asked(domain.RecordDropout, data, child_id=child_id, today=day_of(clock.now()))
    return await commands.run(Step(child_file, child_id, command), division=row["village"])


@post(
    "/children/{child_id:uuid}/return-to-school",
    operation_id="record_return_to_school",
    permission=RECORD_SCHOOLING,
)
async def record_return_to_school(
    *,
    child_id: ChildId,
    data: api.RecordReturnToSchool,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """The child goes to school again: by its school, or by another that takes it (`accept_move`)."""
    row = await own_child(views, caller, child_id)
    command = asked(domain.RecordReturnToSchool, data, child_id=child_id, today=day_of(clock.now()))
    return await commands.run(Step(child_file, child_id, command), division=row["village"])


@post("/children/{child_id:uuid}/rechecks", operation_id="recheck_file", permission=WRITE_FILE)
async def recheck_file(
    *,
    child_id: ChildId,
    data: api.RecheckFile,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """The file was checked against reality, as is due every half year."""
    row = await own_child(views, caller, child_id)
    command = asked(domain.RecheckFile, data, child_id=child_id, today=day_of(clock.now()))
    return await commands.run(Step(child_file, child_id, command), division=row["village"])


@post("/children/{child_id:uuid}/exit", operation_id="exit_child", permission=WRITE_FILE)
async def exit_child(
    *,
    child_id: ChildId,
    data: api.ExitChild,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
    keyed_ids: KeyedIds,
) -> Receipt:
    """The child no longer counts as left behind; its resident ID is free for a new file one day."""
    row = await own_child(views, caller, child_id)
    command = asked(domain.ExitChild, data, child_id=child_id, today=day_of(clock.now()))
    steps = [Step(child_file, child_id, command)]
    if row["resident_id"] is not None:
        released = reservation.ReleaseResidentId(child_id=child_id)
        steps.append(await about_resident_id(commands, keyed_ids, row["resident_id"], released))
    return await commands.run(*steps, division=row["village"])


ROUTES = (
    name_guardian,
    record_parent_away,
    record_parent_return,
    issue_contact_card,
    categorise_child,
    change_school,
    record_dropout,
    record_return_to_school,
    recheck_file,
    exit_child,
)
