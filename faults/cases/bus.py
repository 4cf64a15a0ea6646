"""The bus loses, repeats, delays and reorders."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import nats
import orjson
from nats.aio.client import Client
from nats.errors import Error as NatsError

from faults.cluster import Cluster
from faults.trial import Case, Trial
from guanai.bus import deployer
from guanai.stack import SERVICES
from shared.bus.connection import stream_name

WINDOW = 100_000_000
"""Nanoseconds in which the server knows a repeated message: the least it allows."""


@asynccontextmanager
async def entered(cluster: Cluster, service: str) -> AsyncIterator[Client]:
    """A connection that may do everything in a service's account."""
    client = await nats.connect(cluster.nats.url, **deployer(service, cluster.secrets.bus))
    try:
        yield client
    finally:
        await client.close()


async def empty_store(trial: Trial) -> None:
    """nats-server comes back without a single stream, consumer or tick; `prepare` is not run again."""
    for _ in range(1 if trial.short else 2):
        await trial.pause(2, 4)
        trial.note("nats-server restarted with an empty store")
        await trial.cluster.wipe_nats()
    await trial.pause(3, 4)


async def older_store(trial: Trial) -> None:
    """nats-server comes back with the streams as they were a while ago."""
    store = trial.cluster.nats.data / "streams"
    copy = trial.cluster.folder / "older"
    await trial.pause(1, 2)
    await trial.cluster.stop("nats")
    await asyncio.to_thread(shutil.copytree, store, copy)
    await trial.cluster.start("nats")
    trial.note("copy of the store taken")
    await trial.pause(4, 5)
    await trial.cluster.kill("nats")
    await asyncio.to_thread(shutil.rmtree, store)
    await asyncio.to_thread(shutil.copytree, copy, store)
    trial.note("nats-server restarted with the older store")
    await trial.cluster.start("nats")
    await trial.pause(4, 5)


async def everything_again(trial: Trial) -> None:
    """Every consumer begins anew at the first message, long after the window for duplicates."""
    for service in SERVICES:
        async with entered(trial.cluster, service) as client:
            info = await client.jetstream().stream_info(stream_name(service))
            await client.jetstream().update_stream(info.config.evolve(duplicate_window=WINDOW / 1e9))
    await trial.pause(2, 3)
    for _ in range(1 if trial.short else 3):
        for service in SERVICES:
            async with entered(trial.cluster, service) as client:
                jetstream = client.jetstream()
                for consumer in await jetstream.consumers_info(stream_name(service)):
                    config = consumer.config.evolve(deliver_policy="all", opt_start_seq=None)
                    await jetstream.delete_consumer(stream_name(service), consumer.name)
                    with suppress(NatsError):  # the service itself was quicker
                        await jetstream.add_consumer(stream_name(service), config)
        trial.note("every consumer begins at the first message again")
        await trial.pause(3, 4)


async def duplicate(trial: Trial) -> None:
    """A message is on the stream twice, put there by something that is not the relay."""
    await trial.pause(2, 3)
    async with entered(trial.cluster, "registry") as client:
        jetstream = client.jetstream()
        message = await jetstream.get_msg(stream_name("registry"), 3)
        assert message.subject is not None
        await jetstream.publish(message.subject, message.data or b"")
    trial.note("message 3 of CARE_REGISTRY published again; nobody does anything about it")
    await trial.expect_soon(
        lambda: trial.watch.greatest("foreign_messages", name="registry") > 0,
        "the registry counts a foreign message, and makes its stream again",
    )
    await trial.pause(3, 4)


async def out_of_order(trial: Trial) -> None:
    """Consumers stand still by turns, so that services hear of effects long before their causes."""
    for _ in range(3 if trial.short else 8):
        source = trial.rng.choice(list(SERVICES))
        async with entered(trial.cluster, source) as client:
            for consumer in await client.jetstream().consumers_info(stream_name(source)):
                seconds = trial.rng.uniform(1, 5)
                until = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
                subject = f"$JS.API.CONSUMER.PAUSE.{stream_name(source)}.{consumer.name}"
                await client.request(subject, orjson.dumps({"pause_until": until}))
        trial.note(f"all consumers of {stream_name(source)} pause for some seconds")
        # Its log does not answer either, so nobody can make up for the bus.
        if trial.rng.random() < 0.5:
            trial.cluster.pause(source)
            await trial.pause(1, 3)
            trial.cluster.resume(source)
        await trial.pause(0.5, 2)


CASES = (
    Case("nats-empty", "nats-server restarted with an empty store", empty_store, short=True),
    Case("nats-older", "nats-server restored from an older copy", older_store),
    Case("redelivered", "everything delivered again, beyond the window for duplicates", everything_again),
    Case("duplicate", "a foreign duplicate on a stream", duplicate),
    Case("reordered", "delayed and reordered delivery between streams", out_of_order, short=True),
)
