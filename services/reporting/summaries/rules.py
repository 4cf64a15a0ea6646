"""A party's work summary: drafted, written, submitted, returned or approved. Once approved it is frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import assert_never
from uuid import UUID, uuid5

from services.language import Division, OrganisationId, PartyKind, Title
from services.reporting.summaries import api
from services.reporting.summaries.events import (
    FrozenFigure,
    SummaryApproved,
    SummaryDrafted,
    SummaryReturned,
    SummarySection,
    SummarySubmitted,
    SummaryTextEdited,
)
from shared import Bilingual, Command, Conflict, Decider, Invalid, Unknown

MAX_SUMMARY_DAYS = 366
"""A summary covers a year at most."""

JUDGES: Mapping[PartyKind, frozenset[PartyKind]] = {
    PartyKind.TOWNSHIP: frozenset({PartyKind.WOMENS_FEDERATION, PartyKind.SCHOOL, PartyKind.VILLAGE}),
    PartyKind.COUNTY: frozenset({PartyKind.TOWNSHIP}),
}
"""Who returns and approves whose summaries, within their division. Nobody approves their own."""

_SUMMARIES = UUID("6c1b5d52-2f0e-5c0b-9a55-3f1d3a3f8f10")


def summary_id_of(party: str, first_day: date, last_day: date) -> UUID:
    """A party (`<kind>:<id>`) has one summary for a period: its id follows from both."""
    return uuid5(_SUMMARIES, f"{party}|{first_day}|{last_day}")


# -- commands ----------------------------------------------------------------------------------------


class DraftSummary(api.DraftSummary, Command):
    """Begin a party's summary of a period."""

    summary_id: UUID
    party_kind: PartyKind
    organisation_id: OrganisationId | None
    division: Division
    title: Title


class EditSummaryText(api.EditSummaryText, Command):
    """Write or rewrite the words of one section."""

    summary_id: UUID
    section: SummarySection


class SubmitSummary(Command):
    """Hand the summary in, with the figures known now."""

    summary_id: UUID
    now: datetime


class ReturnSummary(api.ReturnSummary, Command):
    """Hand the summary back to be improved."""

    summary_id: UUID
    by_party: str


class ApproveSummary(Command):
    """Approve the summary with the figures known at its submission (`as_of`)."""

    summary_id: UUID
    by_party: str
    as_of: datetime
    figures: tuple[FrozenFigure, ...]


SummaryCommand = DraftSummary | EditSummaryText | SubmitSummary | ReturnSummary | ApproveSummary
SummaryEvent = SummaryDrafted | SummaryTextEdited | SummarySubmitted | SummaryReturned | SummaryApproved


# -- rules -------------------------------------------------------------------------------------------


class SummaryUnknown(Unknown, title_zh="没有该总结，或无权查看"):
    """There is no such summary, or you may not see it."""

    way_out = Bilingual("请在列表中选择", "Choose one from the list")


class PeriodReversed(Invalid, title_zh="截止日期不能早于开始日期"):
    """A period ends on or after its first day."""

    field = "last_day"
    way_out = Bilingual("请检查起止日期", "Check both dates")


class PeriodTooLong(Invalid, title_zh="总结期间不超过一年"):
    """A summary covers at most a year."""

    field = "last_day"
    way_out = Bilingual("请按学期、半年或年度分别总结", "Write one for each term, half-year or year")


class SummaryExists(Conflict, title_zh="本期总结已存在"):
    """A party has one summary per period."""

    field = "first_day"
    way_out = Bilingual("请打开已有的总结", "Open the existing summary")


class SummaryNotEditable(Conflict, title_zh="只有草稿可以修改或提交"):
    """Only a draft can be edited or submitted."""

    way_out = Bilingual("请先由上级退回", "Have it returned first")


class SummaryNotSubmitted(Conflict, title_zh="只有已提交的总结可以退回或批准"):
    """Only a submitted summary can be returned or approved."""

    way_out = Bilingual("请等待提交", "Wait until it is submitted")


