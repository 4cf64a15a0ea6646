"""How many children there are, where, with whom; the census; how complete the files are."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from services.language import DataClass, PartyKind
from services.registry.events import CareCategory, ExitReason, GuardianRelation, Poverty, Sex
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


def _by(column: str) -> Any:
    return lambda frame: frame.child_rows(key=frame.files.c[column])


def _by_age(frame: FigureScope) -> Select[Any]:
    age = frame.age(frame.files.c.birth_date)
    return frame.child_rows(
        key=case(
            (age <= 5, AgeBand.UNDER_6.value),  # noqa: PLR2004  # the bands
            (age <= 13, AgeBand.UNDER_14.value),  # noqa: PLR2004
            else_=AgeBand.UNDER_17.value,
        )
    )


def _by_parents_away(frame: FigureScope) -> Select[Any]:
    mother, father = frame.files.c.mother_away_since, frame.files.c.father_away_since
    whereabouts = case(
        (mother.is_not(None) & father.is_not(None), ParentsAway.BOTH.value),
        (mother.is_not(None), ParentsAway.MOTHER.value),
        (father.is_not(None), ParentsAway.FATHER.value),
        else_=ParentsAway.NONE.value,
    )
    return frame.child_rows(key=whereabouts)


def _with(*relations: GuardianRelation) -> Any:
    return lambda frame: frame.child_rows().where(frame.files.c.guardianship.in_(relations))


def _opened(frame: FigureScope) -> Select[Any]:
    files = frame.files
    lines = rows(files.c.child_id, files.c.opened_on, child=files.c.child_id).select_from(files)
    return lines.where(frame.during(files.c.opened_on))


def _exited(frame: FigureScope) -> Select[Any]:
    files = frame.files
    lines = rows(files.c.child_id, files.c.exited_on, child=files.c.child_id, key=files.c.exit_reason)
    return lines.select_from(files).where(frame.during(files.c.exited_on))


def _complete(frame: FigureScope) -> Select[Any]:
    return frame.child_rows().where(frame.files.c.completeness == COMPLETE)


def _completeness(frame: FigureScope) -> Select[Any]:
    return frame.child_rows(amount=frame.files.c.completeness)


def _carded(frame: FigureScope) -> Select[Any]:
    return frame.child_rows().where(frame.files.c.card_edition.is_not(None))


def _rechecked(frame: FigureScope) -> Select[Any]:
    on = frame.files.c.rechecked_on
    return frame.child_rows(on=on).where(frame.during(on))


def _latest_censuses(frame: FigureScope) -> Select[Any]:
    latest = (
        select(censuses)
        .where(standing(censuses, frame.at), frame.during(censuses.c.closed_on))
        .where(frame.share.within(censuses.c.township))
        .ext(distinct_on(censuses.c.township))
        .order_by(censuses.c.township, censuses.c.closed_on.desc(), censuses.c.census_id)
        .subquery()
    )
    return rows(latest.c.census_id, latest.c.closed_on, amount=latest.c.children).select_from(latest)


def _differences(frame: FigureScope) -> Select[Any]:
    closed = censuses.c.closed_on
    lines = rows(censuses.c.census_id, closed, amount=censuses.c.differences_settled)
    return lines.where(
        standing(censuses, frame.at), frame.during(closed), frame.share.within(censuses.c.township)
    )


def _parties(frame: FigureScope) -> Select[Any]:
    since = func.date(organisations.c.since)
    lines = rows(organisations.c.organisation_id, since, key=organisations.c.kind)
    own = frame.share.within(organisations.c.division, organisations.c.organisation_id)
    return lines.where(standing(organisations, frame.at), own)


_S, _O, _F = SummarySection.SITUATION, SummarySection.ORGANISATION, SummarySection.FILES
_CODE = Breakdown.CODE
_POVERTY, _CATEGORY = frozenset({"poverty"}), frozenset({"category"})

SITUATION: tuple[Figure, ...] = (
    # Of school age and not enrolled are those without a school; the others without one are younger.
    Figure(
        "children",
        _S,
        "建档留守儿童",
        "Left-behind children on file",
        "名",
        FigureScope.child_rows,
        unplaced_with=("school_age_children",),
    ),
    Figure(
        "children_by_township",
        _S,
        "按乡镇",
        "By township",
        "名",
        _by("township"),
        by=Breakdown.TOWNSHIP,
        of="children",
    ),
    Figure(
        "children_by_village",
        _S,
        "按村",
        "By village",
        "名",
        _by("village"),
        by=Breakdown.VILLAGE,
        of="children",
    ),
    Figure(
        "children_by_school",
        _S,
        "按学校",
        "By school",
        "名",
        _by("school_id"),
        by=Breakdown.SCHOOL,
        of="children",
    ),
    Figure("children_by_sex", _S, "按性别", "By sex", "名", _by("sex"), by=_CODE, codes=Sex, of="children"),
    Figure(
        "children_by_age",
        _S,
        "按年龄段",
        "By age band",
        "名",
        _by_age,
        by=_CODE,
        codes=AgeBand,
        of="children",
        hidden_with=("school_age_children",),
    ),
    Figure(
        "children_by_guardianship",
        _S,
        "按照护人",
        "By guardian",
        "名",
        _by("guardianship"),
        by=_CODE,
        codes=GuardianRelation,
        of="children",
        hidden_with=("children_with_grandparents", "children_with_teachers_and_relatives"),
    ),
    Figure(
        "children_with_grandparents",
        _S,
        "隔代照护",
        "Looked after by grandparents",
        "名",
        _with(GuardianRelation.GRANDPARENT),
        of="children",
    ),
    Figure(
        "children_with_teachers_and_relatives",
        _S,
        "由教师、亲属照护",
        "Looked after by teachers and relatives",
        "名",
        _with(GuardianRelation.TEACHER, GuardianRelation.RELATIVE),
        of="children",
    ),
    Figure(
        "children_by_parents_away",
        _S,
        "父母外出情况",
        "Parents away",
        "名",
        _by_parents_away,
        by=_CODE,
        codes=ParentsAway,
        of="children",
    ),
    Figure(
        "children_by_poverty",
        _S,
        "困难类型",
        "By poverty status",
        "名",
        _by("poverty"),
        by=_CODE,
        codes=Poverty,
        of="children",
        needs=_POVERTY,
        about=DataClass.AID,
    ),
    Figure(
        "children_by_category",
        _S,
        "关爱类别",
        "By care category",
        "名",
        _by("category"),
        by=_CODE,
        codes=CareCategory,
        of="children",
        needs=_CATEGORY,
        about=DataClass.CARE,
    ),
    # Files at the end less those at the beginning are the opened less the exited.
    Figure(
        "files_opened",
        _S,
        "本期新建档案",
        "Files opened",
        "份",
        _opened,
        hidden_with=("children_exited",),
    ),
    Figure(
        "children_exited",
        _S,
        "本期退出",
        "Children no longer left behind",
        "名",
        _exited,
        by=_CODE,
        codes=ExitReason,
        hidden_with=("files_opened",),
    ),
    Figure(
        "census_children",
        _O,
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
        _O,
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
        _O,
        "参与单位",
        "Parties taking part",
        "个",
        _parties,
        by=_CODE,
        codes=PartyKind,
        about_children=False,
        counts=Of.NOBODY,
    ),
    Figure("files_complete", _F, "资料完整的档案", "Complete files", "份", _complete, of="children"),
    Figure(
        "file_completeness",
        _F,
        "档案平均完整度",
        "Average completeness of files",
        "%",
        _completeness,
        Measure.MEAN,
        hidden_with=("children",),
    ),
    Figure("contact_cards", _F, "已发联系卡", "Contact cards issued", "张", _carded, of="children"),
    Figure("files_rechecked", _F, "本期复核档案", "Files re-checked", "份", _rechecked, of="children"),
)
"""Sections: situation, organisation, files."""
