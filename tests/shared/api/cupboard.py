"""The jars again, in a cupboard whose operations are declared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Unpack
from uuid import UUID

from sqlalchemy import RowMapping, Select, select

from shared.access import Caller, Holdings, Personal, may_read, may_write
from shared.api import Header, Listing, Query, Write, delete, get, post, put
from shared.client import ServiceClient
from shared.commands import Decision
from shared.contracts import Page, Receipt
from shared.http import Commands, Document, lists, serves
from shared.messages import Message
from shared.service import ServiceDefinition
from shared.views import Views
from tests.shared.http.jars import DIVISION, SHELF, TYPES, Do, JarReceipt, JarShown, OpenJar, jars, shelf

WRITE = may_write("keep jars", "township")
READ = may_read("see jars", "township")


class Board(StrEnum):
    """A board of the cupboard."""

    UPPER = "upper"
    LOWER = "lower"


class Fill(Message):
    """Put something in."""

    amount: int = 1


class CupboardApi(ServiceClient):
    """The jars in the cupboard."""

    @post("/boards/{board}/jars", permission=WRITE, status_code=202)
    async def put_jar(self, board: Board, body: OpenJar, **write: Unpack[Write]) -> JarReceipt:
        """Put a jar on a board."""

    @put("/jars/{jar_id}/filling", permission=WRITE)
    async def fill_jar(self, jar_id: UUID, body: Fill | None = None, **write: Unpack[Write]) -> Receipt:
        """Put something in; one piece, unless another number is given."""

    @delete("/withdrawals/{token_id}", permission=WRITE)
    async def withdraw(self, token_id: UUID, **write: Unpack[Write]) -> Receipt:
        """Withdraw a key."""

    @get("/jars/{jar_id}", permission=READ)
    async def get_jar(self, jar_id: UUID, *, as_of: datetime | None = None) -> JarShown:
        """One jar."""

    @get("/jars", permission=READ)
    async def list_jars(
        self,
        *,
        label: str | None = None,
        least: Annotated[int | None, Query(name="at_least", ge=0)] = None,
        **listing: Unpack[Listing],
    ) -> Page[JarShown]:
        """The jars, by label."""

    @get("/full-jars", permission=READ)
    async def list_full_jars(
        self, *, state: Annotated[str | None, Personal("identity")] = None, **listing: Unpack[Listing]
    ) -> Page[JarShown]:
        """The jars that hold something, with who asked on each label."""

    @get("/labels", permission=READ)
    async def print_labels(
        self, *, copies: int = 1, style: Annotated[str | None, Header(name="Label-Style")] = None
    ) -> str:
        """A sheet of labels."""


@serves(CupboardApi.put_jar)
async def put_jar(board: Board, data: OpenJar, views: Views, commands: Commands, asked_by: str) -> JarReceipt:
    key, label = commands.new_id("jar"), f"{board} {data.label}"
    step = Decision(jars, key, Do(jar_id=key, label=label, size=data.size))
    extra = {"room_left": len(asked_by)}
    return await commands.run(step, division=DIVISION, extra=extra, receipt=JarReceipt)


@serves(CupboardApi.fill_jar)
async def fill_jar(jar_id: UUID, data: Fill, commands: Commands) -> Receipt:
    return await commands.run(
        Decision(jars, jar_id, Do(jar_id=jar_id, amount=data.amount)), division=DIVISION
    )


@serves(CupboardApi.withdraw)
async def withdraw(token_id: UUID, commands: Commands) -> Receipt:
    step = Decision(jars, token_id, Do(jar_id=token_id, token_id=token_id))
    return await commands.run(step, division=DIVISION)


@serves(CupboardApi.get_jar)
async def get_jar(jar_id: UUID, views: Views) -> JarShown:
    label = None if views.at is None else f"{views.at:%Y}"
    return JarShown(id=jar_id, label=label, filled=0)


@serves(CupboardApi.print_labels)
async def print_labels(copies: int, style: str | None) -> Document[str]:
    return Document(f"{copies} {style}", holds=Holdings(), media_type="text/plain")


def all_jars(asked_by: str) -> Select[Any]:
    assert asked_by
    return select(SHELF)


def full_jars() -> Select[Any]:
    return select(SHELF).where(SHELF.c.filled > 0)


async def signed(rows: Sequence[RowMapping], asked_by: str) -> list[JarShown]:
    return [JarShown(id=one["id"], label=asked_by, filled=one["filled"]) for one in rows]


def asked_by(caller: Caller) -> str:
    return caller.kind


DEFINITION = ServiceDefinition(
    name="registry",
    types=TYPES,
    routes=(
        put_jar,
        fill_jar,
        withdraw,
        get_jar,
        print_labels,
        lists(
            CupboardApi.list_jars,
            all_jars,
            order=(SHELF.c.label, SHELF.c.id),
            where={"label": SHELF.c.label, "least": lambda amount: SHELF.c.filled >= amount},
        ),
        lists(
            CupboardApi.list_full_jars,
            full_jars,
            order=(SHELF.c.id,),
            where={"state": SHELF.c.label},
            items=signed,
            newest_first=True,
        ),
    ),
    projections=(shelf,),
    injected={"asked_by": asked_by},
)
