"""Who cares for whom, and how often somebody was in touch."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Date, Select, cast, distinct, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on

from services.language import DataClass
from services.pairing.events import ContactKind, FailureReason, MentorKind
from services.reporting.care.views import contacts, diary_entries, pairings
from services.reporting.figures.declared import Children, Flow, Lines, Stock
from services.reporting.figures.figure import Breakdown, Figure, Of
from services.reporting.figures.scope import FigureScope, rows
from services.reporting.summaries.events import SummarySection
from shared.projections import standing

MENTOR_CONTACT_DAYS = 14
"""A mentor's contact is on time within so many days of the one before, or of the pairing's beginning."""


CONTACT = Flow(
    table=contacts, record="contact_id", section=SummarySection.PAIRING, unit="次", about=DataClass.CARE
)
DIARY = Flow(
    table=diary_entries,
    record="entry_id",
    section=SummarySection.PAIRING,
    unit="篇",
    about=DataClass.DIARY,
)
PAIR = Stock(
    table=pairings,
    record="pairing_id",
    begun="accepted_on",
    ended="ended_on",
    section=SummarySection.PAIRING,
    unit="对",
)


def _active(scope: FigureScope) -> ColumnElement[bool]:
    return scope.open_on_last_day(pairings.c.accepted_on, pairings.c.ended_on)


def _is_paired(scope: FigureScope) -> ColumnElement[bool]:
    paired = select(pairings.c.child_id).where(standing(pairings, scope.at), _active(scope))
    return scope.files.c.child_id.in_(paired)


def _has_entry(scope: FigureScope) -> ColumnElement[bool]:
    entries = select(diary_entries.c.child_id).where(
        standing(diary_entries, scope.at), scope.during(diary_entries.c.on)
    )
    return scope.files.c.child_id.in_(entries)


def _mothers_pairings(scope: FigureScope) -> Select[Any]:
    mentors = scope.audience.mentors
    mothers = select(mentors.c.mentor_id).where(
        standing(mentors, scope.at), mentors.c.kind == MentorKind.SURROGATE_MOTHER
    )
    found = scope.everyone.records(pairings, pairings.c.mentor_id, pairings.c.accepted_on)
    cared = scope.chosen(found, pairings.c.mentor_id)
    return cared.where(_active(scope), pairings.c.mentor_id.in_(mothers))


def _surrogate_mothers(scope: FigureScope) -> Select[Any]:
    # One line per mother, though she may care for siblings.
    each = _mothers_pairings(scope).ext(distinct_on(pairings.c.mentor_id))
    return each.order_by(pairings.c.mentor_id, pairings.c.accepted_on)


def _mentors(scope: FigureScope, key: Any = None) -> Select[Any]:
    mentors = scope.audience.mentors
    every = rows(mentors.c.mentor_id, cast(mentors.c.since, Date), key=key).select_from(mentors)
    lines = scope.chosen(every, mentors.c.mentor_id)
    own = scope.share.within(mentors.c.division, mentors.c.organisation_id)
    return lines.where(standing(mentors, scope.at), mentors.c.enrolled, own)


def _mentors_by_kind(scope: FigureScope) -> Select[Any]:
    return _mentors(scope, scope.audience.mentors.c.kind)


def _mentors_by_load(scope: FigureScope) -> Select[Any]:
    load = (
        select(func.count(distinct(pairings.c.child_id)))
        .where(standing(pairings, scope.at), _active(scope))
        .where(pairings.c.mentor_id == scope.audience.mentors.c.mentor_id)
        .scalar_subquery()
    )
    return _mentors(scope, load)


def _visit_days(scope: FigureScope) -> Select[Any]:
    visits = CONTACT.lines(scope).where(contacts.c.kind == ContactKind.HOME_VISIT, contacts.c.succeeded)
    # Several visits to one child on one day are one visit-day.
    return visits.ext(distinct_on(contacts.c.child_id, contacts.c.on)).order_by(
        contacts.c.child_id, contacts.c.on, contacts.c.contact_id
    )


_MENTORS_CONTACT = contacts.c.pairing_id.is_not(None) & contacts.c.succeeded


def _on_time(scope: FigureScope) -> Select[Any]:
    before = func.lag(contacts.c.on).over(
        partition_by=contacts.c.pairing_id, order_by=(contacts.c.on, contacts.c.contact_id)
    )
    spaced = (
        select(
            contacts.c.contact_id,
            (contacts.c.on - func.coalesce(before, pairings.c.accepted_on)).label("gap"),
        )
        .join(pairings, pairings.c.pairing_id == contacts.c.pairing_id)
        .where(standing(contacts, scope.at), standing(pairings, scope.at), _MENTORS_CONTACT)
        .where(contacts.c.child_id.in_(select(scope.files.c.child_id)))
        .subquery()
    )
    timely = select(spaced.c.contact_id).where(spaced.c.gap <= literal(MENTOR_CONTACT_DAYS))
    return CONTACT.lines(scope).where(contacts.c.contact_id.in_(timely))


_VISIT = (contacts.c.kind == ContactKind.HOME_VISIT) & contacts.c.succeeded
_VIDEO = (contacts.c.kind == ContactKind.VIDEO_CALL) & contacts.c.succeeded


def _of_mentors(code: str, zh: str, en: str, lines: Lines, **more: Any) -> Figure:
    return Figure(
        code,
        SummarySection.PAIRING,
        zh,
        en,
        "名",
        lines,
        about_children=False,
        by_mentor=True,
        **{"counts": Of.NOBODY, **more},
    )


CHILD = Children(section=SummarySection.PAIRING, unit="名")

PAIRING: tuple[Figure, ...] = (
    CHILD("children_paired", "已结对儿童", "Children paired", where=_is_paired, of="children"),
    PAIR("pairings_active", "在结对子", "Pairings under way", hidden_with=("children_paired",)),
    CHILD(
        "surrogate_mothers",
        "代理妈妈",
        "Surrogate mothers",
        lines=_surrogate_mothers,
        by_mentor=True,
        at_each=_mothers_pairings,
        hidden_with=("pairings_active",),
        within=("pairings_active",),
    ),
    _of_mentors("mentors", "结对人", "Mentors", _mentors),
    _of_mentors(
        "mentors_by_kind",
        "结对人类别",
        "Mentors by kind",
        _mentors_by_kind,
        by=Breakdown.CODE,
        codes=MentorKind,
    ),
    _of_mentors(
        "mentors_by_load",
        "每人结对儿童数",
        "Mentors by number of children",
        _mentors_by_load,
        by=Breakdown.CODE,
        counts=Of.LOADS,
        hidden_with=("children_paired", "pairings_active"),
    ),
    CONTACT("contacts", "联系记录", "Contacts tried"),
    CONTACT("contacts_succeeded", "成功联系", "Contacts made", where="succeeded", of="contacts"),
    CONTACT(
        "contacts_entered_in_time",
        "七日内录入",
        "Entered within seven days",
        where=~contacts.c.late,
        of="contacts",
    ),
    CONTACT(
        "contacts_by_kind",
        "联系方式",
        "Contacts by kind",
        key="kind",
        codes=ContactKind,
        hidden_with=("contacts", "home_visits", "video_calls"),
    ),
    CONTACT(
        "contacts_failed",
        "未能联系的原因",
        "Why contacts failed",
        where=~contacts.c.succeeded,
        key="failure",
        codes=FailureReason,
        of="contacts",
        hidden_with=("contacts_succeeded",),
    ),
    CONTACT(
        "mentor_contacts",
        "结对人联系",
        "Contacts by mentors",
        where=_MENTORS_CONTACT,
        within=("contacts_succeeded",),
    ),
    CONTACT(
        "mentor_contacts_on_time",
        "结对人按期联系（十四日内）",
        "Within 14 days of the one before",
        lines=_on_time,
        of="mentor_contacts",
    ),
    CONTACT("home_visits", "家访", "Home visits", where=_VISIT, within=("contacts_succeeded",)),
    CONTACT(
        "visit_days",
        "家访日数（同日同户计一次）",
        "Visit-days (one child, one day)",
        lines=_visit_days,
        unit="日",
        hidden_with=("home_visits",),
        within=("home_visits",),
    ),
    CONTACT(
        "video_calls", "亲情视频", "Video calls with parents", where=_VIDEO, within=("contacts_succeeded",)
    ),
    DIARY("diary_entries", "成长日记", "Diary entries"),
    CHILD(
        "children_with_diary",
        "有成长日记的儿童",
        "Children with a diary entry",
        where=_has_entry,
        about=DataClass.DIARY,
        of="children",
        within=("diary_entries",),
    ),
)
"""Section: pairing."""
