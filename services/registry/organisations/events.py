"""Organisations and the classes of schools."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from services.events import Description, DomainEvent, of_no_file
from services.language import Division, Name, OrganisationId, PartyKind, Title
from shared import Plain


class OrganisationFounded(DomainEvent):
    """A party entered the tree of organisations."""

    type: ClassVar[str] = "organisation.founded"
    description: ClassVar[Description] = of_no_file("单位成立", "Organisation founded")

    organisation_id: OrganisationId
    kind: PartyKind
    name: Annotated[Name, Plain("an organisation")]
    division: Division
    parent_id: OrganisationId | None = None


class ClassFormed(DomainEvent):
    """A school formed a class."""

    type: ClassVar[str] = "organisation.class_formed"
    description: ClassVar[Description] = of_no_file("班级设立", "Class formed")

    organisation_id: OrganisationId
    class_id: UUID
    name: Annotated[Title, Plain("a class")]
    grade: int = Field(ge=1, le=12)
