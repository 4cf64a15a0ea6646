"""What the system holds after a trial: logs, command records, streams; read from the servers directly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import nats
from nats.js.errors import NotFoundError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from faults.cluster import Cluster
from guanai.bus import deployer
from guanai.stack import SERVICES
from shared.bus.connection import stream_name
from shared.clock import SystemClock
from shared.envelopes import decode_envelope
from shared.eventlog.log import EventLog
from shared.messages import Recorded

_ACCESSES = "SELECT trace_id, kind, classes FROM accesses.access"
Streams = Mapping[str, Sequence[tuple[int, UUID]]]
"""By service: sequence and event id of each message."""


@dataclass(frozen=True, slots=True)
class Record:
    """What the record of an access says."""

    kind: str
    """The reader's party kind."""
    classes: frozenset[str]


@dataclass(frozen=True)
class Evidence:
    """The whole of it."""

    logs: Mapping[str, Sequence[Recorded]]
    commands: Mapping[str, Mapping[UUID, int]]
    """By service: position of each command's record."""
    cursors: Mapping[str, int]
    streams: Streams
    accesses: Mapping[str, Mapping[UUID, Record]] = field(default_factory=dict)
    """By service and trace id: the records of accesses."""

    def caused_by(self, service: str) -> Mapping[UUID, Sequence[Recorded]]:
        """The events of a log by the command that a client caused them with."""
        found: dict[UUID, list[Recorded]] = defaultdict(list)
        for recorded in self.logs[service]:
            if recorded.metadata.causation_id and not recorded.metadata.actor.startswith("service:"):
                found[recorded.metadata.causation_id].append(recorded)
        return found


def engine_of(cluster: Cluster, service: str) -> AsyncEngine:
    """A service's database, as the superuser."""
    return create_async_engine(cluster.postgres.url(service))


async def gather_evidence(cluster: Cluster, *, streams: bool = True) -> Evidence:
    """Read everything; the streams, message by message, take longest."""
    logs: dict[str, Sequence[Recorded]] = {}
    commands: dict[str, Mapping[UUID, int]] = {}
    cursors: dict[str, int] = {}
    accesses: dict[str, Mapping[UUID, Record]] = {}
    for service in SERVICES:
        engine = engine_of(cluster, service)
        logs[service] = await EventLog(engine, service, SystemClock()).read(0, 1_000_000)
        async with engine.connect() as connection:
            rows = await connection.execute(text("SELECT command_id, position FROM log.commands"))
            commands[service] = {command_id: position for command_id, position in rows}  # noqa: C416
            cursors[service] = (await connection.scalar(text("SELECT position FROM log.outbox_cursor"))) or 0
            accesses[service] = {
                trace_id: Record(kind, frozenset(classes))
                for trace_id, kind, classes in await connection.execute(text(_ACCESSES))
            }
        await engine.dispose()
    return Evidence(logs, commands, cursors, await _streams(cluster) if streams else {}, accesses)


async def _streams(cluster: Cluster) -> Streams:
    return {service: await _stream(cluster, service) for service in SERVICES}


async def _stream(cluster: Cluster, service: str) -> Sequence[tuple[int, UUID]]:
    client = await nats.connect(cluster.nats.url, **deployer(service, cluster.secrets.bus))
    found: list[tuple[int, UUID]] = []
    try:
        jetstream = client.jetstream()
        state = (await jetstream.stream_info(stream_name(service))).state
        for sequence in range(max(1, state.first_seq), state.last_seq + 1):
            message = await jetstream.get_msg(stream_name(service), sequence, direct=True)
            found.append((sequence, decode_envelope(message.data or b"").event_id))
    except NotFoundError:
        pass
    finally:
        await client.close()
    return found
