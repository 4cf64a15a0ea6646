"""Health, hardship aid, danger reports and going to school."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
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
from services.reporting.figures.figure import Breakdown, Figure, Measure, Of
from services.reporting.figures.scope import FigureScope, rows
from services.reporting.protection.views import checkups, danger_reports, dropouts, findings, kept_from
from services.reporting.summaries.events import SummarySection
from shared.projections import standing

SCHOOL_AGE = 6
"""Completed years from which a child has to go to school (义务教育法)."""

# -- health ------------------------------------------------------------------------------------------


def _listed(frame: FigureScope) -> Select[Any]:
    return frame.records_during(checkups, checkups.c.campaign_id, checkups.c.listed_on)


def _done(frame: FigureScope) -> Select[Any]:
    return _listed(frame).where(checkups.c.done_on.is_not(None))


def _examined(frame: FigureScope) -> Select[Any]:
    done = select(checkups.c.child_id).where(standing(checkups, frame.at), frame.during(checkups.c.done_on))
    return frame.child_rows().where(frame.files.c.child_id.in_(done))


def _findings(frame: FigureScope) -> Select[Any]:
    return frame.records_during(findings, findings.c.finding_id, findings.c.raised_on)


def _closed(frame: FigureScope) -> Select[Any]:
    return _findings(frame).where(findings.c.closed_on <= frame.period.last_day)


def _still_open(frame: FigureScope) -> Select[Any]:
    lines = frame.records(findings, findings.c.finding_id, findings.c.raised_on)
    return lines.where(frame.open_on_last_day(findings.c.raised_on, findings.c.closed_on))


# -- hardship aid ------------------------------------------------------------------------------------


def _sponsored(frame: FigureScope) -> Select[Any]:
    period = frame.period
    under_way = select(sponsorships.c.child_id).where(
        standing(sponsorships, frame.at),
        sponsorships.c.started_on <= period.last_day,
        or_(sponsorships.c.ended_on.is_(None), sponsorships.c.ended_on >= period.first_day),
    )
    return frame.child_rows().where(frame.files.c.child_id.in_(under_way))


def _money(frame: FigureScope) -> Select[Any]:
    on, amount = instalments.c.on, instalments.c.amount
    return frame.records_during(instalments, instalments.c.event_id, on, amount=amount)


def _condolences(frame: FigureScope) -> Select[Any]:
    return frame.records_during(condolences, condolences.c.event_id, condolences.c.on)


def _halves_due(frame: FigureScope) -> Select[Any]:
    """One line per sponsorship and half-year that it lasted through."""
    halves = values(column("first", Date), column("last", Date), name="halves").data(
        [(half.first_day, half.last_day) for half in frame.period.half_years()]
        or [(frame.period.last_day, frame.period.first_day)]
    )
    lines = frame.records(sponsorships, sponsorships.c.sponsorship_id, halves.c.last, key=halves.c.first)
    return lines.join(halves, halves.c.first <= halves.c.last).where(
        sponsorships.c.started_on <= halves.c.last,
        or_(sponsorships.c.ended_on.is_(None), sponsorships.c.ended_on >= halves.c.last),
    )


def _halves_kept(frame: FigureScope) -> Select[Any]:
    due = _halves_due(frame).subquery("due")
    half = extract("year", due.c.on), extract("month", due.c.on) > 6  # noqa: PLR2004  # June ends the first half
    visit = condolences.c.on
    kept = exists().where(
        standing(condolences, frame.at),
        condolences.c.sponsorship_id == due.c.record_id,
        extract("year", visit) == half[0],
        (extract("month", visit) > 6) == half[1],  # noqa: PLR2004
    )
    return select(due).where(kept)


# -- rights ------------------------------------------------------------------------------------------


def _reports(frame: FigureScope, key: Any = None, amount: Any = None) -> Select[Any]:
    lines = rows(danger_reports.c.report_id, danger_reports.c.raised_on, key=key, amount=amount)
    # A school reads only what it raised itself; the others what was raised in their division.
    school = frame.share.school_id
    mine = (
        frame.share.within(danger_reports.c.division)
        if school is None
        else danger_reports.c.raised_by == f"{PartyKind.SCHOOL}:{school}"
    )
    report_id, party = danger_reports.c.report_id, frame.party
    # No figure tells a party of a report that accuses it.
    theirs = true() if party is None else report_id.not_in(kept_from(party))
    counted = (standing(danger_reports, frame.at), mine, frame.during(danger_reports.c.raised_on))
    return lines.where(*counted, theirs)


def _reports_by_code(frame: FigureScope) -> Select[Any]:
    return _reports(frame, danger_reports.c.code)


def _acknowledged(frame: FigureScope) -> Select[Any]:
    return _reports(frame).where(danger_reports.c.acknowledged_at.is_not(None))


def _reports_closed(frame: FigureScope) -> Select[Any]:
    """Handled, and not reopened by the end of the last day."""
    last_day = literal(frame.period.last_day, Date)
    one = func.jsonb_array_elements(danger_reports.c.closings).column_valued("one")
    handled_on, reopened_on = (cast(one.op("->>")(index), Date) for index in (0, 1))
    closed = select(literal(1)).where(
        handled_on <= last_day, or_(reopened_on.is_(None), reopened_on > last_day)
    )
    return _reports(frame).where(closed.exists())


def _minutes_to_acknowledge(frame: FigureScope) -> Select[Any]:
    waited = danger_reports.c.acknowledged_at - danger_reports.c.raised_at
    lines = _reports(frame, amount=extract("epoch", waited) / 60)
    return lines.where(danger_reports.c.acknowledged_at.is_not(None))


# -- school ------------------------------------------------------------------------------------------


def _school_age(frame: FigureScope) -> Select[Any]:
    return frame.child_rows().where(frame.age(frame.files.c.birth_date) >= literal(SCHOOL_AGE))


def _enrolled(frame: FigureScope) -> Select[Any]:
    return _school_age(frame).where(frame.files.c.school_id.is_not(None))


def _retained(frame: FigureScope) -> Select[Any]:
    out = select(dropouts.c.child_id).where(standing(dropouts, frame.at))
    return _enrolled(frame).where(frame.files.c.child_id.not_in(out))


def _dropouts(frame: FigureScope) -> Select[Any]:
    files = frame.files
    lines = frame.records_during(dropouts, dropouts.c.child_id, dropouts.c.on)
    return lines.where(frame.open_on_last_day(files.c.opened_on, files.c.exited_on))


_H, _A = SummarySection.HEALTH, SummarySection.HARDSHIP
_R, _O = SummarySection.RIGHTS, SummarySection.OUTCOMES
_HEALTH, _AID, _SUM = DataClass.HEALTH, DataClass.AID, Measure.SUM


def _of_rights(code: str, zh: str, en: str, unit: str, lines: Any, **more: Any) -> Figure:
    return Figure(code, _R, zh, en, unit, lines, about_children=False, counts=Of.REPORTS, **more)


WELFARE: tuple[Figure, ...] = (
    Figure("checkups_listed", _H, "应体检", "Listed for a checkup", "人次", _listed, about=_HEALTH),
    Figure("checkups_done", _H, "实际体检", "Examined", "人次", _done, of="checkups_listed", about=_HEALTH),
    Figure(
        "children_examined",
        _H,
        "本期已体检儿童",
        "Children examined",
        "名",
        _examined,
        of="children",
        about=_HEALTH,
    ),
    Figure(
        "findings",
        _H,
        "发现异常",
        "Abnormal findings",
        "项",
        _findings,
        about=_HEALTH,
        of_the_ill=True,
    ),
    Figure(
        "findings_closed",
        _H,
        "其中已办结",
        "Of these closed",
        "项",
        _closed,
        of="findings",
        hidden_with=("findings_open",),
        about=_HEALTH,
        of_the_ill=True,
    ),
    Figure(
        "findings_open",
        _H,
        "期末未办结",
        "Still open on the last day",
        "项",
        _still_open,
        hidden_with=("findings_closed",),
        about=_HEALTH,
        of_the_ill=True,
    ),
    Figure(
        "sponsored_children",
        _A,
        "结对资助儿童",
        "Sponsored children",
        "名",
        _sponsored,
        about=_AID,
        within=("children",),
    ),
    Figure(
        "sponsorship_money",
        _A,
        "资助金额",
        "Money paid",
        "元",
        _money,
        _SUM,
        hidden_with=("sponsored_children",),
        about=_AID,
    ),
    Figure("condolence_visits", _A, "慰问", "Condolence visits", "次", _condolences, about=_AID),
    Figure(
        "condolence_halves_due",
        _A,
        "应慰问（每半年一次）",
        "Half-yearly visits due",
        "次",
        _halves_due,
        about=_AID,
    ),
    Figure(
        "condolence_halves_kept",
        _A,
        "已按半年慰问",
        "Half-yearly visits made",
        "次",
        _halves_kept,
        of="condolence_halves_due",
        within=("condolence_visits",),
        about=_AID,
    ),
    _of_rights("danger_reports", "危险报告", "Danger reports", "件", _reports),
    _of_rights(
        "danger_reports_by_code",
        "报告事由",
        "Danger reports by code",
        "件",
        _reports_by_code,
        by=Breakdown.CODE,
        codes=DangerCode,
        hidden_with=("danger_reports",),
    ),
    _of_rights(
        "danger_reports_acknowledged", "已受理", "Acknowledged", "件", _acknowledged, of="danger_reports"
    ),
    _of_rights("danger_reports_closed", "已处置", "Handled", "件", _reports_closed, of="danger_reports"),
    _of_rights(
        "minutes_to_acknowledge",
        "平均受理用时",
        "Mean time to acknowledge",
        "分钟",
        _minutes_to_acknowledge,
        measure=Measure.MEAN,
        hidden_with=("danger_reports_acknowledged",),
    ),
    Figure(
        "school_age_children",
        _O,
        "适龄儿童",
        "Children of school age",
        "名",
        _school_age,
        of="children",
    ),
    Figure("children_enrolled", _O, "入学", "Enrolled", "名", _enrolled, of="school_age_children"),
    Figure(
        "children_retained",
        _O,
        "在学（巩固）",
        "Still at school",
        "名",
        _retained,
        of="children_enrolled",
        about=DataClass.SCHOOLING,
        hidden_with=("dropouts",),
    ),
    Figure(
        "dropouts",
        _O,
        "本期辍学未返",
        "Dropped out and not back",
        "名",
        _dropouts,
        about=DataClass.SCHOOLING,
        hidden_with=("children_retained",),
        within=("children",),
    ),
)
"""Sections: health, hardship aid, rights (danger reports), outcomes (school)."""
