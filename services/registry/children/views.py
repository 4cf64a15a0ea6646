"""The child files as they stand, with every former version: one row a child."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    and_,
    false,
    or_,
    select,
)

from services.events import DomainEvent
from services.language import ChildId, Division
from services.registry.children.api import ChildView
from services.registry.children.completeness import completeness, missing_after
from services.registry.children.events import (
    CardEntry,
    ChildCategorised,
    ChildExited,
    ChildRegistered,
    ContactCardIssued,
    DroppedOut,
    FileRechecked,
    GuardianNamed,
    GuardianReplaced,
    ParentMovedAway,
    ParentReturned,
    Poverty,
    ResidentIdWithdrawn,
    ReturnedToSchool,
    SchoolChanged,
    Sex,
    VillageChanged,
)
from services.registry.events import EVENTS
from services.words import name_key
from shared import Recorded
from shared.projections import (
    Change,
    Projection,
    Row,
    Views,
    amend,
    put,
    standing,
    starts_with,
    table_of,
    tables_of,
    then_and_now,
)

TABLES = tables_of("children")

child = table_of(
    "children",
    TABLES,
    ChildView,
    key="child_id",
    index=("file_number", "name_key", "resident_id", "village", "school_id"),
    without=("id", "status", "guardian_relation", "address"),
    history=True,
    child_id=ChildId,
    name=str,
    name_key=str,
    sex=Sex,
    birth_date=date,
    village=Division,
    address_group=str | None,
    address_line=str | None,
    township=Division,
    poverty=Poverty,
    card=tuple[CardEntry, ...] | None,
    card_issued_at=datetime | None,
    exited=bool,
    completeness=int,
)

children = Projection("children", tables=TABLES, sources=(EVENTS,))


def _file(
    child_id: ChildId, event: DomainEvent, recorded: Recorded, change: Callable[[Row], Mapping[str, Any]]
) -> Change:
    """The file's row with what `change` says of it, its version and its completeness."""

    def changed(row: Row) -> Row:
        missing = missing_after(event, row["missing"])
        said = {"missing": missing, "completeness": completeness(missing)}
        return {**row, **change(row), **said, "version": recorded.version}

    return amend(child, {"child_id": child_id}, changed)


@children.on(ChildRegistered)
def registered(event: ChildRegistered, recorded: Recorded) -> Iterable[Change]:
    address = event.address
    facts = {name: value for name, value in event if name != "address"}
    blank = {column.name: None for column in child.columns if column.name not in {"since", "until"}}
    row = {
        **blank,
        **facts,
        "village": address.village,
        "address_group": address.group,
        "address_line": address.line,
        "name_key": name_key(event.name),
        "version": recorded.version,
        "parents": {},
        "card_due": False,
        "category_reasons": [],
        "exited": False,
        "missing": (missing := missing_after(event)),
        "completeness": completeness(missing),
    }
    yield put(child, **row)


@children.on(GuardianNamed)
@children.on(GuardianReplaced)
def guardian_named(event: GuardianNamed | GuardianReplaced, recorded: Recorded) -> Iterable[Change]:
    guardian = event.guardian.model_dump(mode="json")

    def change(row: Row) -> Mapping[str, Any]:
        former = row["guardian"] or {"name": None, "phone": None}
        reached_otherwise = any(former[one] != guardian[one] for one in ("name", "phone"))
        return {"guardian": guardian, "card_due": _card_due(row, reached_otherwise)}

    yield _file(event.child_id, event, recorded, change)


@children.on(ParentMovedAway)
def parent_moved_away(event: ParentMovedAway, recorded: Recorded) -> Iterable[Change]:
    whereabouts = {**event.model_dump(mode="json", exclude={"child_id", "parent"}), "away": True}

    def change(row: Row) -> Mapping[str, Any]:
        before = row["parents"].get(event.parent.value, {})
        former = before["phone"] if before.get("away") else None  # at home nobody is called
        parents = {**row["parents"], event.parent.value: whereabouts}
        return {"parents": parents, "card_due": _card_due(row, former != event.phone)}

    yield _file(event.child_id, event, recorded, change)


@children.on(ParentReturned)
def parent_returned(event: ParentReturned, recorded: Recorded) -> Iterable[Change]:
    def change(row: Row) -> Mapping[str, Any]:
        whereabouts = {
            **row["parents"].get(event.parent.value, {}),
            "away": False,
            "since": event.on.isoformat(),
        }
        return {"parents": {**row["parents"], event.parent.value: whereabouts}}

    yield _file(event.child_id, event, recorded, change)


