"""Data that is older, broken or rebuilt; and a clock that jumps."""

from __future__ import annotations

import asyncio
import shutil
import time
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import text

from faults.cases.bus import entered
from faults.cluster import PATIENCE_SECONDS
from faults.evidence import Evidence, engine_of
from faults.folds import SERVICES as DEFINITIONS
from faults.trial import Case, Trial
from guanai.ops import OpsClient
from guanai.provisioning import remove_streams
from guanai.stack import SERVICES
from shared.bus.connection import stream_name
from shared.client import ClientError
from shared.failpoints import SWAPPED, SWAPPING


def operator(trial: Trial, service: str) -> OpsClient:
    """A service's tools."""
    token = trial.cluster.secrets.operator_token(timedelta(hours=1))
    return OpsClient(trial.cluster.url(service), token, deadline=60)


# -- rebuilds ----------------------------------------------------------------------------------------


async def rebuild(trial: Trial, *, point: str | None) -> None:
    """Projections are rebuilt while commands go on; the service dies in the middle, and it is asked again."""
    for _ in range(2 if trial.short else 5):
        service = trial.rng.choice(list(SERVICES))
        projection = trial.rng.choice([one.name for one in DEFINITIONS[service].all_projections()])
        await trial.pause(0.5, 1.5)
        if point is None:
            await _ask_for_rebuild(trial, service, projection)
            await trial.pause(0.0, 0.4)
            trial.note(f"{service} {projection} is rebuilt; kill -9 in the middle")
            await trial.cluster.kill(service)
        else:
            trial.note(f"{service} {projection} is rebuilt; dies '{point}'")
            async with trial.armed(service, point):
                await _ask_for_rebuild(trial, service, projection)
        await _ask_for_rebuild(trial, service, projection)
    await trial.pause(2, 3)


async def _ask_for_rebuild(trial: Trial, service: str, projection: str) -> None:
    async with operator(trial, service) as client:
        with suppress(ClientError):
            await client.rebuild_projection(projection)


# -- poison ------------------------------------------------------------------------------------------

_BROKEN = "UPDATE log.events SET data = data - 'guardian' WHERE position = :position"
_MENDED = "UPDATE log.events SET data = CAST(:data AS jsonb) WHERE position = :position"


async def poison(trial: Trial) -> None:
    """An event that no reader can take: the rest goes on; then it is mended and replayed."""
    engine = engine_of(trial.cluster, "registry")
    await trial.cluster.stop("nats")  # what follows comes from the log, after it was broken
    for name in ("pairing", "notify", "reporting", "registry"):
        trial.cluster.pause(name)
    async with engine.begin() as connection:
        row = (
            await connection.execute(
                text(
                    "SELECT position, data::text FROM log.events WHERE type = 'child.guardian_named' LIMIT 1"
                )
            )
        ).one()
        position, data = row[0], row[1]
        await connection.execute(text(_BROKEN), {"position": position})
    for name in SERVICES:
        trial.cluster.resume(name)
    await trial.cluster.start("nats")
    trial.note(f"event registry:{position} is broken in the log; every view of it is rebuilt")
    readers = _readers_of_guardians()
    for service, projection in readers:
        await _ask_for_rebuild(trial, service, projection)
    for service, projection in readers:
        parked_there = await _is_parked(trial, service, projection)
        trial.expect(parked_there, f"{service} {projection} shows the parked event")
    trial.expect(trial.watch.greatest("projection_parked") > 0, "the parked event is measured")
    async with operator(trial, "notify") as client:
        parked = (await client.list_parked()).items
        trial.expect(
            any(one.position == position for one in parked), "the parked event is listed with its error"
        )
    await trial.pause(2, 3)
    async with engine.begin() as connection:
        await connection.execute(text(_MENDED), {"position": position, "data": data})
    await engine.dispose()
    trial.note("mended, and replayed")
    for service, projection in readers:
        async with operator(trial, service) as client:
            await client.replay_parked(projection)
    await trial.pause(1, 2)


