"""Routes that answer with rows: roster, timeline, map of care."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import RowMapping, select

from services.language import ChildId, DataClass, PartyKind, Relation, readable
from services.reach import Reach
from services.reporting.audiences.timeline import timeline_of
from services.reporting.children.api import CareMapRow, ChildrenApi, Moment, PairedChild, RosterRow
from services.reporting.children.roster import carers, in_care_of, readable_child, roster, since_pairing
from services.reporting.figures.scope import FigureScope
from services.reporting.scope import classes_of
from shared import Bilingual, Unknown, masked
from shared.http import Page, paged, serves
from shared.projections import Views, view_of


class ChildUnknown(Unknown, title_zh="没有该儿童档案，或无权查看"):
    """There is no such child file, or you may not see it."""

    field = "child_id"
    way_out = Bilingual("请在台账中选择", "Choose one from the roster")


@serves(ChildrenApi.list_roster)
async def list_roster(
    reach: Reach,
    views: Views,
    narrowed: FigureScope,
    *,
    search: str | None,
    exited: bool,
    cursor: str | None,
    limit: int,
) -> Page[RosterRow]:
    classes = classes_of(reach)

    def line(row: RowMapping) -> RosterRow:
        return masked(view_of(RosterRow, row), classes)

    lines = roster(narrowed, search=search, exited=exited).subquery()
    order = (lines.c.file_number, lines.c.child_id)
    return await paged(views, select(lines), cursor, limit, *order, item=line)


@serves(ChildrenApi.get_timeline)
async def get_timeline(
    child_id: ChildId, views: Views, figure_scope: FigureScope, *, cursor: str | None, limit: int
) -> Page[Moment]:
    if await views.one(readable_child(figure_scope, child_id)) is None:
        raise ChildUnknown
    table = figure_scope.audience.timeline
    lines = timeline_of(table, child_id, figure_scope.at).where(since_pairing(figure_scope, table))
    order = (table.c.on, table.c.recorded_at, table.c.service, table.c.position)
    return await paged(views, lines, cursor, limit, *order, item=_moment, descending=True)


def _moment(row: RowMapping) -> Moment:
    return view_of(Moment, row)


@serves(ChildrenApi.get_care_map)
async def get_care_map(
    reach: Reach, views: Views, figure_scope: FigureScope, cursor: str | None, limit: int
) -> Page[CareMapRow]:
    league = reach.kind == PartyKind.YOUTH_LEAGUE
    classes = readable(reach.kind, Relation.PAIRED) if league else classes_of(reach)
    lines = carers(figure_scope, organisation=reach.organisation or UUID(int=0) if league else None)
    mentors = figure_scope.audience.mentors.c.mentor_id
    page = await paged(views, lines, cursor, limit, mentors, item=lambda row: row)
    return await _with_children(views, figure_scope, page, classes, anonymous=league)


async def _with_children(
    views: Views,
    scope: FigureScope,
    page: Page[RowMapping],
    classes: frozenset[DataClass],
    *,
    anonymous: bool,
) -> Page[CareMapRow]:
    ids = [row["mentor_id"] for row in page.items]
    children: dict[UUID, list[PairedChild]] = {mentor_id: [] for mentor_id in ids}
    for row in await views.all(in_care_of(scope, ids, anonymous=anonymous)):
        children[row["mentor_id"]].append(view_of(PairedChild, row))
    items = tuple(
        masked(view_of(CareMapRow, row, children=tuple(children[row["mentor_id"]])), classes)
        for row in page.items
    )
    return Page(items=items, **({} if page.next is None else {"next": page.next}))


ROUTES = (list_roster, get_timeline, get_care_map)
