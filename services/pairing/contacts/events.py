"""The contact log: whom a carer spoke to, or why nobody could be reached."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from services.events import Description, DomainEvent, of_child
from services.language import ChildId, DataClass, MentorId, Name, PairingId, Phone, Text, Title
from services.words import Code
from shared import Message, Personal


class ContactKind(Code):
    """One record kind for every way of being in touch."""

    HOME_VISIT = "home_visit", "家访", "Home visits"
    TALK = "talk", "谈心", "Talks"
    PHONE_CALL = "phone_call", "电话", "Phone calls"
    VIDEO_CALL = "video_call", "亲情视频", "Video calls"
    TUTORING = "tutoring", "学习辅导", "Tutoring"
    SHARED_MEAL = "shared_meal", "共同生活", "Shared meals or stays"
    PARENTS_MEETING = "parents_meeting", "家长会", "Parents' meetings"
    CONDOLENCE_VISIT = "condolence_visit", "慰问", "Condolence visits"


class ContactWith(Code):
    """With whom."""

    CHILD = "child", "儿童", "Child"
    GUARDIAN = "guardian", "监护人", "Guardian"
    MOTHER = "mother", "母亲", "Mother"
    FATHER = "father", "父亲", "Father"
    OTHER = "other", "其他人", "Other"


class FailureReason(Code):
    """Why a contact failed."""

    NO_ANSWER = "no_answer", "无人接听", "No answer"
    LANGUAGE_BARRIER = "language_barrier", "语言不通", "Language barrier"
    NUMBER_WRONG = "number_wrong", "号码有误", "Wrong number"
    NOT_AT_HOME = "not_at_home", "不在家", "Not at home"
    REFUSED = "refused", "拒绝", "Refused"


class NextContact(Message):
    """Whom the contact card names next."""

    relation: Annotated[Title, Personal(DataClass.CONTACT)]
    name: Annotated[Name, Personal(DataClass.CONTACT)]
    phone: Annotated[Phone, Personal(DataClass.CONTACT)]


class ContactLogged(DomainEvent):
    """Somebody was in touch with a child or its family, or tried to."""

    type: ClassVar[str] = "contact.logged"
    description: ClassVar[Description] = of_child("联系记录", "Contact logged", reveals=DataClass.CARE)

    contact_id: UUID
    child_id: ChildId
    kind: ContactKind
    with_whom: ContactWith
    at: datetime
    minutes: int = Field(default=0, ge=0, le=1440)
    pairing_id: PairingId | None = None
    mentor_id: MentorId | None = None
    succeeded: bool
    failure: FailureReason | None = None
    late: bool = False
    """Entered more than seven days after it happened."""
    note: Annotated[Text, Personal(DataClass.CARE)] = ""
    next_step: Annotated[Text, Personal(DataClass.CARE)] = ""
    next_contact: Annotated[NextContact | None, Personal(DataClass.CONTACT)] = None
    """After a failure: whom the card names next."""
