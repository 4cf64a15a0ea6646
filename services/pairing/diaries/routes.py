"""How the growth diary is written, put right and read."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_

from services.language import PartyKind
from services.pairing.children.views import as_facts, child, one_child, sees_children
from services.pairing.diaries import api, rules
from services.pairing.diaries.api import DiariesApi
from services.pairing.diaries.rules import DIARY_DECIDER
from services.pairing.diaries.views import entries, entry_view, one_entry, visible_entries
from services.pairing.pairings.rules import Care, written_under
from services.pairing.pairings.views import cares, paired
from services.reach import Reach
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, days, lists, serves
from shared.projections import Views


@serves(DiariesApi.write_diary_entry)
async def write_diary_entry(
    data: api.WriteDiaryEntry, reach: Reach, commands: Commands, views: Views, today: date
) -> Receipt:
    facts, care = await _facts_of(data, reach, views, today)
    command = asked(rules.WriteDiaryEntry, data, entry_id=commands.new_id("diary"), **facts)
    return await _write(command, care, commands)


@serves(DiariesApi.write_child_entry)
async def write_child_entry(
    data: api.WriteChildEntry, reach: Reach, commands: Commands, views: Views, today: date
) -> Receipt:
    facts, care = await _facts_of(data, reach, views, today)
    command = asked(rules.WriteChildEntry, data, entry_id=commands.new_id("diary"), **facts)
    return await _write(command, care, commands)


async def _facts_of(
    data: api.WriteDiaryEntry | api.WriteChildEntry, reach: Reach, views: Views, today: date
) -> tuple[dict[str, Any], Care | None]:
    """What the rules need of a new entry, and the pairing under which a mentor writes it."""
    reachable = or_(sees_children(reach, views), paired(reach, views, child.c.child_id))
    row = await one_child(views, data.child_id, reachable)
    known = await cares(views, mentor_id=reach.person, child_ids=[data.child_id])
    care = next((one for one in known if one.until is None), None)
    facts = {"child": as_facts(row), "care_since": care and care.since, "written_by": reach.party}
    return {**facts, "today": today}, care


async def _write(
    command: rules.WriteDiaryEntry | rules.WriteChildEntry, care: Care | None, commands: Commands
) -> Receipt:
    return await commands.run(
        Decision(DIARY_DECIDER, command.entry_id, command),
        *(written_under(care.mentor_id, [care.pairing_id]) if care else ()),
        division=command.child.village,
    )


@serves(DiariesApi.correct_diary_entry)
async def correct_diary_entry(
    entry_id: UUID,
    data: api.CorrectDiaryEntry,
    reach: Reach,
    commands: Commands,
    views: Views,
    *,
    today: date,
) -> Receipt:
    row = await one_entry(views, reach, entry_id)
    command = asked(
        rules.CorrectDiaryEntry,
        data,
        entry_id=entry_id,
        corrected_by=reach.party,
        answers_for_child=reach.kind == PartyKind.SCHOOL,
        today=today,
    )
    return await commands.run(Decision(DIARY_DECIDER, entry_id, command), division=row["village"])


list_diary_entries = lists(
    DiariesApi.list_diary_entries,
    visible_entries,
    order=(entries.c.on, entries.c.entry_id),
    where={
        "child_id": entries.c.child_id,
        **days(entries.c.on),
    },
    item=entry_view,
    newest_first=True,
)

ROUTES = (write_diary_entry, write_child_entry, correct_diary_entry, list_diary_entries)
"""The diary's operations."""
