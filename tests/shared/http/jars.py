"""A service with one kind of thing: jars that are filled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID, uuid5

from litestar import get, post
from pydantic import AwareDatetime, Field
from sqlalchemy import Column, Integer, String, Table, Uuid, select

from shared.access import ANYONE, Personal, may_read, may_write
from shared.client import ServiceClient
from shared.clock import Clock
from shared.commands import Decision
from shared.contracts import Page, Receipt
from shared.decider import Decider
from shared.http import DEFAULT_LIMIT, Commands, Cursor, Limit, paged
from shared.messages import Command, Event, EventTypes, Message, Recorded
from shared.projections.changes import Change, merge, put
from shared.projections.definition import Projection, tables_of
from shared.refusals import Conflict, Unknown
from shared.service import ServiceDefinition
from shared.texts import Bilingual
from shared.views import Views

DIVISION = "331082104001"


class JarOpened(Event):
    """A jar stands on the shelf."""

    type: ClassVar[str] = "jar.opened"
    jar_id: UUID
    label: Annotated[str, Personal("identity")]
    size: int


class JarFilled(Event):
    """Something was put in."""

    type: ClassVar[str] = "jar.filled"
    jar_id: UUID
    amount: int


class KeyWithdrawn(Event):
    """A token is honoured no longer."""

    type: ClassVar[str] = "access.token_revoked"
    token_id: UUID
    expires_at: datetime


TYPES = EventTypes("registry", (JarOpened, JarFilled, KeyWithdrawn))


class OpenJar(Message):
    label: Annotated[str, Field(min_length=1, max_length=20), Personal("identity")]
    size: int = Field(ge=1, le=1000)
    bought: date | None = None
    seen_at: AwareDatetime | None = None
    notes: tuple[str, ...] = ()


class FillJar(Message):
    amount: int = Field(ge=1)


class JarShown(Message):
    id: UUID
    label: Annotated[str | None, Personal("identity")] = None
    filled: int


class JarReceipt(Receipt):
    room_left: int = 0


class Do(Command):
    """Open, fill or withdraw."""

    jar_id: UUID
    label: str = ""
    size: int = 0
    amount: int = 0
    token_id: UUID | None = None


class JarTooFull(Conflict, title_zh="罐子不能装得过满"):
    """A jar holds no more than its size."""

    field = "amount"
    way_out = Bilingual("请换一个罐子", "Take another jar")


class LabelTaken(Conflict, title_zh="标签不能重复"):
    """There is one jar of each label."""

    way_out = Bilingual("请换一个标签", "Choose another label")


class JarUnknown(Unknown, title_zh="没有该罐子"):
    """There is no such jar."""


@dataclass(frozen=True)
class Jar:
    size: int = 0
    filled: int = 0


def _decide(command: Do, state: Jar) -> list[Event]:
    if command.token_id:
        return [KeyWithdrawn(token_id=command.token_id, expires_at=datetime(2199, 1, 1, tzinfo=UTC))]
    if command.size:
        return [JarOpened(jar_id=command.jar_id, label=command.label, size=command.size)]
    if not state.size:
        raise JarUnknown
    if state.filled + command.amount > state.size:
        raise JarTooFull(f"{state.filled} + {command.amount} > {state.size}")
    return [JarFilled(jar_id=command.jar_id, amount=command.amount)]


def _evolve(state: Jar, event: Event) -> Jar:
    match event:
        case JarOpened():
            return Jar(event.size)
        case JarFilled():
            return Jar(state.size, state.filled + event.amount)
        case _:
            return state


jars: Decider[Do, Jar, Event] = Decider("jar", Jar(), _decide, _evolve)
METADATA = tables_of("shelf")
SHELF = Table(
    "jar",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("label", String),
    Column("filled", Integer),
)
shelf = Projection("shelf", METADATA, (TYPES,))


@shelf.on(JarOpened)
def _opened(event: JarOpened, _: Recorded) -> Iterable[Change]:
    yield put(SHELF, id=event.jar_id, label=event.label, filled=0)


@shelf.on(JarFilled)
def _filled(event: JarFilled, _: Recorded) -> Iterable[Change]:
    yield merge(
        SHELF,
        {"id": event.jar_id},
        lambda row: {**row, "filled": row["filled"] + event.amount} if row else None,
    )


OPEN_JAR = may_write("open jar", "township", "school")
READ_JARS = may_read("read jars", "township", "school")


@post("/jars", operation_id="open_jar", permission=OPEN_JAR)
async def open_jar(data: OpenJar, commands: Commands, clock: Clock) -> JarReceipt:
    assert clock.now().tzinfo
    jar_id = uuid5(commands.key, "jar")
    command = Do(jar_id=jar_id, label=data.label, size=data.size)
    return await commands.run(
        Decision(jars, jar_id, command), division=DIVISION, extra={"room_left": data.size}, receipt=JarReceipt
    )


@post("/only-jars", operation_id="open_only_jar", permission=OPEN_JAR)
async def open_only_jar(data: OpenJar, views: Views, commands: Commands) -> Receipt:
    if await views.scalar(select(SHELF.c.id).where(SHELF.c.label == data.label)):
        raise LabelTaken
    jar_id = uuid5(commands.key, "jar")
    step = Decision(jars, jar_id, Do(jar_id=jar_id, label=data.label, size=data.size))
    return await commands.run(step, division=DIVISION)


@post("/jars/{jar_id:uuid}/fillings", operation_id="fill_jar", permission=OPEN_JAR)
async def fill_jar(jar_id: UUID, data: FillJar, commands: Commands) -> Receipt:
    return await commands.run(
        Decision(jars, jar_id, Do(jar_id=jar_id, amount=data.amount)), division=DIVISION
    )


@post("/withdrawals/{token_id:uuid}", operation_id="withdraw", permission=OPEN_JAR)
async def withdraw(token_id: UUID, commands: Commands) -> Receipt:
    step = Decision(jars, token_id, Do(jar_id=token_id, token_id=token_id))
    return await commands.run(step, division=DIVISION)


@get("/jars", operation_id="list_jars", permission=READ_JARS)
async def list_jars(
    views: Views, at_least: int = 0, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[JarShown]:
    query = select(SHELF).where(SHELF.c.filled >= at_least)
    return await paged(views, query, cursor, limit, SHELF.c.label, SHELF.c.id, item=_shown)


@get("/jars/{jar_id:uuid}", operation_id="get_jar", permission=ANYONE)
async def get_jar(jar_id: UUID, views: Views) -> JarShown:
    row = await views.one(select(SHELF).where(SHELF.c.id == jar_id))
    if row is None:
        raise JarUnknown
    return _shown(row)


@get("/mistakes", operation_id="make_mistake", permission=ANYONE)
async def make_mistake() -> JarShown:
    raise KeyError("小明的电话 13800000000")


def _shown(row: Any) -> JarShown:
    return JarShown(id=row["id"], label=row["label"], filled=row["filled"])


ROUTES = (open_jar, open_only_jar, fill_jar, withdraw, list_jars, get_jar, make_mistake)
DEFINITION = ServiceDefinition(
    name="registry", types=TYPES, routes=ROUTES, projections=(shelf,), token_revoked=KeyWithdrawn
)


class JarClient(ServiceClient):
    """The typed client of the jars."""

    async def open_jar(self, body: OpenJar, *, key: UUID | None = None) -> JarReceipt:
        return await self._command("POST", "/jars", body, key=key, answer=JarReceipt)

    async def open_only_jar(self, body: OpenJar, *, key: UUID | None = None) -> Receipt:
        return await self._command("POST", "/only-jars", body, key=key, answer=Receipt)

    async def fill_jar(self, jar_id: UUID, body: FillJar, *, if_match: int | None = None) -> Receipt:
        return await self._command(
            "POST", f"/jars/{jar_id}/fillings", body, if_match=if_match, answer=Receipt
        )

    async def withdraw(self, token_id: UUID) -> Receipt:
        return await self._command("POST", f"/withdrawals/{token_id}", answer=Receipt)

    async def list_jars(self, cursor: str | None = None, limit: int | None = None) -> Page[JarShown]:
        return await self._query("/jars", {"cursor": cursor, "limit": limit}, answer=Page[JarShown])

    async def get_jar(self, jar_id: UUID) -> JarShown:
        return await self._query(f"/jars/{jar_id}", answer=JarShown)
