"""The typed client of pairing: one method for each operation, named like it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Unpack
from uuid import UUID

from services.accesses.client import AccessesClient
from services.language import ChildId, MentorId, OrganisationId, PairingId, PlaceId
from services.pairing.activities.api import ActivitiesApi, ActivityView, HoldActivity
from services.pairing.contacts.api import (
    MAX_CONTACTS,
    ContactLine,
    ContactReceipt,
    ContactsReceipt,
    ContactTrend,
    ContactView,
    LogContact,
    LogContacts,
    Proposal,
    TrendPeriod,
)
from services.pairing.home_sessions.api import HoldHomeSession, HomeSessionView
from services.pairing.mentors.api import (
    ChangeMentorCapacity,
    EnrolMentor,
    LetMentorLeave,
    MentorView,
    RecordMentorCheck,
)
from services.pairing.mentors.events import MentorKind
from services.pairing.pairings.api import (
    AcceptPairing,
    DeclinePairing,
    EndPairing,
    PairingStatus,
    PairingView,
    ProposePairing,
)
from services.pairing.publicity.api import PublicityApi, PublicityView, PublishPublicity
from services.pairing.sponsorships.api import (
    CondolenceVisitView,
    EndSponsorship,
    InstalmentView,
    PayInstalment,
    RecordCondolenceVisit,
    SponsorshipView,
    StartSponsorship,
)
from shared.api import Listing, Write
from shared.contracts import Page, Receipt


class PairingClient(ActivitiesApi, PublicityApi, AccessesClient):
    """Who cares for whom. Commands take `key` (repeat-safe) and, for edits, `if_match` (the version seen)."""

    # -- mentors -------------------------------------------------------------------------------------

    async def enrol_mentor(self, body: EnrolMentor, **write: Unpack[Write]) -> Receipt:
        """Take a person on as a mentor; the receipt's id is the mentor's."""
        return await self._command("POST", "/mentors", body, **write)

    async def change_mentor_capacity(
        self, mentor_id: MentorId, body: ChangeMentorCapacity, **write: Unpack[Write]
    ) -> Receipt:
        """Let the mentor take more children, or fewer."""
        return await self._command("PUT", f"/mentors/{mentor_id}/capacity", body, **write)

    async def record_mentor_check(
        self, mentor_id: MentorId, body: RecordMentorCheck, **write: Unpack[Write]
    ) -> Receipt:
        """The mentor's record was checked, as is due every year."""
        path = f"/mentors/{mentor_id}/record-checks"
        return await self._command("POST", path, body, **write)

    async def let_mentor_leave(
        self, mentor_id: MentorId, body: LetMentorLeave, **write: Unpack[Write]
    ) -> Receipt:
        """The mentor takes part no longer; refused while children are paired with them."""
        path = f"/mentors/{mentor_id}/departure"
        return await self._command("POST", path, body, **write)

    async def get_mentor(self, mentor_id: MentorId, *, as_of: datetime | None = None) -> MentorView:
        """One mentor."""
        return await self._query(f"/mentors/{mentor_id}", answer=MentorView, as_of=as_of)

    async def list_mentors(
        self,
        *,
        organisation_id: OrganisationId | None = None,
        kind: MentorKind | None = None,
        free: bool | None = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[MentorView]:
        """The mentors of the caller's scope; `free=True`: only those with a free place."""
        params = {"organisation_id": organisation_id, "kind": kind, "free": free, **listing}
        return await self._query("/mentors", params, answer=Page[MentorView], as_of=as_of)

    # -- pairings ------------------------------------------------------------------------------------

    async def propose_pairing(self, body: ProposePairing, **write: Unpack[Write]) -> Receipt:
        """Put a mentor and a child forward for each other; the receipt's id is the pairing's."""
        return await self._command("POST", "/pairings", body, **write)

    async def accept_pairing(
        self, pairing_id: PairingId, body: AcceptPairing | None = None, **write: Unpack[Write]
    ) -> Receipt:
        """The mentor (or their organisation) takes the child on; 409 `no-place-left` when they are full."""
        path = f"/pairings/{pairing_id}/acceptance"
        return await self._command("POST", path, body or AcceptPairing(), **write)

    async def decline_pairing(
        self, pairing_id: PairingId, body: DeclinePairing | None = None, **write: Unpack[Write]
    ) -> Receipt:
        """The mentor says no."""
        path = f"/pairings/{pairing_id}/refusal"
        return await self._command("POST", path, body or DeclinePairing(), **write)

    async def end_pairing(self, pairing_id: PairingId, body: EndPairing, **write: Unpack[Write]) -> Receipt:
        """Care is over; the mentor's place is free again."""
        path = f"/pairings/{pairing_id}/end"
        return await self._command("POST", path, body, **write)

    async def get_pairing(self, pairing_id: PairingId, *, as_of: datetime | None = None) -> PairingView:
        """One pairing."""
        return await self._query(f"/pairings/{pairing_id}", answer=PairingView, as_of=as_of)

    async def list_pairings(
        self,
        *,
        child_id: ChildId | None = None,
        mentor_id: MentorId | None = None,
        status: PairingStatus | None = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[PairingView]:
        """The pairings of the caller's scope."""
        params = {"child_id": child_id, "mentor_id": mentor_id, "status": status, **listing}
        return await self._query("/pairings", params, answer=Page[PairingView], as_of=as_of)

    # -- contacts ------------------------------------------------------------------------------------

    async def log_contact(self, body: LogContact, **write: Unpack[Write]) -> ContactReceipt:
        """Record a contact; after a failure the receipt names whom to call next."""
        return await self._command("POST", "/contacts", body, answer=ContactReceipt, **write)

    async def log_contacts(self, body: LogContacts, **write: Unpack[Write]) -> ContactsReceipt:
        """Record up to 500 contacts at once: all of them or none."""
        return await self._command("POST", "/contacts/batch", body, answer=ContactsReceipt, **write)

    async def get_contact(self, contact_id: UUID, *, as_of: datetime | None = None) -> ContactView:
        """One entry of the contact log."""
        return await self._query(f"/contacts/{contact_id}", answer=ContactView, as_of=as_of)

    async def list_contacts(
        self,
        *,
        child_id: ChildId | None = None,
        mentor_id: MentorId | None = None,
        pairing_id: PairingId | None = None,
        succeeded: bool | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[ContactView]:
        """The contact log, newest first; `since` ≤ at < `until`."""
        params = {
            "child_id": child_id,
            "mentor_id": mentor_id,
            "pairing_id": pairing_id,
            "succeeded": succeeded,
            "since": since,
            "until": until,
            **listing,
        }
        return await self._query("/contacts", params, answer=Page[ContactView], as_of=as_of)

    async def get_contact_trend(
        self, child_id: ChildId, *, periods: int = 6, as_of: datetime | None = None
    ) -> ContactTrend:
        """Contacts with the child per four weeks, where it is going, and what could be done."""
        path = f"/children/{child_id}/contact-trend"
        return await self._query(path, {"periods": periods}, answer=ContactTrend, as_of=as_of)

    # -- sponsorship ---------------------------------------------------------------------------------

    async def start_sponsorship(self, body: StartSponsorship, **write: Unpack[Write]) -> Receipt:
        """A sponsor begins to pay for a child; the receipt's id is the sponsorship's."""
        return await self._command("POST", "/sponsorships", body, **write)

    async def pay_instalment(
        self, sponsorship_id: UUID, body: PayInstalment, **write: Unpack[Write]
    ) -> Receipt:
        """Money reached the child; never above the yearly amount in a calendar year."""
        path = f"/sponsorships/{sponsorship_id}/instalments"
        return await self._command("POST", path, body, **write)

    async def record_condolence_visit(
        self, sponsorship_id: UUID, body: RecordCondolenceVisit, **write: Unpack[Write]
    ) -> Receipt:
        """The sponsored child was visited, as is due every half year."""
        path = f"/sponsorships/{sponsorship_id}/condolence-visits"
        return await self._command("POST", path, body, **write)

    async def end_sponsorship(
        self, sponsorship_id: UUID, body: EndSponsorship, **write: Unpack[Write]
    ) -> Receipt:
        """The sponsor pays no longer."""
        path = f"/sponsorships/{sponsorship_id}/end"
        return await self._command("POST", path, body, **write)

    async def list_sponsorships(
        self,
        *,
        child_id: ChildId | None = None,
        running: bool | None = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[SponsorshipView]:
        """The sponsorships of the caller's scope, with payments and visits."""
        params = {"child_id": child_id, "running": running, **listing}
        return await self._query("/sponsorships", params, answer=Page[SponsorshipView], as_of=as_of)

    # -- sessions ------------------------------------------------------------------------------------

    async def hold_home_session(self, body: HoldHomeSession, **write: Unpack[Write]) -> Receipt:
        """A Children's Home was open, two people on site."""
        return await self._command("POST", "/home-sessions", body, **write)

    async def list_home_sessions(
        self,
        *,
        place_id: PlaceId | None = None,
        since: date | None = None,
        until: date | None = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[HomeSessionView]:
        """Sessions, newest first; `since` ≤ on ≤ `until`."""
        params = {"place_id": place_id, "since": since, "until": until, **listing}
        return await self._query("/home-sessions", params, answer=Page[HomeSessionView], as_of=as_of)


__all__ = [
    "MAX_CONTACTS",
    "AcceptPairing",
    "ActivityView",
    "ChangeMentorCapacity",
    "CondolenceVisitView",
    "ContactLine",
    "ContactReceipt",
    "ContactTrend",
    "ContactView",
    "ContactsReceipt",
    "DeclinePairing",
    "EndPairing",
    "EndSponsorship",
    "EnrolMentor",
    "HoldActivity",
    "HoldHomeSession",
    "HomeSessionView",
    "InstalmentView",
    "LetMentorLeave",
    "LogContact",
    "LogContacts",
    "MentorView",
    "PairingClient",
    "PairingStatus",
    "PairingView",
    "PayInstalment",
    "Proposal",
    "ProposePairing",
    "PublicityView",
    "PublishPublicity",
    "RecordCondolenceVisit",
    "RecordMentorCheck",
    "SponsorshipView",
    "StartSponsorship",
    "TrendPeriod",
]
