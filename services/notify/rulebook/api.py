"""Rules: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Protocol, Unpack

from pydantic import AfterValidator, Field

from services.language import DataClass, Division, PartyKind, Severity
from services.notify.rulebook.events import TOLD_BY_RULES, RuleName, told_by
from services.notify.terms import Channel, Relation, Until
from shared import OPERATOR, Message, PersonalParts, StoredText, TextError, may_read, may_write
from shared.api import Write, get, put
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

READ_RULES = may_read("read_rules", *PartyKind, OPERATOR)
SET_RULES = may_write("set_rules", PartyKind.TOWNSHIP, PartyKind.COUNTY, OPERATOR)


def _local(given: time) -> time:
    if given.tzinfo is not None:
        raise TextError(
            "应为当地时间，不带时区，如 21:00", "A local time of day without an offset, e.g. 21:00"
        )
    return given


LocalTime = Annotated[time, AfterValidator(_local)]


class _OfARule(Protocol):
    @property
    def rule(self) -> RuleName: ...


def _classes(row: _OfARule) -> frozenset[DataClass]:
    return told_by(row.rule)


Revealing = Annotated[RuleName, PersonalParts(_classes, at_most=TOLD_BY_RULES)]
"""A rule's name, which says what is the matter with the child."""


class SetRule(Message):
    """Set a rule otherwise, for a division and all below it; what is left out stays as the default says."""

    division: Division
    enabled: bool = True
    interval_days: int | None = Field(default=None, ge=1, le=1096)
    key_interval_days: int | None = Field(default=None, ge=1, le=1096)
    severity: Severity | None = None
    channels: tuple[Channel, ...] | None = Field(default=None, max_length=3)
    escalate_after_hours: tuple[Annotated[int, Field(ge=1, le=8784)], ...] | None = Field(
        default=None, max_length=5
    )
    """Delay of each step of the chain, from the raising on, rising."""
    quiet_from: LocalTime | None = None
    quiet_to: LocalTime | None = None
    """Local time."""


class ChainView(Message):
    """One step of a rule's escalation chain."""

    after_hours: float
    until: Until
    to: tuple[Relation, ...]


class RuleView(Message):
    """A rule as it holds in a division."""

    rule: RuleName
    division: Division | None = None
    """Absent: as it holds where nobody set it."""
    title: StoredText
    summary: StoredText
    enabled: bool
    interval_days: int
    """0: told at once."""
    key_interval_days: int | None = None
    recipients: tuple[Relation, ...]
    severity: Severity
    channels: tuple[Channel, ...]
    escalation: tuple[ChainView, ...]
    quiet_from: time
    quiet_to: time
    set_for: Division | None = None
    """Where it was set otherwise than the default; absent: it is the default."""


class RulebookApi(ServiceClient):
    """Rules."""

    @get("/rules", permission=READ_RULES)
    async def list_rules(self, *, division: str | None = None) -> Page[RuleView]:
        """Every rule as it holds in the division, by default in the caller's own."""

    @put("/rules/{rule}", permission=SET_RULES)
    async def set_rule(self, rule: str, body: SetRule, **write: Unpack[Write]) -> Receipt:
        """Set a rule otherwise than its default, for a division and all below it."""
