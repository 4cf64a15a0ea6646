"""One access, as it is written down: who read what about whom, and why they might."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Select
from uuid_utils.compat import uuid7

from shared.access import Caller, Holdings, Scope


def _new_id() -> UUID:
    return UUID(bytes=uuid7().bytes)


@dataclass(frozen=True, slots=True)
class Access:
    """An answer that held personal data, or named whom it was about."""

    at: datetime
    trace_id: UUID
    """Names the answer: its header `Trace-Id`."""
    caller: Caller
    operation: str
    query: str
    """Path and parameters; of what was searched by only that it was (`text=•`)."""
    permission: str
    relation: str
    """How the caller stands to those whom it is about."""
    holdings: Holdings
    id: UUID = field(default_factory=_new_id)
    """Makes writing it twice harmless."""

    def row(self) -> tuple[Any, ...]:
        """The columns, but for those whom it is about (PostgreSQL's text knows no NUL)."""
        who, scope = self.caller, self.caller.scope
        classes = " ".join(sorted(self.holdings.classes))
        return (
            *(self.at, self.id, self.trace_id, _text(who.subject), _text(who.name), who.party, who.kind),
            *(who.role, who.token_id, scope.division, scope.organisation, scope.person, self.operation),
            *(_text(self.query), self.permission, self.relation, classes),
        )

    def line(self) -> bytes:
        """The same as a line of the journal."""
        about = b"".join(one.bytes for one in self.holdings.about).hex()
        return orjson.dumps((*self.row(), about), option=orjson.OPT_APPEND_NEWLINE)


def read_line(line: bytes) -> Access:
    """The access on a line of the journal. Raises `ValueError`."""
    at, made, trace_id, subject, name, _, kind, role, token_id, division, organisation, person, *rest = (
        orjson.loads(line)
    )
    operation, query, permission, relation, classes, ids = rest
    scope = Scope(division, _uuid(organisation), _uuid(person))
    about = bytes.fromhex(ids)
    named = tuple(UUID(bytes=about[first : first + 16]) for first in range(0, len(about), 16))
    return Access(
        at=datetime.fromisoformat(at),
        trace_id=UUID(trace_id),
        caller=Caller(subject, kind, role, scope, name, _uuid(token_id)),
        operation=operation,
        query=query,
        permission=permission,
        relation=relation,
        holdings=Holdings(named, frozenset(classes.split())),
        id=UUID(made),
    )


def columns(records: Sequence[Access]) -> list[Any]:
    """The records column by column, as `unnest` takes them; all ids, and which of them are each one's."""
    ids: list[UUID] = []
    spans = []
    for one in records:
        first = len(ids) + 1
        ids += one.holdings.about
        spans.append((first, len(ids)))
    return [*zip(*(one.row() for one in records), strict=True), ids, *zip(*spans, strict=True)]


def _text(value: str) -> str:
    return (
        value.replace("\0", "")
        if value.isascii()
        else value.replace("\0", "").encode("utf-8", "replace").decode()
    )


def _uuid(value: str | None) -> UUID | None:
    return UUID(value) if value else None


def _no_relation(_: Caller, __: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """What a service says about those of whom it tells: where they are, and how readers stand to them."""

    places: Select[Any] | None = None
    """Columns: id, and the code of the division where it is now. Kept with each record."""
    relation: Callable[[Caller, str], str] = field(default=_no_relation)
    """How a caller stands to those whom an operation tells it about."""
    zone: tzinfo = UTC
    """Whose days are counted."""
