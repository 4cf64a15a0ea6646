"""How many children there are, where, with whom; the census; how complete the files are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from services.language import DataClass, PartyKind
from services.registry.events import CareCategory, ExitReason, GuardianRelation, Poverty, Sex
from services.reporting.figures.declared import Children
from services.reporting.figures.figure import Breakdown, Figure, Measure, Of
from services.reporting.figures.scope import FigureScope, rows
from services.reporting.places.views import organisations
from services.reporting.protection.views import censuses
from services.reporting.summaries.events import SummarySection
from services.words import Code
from shared.projections import standing

COMPLETE = 100
"""Percent of a complete file."""


class AgeBand(Code):
    """Completed years."""

    UNDER_6 = "0-5", "0—5岁", "0–5 years"
    UNDER_14 = "6-13", "6—13岁", "6–13 years"
    UNDER_17 = "14-16", "14—16岁", "14–16 years"


class ParentsAway(Code):
    """Which of a child's parents work away."""

    BOTH = "both", "父母均外出", "Both parents"
    MOTHER = "mother", "母亲外出", "Mother"
    FATHER = "father", "父亲外出", "Father"
    NONE = "none", "无", "None"


def _age_band(scope: FigureScope) -> ColumnElement[str]:
    age = scope.age(scope.files.c.birth_date)
    return case(
        (age <= 5, AgeBand.UNDER_6.value),  # noqa: PLR2004  # the bands
        (age <= 13, AgeBand.UNDER_14.value),  # noqa: PLR2004
        else_=AgeBand.UNDER_17.value,
    )


def _parents_away(scope: FigureScope) -> ColumnElement[str]:
    mother, father = scope.files.c.mother_away_since, scope.files.c.father_away_since
    return case(
        (mother.is_not(None) & father.is_not(None), ParentsAway.BOTH.value),
        (mother.is_not(None), ParentsAway.MOTHER.value),
        (father.is_not(None), ParentsAway.FATHER.value),
        else_=ParentsAway.NONE.value,
    )


def _with(*relations: GuardianRelation) -> Callable[[FigureScope], ColumnElement[bool]]:
    return lambda scope: scope.files.c.guardianship.in_(relations)


def _opened(scope: FigureScope) -> Select[Any]:
    files = scope.files
    lines = rows(files.c.child_id, files.c.opened_on, child=files.c.child_id).select_from(files)
    return lines.where(scope.during(files.c.opened_on))


def _exited(scope: FigureScope) -> Select[Any]:
    files = scope.files
    lines = rows(files.c.child_id, files.c.exited_on, child=files.c.child_id, key=files.c.exit_reason)
    return lines.select_from(files).where(scope.during(files.c.exited_on))


def _is_complete(scope: FigureScope) -> ColumnElement[bool]:
    return scope.files.c.completeness == COMPLETE


def _has_card(scope: FigureScope) -> ColumnElement[bool]:
    return scope.files.c.card_edition.is_not(None)


def _rechecked(scope: FigureScope) -> Select[Any]:
    on = scope.files.c.rechecked_on
    return scope.child_rows(on=on).where(scope.during(on))


def _latest_censuses(scope: FigureScope) -> Select[Any]:
    latest = (
        select(censuses)
        .where(standing(censuses, scope.at), scope.during(censuses.c.closed_on))
        .where(scope.share.within(censuses.c.township))
        .ext(distinct_on(censuses.c.township))
        .order_by(censuses.c.township, censuses.c.closed_on.desc(), censuses.c.census_id)
        .subquery()
    )
    return rows(latest.c.census_id, latest.c.closed_on, amount=latest.c.children).select_from(latest)


def _differences(scope: FigureScope) -> Select[Any]:
    closed = censuses.c.closed_on
    lines = rows(censuses.c.census_id, closed, amount=censuses.c.differences_settled)
    return lines.where(
        standing(censuses, scope.at), scope.during(closed), scope.share.within(censuses.c.township)
    )


def _parties(scope: FigureScope) -> Select[Any]:
    since = func.date(organisations.c.since)
    lines = rows(organisations.c.organisation_id, since, key=organisations.c.kind)
    own = scope.share.within(organisations.c.division, organisations.c.organisation_id)
    return lines.where(standing(organisations, scope.at), own)


