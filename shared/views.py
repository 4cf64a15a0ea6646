"""Reads the read models of a service, as they stand now or stood at a past moment, and tells their rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property
from sys import intern
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import CompoundSelect, Executable, RowMapping, Select
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.eventlog.connections import pooled

M = TypeVar("M", bound=BaseModel)
_DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]


class Query:
    """A select that is built and compiled once and then run by the driver itself.

    What differs from run to run are its `bindparam`s. For what every request or every batch of events asks:
    building, hashing and binding the same select each time takes four times as long.
    """

    def __init__(self, select: Select[Any] | CompoundSelect[Any]) -> None:
        compiled = select.compile(dialect=_DIALECT)
        asked = {name for name, bind in compiled.binds.items() if bind.required}
        state = compiled.construct_expanded_state(dict.fromkeys(asked))
        self.text = intern(state.statement)  # the same for many parties
        self._fixed = {name: value for name, value in state.parameters.items() if name not in asked}
        self._order = tuple(state.positiontup or ())

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The statement's parameters in their order."""
        given = {**self._fixed, **values}
        return [given[name] for name in self._order]


class Views:
    """Queries of one request, reaction or sweep.

    `at` is the moment that is asked for (None = now); queries over history tables pass it to `standing`.
    """

    def __init__(self, engine: AsyncEngine, at: datetime | None = None) -> None:
        self._engine = engine
        self.at = at

    def as_of(self, at: datetime | None) -> Views:
        """The same views at another moment."""
        return Views(self._engine, at)

    async def run(self, query: Query, **values: Any) -> list[Mapping[str, Any]]:
        """Every row of a prepared query. Raises `LogUnavailable` where the database is away."""
        async with pooled(self._engine) as connection:
            records: list[Any] = await connection.fetch(query.text, *query.arguments(values))
        return records

    @cached_property
    def _autocommit(self) -> AsyncEngine:
        return self._engine.execution_options(isolation_level="AUTOCOMMIT")

    async def all(self, select: Executable) -> Sequence[RowMapping]:
        """Every row."""
        async with self._autocommit.connect() as connection:
            return (await connection.execute(select)).mappings().all()

    async def one(self, select: Executable) -> RowMapping | None:
        """The only row, or None. Raises `MultipleResultsFound`."""
        async with self._autocommit.connect() as connection:
            return (await connection.execute(select)).mappings().one_or_none()

    async def scalar(self, select: Executable) -> Any:
        """The first column of the first row, or None."""
        async with self._autocommit.connect() as connection:
            return await connection.scalar(select)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """Several queries that must see the same rows, whatever is projected between them."""
        engine = self._engine.execution_options(isolation_level="REPEATABLE READ")
        async with engine.connect() as connection:
            yield connection


def view_of(view: type[M], row: RowMapping | Mapping[str, Any], **more: Any) -> M:
    """A row as it is answered: the view's fields that it knows, and `more`. What is null is absent."""
    known = {name: row[name] for name in view.model_fields if row.get(name) is not None}
    return view.model_validate({**known, **more})
