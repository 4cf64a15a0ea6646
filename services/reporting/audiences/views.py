"""What one audience holds of children and mentors: the columns whose class of data it reads, and no others.

The five audiences are five projections, each in its own schema; they are made here because their shape is the
same and only the reading rights differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Date, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.events import DomainEvent
from services.language import DataClass, PartyKind, Relation, readable, readable_of_log
from services.pairing.events import EVENTS as PAIRING
from services.pairing.events import MentorCapacityChanged, MentorEnrolled, MentorLeft, MentorRecordChecked
from services.registry.events import EVENTS as REGISTRY
from services.registry.events import REQUIRED, ChildRegistered, completeness, missing_after
from services.reporting.audiences.facts import CHILD_EVENTS, FACTS, facts_of
from services.reporting.audiences.timeline import TIMELINE_EVENTS, moments, timeline_table
from shared import Recorded
from shared.projections import (
    Change,
    Projection,
    Row,
    RowMissing,
    history_table,
    merge,
    patch,
    put,
    row_columns,
    tables_of,
)

_INDEXED = frozenset({"village", "township", "school_id", "file_number"})
"""The columns by which a party's own children are found among all, and the order of the roster."""

_OF_CHILDREN: frozenset[type[DomainEvent]] = frozenset({*CHILD_EVENTS, *TIMELINE_EVENTS})


@dataclass(frozen=True, slots=True)
class Audience:
    """The read model of all parties of one kind; which rows a single party sees is its reach (`reach.py`)."""

    kind: PartyKind
    relation: Relation
    projection: Projection
    children: Table
    """One row per child file."""
    mentors: Table
    timeline: Table

    @property
    def reads(self) -> frozenset[DataClass]:
        """The classes of data in its tables."""
        return readable(self.kind, self.relation)

    @property
    def reads_of_log(self) -> frozenset[DataClass]:
        """The classes of data in its rows about contacts."""
        return readable_of_log(self.kind, self.relation)


def audience(kind: PartyKind, relation: Relation = Relation.IN_SCOPE) -> Audience:
    """The audience of this party kind; its schema bears the kind's name."""
    reads = readable(kind, relation)
    tables = tables_of(kind.value)
    model = Audience(
        kind=kind,
        relation=relation,
        projection=Projection(name=kind.value, tables=tables, sources=(REGISTRY, PAIRING)),
        children=history_table(
            "children",
            tables,
            Column("child_id", Uuid(), primary_key=True),
            *(
                Column(fact.name, fact.kind, index=fact.name in _INDEXED)
                for fact in FACTS
                if fact.data_class is None or fact.data_class in reads
            ),
            Column("filled", JSONB(), nullable=False),
            Column("completeness", Integer(), nullable=False),
        ),
        mentors=history_table(
            "mentors",
            tables,
            Column("mentor_id", Uuid(), primary_key=True),
            Column("kind", Text(), nullable=False),
            Column("organisation_id", Uuid(), nullable=False),
            Column("division", Text(), nullable=False),
            Column("capacity", Integer(), nullable=False),
            Column("languages", JSONB(), nullable=False),
            Column("enrolled", Boolean(), nullable=False),
            Column("checked_on", Date()),
            *_personal(reads, name=DataClass.IDENTITY, phone=DataClass.CONTACT),
        ),
        timeline=timeline_table(tables),
    )
    model.projection.on(*_OF_CHILDREN)(_of_children(model))
    _of_mentors(model)
    return model


def _personal(reads: frozenset[DataClass], **columns: DataClass) -> Iterator[Column[Any]]:
    return (Column(name, Text()) for name, data_class in columns.items() if data_class in reads)


def _of_children(model: Audience) -> Callable[[DomainEvent, Recorded], Iterable[Change]]:
    def project(event: DomainEvent, recorded: Recorded) -> Iterator[Change]:
        if isinstance(event, CHILD_EVENTS):
            yield _write(model.children, event, recorded)
        yield from moments(model.timeline, event, recorded, model.reads, model.reads_of_log)

    return project


def _write(children: Table, event: DomainEvent, recorded: Recorded) -> Change:
    columns = row_columns(children)
    kept = {name: value for name, value in facts_of(event, recorded).items() if name in columns}
    child_id: UUID = event.child_id  # type: ignore[attr-defined]  # every child event has it

    def apply(row: Row | None) -> Row:
        if row is None and not isinstance(event, ChildRegistered):
            raise RowMissing(f"{children.fullname} {child_id}")
        before: Mapping[str, Any] = row or {**dict.fromkeys(columns), "child_id": child_id, "filled": []}
        missing = missing_after(event, set(REQUIRED).difference(before["filled"]))
        return {
            **before,
            **kept,
            "filled": sorted(set(REQUIRED).difference(missing)),
            "completeness": completeness(missing),
        }

    return merge(children, {"child_id": child_id}, apply)


def _of_mentors(model: Audience) -> None:
    mentors = model.mentors
    columns = row_columns(mentors)

    @model.projection.on(MentorEnrolled)
    def enrolled(event: MentorEnrolled, _: Recorded) -> Iterator[Change]:
        said = {**event.model_dump(), "kind": event.kind.value, "languages": list(event.languages)}
        yield put(mentors, enrolled=True, **{name: said[name] for name in said if name in columns})

    @model.projection.on(MentorCapacityChanged)
    def capacity_changed(event: MentorCapacityChanged, _: Recorded) -> Iterator[Change]:
        yield patch(mentors, {"mentor_id": event.mentor_id}, capacity=event.capacity)

    @model.projection.on(MentorRecordChecked)
    def record_checked(event: MentorRecordChecked, _: Recorded) -> Iterator[Change]:
        yield patch(mentors, {"mentor_id": event.mentor_id}, checked_on=event.on)

    @model.projection.on(MentorLeft)
    def left(event: MentorLeft, _: Recorded) -> Iterator[Change]:
        yield patch(mentors, {"mentor_id": event.mentor_id}, enrolled=False)
