"""A child is offered to another school or village, which takes it or does not."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from services.events import Description, DomainEvent, of_child
from services.language import ChildId, DataClass, OrganisationId, Text, VillageDivision
from shared import Personal, Plain


class MoveOffered(DomainEvent):
    """A child was offered to another school or village; nothing changes until it is accepted."""

    type: ClassVar[str] = "move.offered"
    description: ClassVar[Description] = of_child("提出移交", "Move offered", in_timeline=False)

    move_id: UUID
    child_id: ChildId
    to_school: OrganisationId | None = None
    to_village: VillageDivision | None = None
    """Exactly one of the two."""
    from_school: OrganisationId | None = None
    from_village: VillageDivision
    """Where the child was when it was offered."""
    on: date
    offered_by: Annotated[str, Plain("a party")]


class MoveAccepted(DomainEvent):
    """The school or village took the child."""

    type: ClassVar[str] = "move.accepted"
    description: ClassVar[Description] = of_child("接收移交", "Move accepted", in_timeline=False)

    move_id: UUID
    child_id: ChildId


class MoveRejected(DomainEvent):
    """The school or village did not take the child."""

    type: ClassVar[str] = "move.rejected"
    description: ClassVar[Description] = of_child("拒绝移交", "Move rejected", in_timeline=False)

    move_id: UUID
    child_id: ChildId
    reason: Annotated[Text, Personal(DataClass.CARE)] = ""


class MoveWithdrawn(DomainEvent):
    """Who offered the child took the offer back."""

    type: ClassVar[str] = "move.withdrawn"
    description: ClassVar[Description] = of_child("撤回移交", "Move withdrawn", in_timeline=False)

    move_id: UUID
    child_id: ChildId
