"""Organisations and the classes of schools."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from services.language import Division, Name, OrganisationId, PartyKind, Title
from shared import Event, Plain


class OrganisationFounded(Event):
    """A party entered the tree of organisations."""

    type: ClassVar[str] = "organisation.founded"

    organisation_id: OrganisationId
    kind: PartyKind
    name: Annotated[Name, Plain("an organisation")]
    division: Division
    parent_id: OrganisationId | None = None


class ClassFormed(Event):
    """A school formed a class."""

    type: ClassVar[str] = "organisation.class_formed"

    organisation_id: OrganisationId
    class_id: UUID
    name: Annotated[Title, Plain("a class")]
    grade: int = Field(ge=1, le=12)
