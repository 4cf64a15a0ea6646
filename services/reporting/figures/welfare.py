"""Health, hardship aid, danger reports and going to school."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    cast,
    column,
    exists,
    extract,
    func,
    literal,
    or_,
    select,
    true,
    values,
)

from services.language import DataClass, PartyKind
from services.registry.events import DangerCode
from services.reporting.aid.views import condolences, instalments, sponsorships
from services.reporting.figures.declared import Children, Flow, Stock
from services.reporting.figures.figure import Figure, Measure, Of
from services.reporting.figures.scope import FigureScope, rows
from services.reporting.protection.views import checkups, danger_reports, dropouts, findings, kept_from
from services.reporting.summaries.events import SummarySection
from shared.projections import standing

SCHOOL_AGE = 6
"""Completed years from which a child has to go to school (义务教育法)."""

_HEALTH, _AID = SummarySection.HEALTH, SummarySection.HARDSHIP
_RIGHTS, _OUTCOMES = SummarySection.RIGHTS, SummarySection.OUTCOMES

# -- health ------------------------------------------------------------------------------------------

CHECKUP = Flow(
    table=checkups,
    record="campaign_id",
    on="listed_on",
    section=_HEALTH,
    unit="人次",
    about=DataClass.HEALTH,
)
_OF_FINDINGS: dict[str, Any] = {
    "table": findings,
    "record": "finding_id",
    "section": _HEALTH,
    "unit": "项",
    "about": DataClass.HEALTH,
}
FINDING = Flow(on="raised_on", **_OF_FINDINGS)
OPEN_FINDING = Stock(begun="raised_on", ended="closed_on", **_OF_FINDINGS)
EXAMINED_CHILD = Children(section=_HEALTH, unit="名", about=DataClass.HEALTH)


def _is_examined(scope: FigureScope) -> ColumnElement[bool]:
    done = select(checkups.c.child_id).where(standing(checkups, scope.at), scope.during(checkups.c.done_on))
    return scope.files.c.child_id.in_(done)


def _is_closed(scope: FigureScope) -> ColumnElement[bool]:
    return findings.c.closed_on <= scope.period.last_day


# -- hardship aid ------------------------------------------------------------------------------------

INSTALMENT = Flow(table=instalments, record="event_id", section=_AID, unit="元", about=DataClass.AID)
CONDOLENCE = Flow(table=condolences, record="event_id", section=_AID, unit="次", about=DataClass.AID)
SPONSORED_CHILD = Children(section=_AID, unit="名", about=DataClass.AID)


def _is_sponsored(scope: FigureScope) -> ColumnElement[bool]:
    period = scope.period
    under_way = select(sponsorships.c.child_id).where(
        standing(sponsorships, scope.at),
        sponsorships.c.started_on <= period.last_day,
        or_(sponsorships.c.ended_on.is_(None), sponsorships.c.ended_on >= period.first_day),
    )
    return scope.files.c.child_id.in_(under_way)


def _halves_due(scope: FigureScope) -> Select[Any]:
    """One line per sponsorship and half-year that it lasted through."""
    halves = values(column("first", Date), column("last", Date), name="halves").data(
        [(half.first_day, half.last_day) for half in scope.period.half_years()]
        or [(scope.period.last_day, scope.period.first_day)]
    )
    lines = scope.records(sponsorships, sponsorships.c.sponsorship_id, halves.c.last, key=halves.c.first)
    return lines.join(halves, halves.c.first <= halves.c.last).where(
        sponsorships.c.started_on <= halves.c.last,
        or_(sponsorships.c.ended_on.is_(None), sponsorships.c.ended_on >= halves.c.last),
    )


def _halves_kept(scope: FigureScope) -> Select[Any]:
    due = _halves_due(scope).subquery("due")
    half = extract("year", due.c.on), extract("month", due.c.on) > 6  # noqa: PLR2004  # June ends the first half
    visit = condolences.c.on
    kept = exists().where(
        standing(condolences, scope.at),
        condolences.c.sponsorship_id == due.c.record_id,
        extract("year", visit) == half[0],
        (extract("month", visit) > 6) == half[1],  # noqa: PLR2004
    )
    return select(due).where(kept)


# -- rights ------------------------------------------------------------------------------------------


class _DangerReports(Flow):
    """A school reads only what it raised itself; the others what was raised in their division."""

    def lines(self, scope: FigureScope, *, key: Any = None, amount: Any = None) -> Select[Any]:
        """Those that were raised within the period."""
        found = rows(danger_reports.c.report_id, danger_reports.c.raised_on, key=key, amount=amount)
        school = scope.share.school_id
        mine = (
            scope.share.within(danger_reports.c.division)
            if school is None
            else danger_reports.c.raised_by == f"{PartyKind.SCHOOL}:{school}"
        )
        report_id, party = danger_reports.c.report_id, scope.party
        # No figure tells a party of a report that accuses it.
        theirs = true() if party is None else report_id.not_in(kept_from(party))
        raised = scope.during(danger_reports.c.raised_on)
        return found.where(standing(danger_reports, scope.at), mine, raised, theirs)


DANGER_REPORT = _DangerReports(
    table=danger_reports,
    record="report_id",
    on="raised_on",
    section=_RIGHTS,
    unit="件",
    about_children=False,
    counts=Of.REPORTS,
)
_ACKNOWLEDGED = danger_reports.c.acknowledged_at.is_not(None)
_WAITED = danger_reports.c.acknowledged_at - danger_reports.c.raised_at


def _is_handled(scope: FigureScope) -> ColumnElement[bool]:
    """Handled, and not reopened by the end of the last day."""
    last_day = literal(scope.period.last_day, Date)
    one = func.jsonb_array_elements(danger_reports.c.closings).column_valued("one")
    handled_on, reopened_on = (cast(one.op("->>")(index), Date) for index in (0, 1))
    closed = select(literal(1)).where(
        handled_on <= last_day, or_(reopened_on.is_(None), reopened_on > last_day)
    )
    return closed.exists()


# -- school ------------------------------------------------------------------------------------------

CHILD = Children(section=_OUTCOMES, unit="名")
DROPOUT = Flow(table=dropouts, record="child_id", section=_OUTCOMES, unit="名", about=DataClass.SCHOOLING)


def _is_of_school_age(scope: FigureScope) -> ColumnElement[bool]:
    return scope.age(scope.files.c.birth_date) >= literal(SCHOOL_AGE)


def _is_enrolled(scope: FigureScope) -> ColumnElement[bool]:
    return _is_of_school_age(scope) & scope.files.c.school_id.is_not(None)


def _is_retained(scope: FigureScope) -> ColumnElement[bool]:
    out = select(dropouts.c.child_id).where(standing(dropouts, scope.at))
    return _is_enrolled(scope) & scope.files.c.child_id.not_in(out)


def _is_still_a_file(scope: FigureScope) -> ColumnElement[bool]:
    return scope.open_on_last_day(scope.files.c.opened_on, scope.files.c.exited_on)


WELFARE: tuple[Figure, ...] = (
    CHECKUP("checkups_listed", "应体检", "Listed for a checkup"),
    CHECKUP(
        "checkups_done",
        "实际体检",
        "Examined",
        where=checkups.c.done_on.is_not(None),
        of="checkups_listed",
    ),
    EXAMINED_CHILD(
        "children_examined", "本期已体检儿童", "Children examined", where=_is_examined, of="children"
    ),
    FINDING("findings", "发现异常", "Abnormal findings", of_the_ill=True),
    FINDING(
        "findings_closed",
        "其中已办结",
        "Of these closed",
        where=_is_closed,
        of="findings",
        hidden_with=("findings_open",),
        of_the_ill=True,
    ),
    OPEN_FINDING(
        "findings_open",
        "期末未办结",
        "Still open on the last day",
        hidden_with=("findings_closed",),
        of_the_ill=True,
    ),
    SPONSORED_CHILD(
        "sponsored_children",
        "结对资助儿童",
        "Sponsored children",
        where=_is_sponsored,
        within=("children",),
    ),
    INSTALMENT(
        "sponsorship_money",
        "资助金额",
        "Money paid",
        amount="amount",
        hidden_with=("sponsored_children",),
    ),
    CONDOLENCE("condolence_visits", "慰问", "Condolence visits"),
    CONDOLENCE("condolence_halves_due", "应慰问（每半年一次）", "Half-yearly visits due", lines=_halves_due),
    CONDOLENCE(
        "condolence_halves_kept",
        "已按半年慰问",
        "Half-yearly visits made",
        lines=_halves_kept,
        of="condolence_halves_due",
        within=("condolence_visits",),
    ),
    DANGER_REPORT("danger_reports", "危险报告", "Danger reports"),
    DANGER_REPORT(
        "danger_reports_by_code",
        "报告事由",
        "Danger reports by code",
        key="code",
        codes=DangerCode,
        hidden_with=("danger_reports",),
    ),
    DANGER_REPORT(
        "danger_reports_acknowledged", "已受理", "Acknowledged", where=_ACKNOWLEDGED, of="danger_reports"
    ),
    DANGER_REPORT("danger_reports_closed", "已处置", "Handled", where=_is_handled, of="danger_reports"),
    DANGER_REPORT(
        "minutes_to_acknowledge",
        "平均受理用时",
        "Mean time to acknowledge",
        where=_ACKNOWLEDGED,
        amount=extract("epoch", _WAITED) / 60,
        measure=Measure.MEAN,
        unit="分钟",
        hidden_with=("danger_reports_acknowledged",),
    ),
    CHILD(
        "school_age_children",
        "适龄儿童",
        "Children of school age",
        where=_is_of_school_age,
        of="children",
    ),
    CHILD("children_enrolled", "入学", "Enrolled", where=_is_enrolled, of="school_age_children"),
    CHILD(
        "children_retained",
        "在学（巩固）",
        "Still at school",
        where=_is_retained,
        of="children_enrolled",
        about=DataClass.SCHOOLING,
        hidden_with=("dropouts",),
    ),
    DROPOUT(
        "dropouts",
        "本期辍学未返",
        "Dropped out and not back",
        where=_is_still_a_file,
        hidden_with=("children_retained",),
        within=("children",),
    ),
)
"""Sections: health, hardship aid, rights (danger reports), outcomes (school)."""
