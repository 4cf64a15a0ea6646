"""Organisations: what is asked and answered, and who may ask."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from services.language import Division, Name, OrganisationId, PartyKind, Title
from shared.access import OPERATOR, may_write
from shared.contracts import Receipt
from shared.messages import Message

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
