"""The typed client of pairing: one method for each operation, named like it."""

from __future__ import annotations

from services.accesses.client import AccessesClient
from services.pairing.activities.api import ActivitiesApi, ActivityView, HoldActivity
from services.pairing.contacts.api import (
    MAX_CONTACTS,
    ContactLine,
    ContactReceipt,
    ContactsApi,
    ContactsReceipt,
    ContactTrend,
    ContactView,
    LogContact,
    LogContacts,
    Proposal,
    TrendPeriod,
)
from services.pairing.diaries.api import (
    CorrectDiaryEntry,
    DiariesApi,
    DiaryEntryView,
    WriteChildEntry,
    WriteDiaryEntry,
)
from services.pairing.home_sessions.api import HoldHomeSession, HomeSessionsApi, HomeSessionView
from services.pairing.mentors.api import (
    ChangeMentorCapacity,
    EnrolMentor,
    LetMentorLeave,
    MentorsApi,
    MentorView,
    RecordMentorCheck,
)
from services.pairing.pairings.api import (
    AcceptPairing,
    DeclinePairing,
    EndPairing,
    PairingsApi,
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
    SponsorshipsApi,
    SponsorshipView,
    StartSponsorship,
)


class PairingClient(
    MentorsApi,
    PairingsApi,
    ContactsApi,
    DiariesApi,
    SponsorshipsApi,
    HomeSessionsApi,
    ActivitiesApi,
    PublicityApi,
    AccessesClient,
):
    """Who cares for whom. Commands take `key` (repeat-safe) and, for edits, `if_match` (the version seen)."""


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
    "CorrectDiaryEntry",
    "DeclinePairing",
    "DiaryEntryView",
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
    "WriteChildEntry",
    "WriteDiaryEntry",
]
