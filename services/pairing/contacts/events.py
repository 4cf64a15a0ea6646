"""The contact log: whom a carer spoke to, or why nobody could be reached."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from services.events import Description, DomainEvent, of_child
from services.language import ChildId, DataClass, MentorId, Name, PairingId, Phone, Text, Title
from shared import Message, Personal


class ContactKind(StrEnum):
    """One record kind for every way of being in touch."""

    HOME_VISIT = "home_visit"
    TALK = "talk"
    PHONE_CALL = "phone_call"
    VIDEO_CALL = "video_call"
    TUTORING = "tutoring"
    SHARED_MEAL = "shared_meal"
    PARENTS_MEETING = "parents_meeting"
    CONDOLENCE_VISIT = "condolence_visit"


class ContactWith(StrEnum):
    """With whom."""

    CHILD = "child"
    GUARDIAN = "guardian"
    MOTHER = "mother"
    FATHER = "father"
    OTHER = "other"


class FailureReason(StrEnum):
    """Why a contact failed."""

    NO_ANSWER = "no_answer"
    LANGUAGE_BARRIER = "language_barrier"
    NUMBER_WRONG = "number_wrong"
    NOT_AT_HOME = "not_at_home"
    REFUSED = "refused"


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
