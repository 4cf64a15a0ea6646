"""Children's Homes and their sessions, activities, places, training, publicity."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Date, Select, func, literal, select

from services.pairing.events import ActivityKind, PublicityChannel
from services.registry.events import PlaceKind
from services.reporting.figures.declared import Flow, Stock
from services.reporting.figures.figure import Figure, Measure, Of
from services.reporting.figures.scope import FigureScope, rows
from services.reporting.places.views import activities, places, publicity, sessions
from services.reporting.summaries.events import SummarySection
from shared.projections import standing


class _Sessions(Flow):
    """A session belongs to whom its Children's Home belongs to."""

    def lines(self, scope: FigureScope, *, key: Any = None, amount: Any = None) -> Select[Any]:
        """Those that were held within the period."""
        own = select(places.c.place_id).where(scope.own(places))
        found = rows(sessions.c.session_id, sessions.c.on, key=key, amount=amount).select_from(sessions)
        return found.where(
            standing(sessions, scope.at), sessions.c.place_id.in_(own), scope.during(sessions.c.on)
        )


_OF_NOBODY: dict[str, Any] = {"about_children": False, "counts": Of.NOBODY}

PLACE = Stock(
    table=places,
    record="place_id",
    begun="opened_on",
    ended="closed_on",
    section=SummarySection.HOMES,
    unit="个",
    **_OF_NOBODY,
)
SESSION = _Sessions(
    table=sessions, record="session_id", section=SummarySection.HOMES, unit="次", **_OF_NOBODY
)
ACTIVITY = Flow(table=activities, record="activity_id", section=SummarySection.HOMES, unit="次", **_OF_NOBODY)
ITEM = Flow(
    table=publicity, record="publicity_id", section=SummarySection.PUBLICITY, unit="篇次", **_OF_NOBODY
)


def _sessions_planned(scope: FigureScope) -> Select[Any]:
    first = func.greatest(places.c.opened_on, literal(scope.period.first_day, Date))
    last = func.least(places.c.closed_on, literal(scope.period.last_day, Date))
    weeks = func.greatest(0, (last - first + 1) / 7)
    planned = scope.own_records(
        places,
        places.c.place_id,
        places.c.opened_on,
        amount=func.floor(weeks) * places.c.sessions_per_week,
    )
    return planned.where(places.c.kind == PlaceKind.CHILDRENS_HOME)


def _place(kind: PlaceKind) -> ColumnElement[bool]:
    return places.c.kind.in_((kind,))


def _kind(*kinds: ActivityKind) -> ColumnElement[bool]:
    return activities.c.kind.in_(kinds)


_PARTICIPANTS = activities.c.children + activities.c.guests
_FOR_GUARDIANS = _kind(ActivityKind.GUARDIAN_TRAINING, ActivityKind.PARENTS_MEETING)
_ON_RIGHTS = _kind(ActivityKind.RIGHTS_MONTH, ActivityKind.LECTURE)
_RIGHTS = SummarySection.RIGHTS

ACTIVITIES: tuple[Figure, ...] = (
    ACTIVITY(
        "exchange_meetings",
        "经验交流会",
        "Meetings to exchange experience",
        where=_kind(ActivityKind.EXCHANGE_MEETING),
        section=SummarySection.ORGANISATION,
    ),
    PLACE("places_by_kind", "活动阵地", "Places for children", key="kind", codes=PlaceKind, unit="处"),
    PLACE("homes", "留守儿童之家", "Children's Homes", where=_place(PlaceKind.CHILDRENS_HOME)),
    PLACE(
        "home_sessions_per_week",
        "每周开放",
        "Sessions a week as planned",
        where=_place(PlaceKind.CHILDRENS_HOME),
        amount="sessions_per_week",
        unit="次",
    ),
    PLACE(
        "home_sessions_planned",
        "应开放",
        "Sessions planned in the period",
        lines=_sessions_planned,
        measure=Measure.SUM,
        unit="次",
    ),
    SESSION("home_sessions_held", "实际开放", "Sessions held", of="home_sessions_planned"),
    SESSION(
        "home_session_staff",
        "每次在场教师至少",
        "Staff on site, at least",
        amount="staff",
        measure=Measure.LEAST,
        unit="名",
    ),
    SESSION(
        "home_attendance",
        "参加儿童",
        "Attendance at sessions",
        amount="children",
        unit="人次",
        counts=Of.SESSIONS,
    ),
    ACTIVITY("activities", "活动", "Activities"),
    ACTIVITY("activities_by_kind", "活动类别", "Activities by kind", key="kind", codes=ActivityKind),
    ACTIVITY(
        "activity_participants",
        "活动参加",
        "Participants",
        amount=_PARTICIPANTS,
        unit="人次",
        counts=Of.ACTIVITIES,
    ),
    ACTIVITY(
        "participants_by_kind",
        "各类活动参加",
        "Participants by kind",
        key="kind",
        codes=ActivityKind,
        amount=_PARTICIPANTS,
        unit="人次",
        counts=Of.ACTIVITIES,
        hidden_with=("activity_participants", "guardians_trained"),
    ),
    PLACE(
        "rights_stations",
        "维权站",
        "Rights stations",
        where=_place(PlaceKind.RIGHTS_STATION),
        section=_RIGHTS,
    ),
    ACTIVITY(
        "rights_activities",
        "维权月与法制讲座",
        "Rights months and lectures",
        where=_ON_RIGHTS,
        section=_RIGHTS,
    ),
    ACTIVITY(
        "guardian_trainings",
        "监护人培训与家长会",
        "Guardian training and parents' meetings",
        where=_FOR_GUARDIANS,
        section=_RIGHTS,
    ),
    ACTIVITY(
        "guardians_trained",
        "参加培训与家长会",
        "Attendance at them",
        where=_FOR_GUARDIANS,
        amount=_PARTICIPANTS,
        section=_RIGHTS,
        unit="人次",
        counts=Of.ACTIVITIES,
        within=("activity_participants",),
    ),
    ITEM("publicity", "宣传报道", "Publicity items"),
    ITEM("publicity_by_channel", "宣传渠道", "Publicity by channel", key="channel", codes=PublicityChannel),
)
"""Sections: organisation (meetings), homes and activities, rights (stations, training), publicity."""
