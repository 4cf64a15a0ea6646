"""A small domain with everything that can go wrong: races, two services, a reaction, a sweep, a secret."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, ClassVar
from uuid import UUID, uuid5

from sqlalchemy import Boolean, Column, Integer, Table, Text, Uuid

from shared.access import Personal
from shared.decider import Decider
from shared.messages import Command, Event, EventTypes, Message, Recorded
from shared.projections.changes import Change, Row, merge, patch, put, remove, upsert
from shared.projections.definition import Projection
from shared.projections.tables import history_table, tables_of
from shared.refusals import Conflict
from shared.texts import Bilingual

READERS = UUID(int=11)
PLACES = 2
"""How many books one reader may have."""
SECRET = "密"


class BookTaken(Conflict, title_zh="该书已登记"):
    """A book is lent once at a time."""

    way_out = Bilingual("请换一本", "Choose another")


class NoPlaceLeft(Conflict, title_zh="名额已满"):
    """A reader has no more books than they may."""

    way_out = Bilingual("请稍候", "Wait for a place")


# -- events ------------------------------------------------------------------------------------------


class Bought(Event):
    type: ClassVar[str] = "book.bought"
    book_id: UUID
    title: str
    price: Annotated[str, Personal("money")]


class Renamed(Event):
    type: ClassVar[str] = "book.renamed"
    book_id: UUID
    title: str


class Damaged(Event):
    type: ClassVar[str] = "book.damaged"
    book_id: UUID
    how_often: int


class Lent(Event):
    type: ClassVar[str] = "loan.made"
    book_id: UUID
    reader_id: UUID


class Returned(Event):
    type: ClassVar[str] = "loan.ended"
    book_id: UUID
    reader_id: UUID


class PlaceTaken(Event):
    type: ClassVar[str] = "reader.place_taken"
    reader_id: UUID
    book_id: UUID


class PlaceFreed(Event):
    type: ClassVar[str] = "reader.place_freed"
    reader_id: UUID
    book_id: UUID


class Alarmed(Event):
    type: ClassVar[str] = "alarm.raised"
    cause: str


STOCK = EventTypes("stock", [Bought, Renamed, Damaged])
LOANS = EventTypes("loans", [Lent, Returned, PlaceTaken, PlaceFreed, Alarmed])


# -- commands and deciders ---------------------------------------------------------------------------


class Buy(Command):
    book_id: UUID
    title: str


class Damage(Command):
    book_id: UUID


class Lend(Command):
    book_id: UUID
    reader_id: UUID


class GiveBack(Command):
    book_id: UUID
    reader_id: UUID


class Raise(Command):
    cause: str


@dataclass(frozen=True)
class Book:
    title: str | None = None
    damages: int = 0


def _stock(command: Command, book: Book) -> list[Event]:
    match command:
        case Buy() if book.title is None:
            return [Bought(book_id=command.book_id, title=command.title, price=f"{SECRET}{command.title}")]
        case Buy():
            same = book.title == command.title
            return [] if same else [Renamed(book_id=command.book_id, title=command.title)]
        case Damage():
            return [Damaged(book_id=command.book_id, how_often=book.damages + 1)]
        case _:
            raise AssertionError(command)


def _stocked(book: Book, event: Event) -> Book:
    match event:
        case Bought() | Renamed():
            return Book(event.title, book.damages)
        case Damaged():
            return Book(book.title, event.how_often)
        case _:
            raise AssertionError(event)


def _lend(command: Command, reader: UUID | None) -> list[Event]:
    match command:
        case Lend() if reader is not None:
            raise BookTaken
        case Lend():
            return [Lent(book_id=command.book_id, reader_id=command.reader_id)]
        case GiveBack() if reader == command.reader_id:
            return [Returned(book_id=command.book_id, reader_id=command.reader_id)]
        case _:
            return []


def _places(command: Command, held: frozenset[UUID]) -> list[Event]:
    match command:
        case Lend() if len(held) >= PLACES:
            raise NoPlaceLeft
        case Lend():
            return [PlaceTaken(reader_id=command.reader_id, book_id=command.book_id)]
        case GiveBack() if command.book_id in held:
            return [PlaceFreed(reader_id=command.reader_id, book_id=command.book_id)]
        case _:
            return []


def _held(held: frozenset[UUID], event: Event) -> frozenset[UUID]:
    match event:
        case PlaceTaken():
            return held | {event.book_id}
        case PlaceFreed():
            return held - {event.book_id}
        case _:
            raise AssertionError(event)


book: Decider[Command, Book, Event] = Decider("book", Book(), _stock, _stocked)
loan: Decider[Command, UUID | None, Event] = Decider(
    "loan", None, _lend, lambda _, event: event.reader_id if isinstance(event, Lent) else None
)
reader: Decider[Command, frozenset[UUID], Event] = Decider("reader", frozenset(), _places, _held)
alarm: Decider[Command, bool, Event] = Decider(
    "alarm",
    False,
    lambda command, raised: [] if raised else [Alarmed(cause=command.cause)],  # type: ignore[attr-defined]
    lambda _, __: True,
)


def alarm_id(cause: str) -> UUID:
    """The stream of a cause's alarm."""
    return uuid5(READERS, cause)


