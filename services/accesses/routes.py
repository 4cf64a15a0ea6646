"""Lists the records of accesses, and the alarms, for the county and for the children's own township."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter
from sqlalchemy import ColumnElement, RowMapping, Text, Uuid, and_, column, func, or_, select, true

from services.accesses.contracts import AccessAlarmView, AccessView
from services.language import ChildId, DataClass, PartyKind
from shared.access import Caller, may_read
from shared.accesses.log import AccessLog
from shared.accesses.schema import access, alarm
from shared.http import DEFAULT_LIMIT, Cursor, Limit, Page, paged
from shared.projections.narrowing import equals
from shared.refusals import Denied
from shared.views import Views, view_of

READ_ACCESSES = may_read("read_accesses", PartyKind.COUNTY, PartyKind.TOWNSHIP)

Subject = Annotated[
    str | None, QueryParameter(description="读取人的登录名 / The reader's login name", max_length=200)
]


_OF_DANGER_REPORTS = (DataClass.RIGHTS.value, DataClass.REPORTER.value)


class NoDivision(Denied):
    """Records of accesses are read for a county or a township."""

    way_out = "请使用带有区划的令牌 / Use a token with a division"


@get("/accesses", operation_id="list_accesses", permission=READ_ACCESSES)
async def list_accesses(
    caller: Caller,
    views: Views,
    accesses: AccessLog,
    *,
    child_id: ChildId | None = None,
    subject: Subject = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[AccessView]:
    """Who read what in this service about the caller's children, newest first; `since` ≤ at < `until`.

    A township sees the records of children who were its own at the time, and those of its own readers that
    name no child; of danger reports those of its own readers. This answer is an access itself.
    """
    own = _own_division(caller)
    await accesses.settle()
    found = select(access).where(
        _concerns(caller, own, child_id),
        _fit_to_be_shown(caller),
        equals(access.c.subject, subject),
        true() if since is None else access.c.at >= since,
        true() if until is None else access.c.at < until,
    )
    order = (access.c.at, access.c.id)
    return await paged(
        views, found, cursor, limit, *order, item=lambda row: _view(row, caller, own), descending=True
    )


@get("/accesses/alarms", operation_id="list_access_alarms", permission=READ_ACCESSES)
async def list_access_alarms(
    caller: Caller,
    views: Views,
    *,
    subject: Subject = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[AccessAlarmView]:
    """Who read of far more children than usual, once a person and day, newest first."""
    own = _own_division(caller)
    found = select(alarm).where(
        _within(alarm.c.division, caller, own),
        equals(alarm.c.subject, subject),
        true() if since is None else alarm.c.at >= since,
        true() if until is None else alarm.c.at < until,
    )
    order = (alarm.c.at, alarm.c.subject)
    return await paged(views, found, cursor, limit, *order, item=_alarm_view, descending=True)


def _own_division(caller: Caller) -> str:
    if caller.scope.division is None:
        raise NoDivision
    return caller.scope.division


def _concerns(caller: Caller, own: str, child_id: ChildId | None) -> ColumnElement[bool]:
    unnested = func.unnest(access.c.about, access.c.places)
    named = unnested.table_valued(column("id", Uuid), column("place", Text)).render_derived(name="named")
    inside = _within(named.c.place, caller, own)
    if child_id is None:
        nobody = and_(func.cardinality(access.c.about) == 0, _within(access.c.division, caller, own))
        return or_(nobody, select(1).select_from(named).where(inside).correlate(access).exists())
    about = select(1).select_from(named).where(named.c.id == child_id, inside).correlate(access)
    # The first by the index, the second for those who were elsewhere at the time.
    return and_(access.c.about.contains([child_id]), about.exists())


def _fit_to_be_shown(caller: Caller) -> ColumnElement[bool]:
    """From who else reads danger reports of a child, an accused township would learn of one, and of whom."""
    if caller.kind == PartyKind.COUNTY:
        return true()
    return or_(access.c.party == caller.party, ~access.c.classes.overlap(list(_OF_DANGER_REPORTS)))


def _within(place: ColumnElement[Any], caller: Caller, own: str) -> ColumnElement[bool]:
    """Whether the place lies in the caller's division; what lies nowhere known is the county's."""
    inside = place.startswith(own, autoescape=True)
    return or_(inside, place.is_(None)) if caller.kind == PartyKind.COUNTY else inside


def _view(row: RowMapping, caller: Caller, own: str) -> AccessView:
    unknown = caller.kind == PartyKind.COUNTY
    mine = tuple(
        child_id
        for child_id, place in zip(row["about"], row["places"], strict=True)
        if (unknown if place is None else place.startswith(own))
    )
    shown: dict[str, Any] = {"name": row["name"]} if row["name"] else {}
    return view_of(
        AccessView,
        {name: value for name, value in row.items() if name != "name"},
        children=mine,
        elsewhere=len(row["about"]) - len(mine),
        **shown,
    )


def _alarm_view(row: RowMapping) -> AccessAlarmView:
    return view_of(AccessAlarmView, row, children=row["counted"])


ROUTES = (list_accesses, list_access_alarms)
