"""Reads the read models of a service, as they stand now or stood at a past moment, and tells their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import Executable, RowMapping
from sqlalchemy.ext.asyncio import AsyncEngine

M = TypeVar("M", bound=BaseModel)


class Views:
    """Queries of one request, reaction or sweep.

    `at` is the moment that is asked for (None = now); queries over history tables pass it to `standing`.
    """

    def __init__(self, engine: AsyncEngine, at: datetime | None = None) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self.at = at

    def as_of(self, at: datetime | None) -> Views:
        """The same views at another moment."""
        return Views(self._engine, at)

    async def all(self, select: Executable) -> Sequence[RowMapping]:
        """Every row."""
        async with self._engine.connect() as connection:
            return (await connection.execute(select)).mappings().all()

    async def one(self, select: Executable) -> RowMapping | None:
        """The only row, or None. Raises `MultipleResultsFound`."""
        async with self._engine.connect() as connection:
            return (await connection.execute(select)).mappings().one_or_none()

    async def scalar(self, select: Executable) -> Any:
        """The first column of the first row, or None."""
        async with self._engine.connect() as connection:
            return await connection.scalar(select)


def view_of(view: type[M], row: RowMapping | Mapping[str, Any], **more: Any) -> M:
    """A row as it is answered: the view's fields that it knows, and `more`. What is null is absent."""
    known = {name: row[name] for name in view.model_fields if row.get(name) is not None}
    return view.model_validate({**known, **more})
