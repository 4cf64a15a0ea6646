"""How parties are reached outside their inbox, and who stands in for whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

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


SHOWN_LABELS = 2
"""Of a webhook's host so many names are shown, the last ones."""


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


def address_view(row: RowMapping, own: str | None) -> AddressView:
    """An address as the party with the address `own` sees it; None: somebody who is no party."""
    url, secret = row["webhook_url"], row["webhook_secret"]
    hidden = {"webhook_url", "webhook_secret"} | ({"email"} if own is None else set())
    shown = {name: value for name, value in row.items() if name not in hidden}
    if row["party"] == own and url is not None:
        shown |= {"webhook_url": masked_url(url)}
    if row["party"] == own and secret is not None:
        shown |= {"webhook_secret": f"{secret[:1]}…"}
    return view_of(AddressView, shown, webhook=url is not None, mail=row["email"] is not None)


def masked_url(url: str) -> str:
    """Where a webhook leads: its scheme and the end of its host, nothing that could be a token."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    labels = host.split(".")
    named = len(labels) > SHOWN_LABELS and not labels[-1].isdigit()
    end = f"….{'.'.join(labels[-SHOWN_LABELS:])}" if named else host
    return f"{parts.scheme}://{end}/…"
