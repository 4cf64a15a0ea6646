"""Moves: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Unpack
from uuid import UUID

from services.language import (
    RESPONSIBLE,
    ChildId,
    DataClass,
    Division,
    Name,
    OrganisationId,
    PartyKind,
    Remark,
    Text,
    Title,
    VillageDivision,
)
from services.registry.children.events import Sex
from services.registry.numbers.api import NumberDisputeView, SettleNumber
from shared.access import Personal, may_read, may_write
from shared.api import Listing, Write
from shared.client import ServiceClient
from shared.contracts import Page, Receipt
from shared.messages import Message

OFFER_MOVE = may_write("offer_move", *RESPONSIBLE)
ANSWER_MOVE = may_write("answer_move", PartyKind.SCHOOL, PartyKind.VILLAGE)
READ_MOVES = may_read("read_moves", *RESPONSIBLE)


class OfferMove(Message):
    """Offer a child to another school or village: one of the two."""

    to_school: OrganisationId | None = None
    to_village: VillageDivision | None = None
    on: date
    """The day from which the child is there."""


class AcceptMove(Message):
    """Take the child that was offered."""

    class_id: UUID | None = None
    """Of the school that takes it."""
    group: Annotated[Title | None, Personal(DataClass.CONTACT)] = None
    line: Annotated[Text | None, Personal(DataClass.CONTACT)] = None
    """Where in the village that takes it the child lives."""


class RejectMove(Message):
    """Do not take the child."""

    reason: Annotated[Remark, Personal(DataClass.CARE)]


class MoveStatus(StrEnum):
    """The situations of a move."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class MoveView(Message):
    """A move. Who has not taken the child (yet) sees of it what it needs to decide, and only until then."""

    id: UUID
    version: int
    status: MoveStatus
    child_id: ChildId | None = None
    name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    sex: Annotated[Sex | None, Personal(DataClass.IDENTITY)] = None
    birth_date: Annotated[date | None, Personal(DataClass.IDENTITY)] = None
    from_school: OrganisationId | None = None
    from_village: Division
    to_school: OrganisationId | None = None
    to_village: Division | None = None
    on: date
    offered_by: str
    reason: Annotated[Text | None, Personal(DataClass.CARE)] = None
    """Why it was rejected."""


class MovesApi(ServiceClient):
    """A child goes from one party to another only with the consent of both."""

    async def offer_move(self, child_id: ChildId, body: OfferMove, **write: Unpack[Write]) -> Receipt:
        """Offer a child to another school or village; the receipt's id is the move's."""
        return await self._command("POST", f"/children/{child_id}/moves", body, **write)

    async def accept_move(
        self, move_id: UUID, body: AcceptMove | None = None, **write: Unpack[Write]
    ) -> Receipt:
        """Take the child that was offered."""
        return await self._command("POST", f"/moves/{move_id}/acceptance", body or AcceptMove(), **write)

    async def reject_move(self, move_id: UUID, body: RejectMove, **write: Unpack[Write]) -> Receipt:
        """Do not take the child, and say why."""
        return await self._command("POST", f"/moves/{move_id}/rejection", body, **write)

    async def withdraw_move(self, move_id: UUID, **write: Unpack[Write]) -> Receipt:
        """Take an offer back."""
        return await self._command("POST", f"/moves/{move_id}/withdrawal", **write)

    async def get_move(self, move_id: UUID) -> MoveView:
        """One move."""
        return await self._query(f"/moves/{move_id}", answer=MoveView)

    async def list_moves(
        self, *, status: MoveStatus | None = None, **listing: Unpack[Listing]
    ) -> Page[MoveView]:
        """The moves of the caller's children, those that it offered, and those offered to it."""
        return await self._query("/moves", {"status": status, **listing}, answer=Page[MoveView])

    async def list_number_disputes(
        self, *, decided: bool | None = None, **listing: Unpack[Listing]
    ) -> Page[NumberDisputeView]:
        """Files that bear one resident ID, for the township that settles it, or the county between two."""
        params = {"decided": decided, **listing}
        return await self._query("/number-disputes", params, answer=Page[NumberDisputeView])

    async def settle_number(self, dispute: UUID, body: SettleNumber, **write: Unpack[Write]) -> Receipt:
        """Decide about two files with one resident ID."""
        return await self._command("POST", f"/number-disputes/{dispute}/decision", body, **write)