class SummaryFrozen(Conflict, title_zh="已批准的总结不能再改"):
    """An approved summary is frozen."""

    way_out = Bilingual("请在下一期总结中更正", "Correct it in the next summary")


class FiguresOfAnotherSubmission(Conflict, title_zh="只能按最近一次提交的数据批准"):
    """A summary is approved with the figures of its latest submission."""

    way_out = Bilingual("请重新读取后再审批", "Read it again, then approve")


# -- state -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unwritten:
    """No such summary yet."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Being written."""

    texts: Mapping[SummarySection, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Submitted:
    """Handed in; the reader decides."""

    as_of: datetime
    texts: Mapping[SummarySection, str]


@dataclass(frozen=True, slots=True)
class Frozen:
    """Approved; nothing changes any more."""

    as_of: datetime


Summary = Unwritten | Draft | Submitted | Frozen


# -- decisions ---------------------------------------------------------------------------------------


def decide(command: SummaryCommand, state: Summary) -> list[SummaryEvent]:
    """The facts that follow from the command. Raises the rules of this file."""
    match command:
        case DraftSummary():
            return _draft(command, state)
        case EditSummaryText():
            return _edit(command, state)
        case SubmitSummary():
            return _submit(command, state)
        case ReturnSummary():
            return _return(command, state)
        case ApproveSummary():
            return _approve(command, state)
        case _:
            assert_never(command)


def _draft(command: DraftSummary, state: Summary) -> list[SummaryEvent]:
    if not isinstance(state, Unwritten):
        raise SummaryExists
    if command.last_day < command.first_day:
        raise PeriodReversed
    if (command.last_day - command.first_day).days >= MAX_SUMMARY_DAYS:
        raise PeriodTooLong
    return [SummaryDrafted.model_validate(command.model_dump())]


def _edit(command: EditSummaryText, state: Summary) -> list[SummaryEvent]:
    texts = _draft_of(state).texts
    if texts.get(command.section, "") == command.text:
        return []
    return [SummaryTextEdited.model_validate(command.model_dump())]


def _submit(command: SubmitSummary, state: Summary) -> list[SummaryEvent]:
    if isinstance(state, Submitted):
        return []
    _draft_of(state)
    return [SummarySubmitted(summary_id=command.summary_id, as_of=command.now)]


def _return(command: ReturnSummary, state: Summary) -> list[SummaryEvent]:
    _submitted_of(state)
    return [SummaryReturned.model_validate(command.model_dump())]


def _approve(command: ApproveSummary, state: Summary) -> list[SummaryEvent]:
    if _submitted_of(state).as_of != command.as_of:
        raise FiguresOfAnotherSubmission
    return [SummaryApproved.model_validate(command.model_dump())]


def _draft_of(state: Summary) -> Draft:
    match state:
        case Draft():
            return state
        case Unwritten():
            raise SummaryUnknown
        case Submitted():
            raise SummaryNotEditable
        case Frozen():
            raise SummaryFrozen
        case _:
            assert_never(state)


def _submitted_of(state: Summary) -> Submitted:
    match state:
        case Submitted():
            return state
        case Unwritten():
            raise SummaryUnknown
        case Draft():
            raise SummaryNotSubmitted
        case Frozen():
            raise SummaryFrozen
        case _:
            assert_never(state)


def evolve(state: Summary, event: SummaryEvent) -> Summary:
    """Apply one fact. Never refuses: history is true."""
    match event:
        case SummaryDrafted():
            return Draft()
        case SummaryTextEdited():
            return Draft({**_texts(state), event.section: event.text})
        case SummarySubmitted():
            return Submitted(event.as_of, _texts(state))
        case SummaryReturned():
            return Draft(_texts(state))
        case SummaryApproved():
            return Frozen(event.as_of)
        case _:
            assert_never(event)


def _texts(state: Summary) -> Mapping[SummarySection, str]:
    return state.texts if isinstance(state, Draft | Submitted) else {}


SUMMARY_DECIDER: Decider[SummaryCommand, Summary, SummaryEvent] = Decider(
    stream_type="summary", initial_state=Unwritten(), decide=decide, evolve=evolve
)
"""The rules of a work summary's stream."""
