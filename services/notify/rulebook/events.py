"""The names of the rules, what each reveals, and how a rule is set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from services.events import Description, DomainEvent, of_no_file
from services.language import DataClass, Division, Severity, readable
from services.language import Relation as ChildRelation
from services.notify.terms import Channel


class RuleName(StrEnum):
    """The rules there are; each is a row of data in `rules.py`."""

    PARENT_CONTACT = "parent_contact"
    MENTOR_CONTACT = "mentor_contact"
    HOME_VISIT = "home_visit"
    DIARY_ENTRY = "diary_entry"
    CONDOLENCE_VISIT = "condolence_visit"
    CHECKUP = "checkup"
    CHECKUP_PROPOSED = "checkup_proposed"
    CHECKUP_ARRANGED = "checkup_arranged"
    FINDING_OPEN = "finding_open"
    WITHOUT_MENTOR = "without_mentor"
    CONTACT_FAILED = "contact_failed"
    GUARDIAN_CHANGED = "guardian_changed"
    NO_CAPABLE_GUARDIAN = "no_capable_guardian"
    DROPPED_OUT = "dropped_out"
    DANGER = "danger"
    FILE_RECHECK = "file_recheck"
    RECORD_CHECK = "record_check"
    HOME_NOT_OPENED = "home_not_opened"
    WORK_SUMMARY = "work_summary"
    WEEKLY_DIGEST = "weekly_digest"


_D = DataClass


_REVEALS: Mapping[RuleName, DataClass] = {
    RuleName.DIARY_ENTRY: _D.DIARY,
    RuleName.CONDOLENCE_VISIT: _D.AID,
    RuleName.CHECKUP: _D.HEALTH,
    RuleName.CHECKUP_PROPOSED: _D.HEALTH,
    RuleName.CHECKUP_ARRANGED: _D.HEALTH,
    RuleName.FINDING_OPEN: _D.HEALTH,
    RuleName.GUARDIAN_CHANGED: _D.GUARDIANSHIP,
    RuleName.NO_CAPABLE_GUARDIAN: _D.GUARDIANSHIP,
    RuleName.DROPPED_OUT: _D.SCHOOLING,
    RuleName.DANGER: _D.RIGHTS,
    RuleName.FILE_RECHECK: _D.IDENTITY,
    RuleName.HOME_NOT_OPENED: _D.IDENTITY,
    RuleName.WORK_SUMMARY: _D.IDENTITY,
    RuleName.WEEKLY_DIGEST: _D.IDENTITY,
}


_OF_NO_CHILD = frozenset(
    {RuleName.CHECKUP_PROPOSED, RuleName.CHECKUP_ARRANGED, RuleName.RECORD_CHECK}
    | {RuleName.HOME_NOT_OPENED, RuleName.WORK_SUMMARY, RuleName.WEEKLY_DIGEST}
)


def revealed_by(rule: RuleName) -> DataClass:
    """The class of data that the mere alert gives away; care, where nothing else is said."""
    return _REVEALS.get(rule, DataClass.CARE)


def told_by(rule: str) -> frozenset[DataClass]:
    """The classes that an alert or a due of the rule tells about a child; of a rule nobody knows, all."""
    try:
        known = RuleName(rule)
    except ValueError:
        return frozenset(DataClass)
    return frozenset() if known in _OF_NO_CHILD else frozenset({revealed_by(known)})


TOLD_BY_RULES = tuple(sorted({revealed_by(rule) for rule in RuleName}))
"""The classes that alerts and dues tell at most."""


def names_child(rule: RuleName, kind: str, relation: ChildRelation) -> bool:
    """Whether an alert of the rule says to a party which child it is about.

    `relation`: how it stands to the child now. Of a danger the report says it, to those who may read it.
    """
    return rule is not RuleName.DANGER and revealed_by(rule) in readable(kind, relation)


LocalTime = Annotated[time, AfterValidator(lambda read: read.replace(tzinfo=None))]
"""A time of day here; an offset, which early settings could carry, is passed over."""


class RuleSet(DomainEvent):
    """A rule was set otherwise than its default, in a division and all below it."""

    type: ClassVar[str] = "rule.set"
    description: ClassVar[Description] = of_no_file("设定规则", "Rule set")

    rule: RuleName
    division: Division
    enabled: bool = True
    interval_days: int | None = Field(default=None, ge=0, le=1096)
    """None: as the default says; so with the other fields."""
    key_interval_days: int | None = Field(default=None, ge=0, le=1096)
    severity: Severity | None = None
    channels: tuple[Channel, ...] | None = None
    escalate_after_hours: tuple[Annotated[int, Field(ge=1, le=8784)], ...] | None = None
    """Delay of each step of the default chain, from the raising on."""
    quiet_from: LocalTime | None = None
    quiet_to: LocalTime | None = None
