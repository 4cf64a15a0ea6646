"""A small world to project: one service keeps a stock, another lends from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID, uuid5

from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    BigInteger,
    Boolean,
    Column,
    Date,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.connection import Bus, encode
from shared.messages import Event, EventTypes, Metadata, Recorded
from shared.projections.changes import Change, Row, merge, patch, put, remove, upsert
from shared.projections.definition import Projection
from shared.projections.folding import Folded
from shared.projections.projector import Projector
from shared.projections.rebuild import prepare
from shared.projections.tables import history_table, key_columns, row_columns, standing, tables_of
from shared.seals import SEAL, Sealer
from shared.testing.envelopes import as_recorded

WORLD = UUID(int=7)
DAWN = datetime(2025, 1, 1, tzinfo=UTC)


class Kind(StrEnum):
    BOOK = "book"
    BALL = "ball"


class Added(Event):
    type: ClassVar[str] = "item.added"
    item_id: UUID
    name: str
    kind: Kind = Kind.BOOK
    price: Decimal = Decimal("1.50")


class Renamed(Event):
    type: ClassVar[str] = "item.renamed"
    item_id: UUID
    name: str


class Counted(Event):
    type: ClassVar[str] = "item.counted"
    item_id: UUID
    change: int


class Removed(Event):
    type: ClassVar[str] = "item.removed"
    item_id: UUID


class Lent(Event):
    type: ClassVar[str] = "loan.made"
    item_id: UUID
    to: str


STOCK = EventTypes("stock", [Added, Renamed, Counted, Removed])
LOANS = EventTypes("loans", [Lent])


def item(number: int) -> UUID:
    return uuid5(WORLD, str(number))


@dataclass
class World:
    """The logs of both services, in memory, with the port through which feeds replay them."""

    logs: dict[str, list[Recorded]] = field(default_factory=lambda: {"stock": [], "loans": []})
    replays: int = 0

    def happen(self, event: Event, stream: UUID | None = None, **seen: int) -> Recorded:
        service = "loans" if isinstance(event, Lent) else "stock"
        log = self.logs[service]
        position = len(log) + 1
        stream_id = stream or getattr(event, "item_id")  # noqa: B009
        recorded = as_recorded(
            *(service, event, position),
            event_id=uuid5(WORLD, f"{service}:{position}:{event!r}"),
            stream_id=stream_id,
            version=1 + sum(one.stream_id == stream_id for one in log),
            metadata=Metadata(actor="a", party="p", division="33", correlation_id=WORLD, seen=seen),
            occurred_at=DAWN,
            recorded_at=DAWN + timedelta(seconds=sum(map(len, self.logs.values()))),
        )
        log.append(recorded)
        return recorded

    async def replay(self, source: str, after: int, limit: int) -> list[Recorded]:
        self.replays += 1
        return self.logs[source][after : after + limit]

    def everything(self) -> list[Recorded]:
        return sorted((one for log in self.logs.values() for one in log), key=lambda one: one.recorded_at)


def shelf(name: str = "shelf", salt: int = 0, broken: Iterable[str] = ()) -> Projection:
    """A projection over both services with every column type that services use.

    Items whose name is in `broken` raise in the handler; one named "\\x00" is refused by the database.
    """
    tables = tables_of(name)
    items = Table(
        "items",
        tables,
        Column("item_id", Uuid, primary_key=True),
        Column("name", Text),
        Column("kind", Text),
        Column("price", Numeric(10, 2)),
        Column("count", Integer),
        Column("total", BigInteger),
        Column("added_at", TIMESTAMP(timezone=True)),
        Column("day", Date),
        Column("open", Boolean),
        Column("facts", JSONB),
        Column("tags", ARRAY(Text)),
    )
    names = history_table(
        "names", tables, Column("item_id", Uuid, primary_key=True), Column("name", Text, nullable=False)
    )
    loans = Table(
        "loans",
        tables,
        Column("position", BigInteger, primary_key=True),
        Column("item_id", Uuid),
        Column("lent_to", Text),
    )
    projection = Projection(name, tables, (STOCK, LOANS), salt)
    unwanted = set(broken)

    @projection.on(Added)
    def added(event: Added, recorded: Recorded) -> Iterable[Change]:
        if event.name in unwanted:
            raise ValueError(event.name)
        yield put(
            items,
            item_id=event.item_id,
            name=event.name,
            kind=event.kind,
            price=event.price,
            count=0,
            total=2**40,
            added_at=recorded.recorded_at,
            day=date(2025, 4, 1),
            open=True,
            facts={"name": event.name, "once": [1, None]},
            tags=("a", event.name),
        )
        yield upsert(names, {"item_id": event.item_id}, name=event.name)

    @projection.on(Renamed)
    def renamed(event: Renamed, _: Recorded) -> Iterable[Change]:
        if event.name in unwanted:
            raise ValueError(event.name)
        yield upsert(items, {"item_id": event.item_id}, name=event.name)
        yield upsert(names, {"item_id": event.item_id}, name=event.name)

    @projection.on(Counted)
    def counted(event: Counted, _: Recorded) -> Iterable[Change]:
        def count(row: Row | None) -> dict[str, Any]:
            before = row or dict.fromkeys(row_columns(items)) | {"item_id": event.item_id}
            return {
                **before,
                "count": (before["count"] or 0) + event.change,
                "tags": [*(before["tags"] or []), "counted"][-5:],
            }

        yield merge(items, {"item_id": event.item_id}, count)

    @projection.on(Removed)
    def removed(event: Removed, _: Recorded) -> Iterable[Change]:
        yield remove(items, item_id=event.item_id)
        yield remove(names, item_id=event.item_id)

    @projection.on(Lent)
    def lent(event: Lent, recorded: Recorded) -> Iterable[Change]:
        yield patch(items, {"item_id": event.item_id}, open=False)
        yield put(loans, position=recorded.position, item_id=event.item_id, lent_to=event.to)

    return projection


async def rows_of(engine: AsyncEngine, projection: Projection, at: datetime | None = None) -> Folded:
    """The standing rows as PostgreSQL holds them, in the shape of `fold_rows`."""
    found: Folded = {}
    async with engine.connect() as connection:
        for table in projection.tables.tables.values():
            keys = key_columns(table)
            columns = [table.c[name] for name in row_columns(table)]
            rows = await connection.execute(select(*columns).where(standing(table, at)))
            found[table.name] = {tuple(row[name] for name in keys): dict(row) for row in rows.mappings()}
    return found


async def publish(bus: Bus, *events: Recorded, sealer: Sealer | None = None) -> None:
    """Put events on the bus, as their service's relay does: with `sealer` each sealed."""
    for recorded in events:
        subject, headers, payload = encode(recorded)
        if sealer is not None:
            headers[SEAL] = sealer.seal(recorded.position, [payload])
        await bus.jetstream.publish(subject, payload, headers=headers)


async def served(engine: AsyncEngine, world: World, projection: Projection) -> Projector:
    """A projector whose projection has taken everything that happened."""
    await prepare(engine, projection)
    projector = Projector(engine, [projection])
    await projector.refresh()
    for source, log in world.logs.items():
        await projector.take(source, log)
    return projector
