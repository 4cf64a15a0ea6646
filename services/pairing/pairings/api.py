"""Pairings: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Unpack

from services.language import (
    RESPONSIBLE,
    ChildId,
    DataClass,
    Division,
    MentorId,
    Name,
    OrganisationId,
    PairingId,
    PartyKind,
    Text,
    tells,
)
from services.pairing.mentors.events import MentorKind
from services.pairing.pairings.events import PairingEndReason
from services.words import Code
from shared import Message, Personal, may_read, may_write
from shared.api import Listing, Write, get, post
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

PROPOSE_PAIRING = may_write("propose_pairing", *RESPONSIBLE)
ANSWER_PAIRING = may_write("answer_pairing", *RESPONSIBLE, PartyKind.YOUTH_LEAGUE, PartyKind.MENTOR)
END_PAIRING = may_write("end_pairing", *RESPONSIBLE, PartyKind.MENTOR)
READ_PAIRINGS = may_read("read_pairings", *RESPONSIBLE, PartyKind.YOUTH_LEAGUE, PartyKind.MENTOR)


class PairingStatus(Code):
    """The situations of a pairing."""

    PROPOSED = "proposed", "已提议", "Proposed"
    ACTIVE = "active", "结对中", "Active"
    DECLINED = "declined", "已谢绝", "Declined"
    WITHDRAWN = "withdrawn", "已撤回", "Withdrawn"
    ENDED = "ended", "已结束", "Ended"


class ProposePairing(Message):
    """Put a mentor and a child forward for each other."""

    child_id: ChildId
    mentor_id: MentorId
    reason: Annotated[Text, Personal(DataClass.CARE)] = ""
    earlier_notes: bool = False
    """Whether the mentor will read what was recorded before the pairing, too. The child's school, township or
    federation may choose so: nobody opens notes that it does not read itself."""


class AcceptPairing(Message):
    """The mentor takes the child on, who still belongs to the party that proposed it."""

    on: date | None = None
    """The day on which care begins; None = today. Not before the day of the proposal, nor before a former
    pairing of the child ended."""


class DeclinePairing(Message):
    """The mentor says no."""

    reason: Annotated[Text, Personal(DataClass.CARE)] = ""


class EndPairing(Message):
    """Care under this pairing is over."""

    reason: PairingEndReason
    on: date | None = None
    """The last day of care; None = today."""


class PairingView(Message):
    """A mentor and a child, as the caller may see them."""

    pairing_id: PairingId
    version: int
    status: PairingStatus
    child_id: Annotated[ChildId, tells(DataClass.CARE)]
    child_name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    village: Division | None = None
    school_id: OrganisationId | None = None
    mentor_id: MentorId
    mentor_name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    mentor_kind: MentorKind
    organisation_id: OrganisationId
    """The mentor's."""
    reason: Annotated[Text | None, Personal(DataClass.CARE)] = None
    """Why it was proposed."""
    refusal: Annotated[Text | None, Personal(DataClass.CARE)] = None
    """Why it was declined; also for who declined it."""
    since: date | None = None
    until: date | None = None
    end_reason: PairingEndReason | None = None
    """Why the pairing ended, or its proposal became void."""


class PairingsApi(ServiceClient):
    """Pairings."""

    @post("/pairings", permission=PROPOSE_PAIRING)
    async def propose_pairing(self, body: ProposePairing, **write: Unpack[Write]) -> Receipt:
        """Put a mentor and a child forward for each other."""

    @post("/pairings/{pairing_id}/acceptance", permission=ANSWER_PAIRING)
    async def accept_pairing(
        self, pairing_id: PairingId, body: AcceptPairing | None = None, **write: Unpack[Write]
    ) -> Receipt:
        """The mentor takes the child on: the pairing is active and one of the mentor's places is taken.

        Refused once the child no longer belongs to the party that proposed it.
        """

    @post("/pairings/{pairing_id}/refusal", permission=ANSWER_PAIRING)
    async def decline_pairing(
        self, pairing_id: PairingId, body: DeclinePairing | None = None, **write: Unpack[Write]
    ) -> Receipt:
        """The mentor says no."""

    @post("/pairings/{pairing_id}/end", permission=END_PAIRING)
    async def end_pairing(self, pairing_id: PairingId, body: EndPairing, **write: Unpack[Write]) -> Receipt:
        """Care under this pairing is over, and the mentor's place is free again."""

    @get("/pairings/{pairing_id}", permission=READ_PAIRINGS)
    async def get_pairing(self, pairing_id: PairingId, *, as_of: datetime | None = None) -> PairingView:
        """One pairing."""

    @get("/pairings", permission=READ_PAIRINGS)
    async def list_pairings(
        self,
        *,
        child_id: ChildId | None = None,
        mentor_id: MentorId | None = None,
        status: PairingStatus | None = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[PairingView]:
        """The pairings of the caller's children, of the caller's mentors, or the caller's own."""
