"""A child's id says nothing and follows from nothing; its number is unique; a retry opens no second file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID, uuid4, uuid5

import pytest

from services.registry.children import routes as children
from services.registry.children.events import ChildRegistered
from services.registry.children.rules import CHILD_DECIDER
from services.registry.numbers.file_numbers import NAMESPACE, former_id
from services.registry.numbers.making import file_number
from shared.client import Refused
from shared.commands import Context, Decision
from tests.registry.children.test_rules import open_file as opening
from tests.registry.conftest import TOWNSHIP

if TYPE_CHECKING:
    from tests.registry.conftest import Township
else:
    Township = object


def derived_from(word: str, key: UUID) -> set[UUID]:
    """The ids that could be worked out from a number, or from a request's key."""
    spaces = (NAMESPACE, key)
    words = (word, str(key), "child", "child_file", "file")
    return {uuid5(space, one) for space in spaces for one in words}


async def test_an_id_does_not_follow_from_the_number(there: Township) -> None:
    """The number stands on the card; whoever reads it learns no id, even with the request's key."""
    key = uuid4()
    receipt = await there.of(there.village).open_child_file(there.file(), key=key)
    assert receipt.id.version == 4
    assert receipt.id not in derived_from(receipt.file_number, key)


def test_numbers_are_drawn_by_lot() -> None:
    """No two are alike, and none follows from a request."""
    assert len({file_number(TOWNSHIP) for _ in range(1000)}) == 1000


async def test_a_retry_is_answered_with_the_first_file(there: Township) -> None:
    """One after the other, or all at once: one file, one number."""
    body, key = there.file(), uuid4()
    village = there.of(there.village)
    receipts = await asyncio.gather(*(village.open_child_file(body, key=key) for _ in range(8)))
    receipts.append(await village.open_child_file(body, key=key))
    assert len({(one.id, one.file_number) for one in receipts}) == 1
    files = (await village.list_children(text=body.name)).items
    assert [one.id for one in files] == [receipts[0].id]


async def test_a_number_is_given_once(there: Township, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the lot fall on a number that is taken, nothing is written, and sending again draws another."""
    taken, key, body = (await there.child()).file_number, uuid4(), there.file()
    village = there.of(there.village)
    with monkeypatch.context() as drawn:
        drawn.setattr(children, "file_number", lambda _: taken)
        with pytest.raises(Refused) as refused:
            await village.open_child_file(body, key=key)
    assert (refused.value.status, refused.value.code) == (409, "file-number-taken")
    assert (await village.open_child_file(body, key=key)).file_number != taken


async def test_a_number_of_the_first_releases_is_taken(
    there: Township, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the file's id followed from its number: what stands there keeps the number, too."""
    number = f"{TOWNSHIP}-0000-{uuid4().hex[:4].upper()}"
    child_id = former_id(number)
    context = Context(
        command_id=uuid4(),
        request_hash=b"",
        actor="clerk",
        party=there.village.party,
        division=TOWNSHIP,
        correlation_id=uuid4(),
    )
    old = opening.model_copy(update={"child_id": child_id, "file_number": number})
    await there.registry.runtime.handler.handle(context, Decision(CHILD_DECIDER, child_id, old))
    monkeypatch.setattr(children, "file_number", lambda _: number)
    with pytest.raises(Refused) as refused:
        await there.child()
    assert refused.value.code == "file-number-taken"
    (recorded,) = await there.registry.runtime.log.read_stream(child_id)
    assert recorded.type == ChildRegistered.type
