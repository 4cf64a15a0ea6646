"""Addresses: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Unpack

from pydantic import StringConstraints

from services.language import PartyAddress, PartyKind
from shared import OPERATOR, Message, may_read, may_write
from shared.api import Listing, Write, get, put
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

READ_ADDRESSES = may_read("read_addresses", *PartyKind, OPERATOR)
SET_ADDRESSES = may_write("set_addresses", *PartyKind, OPERATOR)

_Line = StringConstraints(min_length=1, max_length=500)


class SetAddress(Message):
    """How to reach a party outside its inbox, and who stands in. What is not sent stays; null ends it."""

    webhook_url: Annotated[str, _Line] | None = None
    webhook_secret: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,60}$")] | None = None
    """Name of a signing secret that the operator has set up for this party; never the secret itself."""
    email: Annotated[str, StringConstraints(min_length=3, max_length=254)] | None = None
    stand_in: PartyAddress | None = None
    stand_in_until: date | None = None
    """Last day of the absence."""


class AddressView(Message):
    """How a party is reached."""

    party: PartyAddress
    webhook: bool
    """Whether messages are sent to a webhook."""
    webhook_url: str | None = None
    """To its own party, and to it no more than where it leads: `https://….example.cn/…`."""
    webhook_secret: str | None = None
    """To its own party, and to it no more than how the name begins: `o…`."""
    mail: bool = False
    """Whether messages are sent by mail."""
    email: str | None = None
    """Absent for operators."""
    stand_in: PartyAddress | None = None
    stand_in_until: date | None = None


class AddressesApi(ServiceClient):
    """Addresses."""

    @put("/addresses/{party}", permission=SET_ADDRESSES)
    async def set_address(self, party: str, body: SetAddress, **write: Unpack[Write]) -> Receipt:
        """Say how to reach a party and who stands in; the caller's own, operators any. What is not sent
        stays.

        `webhook_secret` names a secret that the operator has set up for this party; it is never sent itself.
        """

    @get("/addresses", permission=READ_ADDRESSES)
    async def list_addresses(self, **listing: Unpack[Listing]) -> Page[AddressView]:
        """The caller's own address; townships and counties also see those of the areas within, operators
        which parties have one.

        A webhook's address may hold a token by which anybody writes to the group: its own party reads where
        it leads, no more, and nobody else anything of it.
        """
