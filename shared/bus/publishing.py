"""Puts a run of events on the service's stream: all of them or none, and only where they belong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

import orjson
from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.js.api import Header

from shared.bus import connection as bus
from shared.bus.connection import stream_name
from shared.envelopes import Wire
from shared.seals import SEAL, Sealer

MOST_EVENTS = 1_000
"""The server's limit for one atomic batch."""
MOST_BYTES = 4 * 1024 * 1024
"""Payload after which a batch ends, to keep both sides' buffers small."""
SENT_AT_ONCE = 100
"""Messages that are put together, and sent, before others have their turn."""
ACK_SECONDS = 3.0
"""A thousand synced messages take 40 ms; after this the relay asks the stream what it holds."""

_WRONG_LAST_SEQUENCE = 10071
_DUPLICATE_IN_BATCH = 10201


class StreamElsewhere(Exception):
    """The stream's last sequence is not the position before these events: another relay was here."""


class StreamMissing(Exception):
    """No stream takes these events."""


class PublishRefused(Exception):
    """The server refused the events for a reason of its own."""


def publishable_prefix(events: Sequence[Wire]) -> Sequence[Wire]:
    """The first of these events: as many as one batch may hold."""
    size = 0
    for index, event in enumerate(events[:MOST_EVENTS]):
        size += len(event.envelope)
        if index and size > MOST_BYTES:
            return events[:index]
    return events[:MOST_EVENTS]


@dataclass(frozen=True, slots=True)
class Batch:
    """A run of events as the bus takes it: all of them or none."""

    events: Sequence[Wire]
    frames: Sequence[bytes]
    """Every message but the last, some together, as NATS' protocol has them."""
    closing: dict[str, str]
    """Headers of the last message, which commits the batch."""


async def batch_of(service: str, events: Sequence[Wire], sealer: Sealer | None = None) -> Batch:
    """A `publishable_prefix` ready to be sent, and sealed; other tasks run while it is put together."""
    batch_headers = [_headers(service, event) for event in events]
    batch_headers[0][Header.EXPECTED_LAST_SEQUENCE.value] = str(events[0].position - 1)
    batch_headers[0][Header.EXPECTED_STREAM.value] = stream_name(service)
    if len(events) > 1:
        _mark_as_batch(batch_headers)
    if sealer is not None:
        batch_headers[-1][SEAL] = sealer.seal(events[0].position, (event.envelope for event in events))
        await asyncio.sleep(0)
    frames = []
    for some in _frames(service, events[:-1], batch_headers[:-1]):
        frames.append(some)
        await asyncio.sleep(0)
    return Batch(events, frames, batch_headers[-1])


async def publish(client: Client, service: str, batch: Batch) -> int:
    """Publish a batch; returns the position of its last event.

    Raises `StreamElsewhere`, `StreamMissing`, `PublishRefused`, and nats-py's errors where the server does
    not answer: then it is not known whether the batch was taken, and the stream's last sequence has to be
    asked.
    """
    for frames in batch.frames:
        await _send(client, frames)
    last = batch.events[-1]
    try:
        answer = await client.request(
            _subject(service, last), last.envelope, timeout=ACK_SECONDS, headers=batch.closing
        )
    except NoRespondersError as error:
        raise StreamMissing(stream_name(service)) from error
    _check(answer.data, last.position)
    return last.position


def _subject(service: str, event: Wire) -> str:
    return bus.subject(service, event.division, event.stream_type, event.type)


def _headers(service: str, event: Wire) -> dict[str, str]:
    headers = bus.headers(service, event.event_id, event.type, event.traceparent)
    headers[Header.MSG_ID.value] = event.event_id
    return headers


def _frames(
    service: str, events: Sequence[Wire], batch_headers: Sequence[Mapping[str, str]]
) -> Iterator[bytes]:
    """Messages as NATS' protocol has them, some at a time."""
    for first in range(0, len(events), SENT_AT_ONCE):
        some = slice(first, first + SENT_AT_ONCE)
        yield b"".join(
            _frame(_subject(service, event), headers, event.envelope)
            for event, headers in zip(events[some], batch_headers[some], strict=True)
        )


def _frame(subject: str, headers: Mapping[str, str], payload: bytes) -> bytes:
    lines = "\r\n".join([f"{name}: {value}" for name, value in headers.items()])
    head = f"NATS/1.0\r\n{lines}\r\n\r\n".encode()
    return b"HPUB %b %d %d\r\n%b%b\r\n" % (
        subject.encode(),
        len(head),
        len(head) + len(payload),
        head,
        payload,
    )


async def _send(client: Client, frames: bytes) -> None:
    # nats-py takes only single messages in public, and checks each header of each: twice what all else costs.
    # Subject and headers are this program's own tokens and ids.
    await client._send_command(frames)  # noqa: SLF001
    await client._flush_pending()  # noqa: SLF001
    await asyncio.sleep(0)


def _mark_as_batch(batch_headers: Sequence[dict[str, str]]) -> None:
    batch = uuid4().hex
    for sequence, headers in enumerate(batch_headers, 1):
        headers[Header.BATCH_ID.value] = batch
        headers[Header.BATCH_SEQUENCE.value] = str(sequence)
    batch_headers[-1][Header.BATCH_COMMIT.value] = "1"


def _check(answer: bytes, expected_last: int) -> None:
    ack = orjson.loads(answer)
    if error := ack.get("error"):
        if error.get("err_code") in (_WRONG_LAST_SEQUENCE, _DUPLICATE_IN_BATCH):
            raise StreamElsewhere(error.get("description"))
        raise PublishRefused(f"{error.get('err_code')}: {error.get('description')}")
    # A single message that is there already is acknowledged as a duplicate, wherever it stands.
    if ack.get("duplicate") or ack["seq"] != expected_last:
        raise StreamElsewhere(f"position {expected_last} was stored as sequence {ack['seq']}")
