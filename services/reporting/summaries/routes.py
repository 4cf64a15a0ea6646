"""Routes of the work summary: drafted, written, handed in, returned or approved, and written out."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import MediaType
from sqlalchemy import RowMapping, Select, select

from services.dates import day_of
from services.language import PartyKind
from services.reach import Reach
from services.reporting.figures.api import FigureView
from services.reporting.figures.scope import FigureScope
from services.reporting.figures.shown import figures_of, frozen, handed_up, suppressed, thawed
from services.reporting.periods import Period, is_year_or_half
from services.reporting.places.views import organisations
from services.reporting.reach import FIGURES_ONLY, Share, audience_of, share_of
from services.reporting.scope import Counts, classes_of
from services.reporting.summaries import rules
from services.reporting.summaries.api import (
    DocumentFormat,
    DraftSummary,
    EditSummaryText,
    ReturnSummary,
    SummariesApi,
    SummaryView,
)
from services.reporting.summaries.documents import written_out
from services.reporting.summaries.events import FrozenFigure, PeriodKind, SummarySection
from services.reporting.summaries.rules import JUDGES, SummaryUnknown
from services.reporting.summaries.views import DRAFT, FROZEN, own_summaries, summaries, summary_of
from shared import Bilingual, Clock, Denied, Invalid
from shared.accesses.holdings import holdings
from shared.commands import Decision
from shared.http import Commands, Document, Receipt, asked, lists, serves
from shared.projections import Views, standing, view_of

WITHOUT_FIGURES = Bilingual(
    "本总结不按自然年或半年，不列数字：相差几日的两份总结会显出个别儿童",
    "Without figures, as it covers no calendar year or half-year: two summaries that differ by some days "
    "would tell of a single child",
)
"""What stands in place of figures for those who see figures only."""


class PartyPlaceless(Invalid, title_zh="总结须属于区划已登记的单位"):
    """A summary belongs to a party with a known division."""

    way_out = Bilingual("请先登记本单位", "Have your organisation registered first")


class NotYoursToJudge(Denied, title_zh="总结由上级退回或批准"):
    """Only the level above returns or approves a summary: the township, or a township's county."""

    way_out = Bilingual("请交由上级审批", "Leave it to the level above")


class NotYourSummary(Denied, title_zh="总结由本单位撰写和提交"):
    """A summary is written and submitted by its own party."""

    way_out = Bilingual("如需修改，请退回", "Return it for changes")


@serves(SummariesApi.draft_summary)
async def draft_summary(data: DraftSummary, reach: Reach, commands: Commands, views: Views) -> Receipt:
    division = await _division_of(reach, views)
    period = "" if data.period is PeriodKind.OTHER else data.period.zh
    command = asked(
        rules.DraftSummary,
        data,
        summary_id=rules.summary_id_of(_party_of(reach, division), data.first_day, data.last_day),
        party_kind=PartyKind(reach.kind),
        organisation_id=reach.organisation if reach.kind == PartyKind.SCHOOL else None,
        division=division,
        title=data.title or f"{data.first_day.year}年{period}关爱留守儿童工作总结",
    )
    return await commands.run(Decision(rules.SUMMARY_DECIDER, command.summary_id, command), division=division)


async def _division_of(reach: Reach, views: Views) -> str:
    if reach.kind != PartyKind.SCHOOL:
        division = reach.division
    else:
        known = select(organisations.c.division).where(
            standing(organisations), organisations.c.organisation_id == reach.organisation
        )
        division = await views.scalar(known) or reach.division
    if division is None:
        raise PartyPlaceless
    return division


def _party_of(reach: Reach, division: str) -> str:
    key = reach.organisation if reach.kind == PartyKind.SCHOOL else division
    return f"{reach.kind}:{key}"


def _visible(reach: Reach, views: Views) -> Select[Any]:
    return own_summaries(reach.kind, reach.division, reach.organisation, views.at)


