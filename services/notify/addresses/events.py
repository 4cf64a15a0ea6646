"""How a party is reached outside its inbox."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from services.events import Description, DomainEvent, of_no_file
from services.language import DataClass, PartyAddress
from shared import Personal, Plain


class AddressSet(DomainEvent):
    """A recipient said how to reach it outside the inbox, or who stands in."""

    type: ClassVar[str] = "address.set"
    description: ClassVar[Description] = of_no_file("设定联系方式", "Address set")

    party: PartyAddress
    webhook_url: Annotated[str | None, Personal(DataClass.CONTACT)] = Field(default=None, max_length=500)
    webhook_secret: Annotated[str | None, Plain("a name")] = Field(default=None, max_length=60)
    """Name of the signing secret in the service's settings, never the secret."""
    email: Annotated[str | None, Personal(DataClass.CONTACT)] = Field(default=None, max_length=254)
    """An office's mailbox."""
    stand_in: PartyAddress | None = None
    stand_in_until: date | None = None
    """Last day of the absence."""
