"""Compares a service's stream with its log: what stands on it that the log does not hold, and whose it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from nats.js.api import Header, RawStreamMsg
from nats.js.errors import NotFoundError

from shared.bus.connection import Bus, stream_name
from shared.envelopes import decode_envelope
from shared.eventlog.log import EventLog
from shared.seals import SEAL, Sealer

MOST_COMPARED = 1_000
"""Messages at the end of a stream that are compared with the log."""
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Difference:
    """The first message that is not the log's event at its place."""

    sequence: int
    own: bool
    """Whether this service published it, or one after it: then the log has gone back in time. Else
    somebody else has written to the stream."""


class Comparison:
    """Looks at one service's stream."""

    def __init__(self, service: str, bus: Bus, log: EventLog, sealer: Sealer | None) -> None:
        """Without a `sealer` a message is its own that says of itself what the relay's do."""
        self._service = service
        self._bus = bus
        self._log = log
        self._sealer = sealer

    async def difference(self, after: int, last: int) -> Difference | None:
        """Compare the messages of sequences above `after` up to `last`, at least the last of them."""
        after = max(0, last - MOST_COMPARED, min(after, last - 1))
        events = await self._log.read(after, last - after)
        logged = {event.position: str(event.event_id) for event in events}
        messages = await self._messages(range(after + 1, last + 1))
        strange = {
            sequence: message
            for sequence, message in messages.items()
            if (message.headers or {}).get(Header.MSG_ID.value) != logged.get(sequence, "")
        }
        if not strange:
            return None
        own = any(self._is_own(sequence, message) for sequence, message in strange.items())
        return Difference(min(strange), own)

    async def _messages(self, sequences: Iterable[int]) -> dict[int, RawStreamMsg]:
        """By sequence; those beyond the stream's limits by now are left out: nothing is to be compared."""
        wanted, found = list(sequences), dict[int, RawStreamMsg]()
        for first in range(0, len(wanted), AT_ONCE):
            some = wanted[first : first + AT_ONCE]
            for sequence, message in zip(some, await asyncio.gather(*map(self._message, some)), strict=True):
                if message is not None:
                    found[sequence] = message
        return found

    async def _message(self, sequence: int) -> RawStreamMsg | None:
        try:
            return await self._bus.jetstream.get_msg(stream_name(self._service), sequence)
        except NotFoundError:
            return None

    def _is_own(self, sequence: int, message: RawStreamMsg) -> bool:
        headers = message.headers or {}
        if self._sealer is not None:
            seal = self._sealer.made(headers.get(SEAL, ""))
            return seal is not None and seal.last == sequence
        try:
            event = decode_envelope(message.data or b"")
        except (ValueError, KeyError, TypeError, AttributeError):
            return False
        says = (self._service, sequence, headers.get(Header.MSG_ID.value))
        return (event.service, event.position, str(event.event_id)) == says