list_summaries = lists(
    SummariesApi.list_summaries,
    _visible,
    order=(summaries.c.last_day, summaries.c.summary_id),
    where={"status": summaries.c.status},
    newest_first=True,
)


@serves(SummariesApi.get_summary)
async def get_summary(
    summary_id: UUID, reach: Reach, views: Views, counts: Counts, clock: Clock
) -> SummaryView:
    row = await _found(summary_id, reach, views)
    return await _summary_view(row, reach, views, counts, clock.now())


@serves(SummariesApi.edit_summary_text)
async def edit_summary_text(
    summary_id: UUID,
    section: SummarySection,
    data: EditSummaryText,
    *,
    reach: Reach,
    commands: Commands,
    views: Views,
) -> Receipt:
    row = await _own(summary_id, reach, views)
    command = asked(rules.EditSummaryText, data, summary_id=summary_id, section=section)
    return await commands.run(Decision(rules.SUMMARY_DECIDER, summary_id, command), division=row["division"])


@serves(SummariesApi.submit_summary)
async def submit_summary(
    summary_id: UUID, reach: Reach, commands: Commands, views: Views, clock: Clock
) -> Receipt:
    row = await _own(summary_id, reach, views)
    command = rules.SubmitSummary(summary_id=summary_id, now=clock.now())
    return await commands.run(Decision(rules.SUMMARY_DECIDER, summary_id, command), division=row["division"])


@serves(SummariesApi.return_summary)
async def return_summary(
    summary_id: UUID, data: ReturnSummary, reach: Reach, commands: Commands, views: Views
) -> Receipt:
    row = await _to_judge(summary_id, reach, views)
    command = asked(rules.ReturnSummary, data, summary_id=summary_id, by_party=reach.party)
    return await commands.run(Decision(rules.SUMMARY_DECIDER, summary_id, command), division=row["division"])


@serves(SummariesApi.approve_summary)
async def approve_summary(
    summary_id: UUID, reach: Reach, commands: Commands, views: Views, counts: Counts
) -> Receipt:
    row = await _to_judge(summary_id, reach, views)
    as_of: datetime | None = row["submitted_as_of"]
    figures: tuple[FrozenFigure, ...] = ()
    if as_of is not None:
        scope = _scope(row, as_of)
        figures = frozen(await figures_of(views.as_of(as_of), counts, scope, day_of(as_of)))
    command = rules.ApproveSummary(
        summary_id=summary_id, by_party=reach.party, as_of=as_of or NEVER, figures=figures
    )
    return await commands.run(Decision(rules.SUMMARY_DECIDER, summary_id, command), division=row["division"])


@serves(SummariesApi.render_summary)
async def render_summary(
    summary_id: UUID,
    reach: Reach,
    views: Views,
    counts: Counts,
    clock: Clock,
    *,
    document_format: DocumentFormat | None,
    accept: str | None,
) -> Document[str]:
    row = await _found(summary_id, reach, views)
    chosen = document_format or (
        DocumentFormat.MARKDOWN if "text/markdown" in (accept or "") else DocumentFormat.HTML
    )
    answer = await _summary_view(row, reach, views, counts, clock.now())
    party = await _name_of(row, views)
    media_type = MediaType.HTML if chosen is DocumentFormat.HTML else "text/markdown; charset=utf-8"
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Document(
        written_out(answer, party, chosen), holds=holdings(answer), media_type=media_type, headers=headers
    )


# -- what a caller may read and do -------------------------------------------------------------------

NEVER = datetime.fromisoformat("0001-01-01T00:00:00+00:00")
"""The moment of figures that were never handed in; the decider refuses it."""


def _is_own(row: RowMapping, reach: Reach) -> bool:
    if row["party_kind"] != reach.kind:
        return False
    if reach.kind == PartyKind.SCHOOL:
        return bool(row["organisation_id"] == reach.organisation)
    return bool(row["division"] == reach.division)


def _judges(row: RowMapping, reach: Reach) -> bool:
    below = JUDGES.get(PartyKind(reach.kind), frozenset())
    return row["party_kind"] in below and reach.covers(row["division"])


