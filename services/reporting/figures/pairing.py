"""Who cares for whom, and how often somebody was in touch."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Date, Select, cast, distinct, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on

from services.language import DataClass
from services.pairing.events import ContactKind, FailureReason, MentorKind
from services.reporting.care.views import contacts, pairings
from services.reporting.figures.figure import Breakdown, Figure, Of
from services.reporting.figures.scope import FigureScope, rows
from services.reporting.summaries.events import SummarySection
from shared.projections import standing

MENTOR_CONTACT_DAYS = 14
"""A mentor's contact is on time within so many days of the one before, or of the pairing's beginning."""


def _active(frame: FigureScope) -> ColumnElement[bool]:
    return frame.open_on_last_day(pairings.c.accepted_on, pairings.c.ended_on)


def _active_pairings(frame: FigureScope) -> Select[Any]:
    lines = frame.records(pairings, pairings.c.pairing_id, pairings.c.accepted_on)
    return lines.where(_active(frame))


def _paired(frame: FigureScope) -> Select[Any]:
    paired = select(pairings.c.child_id).where(standing(pairings, frame.at), _active(frame))
    return frame.child_rows().where(frame.files.c.child_id.in_(paired))


def _mothers_pairings(frame: FigureScope) -> Select[Any]:
    mentors = frame.audience.mentors
    mothers = select(mentors.c.mentor_id).where(
        standing(mentors, frame.at), mentors.c.kind == MentorKind.SURROGATE_MOTHER
    )
    found = frame.everyone.records(pairings, pairings.c.mentor_id, pairings.c.accepted_on)
    cared = frame.chosen(found, pairings.c.mentor_id)
    return cared.where(_active(frame), pairings.c.mentor_id.in_(mothers))


def _surrogate_mothers(frame: FigureScope) -> Select[Any]:
    # One line per mother, though she may care for siblings.
    each = _mothers_pairings(frame).ext(distinct_on(pairings.c.mentor_id))
    return each.order_by(pairings.c.mentor_id, pairings.c.accepted_on)


def _mentors(frame: FigureScope, key: Any = None) -> Select[Any]:
    mentors = frame.audience.mentors
    every = rows(mentors.c.mentor_id, cast(mentors.c.since, Date), key=key).select_from(mentors)
    lines = frame.chosen(every, mentors.c.mentor_id)
    own = frame.share.within(mentors.c.division, mentors.c.organisation_id)
    return lines.where(standing(mentors, frame.at), mentors.c.enrolled, own)


def _mentors_by_kind(frame: FigureScope) -> Select[Any]:
    return _mentors(frame, frame.audience.mentors.c.kind)


def _mentors_by_load(frame: FigureScope) -> Select[Any]:
    load = (
        select(func.count(distinct(pairings.c.child_id)))
        .where(standing(pairings, frame.at), _active(frame))
        .where(pairings.c.mentor_id == frame.audience.mentors.c.mentor_id)
        .scalar_subquery()
    )
    return _mentors(frame, load)


def _contacts(frame: FigureScope, *, key: Any = None) -> Select[Any]:
    return frame.records_during(contacts, contacts.c.contact_id, contacts.c.on, key=key)


def _contacts_by(column: str) -> Any:
    return lambda frame: _contacts(frame, key=contacts.c[column])


def _contacts_where(*conditions: ColumnElement[bool]) -> Any:
    return lambda frame: _contacts(frame).where(*conditions)


def _failures(frame: FigureScope) -> Select[Any]:
    return _contacts(frame, key=contacts.c.failure).where(~contacts.c.succeeded)


def _visit_days(frame: FigureScope) -> Select[Any]:
    visits = _contacts(frame).where(contacts.c.kind == ContactKind.HOME_VISIT, contacts.c.succeeded)
    # Several visits to one child on one day are one visit-day.
    return visits.ext(distinct_on(contacts.c.child_id, contacts.c.on)).order_by(
        contacts.c.child_id, contacts.c.on, contacts.c.contact_id
    )


_MENTORS_CONTACT = contacts.c.pairing_id.is_not(None) & contacts.c.succeeded


def _on_time(frame: FigureScope) -> Select[Any]:
    before = func.lag(contacts.c.on).over(
        partition_by=contacts.c.pairing_id, order_by=(contacts.c.on, contacts.c.contact_id)
    )
    spaced = (
        select(
            contacts.c.contact_id,
            (contacts.c.on - func.coalesce(before, pairings.c.accepted_on)).label("gap"),
        )
        .join(pairings, pairings.c.pairing_id == contacts.c.pairing_id)
        .where(standing(contacts, frame.at), standing(pairings, frame.at), _MENTORS_CONTACT)
        .where(contacts.c.child_id.in_(select(frame.files.c.child_id)))
        .subquery()
    )
    timely = select(spaced.c.contact_id).where(spaced.c.gap <= literal(MENTOR_CONTACT_DAYS))
    return _contacts(frame).where(contacts.c.contact_id.in_(timely))


_P = SummarySection.PAIRING
_CODE = Breakdown.CODE
_CARE = DataClass.CARE
_VISIT = contacts.c.kind == ContactKind.HOME_VISIT
_VIDEO = contacts.c.kind == ContactKind.VIDEO_CALL

PAIRING: tuple[Figure, ...] = (
    Figure("children_paired", _P, "已结对儿童", "Children paired", "名", _paired, of="children"),
    Figure(
        "pairings_active",
        _P,
        "在结对子",
        "Pairings under way",
        "对",
        _active_pairings,
        hidden_with=("children_paired",),
    ),
    Figure(
        "surrogate_mothers",
        _P,
        "代理妈妈",
        "Surrogate mothers",
        "名",
        _surrogate_mothers,
        by_mentor=True,
        at_each=_mothers_pairings,
        hidden_with=("pairings_active",),
        within=("pairings_active",),
    ),
    Figure(
        "mentors",
        _P,
        "结对人",
        "Mentors",
        "名",
        _mentors,
        about_children=False,
        counts=Of.NOBODY,
        by_mentor=True,
    ),
    Figure(
        "mentors_by_kind",
        _P,
        "结对人类别",
        "Mentors by kind",
        "名",
        _mentors_by_kind,
        by=_CODE,
        codes=MentorKind,
        about_children=False,
        counts=Of.NOBODY,
        by_mentor=True,
    ),
    Figure(
        "mentors_by_load",
        _P,
        "每人结对儿童数",
        "Mentors by number of children",
        "名",
        _mentors_by_load,
        by=_CODE,
        about_children=False,
        counts=Of.LOADS,
        by_mentor=True,
        hidden_with=("children_paired", "pairings_active"),
    ),
    Figure("contacts", _P, "联系记录", "Contacts tried", "次", _contacts, about=_CARE),
    Figure(
        "contacts_succeeded",
        _P,
        "成功联系",
        "Contacts made",
        "次",
        _contacts_where(contacts.c.succeeded),
        of="contacts",
        about=_CARE,
    ),
    Figure(
        "contacts_entered_in_time",
        _P,
        "七日内录入",
        "Entered within seven days",
        "次",
        _contacts_where(~contacts.c.late),
        of="contacts",
        about=_CARE,
    ),
    Figure(
        "contacts_by_kind",
        _P,
        "联系方式",
        "Contacts by kind",
        "次",
        _contacts_by("kind"),
        by=_CODE,
        codes=ContactKind,
        hidden_with=("contacts", "home_visits", "video_calls"),
        about=_CARE,
    ),
    Figure(
        "contacts_failed",
        _P,
        "未能联系的原因",
        "Why contacts failed",
        "次",
        _failures,
        by=_CODE,
        codes=FailureReason,
        of="contacts",
        hidden_with=("contacts_succeeded",),
        about=_CARE,
    ),
    Figure(
        "mentor_contacts",
        _P,
        "结对人联系",
        "Contacts by mentors",
        "次",
        _contacts_where(_MENTORS_CONTACT),
        about=_CARE,
        within=("contacts_succeeded",),
    ),
    Figure(
        "mentor_contacts_on_time",
        _P,
        "结对人按期联系（十四日内）",
        "Within 14 days of the one before",
        "次",
        _on_time,
        of="mentor_contacts",
        about=_CARE,
    ),
    Figure(
        "home_visits",
        _P,
        "家访",
        "Home visits",
        "次",
        _contacts_where(_VISIT, contacts.c.succeeded),
        about=_CARE,
        within=("contacts_succeeded",),
    ),
    Figure(
        "visit_days",
        _P,
        "家访日数（同日同户计一次）",
        "Visit-days (one child, one day)",
        "日",
        _visit_days,
        hidden_with=("home_visits",),
        within=("home_visits",),
        about=_CARE,
    ),
    Figure(
        "video_calls",
        _P,
        "亲情视频",
        "Video calls with parents",
        "次",
        _contacts_where(_VIDEO, contacts.c.succeeded),
        about=_CARE,
        within=("contacts_succeeded",),
    ),
)
"""Section: pairing."""
