"""The stream of a number says nothing of it; what earlier releases wrote elsewhere still holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, NAMESPACE_URL, UUID, uuid4, uuid5

from services.registry.children.api import ExitChild
from services.registry.children.events import ExitReason
from services.registry.children.rules import CHILD_DECIDER
from services.registry.numbers import file_numbers as file_number
from services.registry.numbers import rules as reservation
from services.registry.numbers.api import SettleNumber
from services.registry.numbers.events import NumberDecision
from services.registry.numbers.rules import ReserveResidentId
from shared.commands import Context, Decision
from shared.keyed_ids import KeyedIds
from shared.testing.api import OPERATOR_CALLER
from tests.registry.children.test_rules import open_file as opening
from tests.registry.conftest import VILLAGE
from tests.registry.numbers.test_routes import DAY, dispute, resident_id, shown

if TYPE_CHECKING:
    from tests.registry.conftest import Township
else:
    Township = object


def derived_from(*values: str) -> set[UUID]:
    """The ids that anybody can work out from a value."""
    spaces = (reservation.NAMESPACE, file_number.NAMESPACE, NAMESPACE_URL, NAMESPACE_OID)
    return {uuid5(space, value) for space in spaces for value in values}


async def envelopes(there: Township) -> list[dict[str, Any]]:
    """All that somebody reads of the log who gets no personal value."""
    answer = await there.registry.request(OPERATOR_CALLER, "GET", "/events?after=0&envelopes=true")
    return [json.loads(line) for line in answer.content.splitlines()]


async def of_an_earlier_release(there: Township, number: str) -> UUID:
    """A file as release 0.1 opened it: its number's stream has an id that follows from the number."""
    child_id = uuid4()
    context = Context(
        command_id=uuid4(),
        request_hash=b"",
        actor="clerk",
        party=there.village.party,
        division=VILLAGE,
        correlation_id=uuid4(),
    )
    facts = {"child_id": child_id, "resident_id": number, "file_number": f"331082103-{child_id.hex[:8]}"}
    opened = opening.model_copy(update=facts)
    await there.registry.runtime.handler.handle(
        context,
        Decision(CHILD_DECIDER, child_id, opened),
        Decision(
            reservation.RESIDENT_ID_DECIDER,
            reservation.former_id(number),
            ReserveResidentId(child_id=child_id),
        ),
    )
    await there.registry.caught_up()
    return child_id


async def test_no_envelope_leads_to_a_number(there: Township) -> None:
    """Opened, disputed, settled and closed: no stream has an id that follows from a number or card."""
    number = resident_id(70)
    first, second = await there.child(resident_id=number), await there.child(resident_id=number)
    found = await shown(there, there.township, first.id, second.id)
    body = SettleNumber(decision=NumberDecision.BELONGS_TO, keeper=second.id)
    await there.of(there.township).settle_number(found.id, body)
    await there.of(there.village).exit_child(second.id, ExitChild(reason=ExitReason.MOVED, on=DAY))
    told = await envelopes(there)
    assert {"resident_id.settled", "resident_id.released"} <= {one["type"] for one in told}
    ids = {UUID(one["stream_id"]) for one in told}
    assert not ids & derived_from(number, first.file_number, second.file_number)


async def test_another_number_another_stream(there: Township) -> None:
    """The same number is always the same stream, another thing with the same text is not."""
    engine = there.registry.runtime.engine
    keyed = KeyedIds(engine), KeyedIds(engine)
    made = [await one.of("resident_id", resident_id(71)) for one in keyed]
    assert made[0] == made[1]
    assert made[0] != await keyed[0].of("resident_id", resident_id(72))
    assert made[0] != await keyed[0].of("file_number", resident_id(71))


async def test_what_an_earlier_release_reserved_is_held(there: Township) -> None:
    """No number becomes free by the upgrade: a second file with it is disputed, and settled, as ever."""
    number = resident_id(73)
    old = await of_an_earlier_release(there, number)
    before = len(await envelopes(there))
    second = await there.child(resident_id=number)
    found = await shown(there, there.township, old, second.id)
    third = await there.child(resident_id=number)
    assert await dispute(there, there.township, old, third.id)
    body = SettleNumber(decision=NumberDecision.BELONGS_TO, keeper=second.id)
    await there.of(there.township).settle_number(found.id, body)
    assert (await there.of(there.township).get_child(old)).resident_id is None
    assert await dispute(there, there.township, second.id, third.id)
    ids = {UUID(one["stream_id"]) for one in (await envelopes(there))[before:]}
    assert not ids & derived_from(number)


async def test_a_dispute_of_an_earlier_release_is_settled(there: Township) -> None:
    """What two files disputed before the upgrade is decided after it."""
    number = resident_id(74)
    old, other = await of_an_earlier_release(there, number), await of_an_earlier_release(there, number)
    found = await shown(there, there.township, old, other)
    body = SettleNumber(decision=NumberDecision.NOT_A_DUPLICATE)
    await there.of(there.township).settle_number(found.id, body)
    assert await dispute(there, there.township, old, other) is None
    third = await there.child(resident_id=number)
    assert await dispute(there, there.township, old, third.id)


async def test_an_old_file_that_closes_gives_its_number_back(there: Township) -> None:
    """After the exit the child can be registered again, and holds the number alone."""
    number = resident_id(75)
    old = await of_an_earlier_release(there, number)
    await there.of(there.village).exit_child(old, ExitChild(reason=ExitReason.MOVED, on=DAY))
    again = await there.child(resident_id=number)
    third = await there.child(resident_id=number)
    assert await dispute(there, there.township, again.id, third.id)
