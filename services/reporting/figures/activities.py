"""Children's Homes and their sessions, activities, places, training, publicity."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Date, Select, Table, func, literal, select

from services.pairing.events import ActivityKind, PublicityChannel
from services.registry.events import PlaceKind
from services.reporting.figures.figure import Breakdown, Figure, Measure, Of
from services.reporting.figures.scope import FigureScope, rows
from services.reporting.places.views import activities, places, publicity, sessions
from services.reporting.summaries.events import SummarySection
from shared.projections import standing

_GUARDIANS = (ActivityKind.GUARDIAN_TRAINING, ActivityKind.PARENTS_MEETING)
_PARTICIPANTS = activities.c.children + activities.c.guests


def _own(frame: FigureScope, table: Table) -> Any:
    return standing(table, frame.at) & frame.share.within(table.c.division, table.c.organisation_id)


def _places(frame: FigureScope, *kinds: PlaceKind, key: Any = None, amount: Any = None) -> Select[Any]:
    lines = rows(places.c.place_id, places.c.opened_on, key=key, amount=amount).where(_own(frame, places))
    still_open = lines.where(frame.open_on_last_day(places.c.opened_on, places.c.closed_on))
    return still_open.where(places.c.kind.in_(kinds)) if kinds else still_open


def _places_by_kind(frame: FigureScope) -> Select[Any]:
    return _places(frame, key=places.c.kind)


def _homes(frame: FigureScope) -> Select[Any]:
    return _places(frame, PlaceKind.CHILDRENS_HOME)


def _sessions_per_week(frame: FigureScope) -> Select[Any]:
    return _places(frame, PlaceKind.CHILDRENS_HOME, amount=places.c.sessions_per_week)


def _sessions_planned(frame: FigureScope) -> Select[Any]:
    first = func.greatest(places.c.opened_on, literal(frame.period.first_day, Date))
    last = func.least(places.c.closed_on, literal(frame.period.last_day, Date))
    weeks = func.greatest(0, (last - first + 1) / 7)
    planned = rows(
        places.c.place_id, places.c.opened_on, amount=func.floor(weeks) * places.c.sessions_per_week
    )
    return planned.where(_own(frame, places), places.c.kind == PlaceKind.CHILDRENS_HOME)


def _sessions(frame: FigureScope, amount: Any = None) -> Select[Any]:
    own = select(places.c.place_id).where(_own(frame, places))
    lines = rows(sessions.c.session_id, sessions.c.on, amount=amount).select_from(sessions)
    return lines.where(
        standing(sessions, frame.at), sessions.c.place_id.in_(own), frame.during(sessions.c.on)
    )


def _staff(frame: FigureScope) -> Select[Any]:
    return _sessions(frame, sessions.c.staff)


def _attendance(frame: FigureScope) -> Select[Any]:
    return _sessions(frame, sessions.c.children)


def _activities(frame: FigureScope, *kinds: ActivityKind, key: Any = None, amount: Any = None) -> Select[Any]:
    lines = rows(activities.c.activity_id, activities.c.on, key=key, amount=amount)
    held = lines.where(_own(frame, activities), frame.during(activities.c.on))
    return held.where(activities.c.kind.in_(kinds)) if kinds else held


def _activities_by_kind(frame: FigureScope) -> Select[Any]:
    return _activities(frame, key=activities.c.kind)


def _participants(frame: FigureScope) -> Select[Any]:
    return _activities(frame, amount=_PARTICIPANTS)


def _participants_by_kind(frame: FigureScope) -> Select[Any]:
    return _activities(frame, key=activities.c.kind, amount=_PARTICIPANTS)


def _trainings(frame: FigureScope) -> Select[Any]:
    return _activities(frame, *_GUARDIANS)


def _trained(frame: FigureScope) -> Select[Any]:
    return _activities(frame, *_GUARDIANS, amount=_PARTICIPANTS)


def _meetings(frame: FigureScope) -> Select[Any]:
    return _activities(frame, ActivityKind.EXCHANGE_MEETING)


def _rights_months(frame: FigureScope) -> Select[Any]:
    return _activities(frame, ActivityKind.RIGHTS_MONTH, ActivityKind.LECTURE)


def _stations(frame: FigureScope) -> Select[Any]:
    return _places(frame, PlaceKind.RIGHTS_STATION)


def _items(frame: FigureScope, key: Any = None) -> Select[Any]:
    lines = rows(publicity.c.publicity_id, publicity.c.on, key=key)
    return lines.where(_own(frame, publicity), frame.during(publicity.c.on))


def _items_by_channel(frame: FigureScope) -> Select[Any]:
    return _items(frame, publicity.c.channel)


def _of_places(  # noqa: PLR0917  # a line of the table below
    code: str,
    section: SummarySection,
    zh: str,
    en: str,
    unit: str,
    lines: Any,
    *,
    counts: Of = Of.NOBODY,
    **more: Any,
) -> Figure:
    return Figure(code, section, zh, en, unit, lines, about_children=False, counts=counts, **more)


_O, _H = SummarySection.ORGANISATION, SummarySection.HOMES
_R, _P = SummarySection.RIGHTS, SummarySection.PUBLICITY
_CODE, _SUM = Breakdown.CODE, Measure.SUM

ACTIVITIES: tuple[Figure, ...] = (
    _of_places("exchange_meetings", _O, "经验交流会", "Meetings to exchange experience", "次", _meetings),
    _of_places(
        "places_by_kind",
        _H,
        "活动阵地",
        "Places for children",
        "处",
        _places_by_kind,
        by=_CODE,
        codes=PlaceKind,
    ),
    _of_places("homes", _H, "留守儿童之家", "Children's Homes", "个", _homes),
    _of_places(
        "home_sessions_per_week",
        _H,
        "每周开放",
        "Sessions a week as planned",
        "次",
        _sessions_per_week,
        measure=_SUM,
    ),
    _of_places(
        "home_sessions_planned",
        _H,
        "应开放",
        "Sessions planned in the period",
        "次",
        _sessions_planned,
        measure=_SUM,
    ),
    _of_places(
        "home_sessions_held", _H, "实际开放", "Sessions held", "次", _sessions, of="home_sessions_planned"
    ),
    _of_places(
        "home_session_staff",
        _H,
        "每次在场教师至少",
        "Staff on site, at least",
        "名",
        _staff,
        measure=Measure.LEAST,
    ),
    _of_places(
        "home_attendance",
        _H,
        "参加儿童",
        "Attendance at sessions",
        "人次",
        _attendance,
        measure=_SUM,
        counts=Of.SESSIONS,
    ),
    _of_places("activities", _H, "活动", "Activities", "次", _activities),
    _of_places(
        "activities_by_kind",
        _H,
        "活动类别",
        "Activities by kind",
        "次",
        _activities_by_kind,
        by=_CODE,
        codes=ActivityKind,
    ),
    _of_places(
        "activity_participants",
        _H,
        "活动参加",
        "Participants",
        "人次",
        _participants,
        measure=_SUM,
        counts=Of.ACTIVITIES,
    ),
    _of_places(
        "participants_by_kind",
        _H,
        "各类活动参加",
        "Participants by kind",
        "人次",
        _participants_by_kind,
        measure=_SUM,
        by=_CODE,
        codes=ActivityKind,
        counts=Of.ACTIVITIES,
        hidden_with=("activity_participants", "guardians_trained"),
    ),
    _of_places("rights_stations", _R, "维权站", "Rights stations", "个", _stations),
    _of_places(
        "rights_activities", _R, "维权月与法制讲座", "Rights months and lectures", "次", _rights_months
    ),
    _of_places(
        "guardian_trainings",
        _R,
        "监护人培训与家长会",
        "Guardian training and parents' meetings",
        "次",
        _trainings,
    ),
    _of_places(
        "guardians_trained",
        _R,
        "参加培训与家长会",
        "Attendance at them",
        "人次",
        _trained,
        measure=_SUM,
        counts=Of.ACTIVITIES,
        within=("activity_participants",),
    ),
    _of_places("publicity", _P, "宣传报道", "Publicity items", "篇次", _items),
    _of_places(
        "publicity_by_channel",
        _P,
        "宣传渠道",
        "Publicity by channel",
        "篇次",
        _items_by_channel,
        by=_CODE,
        codes=PublicityChannel,
    ),
)
"""Sections: organisation (meetings), homes and activities, rights (stations, training), publicity."""