async def _is_parked(trial: Trial, service: str, projection: str) -> bool:
    """Whether a projection comes to show a parked event: its rebuild has to come to it first."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    async with operator(trial, service) as client:
        while time.monotonic() < deadline:
            with suppress(ClientError):
                shown = (await client.show_status()).projections
                if any(one.parked and not one.rebuilding for one in shown if one.projection == projection):
                    return True
            await asyncio.sleep(0.5)
    return False


def _readers_of_guardians() -> list[tuple[str, str]]:
    return [
        (service, projection.name)
        for service, definition in DEFINITIONS.items()
        for projection in definition.all_projections()
        if "child.guardian_named" in projection.handlers
    ]


# -- time --------------------------------------------------------------------------------------------


async def move_clock(trial: Trial) -> None:
    """The clock jumps, forwards and back, while commands go on."""
    clock = trial.cluster.clock
    assert clock is not None
    for _ in range(4 if trial.short else 10):
        await trial.pause(0.5, 2)
        hours = trial.rng.choice((-30, -2, -0.1, 0.5, 3, 26))
        clock.set(clock.now() + timedelta(hours=hours))
        trial.note(f"the clock jumps by {hours} h")
    clock.set(clock.now() + timedelta(days=3))
    trial.note("the clock jumps by 3 days")
    await trial.pause(2, 3)


# -- an older database -------------------------------------------------------------------------------


async def older_database(trial: Trial) -> None:
    """PostgreSQL is restored from a backup, while the bus still holds what came after it."""
    cluster, copy = trial.cluster, trial.cluster.folder / "backup"
    await trial.pause(1, 2)
    await _stop_all(trial)
    await asyncio.to_thread(shutil.copytree, cluster.postgres.data, copy, symlinks=True)
    await asyncio.to_thread(_same_owner, cluster.postgres.data, copy)
    await _start_all(trial)
    trial.note("backup taken")
    before = _written(trial)
    await trial.expect_soon(lambda: _written(trial) > before + 20, "commands go on after the backup")
    trial.workload.stop()
    await trial.pause(4, 5)
    await _forget_acknowledgements(trial)
    await _stop_all(trial)
    await asyncio.to_thread(shutil.rmtree, cluster.postgres.data)
    await asyncio.to_thread(shutil.move, copy, cluster.postgres.data)
    await _start_all(trial)
    trial.watch.sights.clear()
    trial.note("PostgreSQL restored; the bus is ahead")
    told = partial(trial.watch.saw, "relay", "delete CARE_REGISTRY", name="registry")
    await trial.expect_soon(told, "the registry's /readyz says that the stream is ahead, and the way out")
    await trial.pause(4, 5)
    phantoms = await _phantoms(trial)
    trial.expect(not phantoms, f"no view has taken what its source's log does not hold: {phantoms}")
    trial.note("the operator follows the way out: the streams are deleted")
    with suppress(Exception):
        await remove_streams(cluster.endpoints, cluster.secrets)
    await trial.pause(3, 4)


def _written(trial: Trial) -> int:
    return sum(operation.service == "registry" for operation in trial.history.acknowledged)


async def _phantoms(trial: Trial) -> list[str]:
    found: list[str] = []
    heads: dict[str, int] = {}
    for service in SERVICES:
        engine = engine_of(trial.cluster, service)
        async with engine.connect() as connection:
            heads[service] = (await connection.scalar(text("SELECT position FROM log.log_head"))) or 0
        await engine.dispose()
    for service in SERVICES:
        engine = engine_of(trial.cluster, service)
        async with engine.connect() as connection:
            rows = await connection.execute(text("SELECT projection, source, position FROM feeds.checkpoint"))
            for projection, source, position in rows:
                if position > heads[source]:
                    found.append(f"{service} {projection}<{source} {position} of {heads[source]}")
        await engine.dispose()
    return found


async def _forget_acknowledgements(trial: Trial) -> None:
    """The consumers lose how far they were, as with a lost disk: everything will be delivered again."""
    for source in SERVICES:
        async with entered(trial.cluster, source) as client:
            jetstream = client.jetstream()
            for consumer in await jetstream.consumers_info(stream_name(source)):
                await jetstream.delete_consumer(stream_name(source), consumer.name)


async def _stop_all(trial: Trial) -> None:
    await asyncio.gather(*(trial.cluster.stop(name) for name in SERVICES))
    await trial.cluster.stop("postgres")


async def _start_all(trial: Trial) -> None:
    await trial.cluster.start("postgres")
    for name in SERVICES:
        await trial.cluster.start(name)


def _same_owner(original: Any, copy: Any) -> None:
    owner = original.stat()
    for path in (copy, *copy.rglob("*")):
        shutil.chown(path, owner.st_uid, owner.st_gid)


async def earlier_deeds_remain(trial: Trial, evidence: Evidence) -> None:
    """What was acknowledged before the backup is there once; of what came after it, nothing or all."""
    caused = {service: evidence.caused_by(service) for service in SERVICES}
    for operation in trial.history.acknowledged:
        events = caused[operation.service].get(operation.key, ())
        known = operation.key in evidence.commands[operation.service]
        if events and not known:
            trial.wrong.append(f"I1 {operation.service} {operation.name}: events without their command")


CASES = (
    Case(
        "rebuild-kill", "rebuild under load, killed in the middle", partial(rebuild, point=None), short=True
    ),
    Case("rebuild-swapping", "rebuild, killed before the swap commits", partial(rebuild, point=SWAPPING)),
    Case("rebuild-swapped", "rebuild, killed after the swap", partial(rebuild, point=SWAPPED)),
    Case("poison", "an event that cannot be projected: parked, mended, replayed", poison),
    Case("clock", "the clock jumps forwards and back", move_clock, clock=True),
    Case(
        "postgres-older",
        "PostgreSQL restored from an older backup, the bus ahead",
        older_database,
        check=earlier_deeds_remain,
        loses=True,
    ),
)
