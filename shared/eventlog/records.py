"""What goes into the log and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.messages import Event, Metadata
from shared.refusals import Invalid
from shared.texts import Bilingual


@dataclass(frozen=True, slots=True)
class StreamWrite:
    """New events of one stream; with no events it only asserts the stream's version."""

    stream_type: str
    stream_id: UUID
    expected_version: int
    """Version of the stream that the decision saw; 0 = the stream must be new."""
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Append:
    """One command's outcome: written whole or not at all, over all its streams."""

    command_id: UUID
    """The idempotency key."""
    request_hash: bytes
    """SHA-256 of what was asked, to tell a retry from a reuse of the key."""
    writes: tuple[StreamWrite, ...]
    metadata: Metadata
    result: Mapping[str, Any] = field(default_factory=dict)
    """JSON that every retry of the command is answered with."""
    occurred_at: datetime | None = None
    """None = now."""


@dataclass(frozen=True, slots=True)
class Appended:
    """The log's answer to an `Append`."""

    position: int
    """Position of the command's last event; if it wrote none, the log's head at that time."""
    result: Mapping[str, Any]
    replayed: bool
    """True when the command id was already known: nothing was written, `result` is the first answer."""


class StreamMoved(Exception):
    """A stream is not at the expected version: somebody else wrote first. Reload and decide again."""

    def __init__(self, stream_id: UUID, expected: int, actual: int) -> None:
        super().__init__(f"stream {stream_id}: expected version {expected}, is at {actual}")
        self.stream_id, self.expected, self.actual = stream_id, expected, actual


class CommandIdReused(Exception):
    """The idempotency key was used before, for another request."""


class LogUnavailable(Exception):
    """The log cannot be reached now; a write may or may not have been taken.

    Repeat the command with the same command id: if it was taken, the first answer comes back.
    """


class EventTooLarge(Invalid, title_zh="单条记录不得超过 512 KiB"):
    """A record may hold at most 512 KiB."""

    way_out = Bilingual("请缩短内容，或分成几条记录", "Shorten it, or split it into several records")
