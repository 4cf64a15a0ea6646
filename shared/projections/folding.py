"""The pure side of projecting: rows in memory, changed event by event.

The writer fills a `RowCache` with the rows that a batch touches; tests fill it with nothing and fold a whole
history. Both therefore follow the same rules, and tables must equal a fold from zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Table

from shared.messages import Recorded
from shared.projections.changes import Change, Key, Row
from shared.projections.definition import Projection
from shared.projections.tables import as_stored, keeps_history


@dataclass(frozen=True, slots=True)
class Version:
    """What a row was from `since` until `until` (None = it still stands)."""

    since: datetime
    until: datetime | None
    row: Row


@dataclass(slots=True)
class RowState:
    """The place of one row: what stood there before the batch, and what stands there now."""

    before: Row | None = None
    row: Row | None = None
    newest_before: Version | None = None
    """For history tables: the newest version before the batch, standing or closed."""
    versions: list[Version] = field(default_factory=list)
    """For history tables: that version and all that followed, oldest first."""
    floor: datetime | None = None
    """No later version may begin before this: two sources' clocks can disagree."""

    def set(self, row: Row | None, at: datetime) -> None:
        """From `at` on the row is this (None: none). Versions of zero length are not kept."""
        at = at if self.floor is None else max(at, self.floor)
        if self.row is not None:
            newest = self.versions.pop()
            if newest.since < at:
                self.versions.append(replace(newest, until=at))
        if row is not None:
            self.versions.append(Version(at, None, row))
        self.floor = at


NOT_LOADED: Row = MappingProxyType({})
"""What stands in a row's place until a change that need not know it: equal to no row."""


def row_state_of(versions: Version | None) -> RowState:
    """The place of a history row whose newest version is given."""
    if versions is None:
        return RowState()
    row = versions.row if versions.until is None else None
    return RowState(row, row, versions, [versions], versions.until or versions.since)


@dataclass(slots=True)
class RowCache:
    """Rows in memory, by table and key. A row that was not loaded does not stand."""

    slots: dict[Table, dict[Key, RowState]] = field(default_factory=dict)

    def apply(self, changes: Iterable[Change], at: datetime) -> None:
        """All changes of one event, or none of them if one raises."""
        touched: list[tuple[RowState, Row | None, list[Version], datetime | None]] = []
        try:
            for change in changes:
                slots = self.slots.setdefault(change.table, {})
                slot = slots.get(change.key)
                if slot is None:
                    slot = slots[change.key] = RowState()
                touched.append((slot, slot.row, slot.versions.copy(), slot.floor))
                self._change(change, slot, at)
        except Exception:
            for slot, row, versions, floor in reversed(touched):
                slot.row, slot.versions, slot.floor = row, versions, floor
            raise

    def _change(self, change: Change, slot: RowState, at: datetime) -> None:
        row = change.apply(slot.row)
        stored = None if row is None else as_stored(change.table, row)
        if stored == slot.row:
            return
        if keeps_history(change.table):
            slot.set(stored, at)
        slot.row = stored


Folded = dict[str, dict[Key, dict[str, Any]]]


def fold(projection: Projection, events: Iterable[Recorded]) -> RowCache:
    """The rows after `events`, from nothing. Raises what a handler raises."""
    book = RowCache({table: {} for table in projection.tables.tables.values()})
    for recorded in events:
        book.apply(projection.project(recorded), recorded.recorded_at)
    return book


def fold_rows(projection: Projection, events: Iterable[Recorded]) -> Folded:
    """The standing rows after `events`, from nothing: `{table name: {key: row}}`."""
    book = fold(projection, events)
    return {
        table.name: {key: dict(slot.row) for key, slot in slots.items() if slot.row is not None}
        for table, slots in book.slots.items()
    }


def fold_versions(
    projection: Projection, events: Iterable[Recorded]
) -> Mapping[str, dict[Key, list[Version]]]:
    """All row versions of the history tables, oldest first: `{table name: {key: versions}}`."""
    book = fold(projection, events)
    return {
        table.name: {key: slot.versions for key, slot in slots.items() if slot.versions}
        for table, slots in book.slots.items()
        if keeps_history(table)
    }
