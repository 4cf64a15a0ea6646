"""Lists the records of accesses, and the alarms, for the county and for the children's own township."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    RowMapping,
    Select,
    Text,
    Uuid,
    and_,
    column,
    func,
    or_,
    select,
    true,
)

from services.accesses.api import AccessAlarmView, AccessesApi, AccessView
from services.accesses.shown import Shown, day_begins
from services.language import ChildId, PartyKind
from shared import Bilingual, Caller, Clock, Denied
from shared.accesses.log import AccessLog
from shared.accesses.schema import alarm
from shared.http import Page, lists, moments, paged, reached, serves
from shared.projections import Views, equals, view_of

_WINDOWS = (1, 31, None)
"""Days in which a page is looked for, one after the other: the newest are not sorted with all others."""
_QUESTION = frozenset({"trace_id", "operation", "query", "permission", "relation", "classes"})
"""What of a record says what was asked."""


class NoDivision(Denied, title_zh="查阅记录须以县级或乡镇身份查看"):
    """Access records are read for a county or a township."""

    way_out = Bilingual("请使用带有区划的令牌", "Use a token with a division")


@serves(AccessesApi.list_accesses)
async def list_accesses(
    *,
    caller: Caller,
    views: Views,
    accesses: AccessLog,
    clock: Clock,
    child_id: ChildId | None,
    subject: str | None,
    since: datetime | None,
    until: datetime | None,
    cursor: str | None,
    limit: int,
) -> Page[AccessView]:
    own = _own_division(caller)
    await accesses.settle()
    told = Shown(caller, clock.now())
    found = told.rows().subquery("found")
    order = (found.c.shown, found.c.tie)
    asked = select(found).where(
        _concerns(found, caller, own, child_id),
        equals(found.c.subject, subject),
        true() if since is None else (found.c.shown >= since) & (found.c.at >= since),
        true() if until is None else (found.c.shown < until) & (found.c.at < until + timedelta(days=1)),
    )
    before = reached(cursor, *order)[0] if cursor else until

    def line(row: RowMapping) -> AccessView:
        return _view(row, told, own)

    for window in _windows(found, before, clock.now()):
        page = await paged(views, asked.where(window), cursor, limit, *order, item=line, descending=True)
        if page.next is not None:
            break
    return page


def _windows(found: FromClause, before: datetime | None, now: datetime) -> Iterator[ColumnElement[bool]]:
    """The last days of those that are asked for, more of them, then all."""
    within = true() if before is None else found.c.at < before + timedelta(days=1)
    for days in _WINDOWS:
        since = None if days is None else day_begins(before or now) - timedelta(days=days)
        yield within if since is None else within & (found.c.at >= since)


def alarms(caller: Caller) -> Select[Any]:
    """The alarms about readers of the caller's division."""
    return select(alarm).where(_within(alarm.c.division, caller, _own_division(caller)))


def alarm_shown(row: RowMapping) -> AccessAlarmView:
    """The alarm."""
    return view_of(AccessAlarmView, row, children=row["counted"])


list_access_alarms = lists(
    AccessesApi.list_access_alarms,
    alarms,
    order=(alarm.c.at, alarm.c.subject),
    where={
        "subject": alarm.c.subject,
        **moments(alarm.c.at),
    },
    item=alarm_shown,
    newest_first=True,
)


def _own_division(caller: Caller) -> str:
    if caller.scope.division is None:
        raise NoDivision
    return caller.scope.division


def _concerns(access: FromClause, caller: Caller, own: str, child_id: ChildId | None) -> ColumnElement[bool]:
    unnested = func.unnest(access.c.about, access.c.places)
    named = unnested.table_valued(column("id", Uuid), column("place", Text)).render_derived(name="named")
    inside = _within(named.c.place, caller, own)
    if child_id is None:
        nobody = and_(func.cardinality(access.c.about) == 0, _within(access.c.division, caller, own))
        return or_(nobody, select(1).select_from(named).where(inside).correlate(access).exists())
    about = select(1).select_from(named).where(named.c.id == child_id, inside).correlate(access)
    # The first by the index, the second for those who were elsewhere at the time.
    return and_(access.c.names, access.c.about.contains([child_id]), about.exists())


def _within(place: ColumnElement[Any], caller: Caller, own: str) -> ColumnElement[bool]:
    """Whether the place lies in the caller's division; what lies nowhere known is the county's."""
    inside = place.startswith(own, autoescape=True)
    return or_(inside, place.is_(None)) if caller.kind == PartyKind.COUNTY else inside


def _view(row: RowMapping, told: Shown, own: str) -> AccessView:
    unknown = told.caller.kind == PartyKind.COUNTY
    mine = tuple(
        child_id
        for child_id, place in zip(row["about"], row["places"], strict=True)
        if (unknown if place is None else place.startswith(own))
    )
    shown: dict[str, Any] = {"name": row["name"]} if row["name"] else {}
    if row["explains"]:
        shown["classes"] = told.classes(row)
    shown |= {"children": mine} if row["names"] else {"unnamed": len(mine)}
    return view_of(
        AccessView,
        {
            name: value
            for name, value in row.items()
            if name != "name" and (row["explains"] or name not in _QUESTION)
        },
        at=row["shown"],
        elsewhere=len(row["about"]) - len(mine),
        **shown,
    )


ROUTES = (list_accesses, list_access_alarms)
