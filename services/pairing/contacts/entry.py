"""Makes commands of the entries for the contact log: looks up the facts, and whom to call next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from services.dates import day_of
from services.language import ChildId, PairingId, PartyKind
from services.pairing.children.rules import ChildFacts, ChildUnknown
from services.pairing.children.views import child_facts
from services.pairing.contacts import api
from services.pairing.contacts.card import Failure, next_on_card
from services.pairing.contacts.rules import LogContact, NotUnderThisPairing, require_sound
from services.pairing.contacts.views import failures_since_success
from services.pairing.pairings.rules import Care, FormerMentor
from services.pairing.pairings.views import cares
from services.reach import Reach
from shared import Refusal
from shared.contracts import FieldProblem
from shared.http import asked
from shared.http.problems import InvalidBody
from shared.projections import Views


class LinesRefused(InvalidBody, title_zh="部分条目不符合规定，全部未登记"):
    """Some lines break a rule; none was recorded."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about the children and pairings that the entries name."""

    reach: Reach
    children: Mapping[ChildId, ChildFacts]
    pairings: Mapping[PairingId, Care]
    failures: Mapping[ChildId, Sequence[tuple[datetime, Failure]]]


async def facts_of(views: Views, reach: Reach, lines: Sequence[api.LogContact]) -> Facts:
    """Everything that the lines need, in one to three queries."""
    child_ids = {line.child_id for line in lines}
    pairings = await cares(
        views,
        pairing_ids={line.pairing_id for line in lines if line.pairing_id},
        mentor_id=reach.person,
        child_ids=child_ids,
    )
    # A mentor reaches a child through their pairing; whether one stood on the day is asked line by line.
    children = await child_facts(views, child_ids, None if reach.kind == PartyKind.MENTOR else reach)
    failed = {line.child_id for line in lines if not line.succeeded}
    return Facts(
        reach,
        children,
        {care.pairing_id: care for care in pairings},
        await failures_since_success(views, failed),
    )


def commands_of(lines: Sequence[api.LogContact], facts: Facts, key: UUID, now: datetime) -> list[LogContact]:
    """The commands, in the lines' order. Raises `LinesRefused` naming every line that breaks a rule."""
    commands: dict[int, LogContact] = {}
    problems: dict[int, FieldProblem] = {}
    runs = {child_id: list(run) for child_id, run in facts.failures.items()}
    before = defaultdict[ChildId, list[tuple[datetime, Failure]]](list, runs)
    for place in sorted(range(len(lines)), key=lambda place: lines[place].at):
        line = lines[place]
        try:
            command = command_of(
                line, facts, before[line.child_id], contact_id=uuid5(key, f"contact {place}"), now=now
            )
            require_sound(command)  # so that all lines at fault are named, not the first alone
        except Refusal as refusal:
            where = f"contacts.{place}.{refusal.at_field or 'child_id'}"
            problems[place] = FieldProblem(field=where, rule=refusal.title(), way_out=refusal.what_to_do)
            continue
        commands[place] = command
        remember(command, before[line.child_id])
    if problems:
        raise LinesRefused([problems[place] for place in sorted(problems)])
    return [commands[place] for place in range(len(lines))]


def command_of(
    line: api.LogContact,
    facts: Facts,
    before: Sequence[tuple[datetime, Failure]],
    *,
    contact_id: UUID,
    now: datetime,
) -> LogContact:
    """The command of one line. Raises the refusal where its child or its pairing is not the writer's."""
    child = facts.children.get(line.child_id)
    if facts.reach.kind != PartyKind.MENTOR and child is None:
        raise ChildUnknown
    care = care_of(line, facts)
    if child is None:
        raise ChildUnknown
    command = asked(LogContact, line, contact_id=contact_id, child=child, care=care, now=now)
    if command.failure is not None:
        earlier = [failure for at, failure in before if at <= line.at]
        following = next_on_card(child.card, line.with_whom, command.failure, earlier)
        command = command.model_copy(update={"next_contact": following})
    return command


def care_of(line: api.LogContact, facts: Facts) -> Care | None:
    """The pairing under which a contact happened; a mentor's own is found by its day.

    Raises `FormerMentor` where a mentor's pairing is over, `NotUnderThisPairing`, `ChildUnknown`.
    """
    if facts.reach.kind == PartyKind.MENTOR:
        care = mentors_care(line, facts)
        if care.until is not None:
            raise FormerMentor
        return care
    if line.pairing_id is None:
        return None
    named = facts.pairings.get(line.pairing_id)
    if named is None or named.child_id != line.child_id:
        raise NotUnderThisPairing
    return named


def mentors_care(line: api.LogContact, facts: Facts) -> Care:
    """The mentor's own pairing that the entry names, or that stood on its day."""
    own = [
        care
        for care in facts.pairings.values()
        if care.mentor_id == facts.reach.person and care.child_id == line.child_id
    ]
    if line.pairing_id is not None:
        own = [care for care in own if care.pairing_id == line.pairing_id]
        if not own:
            raise NotUnderThisPairing
        return own[0]
    day = day_of(line.at)
    # A pairing that still stands goes before one that ended that day.
    for care in sorted(own, key=lambda care: care.until is not None):
        if care.stood_on(day):
            return care
    raise ChildUnknown


def remember(command: LogContact, run: list[tuple[datetime, Failure]]) -> None:
    """Carry the run of failed contacts on, for the later lines of the same child."""
    if command.succeeded:
        run.clear()
    else:
        run.append((command.at, Failure(command.with_whom, command.next_contact)))


def common_division(villages: Sequence[str]) -> str:
    """The smallest division that all of the villages lie in."""
    first = villages[0]
    for digits in (12, 9):
        if all(village[:digits] == first[:digits] for village in villages):
            return first[:digits]
    return first[:6]
