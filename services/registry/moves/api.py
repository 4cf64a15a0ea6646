"""Moves: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import date
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
from services.words import Code
from shared import Message, Personal, may_read, may_write
from shared.api import Listing, Write, get, post
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

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


class MoveStatus(Code):
    """The situations of a move."""

    OFFERED = "offered", "待接收", "Offered"
    ACCEPTED = "accepted", "已接收", "Accepted"
    REJECTED = "rejected", "已拒绝", "Rejected"
    WITHDRAWN = "withdrawn", "已撤回", "Withdrawn"


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

    @post("/children/{child_id}/moves", permission=OFFER_MOVE)
    async def offer_move(self, child_id: ChildId, body: OfferMove, **write: Unpack[Write]) -> Receipt:
        """Offer a child of the caller's to another school or village.

        Nothing changes until it is accepted.
        """

    @post("/moves/{move_id}/acceptance", permission=ANSWER_MOVE)
    async def accept_move(
        self, move_id: UUID, body: AcceptMove | None = None, **write: Unpack[Write]
    ) -> Receipt:
        """Take the child. From now on it is the caller's, and the former school's or village's no more."""

    @post("/moves/{move_id}/rejection", permission=ANSWER_MOVE)
    async def reject_move(self, move_id: UUID, body: RejectMove, **write: Unpack[Write]) -> Receipt:
        """Do not take the child; who offered it learns why."""

    @post("/moves/{move_id}/withdrawal", permission=OFFER_MOVE)
    async def withdraw_move(self, move_id: UUID, **write: Unpack[Write]) -> Receipt:
        """Take the offer back. By who made it."""

    @get("/moves/{move_id}", permission=READ_MOVES)
    async def get_move(self, move_id: UUID) -> MoveView:
        """One move."""

    @get("/moves", permission=READ_MOVES)
    async def list_moves(
        self, *, status: MoveStatus | None = None, **listing: Unpack[Listing]
    ) -> Page[MoveView]:
        """The moves of the caller's children, those that it offered, and those that are offered to it."""
