"""How parties are reached outside their inbox, and who stands in for whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Column, Date, RowMapping, String, Table, select

from services.notify.contracts import AddressView
from services.notify.events import EVENTS, AddressSet
from shared.messages import Recorded
from shared.projections.changes import Change, put
from shared.projections.definition import Projection
from shared.projections.tables import tables_of
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


async def read_addresses(views: Views) -> Mapping[str, AddressSet]:
    """Every address by party: as many as there are parties, a few hundred in a county."""
    rows = await views.all(select(addresses))
    return {row["party"]: AddressSet.model_validate(dict(row)) for row in rows}


def address_view(row: RowMapping) -> AddressView:
    """An address as its party sees it."""
    return view_of(AddressView, row)