@children.on(ContactCardIssued)
def contact_card_issued(event: ContactCardIssued, recorded: Recorded) -> Iterable[Change]:
    card = {
        "card": event.entries,
        "card_edition": event.edition,
        "card_issued_at": recorded.occurred_at,
        "card_due": False,
    }
    yield _file(event.child_id, event, recorded, lambda _: card)


@children.on(ChildCategorised)
def categorised(event: ChildCategorised, recorded: Recorded) -> Iterable[Change]:
    category = {
        "category": event.category,
        "category_reasons": event.reasons,
        "category_since": event.since,
    }
    yield _file(event.child_id, event, recorded, lambda _: category)


@children.on(SchoolChanged)
def school_changed(event: SchoolChanged, recorded: Recorded) -> Iterable[Change]:
    school = {"school_id": event.school_id, "class_id": event.class_id, "dropped_out_on": None}
    yield _file(event.child_id, event, recorded, lambda _: school)


@children.on(VillageChanged)
def village_changed(event: VillageChanged, recorded: Recorded) -> Iterable[Change]:
    address = event.address
    moved = {
        "village": address.village,
        "address_group": address.group,
        "address_line": address.line,
        "township": event.township,
    }
    yield _file(event.child_id, event, recorded, lambda _: moved)


@children.on(ResidentIdWithdrawn)
def resident_id_withdrawn(event: ResidentIdWithdrawn, recorded: Recorded) -> Iterable[Change]:
    yield _file(event.child_id, event, recorded, lambda _: {"resident_id": None})


@children.on(DroppedOut)
def dropped_out(event: DroppedOut, recorded: Recorded) -> Iterable[Change]:
    yield _file(event.child_id, event, recorded, lambda _: {"dropped_out_on": event.on})


@children.on(ReturnedToSchool)
def returned_to_school(event: ReturnedToSchool, recorded: Recorded) -> Iterable[Change]:
    yield _file(event.child_id, event, recorded, lambda _: {"dropped_out_on": None})


@children.on(FileRechecked)
def rechecked(event: FileRechecked, recorded: Recorded) -> Iterable[Change]:
    yield _file(event.child_id, event, recorded, lambda _: {"rechecked_on": event.on})


@children.on(ChildExited)
def exited(event: ChildExited, recorded: Recorded) -> Iterable[Change]:
    left = {"exited": True, "exit_reason": event.reason, "exited_on": event.on}
    yield _file(event.child_id, event, recorded, lambda _: left)


def _card_due(row: Row, reached_otherwise: bool) -> bool:
    return bool(row["card_due"] or (row["card"] is not None and reached_otherwise))


def children_of(
    views: Views,
    within: ColumnElement[bool],
    *,
    village: Division | None = None,
    text: str | None = None,
) -> Select[Any]:
    """The files within a scope, then and still; `text` looks in name and file number."""
    query = select(child).where(
        standing(child, views.at),
        then_and_now(child, within, views.at),
        starts_with(child.c.village, village),
    )
    if not text:
        return query
    named = child.c.name_key.contains(key, autoescape=True) if (key := name_key(text)) else false()
    return query.where(or_(named, child.c.file_number.icontains(text, autoescape=True)))


async def one_child(
    views: Views, child_id: ChildId, within: ColumnElement[bool] | None = None
) -> RowMapping | None:
    """One file, if it was opened by then and lay within the scope, and still does (None: whoever asks)."""
    query = select(child).where(child.c.child_id == child_id, standing(child, views.at))
    if within is not None:
        query = query.where(then_and_now(child, within, views.at))
    return await views.one(query)


async def known_children(
    views: Views, ids: Collection[ChildId], within: ColumnElement[bool] | None = None
) -> Mapping[ChildId, RowMapping]:
    """Those of the files that exist within the scope, by id (None: whosever they are)."""
    query = select(child).where(child.c.child_id.in_(ids), standing(child, views.at))
    rows = await views.all(query if within is None else query.where(within))
    return {row["child_id"]: row for row in rows}


async def alike(
    views: Views,
    within: ColumnElement[bool],
    *,
    name: str | None,
    birth_date: date | None,
    resident_id: str | None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """Files of a scope with this resident ID, or with this name and birth date; open ones first."""
    same = []
    if resident_id:
        same.append(child.c.resident_id == resident_id)
    if name and birth_date:
        same.append(and_(child.c.name_key == name_key(name), child.c.birth_date == birth_date))
    if not same:
        return ()
    query = children_of(views, within).where(or_(*same))
    return await views.all(query.order_by(child.c.exited, child.c.file_number).limit(limit))