async def _found(summary_id: UUID, reach: Reach, views: Views) -> RowMapping:
    row = await views.one(summary_of(summary_id, views.at))
    if row is None or not (_is_own(row, reach) or (_judges(row, reach) and row["status"] != DRAFT)):
        raise SummaryUnknown
    return row


async def _own(summary_id: UUID, reach: Reach, views: Views) -> RowMapping:
    row = await _found(summary_id, reach, views)
    if not _is_own(row, reach):
        raise NotYourSummary
    return row


async def _to_judge(summary_id: UUID, reach: Reach, views: Views) -> RowMapping:
    row = await views.one(summary_of(summary_id, None))
    if row is not None and _judges(row, reach):
        return row
    await _found(summary_id, reach, views)
    raise NotYoursToJudge


# -- answers -----------------------------------------------------------------------------------------


def _scope(row: RowMapping, at: datetime | None) -> FigureScope:
    kind = PartyKind(row["party_kind"])
    reach = (
        Share(school_id=row["organisation_id"])
        if kind is PartyKind.SCHOOL
        else Share(division=row["division"])
    )
    party = f"{kind}:{row['organisation_id'] or row['division']}"
    period, handed_in = Period(row["first_day"], row["last_day"]), row["submitted_as_of"] is not None
    return FigureScope(audience_of(kind), reach, period, at, party=party, handed_in=handed_in)


async def _figures(row: RowMapping, views: Views, counts: Counts, now: datetime) -> tuple[FigureView, ...]:
    if row["status"] == FROZEN:
        as_of = row["submitted_as_of"]
        kept = (FrozenFigure.model_validate(one) for one in row["figures"])
        return thawed(kept, _scope(row, as_of), as_of)
    at = row["submitted_as_of"] or views.at
    return await figures_of(views.as_of(at), counts, _scope(row, at), day_of(at or now))


async def _summary_view(
    row: RowMapping, reach: Reach, views: Views, counts: Counts, now: datetime
) -> SummaryView:
    texts = {SummarySection(name): text for name, text in row["texts"].items() if text}
    if reach.kind in FIGURES_ONLY and not is_year_or_half(_scope(row, None).period):
        return view_of(SummaryView, row, texts=texts, figures=(), without_figures=WITHOUT_FIGURES)
    figures = await _figures(row, views, counts, now)
    if reach.kind in FIGURES_ONLY:
        figures = await _coarsened(row, figures, reach, views, counts)
    elif not _is_own(row, reach):
        figures = handed_up(figures, classes_of(reach))
    return view_of(SummaryView, row, texts=texts, figures=figures)


async def _coarsened(
    row: RowMapping, figures: tuple[FigureView, ...], reach: Reach, views: Views, counts: Counts
) -> tuple[FigureView, ...]:
    """What its reader may see of it alone, as known then, and beside the year and its halves, as known now.

    When the half-year was handed in, nobody knew what the other half would be.
    """
    then, root = row["submitted_as_of"] or views.at, share_of(reach)
    years_end = row["last_day"].replace(month=12, day=31)
    now = await counts.disclosure.shown(views.as_of(None), _scope(row, None), root, years_end)
    figures = suppressed(figures, now)
    if then is None:
        return figures
    alone = await counts.disclosure.shown(views.as_of(then), _scope(row, then), root)
    return suppressed(figures, alone)


async def _name_of(row: RowMapping, views: Views) -> str:
    """The party's name; its code where no organisation of that kind was entered."""
    known = select(organisations.c.name).where(
        standing(organisations, views.at),
        organisations.c.kind == row["party_kind"],
        organisations.c.organisation_id == row["organisation_id"]
        if row["organisation_id"]
        else organisations.c.division == row["division"],
    )
    return str(await views.scalar(known.limit(1)) or row["division"])


ROUTES = (
    draft_summary,
    list_summaries,
    get_summary,
    edit_summary_text,
    submit_summary,
    return_summary,
    approve_summary,
    render_summary,
)
