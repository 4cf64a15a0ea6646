"""How parties are reached outside the inbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import ColumnElement, RowMapping, Select, or_, select, true

from services.language import PartyKind
from services.notify.addresses import rules
from services.notify.addresses.api import AddressesApi, AddressView, SetAddress
from services.notify.addresses.events import AddressSet
from services.notify.addresses.views import address_view, addresses, read_addresses
from services.notify.people.views import offices_of
from services.notify.scope import own_address, present
from services.parties import DIGITS, is_party
from services.reach import Reach
from shared import OPERATOR, Bilingual, Unknown
from shared.commands import Decision
from shared.http import Commands, Receipt, lists, serves
from shared.projections import Views


@runtime_checkable
class Signing(Protocol):
    """What the operator's settings say about signing secrets."""

    def secrets_of(self, party: str) -> frozenset[str]:
        """The names of those that the party may use."""
        ...


class PartyUnknown(Unknown, title_zh="没有该单位，或不是本单位"):
    """There is no such party, or it is not yours."""

    field = "party"
    way_out = Bilingual("请用本单位的地址，例如 village:331082105201", "Use your own party's address")


@serves(AddressesApi.set_address)
async def set_address(
    *,
    party: str,
    data: SetAddress,
    reach: Reach,
    commands: Commands,
    views: Views,
    today: date,
    settings: Signing,
) -> Receipt:
    if reach.kind != OPERATOR and party != own_address(reach):
        raise PartyUnknown
    own = await views.scalar(select(addresses.c.stand_in).where(addresses.c.party == party))
    offices = await offices_of(views, {party, *filter(None, (own, data.stand_in))})
    if not is_party(party) or party not in offices:
        raise PartyUnknown
    command = rules.SetAddress(
        address=AddressSet(party=party, **dict(data)),
        sent=frozenset(data.model_fields_set),
        offices=offices,
        secrets=settings.secrets_of(party),
        today=today,
    )
    step = Decision(rules.ADDRESS_DECIDER, rules.address_id(party), command)
    return await commands.run(step, division=offices[party].division)


def _readable(reach: Reach, views: Views) -> Select[Any]:
    found = select(addresses).where(_theirs(reach))
    present(views)
    return found


def _theirs(reach: Reach) -> ColumnElement[bool]:
    if reach.kind == OPERATOR:
        return true()
    own = addresses.c.party == own_address(reach)
    if reach.kind not in {PartyKind.TOWNSHIP, PartyKind.COUNTY}:
        return own
    areas = (addresses.c.party.startswith(f"{kind}:{reach.division}", autoescape=True) for kind in DIGITS)
    return or_(own, *areas)


async def _shown(rows: Sequence[RowMapping], views: Views, reach: Reach) -> list[AddressView]:
    own, known = reach.address, (await read_addresses(views)).by_party
    return [address_view(row, own, known.get(row["party"])) for row in rows]


list_addresses = lists(AddressesApi.list_addresses, _readable, order=(addresses.c.party,), items=_shown)

ROUTES = (set_address, list_addresses)