# -- what is shown -----------------------------------------------------------------------------------


class BookShown(Message):
    """A book as it is answered; who may not read of money sees no price."""

    book_id: UUID
    title: str
    price: Annotated[str | None, Personal("money")] = None


def shelves() -> Projection:
    """Of both services: no loan of a book that it does not know."""
    tables = tables_of("shelves")
    books = Table(
        "books",
        tables,
        Column("book_id", Uuid, primary_key=True),
        Column("title", Text),
        Column("price", Text),
        Column("damages", Integer),
        Column("lent", Boolean),
        Column("loans", Integer),
    )
    titles = history_table("titles", tables, Column("book_id", Uuid, primary_key=True), Column("title", Text))
    projection = Projection("shelves", tables, (STOCK, LOANS))

    @projection.on(Bought)
    def bought(event: Bought, _: Recorded) -> Iterable[Change]:
        row = {"book_id": event.book_id, "title": event.title, "price": event.price}
        yield put(books, **row, damages=0, lent=False, loans=0)
        yield upsert(titles, {"book_id": event.book_id}, title=event.title)

    @projection.on(Renamed)
    def renamed(event: Renamed, _: Recorded) -> Iterable[Change]:
        yield patch(books, {"book_id": event.book_id}, title=event.title)
        yield upsert(titles, {"book_id": event.book_id}, title=event.title)

    @projection.on(Damaged)
    def damaged(event: Damaged, _: Recorded) -> Iterable[Change]:
        yield patch(books, {"book_id": event.book_id}, damages=event.how_often)

    @projection.on(Lent)
    def lent(event: Lent, _: Recorded) -> Iterable[Change]:
        def count(row: Row | None) -> Row:
            assert row is not None, "a loan of a book that nobody bought"
            return {**row, "lent": True, "loans": row["loans"] + 1}

        yield merge(books, {"book_id": event.book_id}, count)

    @projection.on(Returned)
    def returned(event: Returned, _: Recorded) -> Iterable[Change]:
        yield patch(books, {"book_id": event.book_id}, lent=False)

    return projection


def counted() -> Projection:
    """Of the loans alone: counts, which any event taken twice or left out falsifies."""
    tables = tables_of("counted")
    places = Table("places", tables, Column("reader_id", Uuid, primary_key=True), Column("taken", Integer))
    alarms = Table("alarms", tables, Column("cause", Text, primary_key=True), Column("times", Integer))
    projection = Projection("counted", tables, (LOANS,))

    def counting(table: Table, key: str, value: object, column: str, by: int) -> Change:
        def count(row: Row | None) -> Row:
            return {key: value, column: (row[column] if row else 0) + by}

        return merge(table, {key: value}, count)

    @projection.on(PlaceTaken)
    def taken(event: PlaceTaken, _: Recorded) -> Iterable[Change]:
        yield counting(places, "reader_id", event.reader_id, "taken", 1)

    @projection.on(PlaceFreed)
    def freed(event: PlaceFreed, _: Recorded) -> Iterable[Change]:
        yield counting(places, "reader_id", event.reader_id, "taken", -1)

    @projection.on(Alarmed)
    def alarmed(event: Alarmed, _: Recorded) -> Iterable[Change]:
        yield counting(alarms, "cause", event.cause, "times", 1)

    return projection


def lent_out() -> Projection:
    """For the stock: what is lent. It makes the two services follow each other."""
    tables = tables_of("lent_out")
    lent = Table("lent", tables, Column("book_id", Uuid, primary_key=True), Column("reader_id", Uuid))
    projection = Projection("lent_out", tables, (LOANS, STOCK))

    @projection.on(Lent)
    def lend(event: Lent, _: Recorded) -> Iterable[Change]:
        yield put(lent, book_id=event.book_id, reader_id=event.reader_id)

    @projection.on(Returned)
    def give_back(event: Returned, _: Recorded) -> Iterable[Change]:
        yield remove(lent, book_id=event.book_id)

    return projection
