"""Organisations: what is asked and answered, and who may ask."""

from __future__ import annotations

from typing import Unpack
from uuid import UUID

from pydantic import Field

from services.language import Division, Name, OrganisationId, PartyKind, Title
from shared import ANYONE, OPERATOR, Message, may_write
from shared.api import Listing, Write, get, post
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

FOUND_ORGANISATION = may_write("found_organisation", OPERATOR, PartyKind.TOWNSHIP)
FORM_CLASS = may_write("form_class", PartyKind.SCHOOL, PartyKind.TOWNSHIP)


class FoundOrganisation(Message):
    """Enter a party into the tree. The parent must be known and its division must hold this one's."""

    kind: PartyKind
    name: Name
    division: Division
    parent_id: OrganisationId | None = None


class FormClass(Message):
    """Form a class of a school."""

    name: Title
    grade: int = Field(ge=1, le=12)


class ClassReceipt(Receipt):
    """Answer to `form_class`; `id` is the school."""

    class_id: UUID


class ClassView(Message):
    """A class of a school."""

    class_id: UUID
    name: Title
    grade: int


class OrganisationView(Message):
    """A party in the tree."""

    id: OrganisationId
    kind: PartyKind
    name: Name
    division: Division
    parent_id: OrganisationId | None = None
    classes: tuple[ClassView, ...] = ()
    """Of a school."""


class OrganisationsApi(ServiceClient):
    """The tree of parties, and the classes of its schools."""

    @post("/organisations", permission=FOUND_ORGANISATION)
    async def found_organisation(self, body: FoundOrganisation, **write: Unpack[Write]) -> Receipt:
        """Enter a party into the tree: the operator founds all, a township those below itself."""

    @post("/organisations/{organisation_id}/classes", permission=FORM_CLASS)
    async def form_class(
        self, organisation_id: OrganisationId, body: FormClass, **write: Unpack[Write]
    ) -> ClassReceipt:
        """Form a class of the caller's school, or of a school below the caller's township."""

    @get("/organisations/{organisation_id}", permission=ANYONE)
    async def get_organisation(self, organisation_id: OrganisationId) -> OrganisationView:
        """One party, a school with its classes. Parties are public bodies."""

    @get("/organisations", permission=ANYONE)
    async def list_organisations(
        self, *, kind: PartyKind | None = None, division: Division | None = None, **listing: Unpack[Listing]
    ) -> Page[OrganisationView]:
        """The parties of the caller's county, by kind and division prefix."""
