"""Mentors: enrol, change, check, let go, find."""

from __future__ import annotations

from litestar import get, post, put
from sqlalchemy import select

from services.dates import day_of
from services.language import MentorId, OrganisationId
from services.pairing.mentors import api, rules
from services.pairing.mentors.api import MANAGE_MENTORS, READ_MENTORS
from services.pairing.mentors.events import MentorKind
from services.pairing.mentors.views import managed, mentor, mentor_view, one_mentor, visible
from services.pairing.reach import acting_organisation, reach_of
from shared.access import Caller
from shared.clock import Clock
from shared.handling import Step
from shared.http import DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, asked, paged
from shared.projections.narrowing import equals
from shared.projections.tables import standing
from shared.views import Views


@post("/mentors", operation_id="enrol_mentor", permission=MANAGE_MENTORS)
async def enrol_mentor(data: api.EnrolMentor, caller: Caller, commands: Commands, views: Views) -> Receipt:
    """Take a person on as a mentor, for the caller's organisation or one that it leads."""
    reach = await reach_of(views, caller)
    party = await acting_organisation(views, reach, data.organisation_id)
    mentor_id = commands.new_id("mentor")
    command = asked(
        rules.EnrolMentor,
        data,
        mentor_id=mentor_id,
        organisation_id=party["organisation_id"],
        division=party["division"],
    )
    return await commands.run(Step(rules.mentor, mentor_id, command), division=party["division"])


@put("/mentors/{mentor_id:uuid}/capacity", operation_id="change_mentor_capacity", permission=MANAGE_MENTORS)
async def change_mentor_capacity(
    mentor_id: MentorId,
    data: api.ChangeMentorCapacity,
    caller: Caller,
    commands: Commands,
    views: Views,
) -> Receipt:
    """Let the mentor take more children, or fewer; never fewer than they have."""
    row = await one_mentor(views, mentor_id, managed(await reach_of(views, caller)))
    command = asked(rules.ChangeMentorCapacity, data, mentor_id=mentor_id)
    return await commands.run(Step(rules.mentor, mentor_id, command), division=row["division"])


@post(
    "/mentors/{mentor_id:uuid}/record-checks", operation_id="record_mentor_check", permission=MANAGE_MENTORS
)
async def record_mentor_check(
    mentor_id: MentorId,
    data: api.RecordMentorCheck,
    caller: Caller,
    commands: Commands,
    views: Views,
    *,
    clock: Clock,
) -> Receipt:
    """The mentor's record was checked, as is due every year."""
    row = await one_mentor(views, mentor_id, managed(await reach_of(views, caller)))
    command = asked(rules.RecordMentorCheck, data, mentor_id=mentor_id, today=day_of(clock.now()))
    return await commands.run(Step(rules.mentor, mentor_id, command), division=row["division"])


@post("/mentors/{mentor_id:uuid}/departure", operation_id="let_mentor_leave", permission=MANAGE_MENTORS)
async def let_mentor_leave(
    mentor_id: MentorId, data: api.LetMentorLeave, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    """The mentor takes part no longer; refused while children are paired with them."""
    row = await one_mentor(views, mentor_id, managed(await reach_of(views, caller)))
    command = asked(rules.LetMentorLeave, data, mentor_id=mentor_id)
    return await commands.run(Step(rules.mentor, mentor_id, command), division=row["division"])


@get("/mentors/{mentor_id:uuid}", operation_id="get_mentor", permission=READ_MENTORS)
async def get_mentor(mentor_id: MentorId, caller: Caller, views: Views) -> api.MentorView:
    """One mentor."""
    reach = await reach_of(views, caller)
    return mentor_view(await one_mentor(views, mentor_id, visible(reach)), reach)


@get("/mentors", operation_id="list_mentors", permission=READ_MENTORS)
async def list_mentors(
    caller: Caller,
    views: Views,
    *,
    organisation_id: OrganisationId | None = None,
    kind: MentorKind | None = None,
    free: bool | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[api.MentorView]:
    """The mentors of the caller's scope; with `free`, those who can (or cannot) take another child."""
    reach = await reach_of(views, caller)
    has_place = (mentor.c.taken < mentor.c.capacity) & ~mentor.c.left
    found = select(mentor).where(
        standing(mentor, views.at),
        visible(reach),
        equals(mentor.c.organisation_id, organisation_id),
        equals(mentor.c.kind, kind),
        equals(has_place, free),
    )
    return await paged(
        views, found, cursor, limit, mentor.c.mentor_id, item=lambda row: mentor_view(row, reach)
    )


ROUTES = (
    enrol_mentor,
    change_mentor_capacity,
    record_mentor_check,
    let_mentor_leave,
    get_mentor,
    list_mentors,
)
