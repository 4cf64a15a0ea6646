"""PostgreSQL may die under the projector: nothing is lost, doubled or parked."""

from __future__ import annotations

import asyncio

from sqlalchemy.ext.asyncio import create_async_engine

from shared.projections import checkpoints
from shared.projections.connections import pooled
from shared.projections.folding import fold_rows
from shared.projections.projector import Projector
from shared.projections.rebuild import prepare
from shared.projections.source_subscription import SourceSubscription
from shared.testing.servers import PostgresForTests
from shared.testing.waiting import eventually
from tests.shared.projections.conftest import make_feed_tables
from tests.shared.projections.shelf import Counted, World, item, rows_of, shelf


async def test_views_go_on_after_postgresql_was_killed(own_postgres: PostgresForTests, world: World) -> None:
    """A killed database is waited for; then the views go on from their checkpoint."""
    database = await own_postgres.make_database()
    await make_feed_tables(database)
    engine = create_async_engine(database.app_url)
    projection = shelf()
    await prepare(engine, projection)
    projector = Projector(engine, [projection])
    await projector.refresh()
    subscription = SourceSubscription("stock", projector, world.replay, {}, silence=0.1)
    running = asyncio.create_task(subscription.run())
    for number in range(300):
        world.happen(Counted(item_id=item(number % 3), change=1))
    await eventually(lambda: subscription.position == 300)
    own_postgres.kill()
    for number in range(300):
        world.happen(Counted(item_id=item(number % 3), change=1))
    await eventually(lambda: subscription.error is not None)
    own_postgres.start()
    await eventually(lambda: subscription.position == 600, seconds=30)
    assert await rows_of(engine, projection) == fold_rows(projection, world.everything())
    async with pooled(engine) as connection:
        assert await checkpoints.parked(connection, ["shelf"]) == []
    running.cancel()
    await engine.dispose()
