"""The contact log: one record for every way of being in touch, succeeded or not."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.dates import day_of
from services.pairing.children.rules import ChildFacts, require_listed
from services.pairing.contacts import api
from services.pairing.contacts.events import ContactLogged, NextContact
from services.pairing.pairings.rules import Care
from shared import AlreadyExists, Bilingual, Command, Invalid, record_once

LATE_AFTER = timedelta(days=7)
"""A record entered later than this after the contact is marked late."""


class ContactLoggedBefore(AlreadyExists, title_zh="该联系已登记"):
    """A contact is recorded once."""


class FailureWithoutReason(Invalid, title_zh="联系未成功须注明原因"):
    """A failed contact needs a reason."""

    field = "failure"
    way_out = Bilingual("请选择失败原因", "Choose why it failed")


class SuccessWithFailure(Invalid, title_zh="联系成功的，不填失败原因"):
    """A successful contact has no reason of failure."""

    field = "failure"
    way_out = Bilingual("请去掉失败原因，或改为未成功", "Remove the reason, or mark the contact as failed")


class ContactNotYet(Invalid, title_zh="只能登记已发生的联系"):
    """Only a contact that has taken place can be recorded."""

    field = "at"
    way_out = Bilingual("请填写已发生的时间", "Enter a time that has passed")


class ContactBeforeBirth(Invalid, title_zh="联系时间不能早于儿童出生"):
    """A contact cannot be dated before the child's birth."""

    field = "at"
    way_out = Bilingual("请核对时间与儿童", "Check the time and the child")


class NotUnderThisPairing(Invalid, title_zh="结对联系须为该结对的儿童，且在结对期间"):
    """A contact under a pairing is with its child, on a day when it was active."""

    field = "pairing_id"
    way_out = Bilingual(
        "请核对结对与日期，或不填结对", "Check the pairing and the day, or leave the pairing out"
    )


class LogContact(api.LogContact, Command):
    """Record that somebody was in touch with a child or its family, or tried to."""

    contact_id: UUID
    child: ChildFacts
    care: Care | None = None
    """The pairing under which it happened."""
    next_contact: NextContact | None = None
    """Whom the card names next, if this one failed."""
    now: datetime


def decide(command: LogContact) -> ContactLogged:
    """The record, or the rule that it breaks."""
    require_sound(command)
    return ContactLogged(
        **command.model_dump(exclude={"child", "pairing_id", "care", "now"}),
        pairing_id=command.care and command.care.pairing_id,
        mentor_id=command.care and command.care.mentor_id,
        late=is_late(command.at, command.now),
    )


def require_sound(command: LogContact) -> None:
    """Raise the rule that the contact breaks."""
    require_reason(command)
    require_time(command)
    require_care(command)


def is_late(at: datetime, now: datetime) -> bool:
    """Whether a contact of `at` that is entered at `now` counts as entered late."""
    return now - at > LATE_AFTER


def require_reason(command: LogContact) -> None:
    if command.succeeded and command.failure is not None:
        raise SuccessWithFailure
    if not command.succeeded and command.failure is None:
        raise FailureWithoutReason


def require_time(command: LogContact) -> None:
    if command.at > command.now:
        raise ContactNotYet
    if day_of(command.at) < command.child.birth_date:
        raise ContactBeforeBirth
    require_listed(command.child, day_of(command.at))


def require_care(command: LogContact) -> None:
    care = command.care
    if care is None:
        return
    if care.child_id != command.child.child_id:
        raise NotUnderThisPairing
    if not care.stood_on(day_of(command.at)):
        raise NotUnderThisPairing(f"active from {care.since} to {care.until or 'now'}")


CONTACT_DECIDER = record_once("contact", decide, again=ContactLoggedBefore)
