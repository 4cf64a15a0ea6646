"""A child is offered to another school or village, which takes it or does not."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from services.language import ChildId, DataClass, OrganisationId, Text, VillageDivision
from shared import Event, Personal, Plain


class MoveOffered(Event):
    """A child was offered to another school or village; nothing changes until it is accepted."""

    type: ClassVar[str] = "move.offered"

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


class MoveAccepted(Event):
    """The school or village took the child."""

    type: ClassVar[str] = "move.accepted"

    move_id: UUID
    child_id: ChildId


class MoveRejected(Event):
    """The school or village did not take the child."""

    type: ClassVar[str] = "move.rejected"

    move_id: UUID
    child_id: ChildId
    reason: Annotated[Text, Personal(DataClass.CARE)] = ""


class MoveWithdrawn(Event):
    """Who offered the child took the offer back."""

    type: ClassVar[str] = "move.withdrawn"

    move_id: UUID
    child_id: ChildId
