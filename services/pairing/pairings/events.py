"""What happens between a mentor and a child: proposed, accepted, ended."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from services.language import ChildId, DataClass, MentorId, PairingId, Text
from shared import Event, Personal


class PairingEndReason(StrEnum):
    """Why a pairing ended."""

    MENTOR_LEFT = "mentor_left"
    CHILD_MOVED = "child_moved"
    GRADUATED = "graduated"
    PARENTS_RETURNED = "parents_returned"
    NOT_A_FIT = "not_a_fit"
    CHILD_DIED = "child_died"
    FILE_MERGED = "file_merged"


class PairingProposed(Event):
    """A mentor and a child were put forward for each other."""

    type: ClassVar[str] = "pairing.proposed"

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId
    reason: Annotated[Text, Personal(DataClass.CARE)] = ""


class EarlierNotesOpened(Event):
    """The mentor of this pairing reads what was recorded before it, too: its supervisor chose so."""

    type: ClassVar[str] = "pairing.earlier_notes_opened"

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId


class PairingAccepted(Event):
    """The mentor took the child on; care begins."""

    type: ClassVar[str] = "pairing.accepted"

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId
    on: date


class PairingDeclined(Event):
    """The mentor said no."""

    type: ClassVar[str] = "pairing.declined"

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId
    reason: Annotated[Text, Personal(DataClass.CARE)] = ""


class PairingWithdrawn(Event):
    """The proposal is void: the child no longer belongs to the party that made it."""

    type: ClassVar[str] = "pairing.withdrawn"

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId
    reason: PairingEndReason


class PairingEnded(Event):
    """The pairing is over."""

    type: ClassVar[str] = "pairing.ended"

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId
    reason: PairingEndReason
    on: date
