"""Which statements reach PostgreSQL over an engine's connections."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine


class Statements:
    """What was asked since this was made, through SQLAlchemy or the driver itself, in order."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.texts: list[str] = []
        event.listen(engine.sync_engine, "checkout", self._listen)

    def _listen(self, connection: Any, *_: Any) -> None:
        driver = connection.driver_connection
        driver.remove_query_logger(self._note)
        driver.add_query_logger(self._note)

    def _note(self, logged: Any) -> None:
        self.texts.append(logged.query)
