"""The growth diary as it reads now and as it read before, and who sees which entry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, and_, or_, select

from services.language import Relation, readable
from services.pairing.children.views import child, sees_children
from services.pairing.diaries.api import DiaryEntryView
from services.pairing.diaries.events import (
    ChildEntryCorrected,
    ChildEntryWritten,
    DiaryEntryCorrected,
    DiaryEntryWritten,
)
from services.pairing.diaries.rules import DiaryEntryUnknown
from services.pairing.events import EVENTS as PAIRING
from services.pairing.pairings.views import paired_since
from services.reach import Reach
from shared import Recorded, masked
from shared.projections import (
    Change,
    Position,
    Projection,
    Views,
    patch,
    put,
    standing,
    table_of,
    tables_of,
    view_of,
)

TABLES = tables_of("diaries")

entries = table_of(
    "entries",
    TABLES,
    DiaryEntryView,
    key="entry_id",
    index=("child_id", "on"),
    history=True,
    position=Position,
)

diaries = Projection("diaries", tables=TABLES, sources=(PAIRING,))


@diaries.on(DiaryEntryWritten)
def written(event: DiaryEntryWritten, recorded: Recorded) -> Iterable[Change]:
    yield put(entries, **event.model_dump(), position=recorded.position)


@diaries.on(ChildEntryWritten)
def child_entry_written(event: ChildEntryWritten, recorded: Recorded) -> Iterable[Change]:
    words = event.model_dump(exclude={"text"})
    yield put(entries, **words, child_text=event.text, position=recorded.position)


@diaries.on(DiaryEntryCorrected)
def corrected(event: DiaryEntryCorrected, recorded: Recorded) -> Iterable[Change]:
    yield _reads(event.entry_id, recorded.recorded_at, on=event.on, text=event.text)


@diaries.on(ChildEntryCorrected)
def child_entry_corrected(event: ChildEntryCorrected, recorded: Recorded) -> Iterable[Change]:
    yield _reads(event.entry_id, recorded.recorded_at, on=event.on, child_text=event.text)


def _reads(entry_id: UUID, at: datetime, **words: Any) -> Change:
    return patch(entries, {"entry_id": entry_id}, corrected_at=at, **words)


def visible_entries(views: Views, reach: Reach) -> Select[Any]:
    """The entries that the caller may see, as they read at the moment that is asked about.

    A school sees those of its pupils. A mentor sees those of the children paired with them that were written
    since, earlier ones only by the supervisor's choice.
    """
    scope = sees_children(reach, views)
    near = paired_since(reach, views, entries.c.child_id, entries.c.on, entries.c.position)
    return (
        select(entries, child.c.village, scope.label("in_scope"))
        .join(child, and_(child.c.child_id == entries.c.child_id, standing(child, views.at)))
        .where(standing(entries, views.at), or_(scope, near))
    )


async def one_entry(views: Views, reach: Reach, entry_id: UUID) -> RowMapping:
    """One entry that the caller may see. Raises `DiaryEntryUnknown`."""
    row = await views.one(visible_entries(views, reach).where(entries.c.entry_id == entry_id))
    if row is None:
        raise DiaryEntryUnknown
    return row


def entry_view(row: RowMapping, reach: Reach) -> DiaryEntryView:
    """The entry as the caller may read it."""
    relation = Relation.IN_SCOPE if row["in_scope"] else Relation.PAIRED
    return masked(view_of(DiaryEntryView, row), readable(reach.kind, relation))
