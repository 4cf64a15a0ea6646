"""How parties are reached outside their inbox, and who stands in for whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy import Column, Date, RowMapping, String, Table, select

from services.notify.contracts import AddressView
from services.notify.events import EVENTS, AddressSet
from shared.messages import Recorded
from shared.projections.changes import Change, put
from shared.projections.definition import Projection
from shared.projections.tables import tables_of
from shared.reactions import Unable
from shared.views import Views, view_of

TABLES = tables_of("addresses")

addresses = Table(
    "addresses",
    TABLES,
    Column("party", String, primary_key=True),
    Column("webhook_url", String),
    Column("webhook_secret", String),
    Column("email", String),
    Column("stand_in", String),
    Column("stand_in_until", Date),
)

address_book = Projection(name="addresses", version=1, tables=TABLES, sources=(EVENTS,))


@address_book.on(AddressSet)
def _set(event: AddressSet, _: Recorded) -> Iterable[Change]:
    yield put(addresses, **event.model_dump())


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where parties are reached, as far as what was written can be read."""

    by_party: Mapping[str, AddressSet]
    unreadable: tuple[Unable, ...] = ()


async def read_addresses(views: Views) -> Addresses:
    """Every address by party: as many as there are parties, a few hundred in a county."""
    found: dict[str, AddressSet] = {}
    unreadable: list[Unable] = []
    for row in await views.all(select(addresses)):
        try:
            found[row["party"]] = AddressSet.model_validate(dict(row))
        except ValidationError as error:
            unreadable.append(Unable.of(f"address:{row['party']}", error))
    return Addresses(found, tuple(unreadable))


def address_view(row: RowMapping) -> AddressView:
    """An address as its party sees it."""
    return view_of(AddressView, row)
