"""How parties are reached outside their inbox, and who stands in for whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from pydantic import ValidationError
from sqlalchemy import RowMapping, select

from services.notify.addresses.api import AddressView
from services.notify.addresses.events import AddressSet
from services.notify.events import EVENTS
from services.notify.people.standing_in import Office, may_stand_in
from services.notify.people.views import offices_of
from shared import Recorded
from shared.projections import Change, Projection, Views, put, table_of, tables_of, view_of
from shared.reactions import Unable

TABLES = tables_of("addresses")

addresses = table_of("addresses", TABLES, AddressSet, key="party")

address_book = Projection(name="addresses", tables=TABLES, sources=(EVENTS,))


@address_book.on(AddressSet)
def address_set(event: AddressSet, _: Recorded) -> Iterable[Change]:
    yield put(addresses, **dict(event))


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
    return Addresses(await _with_fit_stand_ins(views, found), tuple(unreadable))


async def _with_fit_stand_ins(views: Views, found: Mapping[str, AddressSet]) -> Mapping[str, AddressSet]:
    """Early settings could name anybody: one that may not stand in is read as none."""
    named = {one.party: one.stand_in for one in found.values() if one.stand_in is not None}
    offices = await offices_of(views, {*named, *named.values()}) if named else {}
    none = {"stand_in": None, "stand_in_until": None}
    unfit = [party for party, other in named.items() if not _fits(offices.get(other), offices.get(party))]
    return {**found, **{party: found[party].model_copy(update=none) for party in unfit}}


def _fits(other: Office | None, absent: Office | None) -> bool:
    return other is not None and absent is not None and may_stand_in(other, absent)


async def absent_parties(views: Views, stand_in: str, today: date) -> tuple[str, ...]:
    """The parties for which this one stands in today."""
    rows = await views.all(
        select(addresses.c.party).where(addresses.c.stand_in == stand_in, addresses.c.stand_in_until >= today)
    )
    named = [row["party"] for row in rows]
    offices = await offices_of(views, {stand_in, *named}) if named else {}
    return tuple(party for party in named if _fits(offices.get(stand_in), offices.get(party)))


def address_view(row: RowMapping, own: str | None, known: AddressSet | None) -> AddressView:
    """An address as the party with the address `own` sees it; `known`: as far as it can be read, and fits."""
    url, secret = row["webhook_url"], row["webhook_secret"]
    hidden = {"webhook_url", "webhook_secret"} | ({"email"} if own is None else set())
    shown = {name: value for name, value in row.items() if name not in hidden}
    if known is not None and known.stand_in is None:
        shown |= {"stand_in": None, "stand_in_until": None}
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
