"""Puts a run of events on the service's stream: all of them or none, and only where they belong."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

import orjson
from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.js.api import Header

from shared.bus import encode, stream_name
from shared.messages import Recorded

MOST_EVENTS = 1_000
"""The server's limit for one atomic batch."""
MOST_BYTES = 4 * 1024 * 1024
"""Payload after which a batch ends, to keep both sides' buffers small."""
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


def portion(events: Sequence[Recorded]) -> list[tuple[str, dict[str, str], bytes]]:
    """The first of these events, encoded: as many as one batch may hold."""
    messages: list[tuple[str, dict[str, str], bytes]] = []
    size = 0
    for event in events[:MOST_EVENTS]:
        subject, headers, payload = encode(event)
        size += len(payload)
        if messages and size > MOST_BYTES:
            break
        headers[Header.MSG_ID.value] = str(event.event_id)
        messages.append((subject, headers, payload))
    return messages


async def publish(client: Client, service: str, events: Sequence[Recorded]) -> int:
    """Publish a run of events in one atomic batch; returns the position of the last one that was taken.

    A run too large for one batch is cut: publish the rest next. Raises `StreamElsewhere`, `StreamMissing`,
    `PublishRefused`, and nats-py's errors where the server does not answer: then it is not known whether
    the batch was taken, and the stream's last sequence has to be asked.
    """
    before = events[0].position - 1
    messages = portion(events)
    messages[0][1][Header.EXPECTED_LAST_SEQUENCE.value] = str(before)
    messages[0][1][Header.EXPECTED_STREAM.value] = stream_name(service)
    if len(messages) > 1:
        _mark_as_batch(messages)
    for subject, headers, payload in messages[:-1]:
        await client.publish(subject, payload, headers=headers)
    subject, headers, payload = messages[-1]
    try:
        answer = await client.request(subject, payload, timeout=ACK_SECONDS, headers=headers)
    except NoRespondersError as error:
        raise StreamMissing(stream_name(service)) from error
    last = before + len(messages)
    _check(answer.data, last)
    return last


def _mark_as_batch(messages: Sequence[tuple[str, dict[str, str], bytes]]) -> None:
    batch = uuid4().hex
    for sequence, (_, headers, _) in enumerate(messages, 1):
        headers[Header.BATCH_ID.value] = batch
        headers[Header.BATCH_SEQUENCE.value] = str(sequence)
    messages[-1][1][Header.BATCH_COMMIT.value] = "1"


def _check(answer: bytes, expected_last: int) -> None:
    ack = orjson.loads(answer)
    if error := ack.get("error"):
        if error.get("err_code") in (_WRONG_LAST_SEQUENCE, _DUPLICATE_IN_BATCH):
            raise StreamElsewhere(error.get("description"))
        raise PublishRefused(f"{error.get('err_code')}: {error.get('description')}")
    # A single message that is there already is acknowledged as a duplicate, wherever it stands.
    if ack.get("duplicate") or ack["seq"] != expected_last:
        raise StreamElsewhere(f"position {expected_last} was stored as sequence {ack['seq']}")
