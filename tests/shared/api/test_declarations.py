"""A declaration that contradicts itself, or whose handler contradicts it, keeps the program from starting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Unpack
from uuid import UUID

import pytest
from litestar import Litestar
from sqlalchemy import select

from shared.access import ANYONE
from shared.api import DeclarationInvalid, Listing, Write, get, operation_of, post
from shared.client import ServiceClient
from shared.contracts import Page, Receipt
from shared.http import Commands, Document, lists, serves
from shared.http.app import RouteRefused, check_declared, check_routes
from shared.messages import Message
from tests.shared.http.jars import SHELF, JarShown, OpenJar


class Api(ServiceClient):
    """Operations."""

    @get("/jars/{jar_id}", permission=ANYONE)
    async def get_jar(self, jar_id: UUID, *, deep: bool = False) -> JarShown:
        """One jar."""

    @get("/jars", permission=ANYONE)
    async def list_jars(self, *, label: str | None = None, **listing: Unpack[Listing]) -> Page[JarShown]:
        """The jars."""

    @post("/jars", permission=ANYONE)
    async def open_jar(self, body: OpenJar, **write: Unpack[Write]) -> Receipt:
        """Open a jar."""

    @post("/jars/closing", permission=ANYONE)
    async def close_jar(self, body: OpenJar | None = None, **write: Unpack[Write]) -> Receipt:
        """Close a jar."""

    async def first_jar(self) -> JarShown:
        """No operation of its own."""
        return (await self.list_jars(limit=1)).items[0]


async def without_parameter(self: Any) -> JarShown:
    """One."""


async def without_sentence(self: Any, jar_id: UUID) -> JarShown: ...


async def without_answer(self: Any, jar_id: UUID):  # type: ignore[no-untyped-def]
    """One."""


async def with_anything(self: Any, jar_id: UUID, **rest: Any) -> JarShown:
    """One."""


async def reading_a_body(self: Any, jar_id: UUID, body: OpenJar) -> JarShown:
    """One."""


@pytest.mark.parametrize(
    ("method", "problem"),
    [
        (without_parameter, "names jar_id, which it does not take"),
        (without_sentence, "has no docstring"),
        (without_answer, "does not say what it answers"),
        (with_anything, "no Unpack"),
        (reading_a_body, "takes what a write takes"),
    ],
)
def test_a_query_that_cannot_be(method: Any, problem: str) -> None:
    """The path's parameters, the sentence and the answer are there, and nothing that a write takes."""
    with pytest.raises(DeclarationInvalid, match=problem):
        get("/jars/{jar_id}", permission=ANYONE)(method)


async def without_key(self: Any, body: OpenJar) -> Receipt:
    """Open."""


async def with_query(self: Any, size: int, **write: Unpack[Write]) -> Receipt:
    """Open."""


async def with_a_word(self: Any, body: str, **write: Unpack[Write]) -> Receipt:
    """Open."""


@pytest.mark.parametrize(
    ("method", "problem"),
    [
        (without_key, "a retry would do it twice"),
        (with_query, "has query parameters: size"),
        (with_a_word, "its body is no contract"),
    ],
)
def test_a_command_that_cannot_be(method: Any, problem: str) -> None:
    """A command is idempotent, and asked for by its path and a contract."""
    with pytest.raises(DeclarationInvalid, match=problem):
        post("/jars", permission=ANYONE)(method)


def test_a_plain_method_declares_nothing() -> None:
    """Only what was declared can be served."""
    with pytest.raises(DeclarationInvalid, match="first_jar"):
        operation_of(Api.first_jar)


class Other(Message):
    """Another contract."""


async def no_path(deep: bool) -> JarShown: ...


async def other_path(jar_id: str, deep: bool) -> JarShown: ...


async def other_query(jar_id: UUID, deep: int) -> JarShown: ...


async def other_default(jar_id: UUID, deep: bool = True) -> JarShown: ...


async def other_answer(jar_id: UUID, deep: bool) -> Other: ...


async def a_document(jar_id: UUID, deep: bool) -> Document[JarShown]: ...


async def a_body(jar_id: UUID, data: OpenJar, deep: bool) -> JarShown: ...


@pytest.mark.parametrize(
    ("handler", "problem"),
    [
        (no_path, "does not take jar_id"),
        (other_path, "takes jar_id as"),
        (other_query, "takes deep as"),
        (other_default, "deep is True by default, declared is False"),
        (other_answer, "answers with"),
        (a_document, "answers with"),
        (a_body, "a body is not both declared and taken"),
    ],
)
def test_a_handler_that_does_not_fit(handler: Callable[..., Any], problem: str) -> None:
    """Parameters, defaults, body and answer are those of the declaration; the error names both."""
    with pytest.raises(DeclarationInvalid, match=f"{handler.__name__} as get_jar: .*{problem}"):
        serves(Api.get_jar)(handler)


async def other_body(data: Other, commands: Commands) -> Receipt: ...


async def optional_body(commands: Commands, data: OpenJar | None = None) -> Receipt: ...


async def without_query(jar_id: UUID) -> JarShown: ...


async def with_further(jar_id: UUID, deep: bool, colour: str) -> JarShown: ...


def test_another_body_does_not_fit() -> None:
    """The body is the contract that clients send."""
    with pytest.raises(DeclarationInvalid, match="takes a body of"):
        serves(Api.open_jar)(other_body)


def test_a_body_may_be_left_out_where_that_is_declared() -> None:
    """A route takes a request without body only if its declaration says that it need not be given."""
    serves(Api.close_jar)(optional_body)
    with pytest.raises(DeclarationInvalid, match="takes a body of"):
        serves(Api.open_jar)(optional_body)


@pytest.mark.parametrize(
    ("handler", "problem"),
    [
        (without_query, "get_jar: declares the query parameter deep, which its handler does not take"),
        (with_further, "get_jar: takes colour, which is neither declared nor injected"),
    ],
)
def test_a_route_with_another_query_does_not_start(handler: Callable[..., Any], problem: str) -> None:
    """What is injected may take parameters of the query, too: all together are those of the declaration."""
    app = Litestar([serves(Api.get_jar)(handler)], openapi_config=None)
    check_routes(app)
    with pytest.raises(RouteRefused, match=problem):
        check_declared(app)


def test_a_list_applies_every_filter() -> None:
    """A filter that is declared and forgotten would answer with too much."""
    with pytest.raises(DeclarationInvalid, match="the filter label"):
        lists(Api.list_jars, lambda: select(SHELF), order=(SHELF.c.id,))
    where = {"label": SHELF.c.label, "colour": SHELF.c.label}
    with pytest.raises(DeclarationInvalid, match="the filter colour"):
        lists(Api.list_jars, lambda: select(SHELF), order=(SHELF.c.id,), where=where)


def test_a_part_of_a_path_is_an_id_or_a_text() -> None:
    """Nothing else can be told from its neighbours in a path."""

    async def at(self: Any, moment: datetime) -> JarShown:
        """One."""

    async def handler(moment: datetime) -> JarShown:
        raise NotImplementedError

    with pytest.raises(DeclarationInvalid, match="moment"):
        serves(get("/at/{moment}", permission=ANYONE)(at))(handler)
