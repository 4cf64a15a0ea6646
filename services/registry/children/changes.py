"""Child files: everything that changes an open one. The child must be the caller's."""

from __future__ import annotations

from datetime import date

from services.language import ChildId, PartyKind
from services.reach import Reach
from services.registry.children import api
from services.registry.children import commands as asks
from services.registry.children.api import ChildrenApi
from services.registry.children.rules import CHILD_DECIDER
from services.registry.lookups import require_school
from services.registry.numbers import rules as reservation
from services.registry.numbers.streams import about_resident_id
from services.registry.scope import own_child
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, serves
from shared.keyed_ids import KeyedIds
from shared.projections import Views


@serves(ChildrenApi.name_guardian)
async def name_guardian(
    child_id: ChildId, data: api.NameGuardian, reach: Reach, commands: Commands, views: Views
) -> Receipt:
    command = asked(asks.NameGuardian, data, child_id=child_id)
    return await _change(command, reach, commands, views)


@serves(ChildrenApi.record_parent_away)
async def record_parent_away(
    *,
    child_id: ChildId,
    data: api.RecordParentAway,
    reach: Reach,
    commands: Commands,
    views: Views,
    today: date,
) -> Receipt:
    command = asked(asks.RecordParentAway, data, child_id=child_id, today=today)
    return await _change(command, reach, commands, views)


@serves(ChildrenApi.record_parent_return)
async def record_parent_return(
    *,
    child_id: ChildId,
    data: api.RecordParentReturn,
    reach: Reach,
    commands: Commands,
    views: Views,
    today: date,
) -> Receipt:
    command = asked(asks.RecordParentReturn, data, child_id=child_id, today=today)
    return await _change(command, reach, commands, views)


@serves(ChildrenApi.issue_contact_card)
async def issue_contact_card(
    child_id: ChildId, data: api.IssueContactCard, reach: Reach, commands: Commands, views: Views
) -> Receipt:
    command = asked(asks.IssueContactCard, data, child_id=child_id)
    return await _change(command, reach, commands, views)


@serves(ChildrenApi.categorise_child)
async def categorise_child(
    *,
    child_id: ChildId,
    data: api.CategoriseChild,
    reach: Reach,
    commands: Commands,
    views: Views,
    today: date,
) -> Receipt:
    command = asked(asks.CategoriseChild, data, child_id=child_id, today=today)
    return await _change(command, reach, commands, views)


@serves(ChildrenApi.change_school)
async def change_school(
    *,
    child_id: ChildId,
    data: api.ChangeSchool,
    reach: Reach,
    commands: Commands,
    views: Views,
    today: date,
) -> Receipt:
    row = await own_child(views, reach, child_id)
    await require_school(views, data.school_id, data.class_id)
    if data.school_id != row["school_id"]:
        raise asks.MoveIsOffered
    if reach.kind != PartyKind.SCHOOL:
        raise asks.ClassIsTheSchools
    command = asked(asks.ChangeSchool, data, child_id=child_id, leaving=row["school_id"], today=today)
    return await commands.run(Decision(CHILD_DECIDER, child_id, command), division=row["village"])


@serves(ChildrenApi.record_dropout)
async def record_dropout(
    *,
    child_id: ChildId,
    data: api.RecordDropout,
    reach: Reach,
    commands: Commands,
    views: Views,
    today: date,
) -> Receipt:
    command = asked(asks.RecordDropout, data, child_id=child_id, today=today)
    return await _change(command, reach, commands, views)


@serves(ChildrenApi.record_return_to_school)
async def record_return_to_school(
    *,
    child_id: ChildId,
    data: api.RecordReturnToSchool,
    reach: Reach,
    commands: Commands,
    views: Views,
    today: date,
) -> Receipt:
    command = asked(asks.RecordReturnToSchool, data, child_id=child_id, today=today)
    return await _change(command, reach, commands, views)


@serves(ChildrenApi.recheck_file)
async def recheck_file(
    *,
    child_id: ChildId,
    data: api.RecheckFile,
    reach: Reach,
    commands: Commands,
    views: Views,
    today: date,
) -> Receipt:
    command = asked(asks.RecheckFile, data, child_id=child_id, today=today)
    return await _change(command, reach, commands, views)


@serves(ChildrenApi.exit_child)
async def exit_child(
    *,
    child_id: ChildId,
    data: api.ExitChild,
    reach: Reach,
    commands: Commands,
    views: Views,
    today: date,
    keyed_ids: KeyedIds,
) -> Receipt:
    row = await own_child(views, reach, child_id)
    command = asked(asks.ExitChild, data, child_id=child_id, today=today)
    steps = [Decision(CHILD_DECIDER, child_id, command)]
    if row["resident_id"] is not None:
        released = reservation.ReleaseResidentId(child_id=child_id)
        steps.append(await about_resident_id(commands, keyed_ids, row["resident_id"], released))
    return await commands.run(*steps, division=row["village"])


async def _change(command: asks.ChildCommand, reach: Reach, commands: Commands, views: Views) -> Receipt:
    """One change of one file of the caller's."""
    row = await own_child(views, reach, command.child_id)
    return await commands.run(Decision(CHILD_DECIDER, command.child_id, command), division=row["village"])


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
