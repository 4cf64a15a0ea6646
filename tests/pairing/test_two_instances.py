"""Two instances of the service on one database: capacity holds between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from services.pairing.children.rules import ChildFacts
from services.pairing.events import EVENTS
from services.pairing.mentors.events import MentorKind
from services.pairing.mentors.rules import MENTOR_DECIDER, EnrolMentor, NoPlaceLeft, Serving, TakePlace
from services.pairing.pairings.rules import PAIRING_DECIDER, AcceptPairing, Active, ProposePairing
from shared.clock import SystemClock
from shared.commands import CommandHandler, Context, Decision
from shared.eventlog.log import EventLog
from shared.testing.servers import Database

TODAY = date(2025, 5, 2)
M = uuid4()


@pytest.fixture
async def instances(
    make_database: Callable[..., Awaitable[Database]],
) -> AsyncIterator[tuple[CommandHandler, CommandHandler]]:
    database = await make_database("pairing")
    engines = [create_async_engine(database.app_url) for _ in range(2)]
    logs = [EventLog(engine, "pairing", SystemClock()) for engine in engines]
    for log in logs:
        await log.start()
    yield CommandHandler(logs[0], EVENTS), CommandHandler(logs[1], EVENTS)
    for log, engine in zip(logs, engines, strict=True):
        await log.stop()
        await engine.dispose()


def context() -> Context:
    key = uuid4()
    return Context(key, key.bytes, "test", "school:test", "331082106201", key)


def facts(child_id: UUID) -> ChildFacts:
    return ChildFacts(
        child_id=child_id, birth_date=date(2016, 1, 1), village="331082106201", township="331082106"
    )


async def test_the_last_place_goes_once(instances: tuple[CommandHandler, CommandHandler]) -> None:
    """Of acceptances racing through two instances exactly one takes the last place, whole."""
    enrol = EnrolMentor(
        mentor_id=M,
        kind=MentorKind.SURROGATE_MOTHER,
        name="陈妈妈",
        organisation_id=uuid4(),
        division="331082106",
    )
    await instances[0].handle(context(), Decision(MENTOR_DECIDER, M, enrol))
    children = {uuid4(): uuid4() for _ in range(10)}
    for pairing_id, child_id in children.items():
        propose = ProposePairing(
            pairing_id=pairing_id, child_id=child_id, child=facts(child_id), mentor_id=M, today=TODAY
        )
        await instances[0].handle(context(), Decision(PAIRING_DECIDER, pairing_id, propose))

    async def accept(handler: CommandHandler, pairing_id: UUID, child_id: UUID) -> bool:
        accepted = AcceptPairing(
            pairing_id=pairing_id,
            accepted_by=M,
            child=facts(child_id),
            holds=True,
            on=TODAY,
            proposed_on=TODAY,
            today=TODAY,
        )
        take = TakePlace(mentor_id=M, pairing_id=pairing_id, child_id=child_id)
        try:
            await handler.handle(
                context(), Decision(PAIRING_DECIDER, pairing_id, accepted), Decision(MENTOR_DECIDER, M, take)
            )
        except NoPlaceLeft:
            return False
        return True

    races = (
        accept(instances[place % 2], pairing_id, child_id)
        for place, (pairing_id, child_id) in enumerate(children.items())
    )
    assert sum(await asyncio.gather(*races)) == 1
    _, caseload = await instances[1].state(MENTOR_DECIDER, M)
    assert isinstance(caseload, Serving)
    states = {key: (await instances[1].state(PAIRING_DECIDER, key))[1] for key in children}
    active = {key: state.child_id for key, state in states.items() if isinstance(state, Active)}
    assert dict(caseload.cares_for) == active
