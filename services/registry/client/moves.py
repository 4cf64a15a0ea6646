"""The part of the registry's client that is about moves, and numbers that two files bear."""

from __future__ import annotations

from typing import Unpack
from uuid import UUID

from services.language import ChildId
from services.registry.contracts import (
    AcceptMove,
    MoveStatus,
    MoveView,
    NumberDisputeView,
    OfferMove,
    RejectMove,
    SettleNumber,
)
from shared.api import Listing, Write
from shared.client import ServiceClient
from shared.contracts import Page, Receipt


class MovesClient(ServiceClient):
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
