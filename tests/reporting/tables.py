"""The tables that figures are counted from, filled without a service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast as assume

from nats.js import JetStreamContext
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.pairing.events import EVENTS as PAIRING
from services.registry.events import EVENTS as REGISTRY
from services.reporting.aid.views import AID
from services.reporting.care.views import CARE
from services.reporting.figures.changed_subjects import CHANGED_BY_PAIRING, CHANGED_BY_REGISTRY
from services.reporting.places.views import PLACES
from services.reporting.protection.views import PROTECTION
from services.reporting.reach import AUDIENCES
from shared.projections.projector import Projector
from shared.projections.rebuild import prepare
from shared.testing.neighbours import Neighbour

COUNTED = (*(audience.projection for audience in AUDIENCES.values()), CARE, AID, PLACES, PROTECTION)
PROJECTIONS = (*COUNTED, CHANGED_BY_REGISTRY, CHANGED_BY_PAIRING)


@asynccontextmanager
async def empty(url: str) -> AsyncIterator[tuple[AsyncEngine, Projector]]:
    """A database with the tables of all projections and nothing in them."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM feeds.checkpoint"))
        await connection.execute(text("DELETE FROM feeds.parked"))
        for projection in PROJECTIONS:
            await connection.execute(text(f'DROP SCHEMA IF EXISTS "{projection.name}" CASCADE'))
    for projection in PROJECTIONS:
        await prepare(engine, projection)
    projector = Projector(engine, PROJECTIONS)
    await projector.refresh()
    yield engine, projector
    await engine.dispose()


def neighbours() -> tuple[Neighbour, Neighbour]:
    """The logs of registry and pairing, published to nobody."""
    nobody = assume("JetStreamContext", None)
    return Neighbour(REGISTRY, nobody), Neighbour(PAIRING, nobody)
