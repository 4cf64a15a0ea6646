"""The bus: the connection to NATS, the streams, and how an event is put on the wire."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import nats
from faststream.nats import NatsBroker
from faststream.nats.security import NatsNKey, NatsUserPassword
from nats.aio.client import Client
from nats.errors import NoServersError
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StoreCompression,
    StreamConfig,
)
from nats.js.errors import NotFoundError
from pydantic import SecretStr

from shared.envelopes import encode_envelope
from shared.messages import Recorded

TICK_STREAM = "CARE_TICK"
TICK_SUBJECT = "care.tick"
"""Where the tick arrives; JetStream writes it, so it is read by a JetStream consumer of `CARE_TICK`."""
TICK_SCHEDULE = "care.tick.schedule"
"""Where the tick's schedule is written."""
OWN_API = "$JS.API"
"""Subjects of JetStream for the streams of one's own account."""

_NOT_A_TOKEN = re.compile(r"[^A-Za-z0-9_-]")


class Bus:
    """One service's connection to NATS; it reconnects by itself for as long as it takes."""

    def __init__(
        self,
        url: str,
        *,
        user: str | None = None,
        password: SecretStr | str | None = None,
        nkey: Path | None = None,
        name: str = "guanai",
        account: str | None = None,
        **broker_options: Any,
    ) -> None:
        """`account` is the service whose account on the bus this is; None where all are in one."""
        self._account = account
        self.broker = NatsBroker(
            url,
            security=_security(user, password, nkey),
            name=name,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.25,  # type: ignore[arg-type]  # nats-py takes fractions of a second
            ping_interval=5,
            **broker_options,
        )
        self._connecting: asyncio.Task[Any] | None = None

    async def start(self, patience: float = 2.0) -> None:
        """Connect. A server that is not there yet is waited for `patience` seconds, then in the background.

        Commands need no bus: the log takes them, the relay sends them later. Subscribers start themselves.
        """
        self._connecting = asyncio.create_task(self.broker.connect(), name="bus")
        done, _ = await asyncio.wait({self._connecting}, timeout=patience)
        for task in done:
            task.result()

    async def started(self) -> None:
        """Wait for the first connection. Raises what NATS said if it refused."""
        assert self._connecting is not None, "start comes first"
        await asyncio.shield(self._connecting)

    async def stop(self) -> None:
        """Stop the subscribers and close the connection."""
        if self._connecting is not None and not self._connecting.done():
            self._connecting.cancel()
            await asyncio.wait({self._connecting})
        await self.broker.stop()

    @property
    def client(self) -> Client:
        """The nats-py connection; only after `start`."""
        return self.broker.connection

    @property
    def connected(self) -> bool:
        """Whether the server is reachable now."""
        state = self.broker.config.broker_config.connection_state
        return bool(state) and self.client.is_connected

    @property
    def jetstream(self) -> JetStreamContext:
        """JetStream over this connection; only after `start`."""
        return self.client.jetstream()

    def may_manage(self, owner: str) -> bool:
        """Whether consumers of a service's stream are made from here; else the stream's owner makes them."""
        return self._account in {None, owner}

    def api_of(self, owner: str) -> str:
        """What subjects of JetStream begin with that ask about a service's stream."""
        return OWN_API if self.may_manage(owner) else their_api(owner)


def _security(
    user: str | None, password: SecretStr | str | None, nkey: Path | None
) -> NatsNKey | NatsUserPassword | None:
    if nkey is not None:
        return NatsNKey.from_file(str(nkey))
    if user is not None:
        secret = password.get_secret_value() if isinstance(password, SecretStr) else password or ""
        return NatsUserPassword(username=user, password=secret)
    return None


def their_api(owner: str) -> str:
    """What subjects of JetStream begin with that ask another service's account."""
    return f"JS.{owner}"


def inbox_of(service: str) -> str:
    """What the subjects begin with at which a service gets its answers; no other may listen there."""
    return f"_INBOX_{service}"


def poke_subject(service: str) -> str:
    """Where a service's replicas wake each other's relays."""
    return f"care.poke.{service}"


# -- streams -----------------------------------------------------------------------------------------


def stream_name(service: str) -> str:
    """Name of the stream that carries a service's events: `CARE_REGISTRY`."""
    return f"CARE_{service.upper()}"


def events_of(service: str) -> str:
    """The subjects of all of a service's events."""
    return f"care.{service}.>"


def stream_config(service: str) -> StreamConfig:
    """The stream of a service: disposable, since the log can fill it again; sequence = event position."""
    return StreamConfig(
        name=stream_name(service),
        subjects=[events_of(service)],
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.OLD,
        storage=StorageType.FILE,
        compression=StoreCompression.S2,
        allow_atomic=True,
        allow_direct=True,
        deny_delete=True,
        deny_purge=True,
    )


def consumer_config(
    follower: str, subject: str, *, after: int = 0, lasting: bool = True, whole: bool = True
) -> ConsumerConfig:
    """The consumer by which `follower` gets a stream's messages of sequences above `after`.

    Not `whole`: it gets their headers alone.

    Not `lasting`: how far it is need not outlive the server, which then writes nothing down for it.
    """
    return ConsumerConfig(
        name=follower,
        durable_name=follower,
        filter_subject=subject,
        ack_policy=AckPolicy.ALL,
        ack_wait=30,
        max_ack_pending=20_000,
        mem_storage=not lasting,
        headers_only=not whole,
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE if after else DeliverPolicy.ALL,
        opt_start_seq=after + 1 if after else None,
    )


