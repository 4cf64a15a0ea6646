"""What happens between a mentor and a child: proposed, accepted, ended."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from services.events import Description, DomainEvent, of_pair
from services.language import ChildId, DataClass, MentorId, PairingId, Text
from services.words import Code
from shared import Personal


class PairingEndReason(Code):
    """Why a pairing ended."""

    MENTOR_LEFT = "mentor_left", "结对人退出", "Mentor left"
    CHILD_MOVED = "child_moved", "儿童迁出", "Child moved"
    GRADUATED = "graduated", "毕业", "Graduated"
    PARENTS_RETURNED = "parents_returned", "父母返乡", "Parents returned"
    NOT_A_FIT = "not_a_fit", "不合适", "Not a fit"
    CHILD_DIED = "child_died", "儿童死亡", "Child died"
    FILE_MERGED = "file_merged", "档案合并", "File merged"


class PairingProposed(DomainEvent):
    """A mentor and a child were put forward for each other."""

    type: ClassVar[str] = "pairing.proposed"
    description: ClassVar[Description] = of_pair("提议结对", "Pairing proposed")

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId
    reason: Annotated[Text, Personal(DataClass.CARE)] = ""


class EarlierNotesOpened(DomainEvent):
    """The mentor of this pairing reads what was recorded before it, too: its supervisor chose so."""

    type: ClassVar[str] = "pairing.earlier_notes_opened"
    description: ClassVar[Description] = of_pair("开放以往记录", "Earlier notes opened")

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId


class PairingAccepted(DomainEvent):
    """The mentor took the child on; care begins."""

    type: ClassVar[str] = "pairing.accepted"
    description: ClassVar[Description] = of_pair("接受结对", "Pairing accepted")

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId
    on: date


class PairingDeclined(DomainEvent):
    """The mentor said no."""

    type: ClassVar[str] = "pairing.declined"
    description: ClassVar[Description] = of_pair("谢绝结对", "Pairing declined")

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId
    reason: Annotated[Text, Personal(DataClass.CARE)] = ""


class PairingWithdrawn(DomainEvent):
    """The proposal is void: the child no longer belongs to the party that made it."""

    type: ClassVar[str] = "pairing.withdrawn"
    description: ClassVar[Description] = of_pair("撤回结对", "Pairing withdrawn")

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId
    reason: PairingEndReason


class PairingEnded(DomainEvent):
    """The pairing is over."""

    type: ClassVar[str] = "pairing.ended"
    description: ClassVar[Description] = of_pair("结对结束", "Pairing ended")

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId
    reason: PairingEndReason
    on: date
