"""Mentors: enrol, change, check, let go, find."""

from __future__ import annotations

from datetime import date

from services.language import MentorId
from services.pairing.mentors import api, rules
from services.pairing.mentors.api import MentorsApi
from services.pairing.mentors.views import (
    has_place,
    managed,
    mentor,
    mentor_view,
    one_mentor,
    sees_mentors,
    visible_mentors,
)
from services.pairing.reach import acting_organisation
from services.reach import Reach
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, lists, serves
from shared.projections import Views


@serves(MentorsApi.enrol_mentor)
async def enrol_mentor(data: api.EnrolMentor, reach: Reach, commands: Commands, views: Views) -> Receipt:
    organisation = await acting_organisation(views, reach, data.organisation_id)
    mentor_id = commands.new_id("mentor")
    command = asked(
        rules.EnrolMentor,
        data,
        mentor_id=mentor_id,
        organisation_id=organisation["organisation_id"],
        division=organisation["division"],
    )
    return await commands.run(
        Decision(rules.MENTOR_DECIDER, mentor_id, command), division=organisation["division"]
    )


@serves(MentorsApi.change_mentor_capacity)
async def change_mentor_capacity(
    mentor_id: MentorId, data: api.ChangeMentorCapacity, reach: Reach, commands: Commands, views: Views
) -> Receipt:
    command = asked(rules.ChangeMentorCapacity, data, mentor_id=mentor_id)
    return await _change(command, reach, commands, views)


@serves(MentorsApi.record_mentor_check)
async def record_mentor_check(
    mentor_id: MentorId,
    data: api.RecordMentorCheck,
    reach: Reach,
    commands: Commands,
    views: Views,
    *,
    today: date,
) -> Receipt:
    command = asked(rules.RecordMentorCheck, data, mentor_id=mentor_id, today=today)
    return await _change(command, reach, commands, views)


@serves(MentorsApi.let_mentor_leave)
async def let_mentor_leave(
    mentor_id: MentorId, data: api.LetMentorLeave, reach: Reach, commands: Commands, views: Views
) -> Receipt:
    command = asked(rules.LetMentorLeave, data, mentor_id=mentor_id)
    return await _change(command, reach, commands, views)


@serves(MentorsApi.get_mentor)
async def get_mentor(mentor_id: MentorId, reach: Reach, views: Views) -> api.MentorView:
    return mentor_view(await one_mentor(views, mentor_id, sees_mentors(reach)), reach)


list_mentors = lists(
    MentorsApi.list_mentors,
    visible_mentors,
    order=(mentor.c.mentor_id,),
    where={
        "organisation_id": mentor.c.organisation_id,
        "kind": mentor.c.kind,
        "free": has_place,
    },
    item=mentor_view,
)


async def _change(command: rules.MentorCommand, reach: Reach, commands: Commands, views: Views) -> Receipt:
    """One change of a mentor for whom the caller answers."""
    row = await one_mentor(views, command.mentor_id, managed(reach))
    return await commands.run(
        Decision(rules.MENTOR_DECIDER, command.mentor_id, command), division=row["division"]
    )


ROUTES = (
    enrol_mentor,
    change_mentor_capacity,
    record_mentor_check,
    let_mentor_leave,
    get_mentor,
    list_mentors,
)