async def ensure_streams(
    url: str,
    services: Sequence[str],
    *,
    tick: bool = True,
    tick_seconds: int = 1,
    **connect_options: Any,
) -> None:
    """Make the services' streams and, with `tick`, the tick, where they are missing: safe to repeat.

    `connect_options` are those of `nats.connect` (`user`, `password`, `nkeys_seed`). An existing stream is
    left as it is. Raises nats-py's errors.
    """
    client = await _connect(url, connect_options)
    try:
        jetstream = client.jetstream()
        for service in services:
            await ensure_stream(jetstream, stream_config(service))
        if tick:
            await ensure_tick(jetstream, tick_seconds)
    finally:
        await client.close()


async def _connect(url: str, options: Mapping[str, Any]) -> Client:
    """For a step that somebody waits for: a server that is not there is an error soon, not after minutes."""
    last: list[Exception] = []

    async def note(error: Exception) -> None:  # nats-py would print each with its traceback
        last.append(error)

    patience: dict[str, Any] = {"max_reconnect_attempts": 10, "reconnect_time_wait": 0.3, "error_cb": note}
    try:
        return await nats.connect(url, **{**patience, **options})
    except NoServersError as error:
        raise (last or [error])[-1] from error


async def missing_streams(
    url: str, services: Sequence[str], *, tick: bool = True, **connect_options: Any
) -> tuple[str, ...]:
    """Names of those that `ensure_streams` would make."""
    client = await _connect(url, connect_options)
    try:
        there = {info.config.name for info in await client.jetstream().streams_info()}
    finally:
        await client.close()
    wanted = (*(stream_name(service) for service in services), *([TICK_STREAM] if tick else []))
    return tuple(name for name in wanted if name not in there)


async def remove_streams(url: str, services: Iterable[str], **connect_options: Any) -> None:
    """Delete the services' streams with all that follows them: whenever a log goes back in time.

    `ensure_streams` makes them again and the relays fill them from the logs. Raises nats-py's errors.
    """
    client = await _connect(url, connect_options)
    try:
        for service in services:
            with suppress(NotFoundError):
                await client.jetstream().delete_stream(stream_name(service))
    finally:
        await client.close()


async def ensure_stream(jetstream: JetStreamContext, config: StreamConfig) -> None:
    """Make a stream unless one of this name is there."""
    assert config.name is not None
    try:
        await jetstream.stream_info(config.name)
    except NotFoundError:
        await jetstream.add_stream(config)


async def ensure_readers(jetstream: JetStreamContext, service: str, readers: Mapping[str, bool]) -> None:
    """Make the consumers by which services in other accounts follow a service's stream.

    They cannot make them themselves: a consumer may be made to deliver into the stream of its own account.
    `readers` says of each whether it gets the events themselves; else it hears that there are some, and
    reads in the log what it may.
    """
    stream = stream_name(service)
    for reader, whole in readers.items():
        try:
            there = await jetstream.consumer_info(stream, reader)
        except NotFoundError:
            pass
        else:
            if bool(there.config.headers_only) is not whole:
                continue
            await jetstream.delete_consumer(stream, reader)
        await jetstream.add_consumer(stream, consumer_config(reader, events_of(service), whole=whole))


async def ensure_tick(jetstream: JetStreamContext, every_seconds: int = 1) -> None:
    """Have the server write a message to `care.tick` every so many seconds, for sweeps.

    Only the last tick is kept. Repeating the call replaces the schedule.
    """
    await ensure_stream(
        jetstream,
        StreamConfig(
            name=TICK_STREAM,
            subjects=[TICK_SUBJECT, TICK_SCHEDULE],
            storage=StorageType.FILE,
            discard=DiscardPolicy.OLD,
            max_msgs_per_subject=1,
            allow_msg_schedules=True,
            allow_rollup_hdrs=True,
            allow_direct=True,
        ),
    )
    await jetstream.publish(
        TICK_SCHEDULE,
        headers={"Nats-Schedule": f"@every {every_seconds}s", "Nats-Schedule-Target": TICK_SUBJECT},
    )


# -- events on the wire ------------------------------------------------------------------------------


@lru_cache(maxsize=65_536)
def subject(service: str, division: str, stream_type: str, event_type: str) -> str:
    """`care.<service>.<division>.<stream type>.<event>`: where and what, neither names nor ids."""
    tokens = (service, division, stream_type, event_type.rpartition(".")[2])
    return ".".join(("care", *(_NOT_A_TOKEN.sub("_", token) or "_" for token in tokens)))


def headers(service: str, event_id: str, event_type: str, traceparent: str | None) -> dict[str, str]:
    """What CloudEvents' NATS binding requires, for bystanders and tools, and the trace.

    No more than that: each header is written and parsed for every event, by every follower too.
    """
    required = {
        "ce-specversion": "1.0",
        "ce-id": event_id,
        "ce-type": event_type,
        "ce-source": f"/care/{service}",
    }
    return {**required, "traceparent": traceparent} if traceparent else required


def encode(recorded: Recorded) -> tuple[str, dict[str, str], bytes]:
    """Subject, headers and payload of an event; the payload is the whole envelope."""
    service, metadata = recorded.service, recorded.metadata
    return (
        subject(service, metadata.division, recorded.stream_type, recorded.type),
        headers(service, str(recorded.event_id), recorded.type, metadata.traceparent),
        encode_envelope(recorded),
    )
