"""The facts that pairing publishes: who cares for the child, and what they did."""

from __future__ import annotations

from services.pairing.activities.events import ActivityHeld, ActivityKind
from services.pairing.contacts.events import (
    ContactKind,
    ContactLogged,
    ContactWith,
    FailureReason,
    NextContact,
)
from services.pairing.diaries.events import (
    ChildEntryCorrected,
    ChildEntryWritten,
    DiaryEntryCorrected,
    DiaryEntryWritten,
)
from services.pairing.home_sessions.events import HomeSessionHeld
from services.pairing.mentors.events import (
    MentorCapacityChanged,
    MentorEnrolled,
    MentorKind,
    MentorLeft,
    MentorPlaceFreed,
    MentorPlaceTaken,
    MentorRecordChecked,
)
from services.pairing.pairings.events import (
    EarlierNotesOpened,
    PairingAccepted,
    PairingDeclined,
    PairingEnded,
    PairingEndReason,
    PairingProposed,
    PairingWithdrawn,
)
from services.pairing.publicity.events import PublicityChannel, PublicityPublished
from services.pairing.sponsorships.events import (
    CondolenceVisitMade,
    InstalmentPaid,
    SponsorshipEnded,
    SponsorshipStarted,
)
from shared import EventTypes

EVENTS = EventTypes(
    service="pairing",
    classes=(
        MentorEnrolled,
        MentorCapacityChanged,
        MentorPlaceTaken,
        MentorPlaceFreed,
        MentorRecordChecked,
        MentorLeft,
        PairingProposed,
        EarlierNotesOpened,
        PairingAccepted,
        PairingDeclined,
        PairingWithdrawn,
        PairingEnded,
        ContactLogged,
        DiaryEntryWritten,
        ChildEntryWritten,
        DiaryEntryCorrected,
        ChildEntryCorrected,
        SponsorshipStarted,
        InstalmentPaid,
        CondolenceVisitMade,
        SponsorshipEnded,
        HomeSessionHeld,
        ActivityHeld,
        PublicityPublished,
    ),
)
"""Every event type of pairing, by permanent wire name."""


__all__ = [
    "EVENTS",
    "ActivityHeld",
    "ActivityKind",
    "ChildEntryCorrected",
    "ChildEntryWritten",
    "CondolenceVisitMade",
    "ContactKind",
    "ContactLogged",
    "ContactWith",
    "DiaryEntryCorrected",
    "DiaryEntryWritten",
    "EarlierNotesOpened",
    "FailureReason",
    "HomeSessionHeld",
    "InstalmentPaid",
    "MentorCapacityChanged",
    "MentorEnrolled",
    "MentorKind",
    "MentorLeft",
    "MentorPlaceFreed",
    "MentorPlaceTaken",
    "MentorRecordChecked",
    "NextContact",
    "PairingAccepted",
    "PairingDeclined",
    "PairingEndReason",
    "PairingEnded",
    "PairingProposed",
    "PairingWithdrawn",
    "PublicityChannel",
    "PublicityPublished",
    "SponsorshipEnded",
    "SponsorshipStarted",
]
