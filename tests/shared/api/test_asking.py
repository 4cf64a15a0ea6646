"""A declared operation is asked for, served and documented as it was declared."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_type
from uuid import uuid4

import pytest

from shared.client import NotAllowed, Refused, ServiceClient
from shared.contracts import Page, Receipt
from shared.testing.api import ServiceUnderTest, caller
from tests.shared.api.cupboard import Board, CupboardApi, Fill
from tests.shared.http.jars import JarReceipt, JarShown, OpenJar


async def test_a_client_keeps_its_types(cupboard: CupboardApi) -> None:
    """What a method takes and answers is checked before the program runs."""
    receipt = await cupboard.put_jar(Board.UPPER, OpenJar(label="types", size=3))
    assert_type(receipt, JarReceipt)
    assert_type(await cupboard.list_jars(limit=1), Page[JarShown])
    assert_type(await cupboard.print_labels(), str)
    with pytest.raises(TypeError, match="colour"):
        await cupboard.list_jars(colour="red")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="body"):
        await cupboard.put_jar(Board.UPPER)  # type: ignore[call-arg]


async def test_path_and_body_arrive(cupboard: CupboardApi) -> None:
    """A part of the path, the body, what is injected, and the status that was declared."""
    receipt = await cupboard.put_jar(Board.LOWER, OpenJar(label="plums", size=3))
    assert receipt.room_left == len("township")
    (jar,) = (await cupboard.list_jars(label="lower plums")).items
    assert jar.id == receipt.id


async def test_a_write_carries_key_and_version(cupboard: CupboardApi) -> None:
    """The same call with the same key happens once; a version that has moved on is refused."""
    key = uuid4()
    first = await cupboard.put_jar(Board.LOWER, OpenJar(label="once", size=9), key=key)
    assert (await cupboard.put_jar(Board.LOWER, OpenJar(label="once", size=9), key=key)).id == first.id
    filled = await cupboard.fill_jar(first.id, Fill(amount=2), if_match=first.version)
    assert_type(filled, Receipt)
    with pytest.raises(Refused) as refused:
        await cupboard.fill_jar(first.id, Fill(amount=2), if_match=first.version)
    assert refused.value.status == 412


async def test_a_body_that_need_not_be_given(cupboard: CupboardApi) -> None:
    """Without one the contract's defaults are sent."""
    jar = await cupboard.put_jar(Board.UPPER, OpenJar(label="one piece", size=3))
    await cupboard.fill_jar(jar.id)
    (shown,) = (await cupboard.list_jars(label="upper one piece")).items
    assert shown.filled == 1


async def test_a_write_without_body(cupboard: CupboardApi) -> None:
    """The path says it all."""
    token_id = uuid4()
    assert (await cupboard.withdraw(token_id)).id == token_id


async def test_a_list_is_narrowed_and_paged(cupboard: CupboardApi) -> None:
    """Each filter under its name on the wire; pages follow each other; a page may be completed as a whole."""
    for number in (1, 2, 3):
        jar = await cupboard.put_jar(Board.UPPER, OpenJar(label=f"page {number}", size=100))
        await cupboard.fill_jar(jar.id, Fill(amount=90 + number))
    page = await cupboard.list_jars(least=92, limit=1)
    rest = await cupboard.list_jars(least=92, cursor=page.next)
    assert [one.label for one in (*page.items, *rest.items)] == ["upper page 2", "upper page 3"]
    assert rest.next is None
    with pytest.raises(Refused) as refused:
        await cupboard.list_jars(least=-1)
    assert refused.value.code == "invalid-parameter"
    full = await cupboard.list_full_jars(limit=2)
    assert {one.label for one in full.items} == {"township"}
    assert full.next


async def test_a_parameter_of_any_name(cupboard: CupboardApi) -> None:
    """What the framework calls so itself (`state`) is asked and documented under its name all the same."""
    jar = await cupboard.put_jar(Board.UPPER, OpenJar(label="state", size=5))
    await cupboard.fill_jar(jar.id)
    assert [one.id for one in (await cupboard.list_full_jars(state="upper state")).items] == [jar.id]


async def test_a_past_moment(cupboard: CupboardApi) -> None:
    """`as_of` is asked of the views that the handler is given."""
    jar = await cupboard.get_jar(uuid4(), as_of=datetime(2020, 1, 1, tzinfo=UTC))
    assert jar.label == "2020"


async def test_a_document_with_a_header(cupboard: CupboardApi) -> None:
    """An answer of type `str` is a document; a header goes under its name, what is not given is default."""
    assert await cupboard.print_labels() == "1 None"
    assert await cupboard.print_labels(copies=2, style="bold") == "2 bold"


async def test_the_permission_is_the_declared_one(service: ServiceUnderTest) -> None:
    """Who may not is turned away by the route."""
    village = service.client(CupboardApi, caller("village"))
    with pytest.raises(NotAllowed):
        await village.list_jars()


async def test_the_document_follows(service: ServiceUnderTest) -> None:
    """Name, sentence, status, permission and the order of parameters come from the declaration."""
    paths = (await service.http.get("/openapi.json")).json()["paths"]
    operation = paths["/boards/{board}/jars"]["post"]
    assert (operation["operationId"], operation["description"]) == ("put_jar", "Put a jar on a board.")
    assert (operation["x-permission"], operation["summary"]) == ("keep jars", "PutJar")
    assert "202" in operation["responses"]
    names = [one["name"] for one in operation["parameters"]]
    assert names == ["board", "Idempotency-Key", "If-Match", "Care-After", "as_of"]
    listed = [one["name"] for one in paths["/jars"]["get"]["parameters"]]
    assert listed == ["Care-After", "as_of", "label", "at_least", "cursor", "limit"]


async def test_client_and_routes_agree(service: ServiceUnderTest) -> None:
    """An operation that one of them does not have is found, whichever it is."""

    assert service.missing_operations(CupboardApi) == set()
    assert "list_jars" in service.missing_operations(ServiceClient)
