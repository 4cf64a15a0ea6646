"""The children, as far as caring for them needs to know: where they are, and whom to call."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    RowMapping,
    Uuid,
    any_,
    bindparam,
    select,
    true,
)

from services.language import ChildId
from services.pairing.children.rules import ChildFacts, ChildUnknown
from services.reach import Reach
from services.registry.events import EVENTS as REGISTRY
from services.registry.events import (
    ChildExited,
    ChildRegistered,
    ContactCardIssued,
    Guardian,
    GuardianNamed,
    GuardianReplaced,
    SchoolChanged,
    VillageChanged,
)
from shared import Recorded
from shared.projections import (
    Change,
    Projection,
    Query,
    Views,
    patch,
    put,
    standing,
    table_of,
    tables_of,
    then_and_now,
    view_of,
)

TABLES = tables_of("children")

child = table_of(
    "children",
    TABLES,
    ChildFacts,
    key="child_id",
    index=("village", "school_id"),
    history=True,
    name=str,
    exit_reason=str | None,
    guardian_languages=tuple[str, ...],
)

children = Projection("children", tables=TABLES, sources=(REGISTRY,))


@children.on(ChildRegistered)
def registered(event: ChildRegistered, _: Recorded) -> Iterable[Change]:
    yield put(
        child,
        child_id=event.child_id,
        name=event.name,
        birth_date=event.birth_date,
        village=event.address.village,
        township=event.township,
        school_id=event.school_id,
        guardian_languages=[],
        card=[],
    )


@children.on(GuardianNamed)
def guardian_named(event: GuardianNamed, _: Recorded) -> Iterable[Change]:
    yield guardian_speaks(event.child_id, event.guardian)


@children.on(GuardianReplaced)
def guardian_replaced(event: GuardianReplaced, _: Recorded) -> Iterable[Change]:
    yield guardian_speaks(event.child_id, event.guardian)


def guardian_speaks(child_id: ChildId, guardian: Guardian) -> Change:
    return patch(child, {"child_id": child_id}, guardian_languages=guardian.languages)


@children.on(ContactCardIssued)
def card_issued(event: ContactCardIssued, _: Recorded) -> Iterable[Change]:
    yield patch(child, {"child_id": event.child_id}, card=event.entries)


@children.on(SchoolChanged)
def school_changed(event: SchoolChanged, _: Recorded) -> Iterable[Change]:
    yield patch(child, {"child_id": event.child_id}, school_id=event.school_id)


@children.on(VillageChanged)
def village_changed(event: VillageChanged, _: Recorded) -> Iterable[Change]:
    moved = {"village": event.address.village, "township": event.township}
    yield patch(child, {"child_id": event.child_id}, **moved)


@children.on(ChildExited)
def exited(event: ChildExited, _: Recorded) -> Iterable[Change]:
    yield patch(child, {"child_id": event.child_id}, exited_on=event.on, exit_reason=event.reason)


def sees_children(reach: Reach, views: Views) -> ColumnElement[bool]:
    """Which children belong to the party: its township's, its village's, its school's. Then, and still."""
    return then_and_now(child, reach.sees_children(child), views.at)


async def child_facts(
    views: Views, ids: Collection[ChildId], reach: Reach | None
) -> dict[ChildId, ChildFacts]:
    """The facts of those of the children who exist and belong to the party now; None = whosever they are."""
    rows = await views.run(_facts(reach), ids=ids)
    return {row["child_id"]: as_facts(row) for row in rows}


@lru_cache(maxsize=1024)
def _facts(reach: Reach | None) -> Query:
    belongs = true() if reach is None else reach.sees_children(child)
    ids = any_(bindparam("ids", type_=ARRAY(Uuid)))
    return Query(select(child).where(child.c.child_id == ids, standing(child), belongs))


async def one_child(
    views: Views, child_id: ChildId, reachable: ColumnElement[bool], *, field: str = "child_id"
) -> RowMapping:
    """One reachable child's row. Raises `ChildUnknown`."""
    row = await views.one(
        select(child).where(child.c.child_id == child_id, standing(child, views.at), reachable)
    )
    if row is None:
        raise ChildUnknown(field=field)
    return row


async def reachable_ids(
    views: Views, ids: Collection[ChildId], reachable: ColumnElement[bool]
) -> frozenset[UUID]:
    """Those of the children whom the caller reaches."""
    if not ids:
        return frozenset()
    rows = await views.all(
        select(child.c.child_id).where(child.c.child_id.in_(ids), standing(child, views.at), reachable)
    )
    return frozenset(row["child_id"] for row in rows)


def as_facts(row: RowMapping | Mapping[str, Any]) -> ChildFacts:
    """The facts that pairing's rules need."""
    return view_of(ChildFacts, row)
