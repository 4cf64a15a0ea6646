"""Tells the messages of a stream that are its service's own from those that are not."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from nats.aio.msg import Msg

from shared.envelopes import decode_envelope
from shared.messages import Recorded
from shared.seals import SEAL, Seals

_MSG_SIZE = "Nats-Msg-Size"
"""Header of a message that is given out without its payload."""


@dataclass(slots=True)
class Sifted:
    """What became of some messages."""

    events: list[Recorded] = field(default_factory=list)
    """Those that are the source's own, in order."""
    last: Msg | None = None
    """The message of the last of them."""
    doubtful: tuple[int, UUID | None] | None = None
    """Sequence, and the event that is claimed to be there, of a message that may be another's."""


def is_announced(message: Msg) -> bool:
    """Whether it says only that there is an event: its consumer gives out headers alone."""
    return not message.data and _MSG_SIZE in (message.headers or {})


def claimed(message: Msg) -> UUID | None:
    """The event that a message says it holds, by its header."""
    with suppress(ValueError):
        return UUID((message.headers or {}).get("ce-id", ""))
    return None


class Incoming:
    """The messages from one source's stream, held until the seal of their batch has come.

    A message whose seal does not come, or is not its own, is doubtful: a foreign one, or one of a batch that
    was cut apart on its way (another replica got the rest). The source's log tells which.
    """

    def __init__(self, source: str, seals: Seals | None) -> None:
        """Without `seals` every message is taken that says of itself what it must."""
        self._source = source
        self._seals = seals
        self._held: list[tuple[Recorded, Msg]] = []

    def sift(self, messages: Sequence[Msg]) -> Sifted:
        """Sort some messages, in the order in which they came."""
        sifted = Sifted()
        for message in messages:
            event = self._event(message)
            if event is None:
                self._held.clear()
                sifted.doubtful = (message.metadata.sequence.stream, None)
            elif self._seals is None:
                sifted.events.append(event)
                sifted.last = message
            else:
                self._hold(event, message, sifted)
        if self._held and not messages[-1].metadata.num_pending:
            self._doubt(sifted)  # a batch comes whole: there is nothing on its way any more
        return sifted

    def _hold(self, event: Recorded, message: Msg, sifted: Sifted) -> None:
        if self._held and event.position != self._held[-1][0].position + 1:
            self._doubt(sifted)
        self._held.append((event, message))
        if header := (message.headers or {}).get(SEAL):
            self._open(header, message, sifted)

    def _open(self, header: str, message: Msg, sifted: Sifted) -> None:
        """Take what is held and covered by this seal, and doubt the rest."""
        assert self._seals is not None
        seal = self._seals.read(self._source, header)
        before = seal.first - self._held[0][0].position if seal else 0
        covered = self._held[max(before, 0) :]
        if seal and covered and seal.covers(covered[0][0].position, (one.data for _, one in covered)):
            self._held = self._held[: max(before, 0)]
            sifted.events += [held for held, _ in covered]
            sifted.last = message
        if self._held:
            self._doubt(sifted)

    def _doubt(self, sifted: Sifted) -> None:
        last = self._held[-1][0]
        sifted.doubtful = (last.position, last.event_id)
        self._held.clear()

    def _event(self, message: Msg) -> Recorded | None:
        """The event in a message of the source's, at its place in the source's log; else None."""
        try:
            event = decode_envelope(message.data)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        own = event.service == self._source and event.position == message.metadata.sequence.stream
        return event if own else None
