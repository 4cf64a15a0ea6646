"""The rules of a work summary."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from services.language import PartyKind
from services.reporting.summaries.events import (
    FrozenFigure,
    PeriodKind,
    SummaryApproved,
    SummaryDrafted,
    SummaryReturned,
    SummarySection,
    SummarySubmitted,
    SummaryTextEdited,
)
from services.reporting.summaries.rules import (
    SUMMARY_DECIDER,
    ApproveSummary,
    DraftSummary,
    EditSummaryText,
    FiguresOfAnotherSubmission,
    PeriodReversed,
    PeriodTooLong,
    ReturnSummary,
    SubmitSummary,
    SummaryCommand,
    SummaryExists,
    SummaryFrozen,
    SummaryNotEditable,
    SummaryNotSubmitted,
    SummaryUnknown,
    summary_id_of,
)
from shared.refusals import Refusal
from shared.testing.scenarios import given

SUMMARY_ID = summary_id_of("womens_federation:331082101", date(2025, 1, 1), date(2025, 12, 31))
NOW = datetime(2025, 12, 31, 8, tzinfo=UTC)
WRITTEN = {
    "summary_id": SUMMARY_ID,
    "party_kind": PartyKind.WOMENS_FEDERATION,
    "organisation_id": None,
    "division": "331082101",
    "title": "全年工作总结",
    "period": PeriodKind.YEAR,
    "first_day": date(2025, 1, 1),
    "last_day": date(2025, 12, 31),
}
DRAFTED = SummaryDrafted.model_validate(WRITTEN)
SUBMITTED = SummarySubmitted(summary_id=SUMMARY_ID, as_of=NOW)
FIGURES = (FrozenFigure(code="children", value=Decimal(193)),)
APPROVED = SummaryApproved(summary_id=SUMMARY_ID, by_party="township:1", as_of=NOW, figures=FIGURES)
RETURNED = SummaryReturned(summary_id=SUMMARY_ID, by_party="township:1", reason="请补充困难")

EDIT = EditSummaryText(summary_id=SUMMARY_ID, section=SummarySection.DIFFICULTIES, text="经费不足")
EDITED = SummaryTextEdited(summary_id=SUMMARY_ID, section=SummarySection.DIFFICULTIES, text="经费不足")
SUBMIT = SubmitSummary(summary_id=SUMMARY_ID, now=NOW)
RETURN = ReturnSummary(summary_id=SUMMARY_ID, by_party="township:1", reason="请补充困难")
APPROVE = ApproveSummary(summary_id=SUMMARY_ID, by_party="township:1", as_of=NOW, figures=FIGURES)


def test_a_party_drafts_a_summary_of_a_period() -> None:
    """A summary begins as a draft for one party and one period."""
    given(SUMMARY_DECIDER).when(DraftSummary.model_validate(WRITTEN)).then(DRAFTED)


def test_one_party_has_one_summary_for_a_period() -> None:
    """Drafting the same period twice is refused, whatever became of the first."""
    for history in ([DRAFTED], [DRAFTED, SUBMITTED], [DRAFTED, SUBMITTED, APPROVED]):
        given(SUMMARY_DECIDER, *history).when(DraftSummary.model_validate(WRITTEN)).then_refused(
            SummaryExists
        )


@pytest.mark.parametrize(
    ("last_day", "rule"), [(date(2024, 12, 31), PeriodReversed), (date(2026, 1, 2), PeriodTooLong)]
)
def test_a_period_is_a_year_at_most(last_day: date, rule: type[Refusal]) -> None:
    """A period ends after it began and is no longer than a year."""
    command = DraftSummary.model_validate({**WRITTEN, "last_day": last_day})
    given(SUMMARY_DECIDER).when(command).then_refused(rule)


def test_the_words_of_a_draft_can_be_written() -> None:
    """Every section of a draft takes words; the same words again change nothing."""
    given(SUMMARY_DECIDER, DRAFTED).when(EDIT).then(EDITED)
    given(SUMMARY_DECIDER, DRAFTED, EDITED).when(EDIT).then_nothing()


def test_submitting_fixes_the_moment_of_the_figures() -> None:
    """A submitted summary shows the figures known at its submission; submitting twice changes nothing."""
    given(SUMMARY_DECIDER, DRAFTED).when(SUBMIT).then(SUBMITTED)
    given(SUMMARY_DECIDER, DRAFTED, SUBMITTED).when(SUBMIT).then_nothing()


def test_a_returned_summary_keeps_its_words() -> None:
    """What was written before a return needs no writing again."""
    given(SUMMARY_DECIDER, DRAFTED, EDITED, SUBMITTED).when(RETURN).then(RETURNED)
    given(SUMMARY_DECIDER, DRAFTED, EDITED, SUBMITTED, RETURNED).when(EDIT).then_nothing()
    given(SUMMARY_DECIDER, DRAFTED, EDITED, SUBMITTED, RETURNED).when(SUBMIT).then(SUBMITTED)


def test_approval_freezes_the_figures() -> None:
    """The figures are kept in the approval itself."""
    given(SUMMARY_DECIDER, DRAFTED, SUBMITTED).when(APPROVE).then(APPROVED)


def test_approval_takes_the_figures_of_the_latest_submission() -> None:
    """Figures read before a new submission cannot be approved."""
    later = SummarySubmitted(summary_id=SUMMARY_ID, as_of=NOW + timedelta(hours=1))
    history = (DRAFTED, SUBMITTED, RETURNED, later)
    given(SUMMARY_DECIDER, *history).when(APPROVE).then_refused(FiguresOfAnotherSubmission)


@pytest.mark.parametrize("command", [EDIT, SUBMIT, RETURN, APPROVE])
def test_an_approved_summary_is_frozen(command: SummaryCommand) -> None:
    """Nothing about an approved summary changes any more."""
    given(SUMMARY_DECIDER, DRAFTED, SUBMITTED, APPROVED).when(command).then_refused(SummaryFrozen)


@pytest.mark.parametrize("command", [EDIT, SUBMIT, RETURN, APPROVE])
def test_there_is_nothing_to_do_with_an_unwritten_summary(command: SummaryCommand) -> None:
    """A summary must have been drafted first."""
    given(SUMMARY_DECIDER).when(command).then_refused(SummaryUnknown)


def test_only_a_draft_is_written() -> None:
    """A submitted summary is not edited until it is returned."""
    given(SUMMARY_DECIDER, DRAFTED, SUBMITTED).when(EDIT).then_refused(SummaryNotEditable)


@pytest.mark.parametrize("command", [RETURN, APPROVE])
def test_only_a_submitted_summary_is_judged(command: SummaryCommand) -> None:
    """A draft can be neither returned nor approved."""
    given(SUMMARY_DECIDER, DRAFTED).when(command).then_refused(SummaryNotSubmitted)
