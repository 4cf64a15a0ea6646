"""How parties are reached outside the inbox, and what became of the messages."""

from __future__ import annotations

from typing import Annotated, Protocol, runtime_checkable
from uuid import UUID

from litestar import get, put
from litestar.params import QueryParameter
from sqlalchemy import ColumnElement, RowMapping, and_, literal, or_, select, true

from services.dates import day_of
from services.language import PartyKind
from services.notify.addresses import rules
from services.notify.addresses.api import READ_ADDRESSES, SET_ADDRESSES, AddressView, SetAddress
from services.notify.addresses.events import AddressSet
from services.notify.addresses.views import address_view, addresses, read_addresses
from services.notify.deliveries.api import READ_DELIVERIES, DeliveryState, DeliveryView
from services.notify.deliveries.views import deliveries, delivery_view, shown_state, unexplained, with_alerts
from services.notify.people.views import offices_of
from services.notify.reach import reader_of
from services.notify.scope import own_address, present
from services.notify.seeing import shows, visible
from services.parties import DIGITS, caller_address, is_party
from shared.access import OPERATOR, Caller
from shared.clock import Clock
from shared.handling import Step
from shared.http import DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, paged
from shared.projections.narrowing import equals
from shared.refusals import Unknown
from shared.texts import Bilingual
from shared.views import Views


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


@put("/addresses/{party:str}", operation_id="set_address", permission=SET_ADDRESSES)
async def set_address(
    *,
    party: str,
    data: SetAddress,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
    settings: Signing,
) -> Receipt:
    """Say how to reach a party and who stands in; the caller's own, operators any. What is not sent stays.

    `webhook_secret` names a secret that the operator has set up for this party; it is never sent itself.
    """
    if caller.kind != OPERATOR and party != own_address(caller):
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
        today=day_of(clock.now()),
    )
    step = Step(rules.address, rules.address_id(party), command)
    return await commands.run(step, division=offices[party].division)


@get("/addresses", operation_id="list_addresses", permission=READ_ADDRESSES)
async def list_addresses(
    caller: Caller, views: Views, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[AddressView]:
    """The caller's own address; townships and counties also see those of the areas within, operators which
    parties have one.

    A webhook's address may hold a token by which anybody writes to the group: its own party reads where it
    leads, no more, and nobody else anything of it.
    """
    found = select(addresses).where(_readable(caller))
    own, known = caller_address(caller), (await read_addresses(present(views))).by_party

    def line(row: RowMapping) -> AddressView:
        return address_view(row, own, known.get(row["party"]))

    return await paged(present(views), found, cursor, limit, addresses.c.party, item=line)


def _readable(caller: Caller) -> ColumnElement[bool]:
    if caller.kind == OPERATOR:
        return true()
    own = addresses.c.party == own_address(caller)
    if caller.kind not in {PartyKind.TOWNSHIP, PartyKind.COUNTY}:
        return own
    areas = (
        addresses.c.party.startswith(f"{kind}:{caller.scope.division}", autoescape=True) for kind in DIGITS
    )
    return or_(own, *areas)


@get("/deliveries", operation_id="list_deliveries", permission=READ_DELIVERIES)
async def list_deliveries(
    caller: Caller,
    views: Views,
    clock: Clock,
    *,
    alert_id: UUID | None = None,
    in_state: Annotated[DeliveryState | None, QueryParameter(name="state")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[DeliveryView]:
    """Messages that left or will leave the house, of alerts that the caller may see.

    Those of danger reports to others are shown to the handlers alone, as `get_alert` shows who was told.
    Operators see of all whether they arrive, and not what they are about.
    """
    operates = caller.kind == OPERATOR
    reader = await reader_of(caller, views, clock.now())
    theirs = and_(visible(reader), shows(reader, deliveries.c.party))
    found = with_alerts().where(
        literal(alert_id is None) if operates else theirs,
        equals(deliveries.c.alert_id, alert_id),
        equals(shown_state(), in_state),
    )
    line = unexplained if operates else delivery_view
    return await paged(present(views), found, cursor, limit, deliveries.c.delivery_id, item=line)


ROUTES = (set_address, list_addresses, list_deliveries)