CHILD = Children(section=SummarySection.SITUATION, unit="名")
FILE = Children(section=SummarySection.FILES, unit="份")

SITUATION: tuple[Figure, ...] = (
    # Of school age and not enrolled are those without a school; the others without one are younger.
    CHILD(
        "children",
        "建档留守儿童",
        "Left-behind children on file",
        unplaced_with=("school_age_children",),
    ),
    CHILD(
        "children_by_township",
        "按乡镇",
        "By township",
        key="township",
        by=Breakdown.TOWNSHIP,
        of="children",
    ),
    CHILD("children_by_village", "按村", "By village", key="village", by=Breakdown.VILLAGE, of="children"),
    CHILD("children_by_school", "按学校", "By school", key="school_id", by=Breakdown.SCHOOL, of="children"),
    CHILD("children_by_sex", "按性别", "By sex", key="sex", codes=Sex, of="children"),
    CHILD(
        "children_by_age",
        "按年龄段",
        "By age band",
        key=_age_band,
        codes=AgeBand,
        of="children",
        hidden_with=("school_age_children",),
    ),
    CHILD(
        "children_by_guardianship",
        "按照护人",
        "By guardian",
        key="guardianship",
        codes=GuardianRelation,
        of="children",
        hidden_with=("children_with_grandparents", "children_with_teachers_and_relatives"),
    ),
    CHILD(
        "children_with_grandparents",
        "隔代照护",
        "Looked after by grandparents",
        where=_with(GuardianRelation.GRANDPARENT),
        of="children",
    ),
    CHILD(
        "children_with_teachers_and_relatives",
        "由教师、亲属照护",
        "Looked after by teachers and relatives",
        where=_with(GuardianRelation.TEACHER, GuardianRelation.RELATIVE),
        of="children",
    ),
    CHILD(
        "children_by_parents_away",
        "父母外出情况",
        "Parents away",
        key=_parents_away,
        codes=ParentsAway,
        of="children",
    ),
    CHILD(
        "children_by_poverty",
        "困难类型",
        "By poverty status",
        key="poverty",
        codes=Poverty,
        of="children",
        needs=frozenset({"poverty"}),
        about=DataClass.AID,
    ),
    CHILD(
        "children_by_category",
        "关爱类别",
        "By care category",
        key="category",
        codes=CareCategory,
        of="children",
        needs=frozenset({"category"}),
        about=DataClass.CARE,
    ),
    # Files at the end less those at the beginning are the opened less the exited.
    CHILD(
        "files_opened",
        "本期新建档案",
        "Files opened",
        lines=_opened,
        unit="份",
        hidden_with=("children_exited",),
    ),
    CHILD(
        "children_exited",
        "本期退出",
        "Children no longer left behind",
        lines=_exited,
        codes=ExitReason,
        hidden_with=("files_opened",),
    ),
    Figure(
        "census_children",
        SummarySection.ORGANISATION,
        "排摸登记",
        "Children found by the census",
        "名",
        _latest_censuses,
        Measure.SUM,
        about_children=False,
        counts=Of.CENSUSES,
        hidden_with=("children",),
    ),
    Figure(
        "census_differences",
        SummarySection.ORGANISATION,
        "核对解决村校名单差异",
        "Differences between lists settled",
        "处",
        _differences,
        Measure.SUM,
        about_children=False,
        counts=Of.CENSUSES,
        hidden_with=("census_children",),
    ),
    Figure(
        "parties_by_kind",
        SummarySection.ORGANISATION,
        "参与单位",
        "Parties taking part",
        "个",
        _parties,
        by=Breakdown.CODE,
        codes=PartyKind,
        about_children=False,
        counts=Of.NOBODY,
    ),
    FILE("files_complete", "资料完整的档案", "Complete files", where=_is_complete, of="children"),
    FILE(
        "file_completeness",
        "档案平均完整度",
        "Average completeness of files",
        amount="completeness",
        measure=Measure.MEAN,
        unit="%",
        hidden_with=("children",),
    ),
    FILE(
        "contact_cards",
        "已发联系卡",
        "Contact cards issued",
        where=_has_card,
        unit="张",
        of="children",
    ),
    FILE("files_rechecked", "本期复核档案", "Files re-checked", lines=_rechecked, of="children"),
)
"""Sections: situation, organisation, files."""
