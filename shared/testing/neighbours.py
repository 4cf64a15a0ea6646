"""Another service as a test sees it: a log in memory whose events arrive over the real bus."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID, uuid4, uuid5

from nats.js import JetStreamContext

from shared.bus.connection import encode
from shared.messages import Event, EventTypes, Metadata, Recorded
from shared.seals import SEAL, Sealer
from shared.testing.envelopes import as_recorded
from shared.withholding import EVERYTHING, Withholding

_SAMPLES = UUID("6f1f0b0e-7a52-4e0e-9c1b-3a0f4a5f7d11")


class Neighbour:
    """Publishes events as the service of `types` would: dense positions, stream sequence = position."""

    def __init__(
        self,
        types: EventTypes,
        jetstream: JetStreamContext,
        *,
        reads: Collection[str] = (EVERYTHING,),
        sealer: Sealer | None = None,
    ) -> None:
        """`reads` are the classes of personal data that the service under test gets of it, anywhere."""
        self.types = types
        self._jetstream = jetstream
        self._withholding = Withholding(types, reads)
        self._sealer = sealer
        self.log: list[Recorded] = []

    async def publish(
        self,
        event: Event,
        stream_id: UUID | None = None,
        *,
        division: str = "331082104001",
        at: datetime | None = None,
        seen: dict[str, int] | None = None,
    ) -> Recorded:
        """One more event in its log and on the bus. The stream id defaults to the event's first id field."""
        recorded = self.record(event, stream_id, division=division, at=at, seen=seen)
        subject, headers, payload = encode(recorded)
        if self._sealer is not None:
            headers[SEAL] = self._sealer.seal(recorded.position, [payload])
        await self._jetstream.publish(subject, payload, headers=headers)
        return recorded

    def record(
        self,
        event: Event,
        stream_id: UUID | None = None,
        *,
        division: str = "331082104001",
        at: datetime | None = None,
        seen: dict[str, int] | None = None,
    ) -> Recorded:
        """One more event in its log, not on the bus: the service must fetch it."""
        stream = stream_id or _first_id(event)
        now = at or datetime.now(UTC)
        whole = as_recorded(
            self.types.service,
            event,
            len(self.log) + 1,
            event_id=uuid5(_SAMPLES, f"{self.types.service}{len(self.log)}{uuid4()}"),
            stream_id=stream,
            version=1 + sum(one.stream_id == stream for one in self.log),
            metadata=Metadata(
                actor="test",
                party="test:1",
                division=division,
                correlation_id=uuid4(),
                seen=seen or {},
            ),
            recorded_at=now,
        )
        recorded = self._withholding.apply(whole)
        self.log.append(recorded)
        return recorded

    def read(self, after: int, limit: int) -> list[Recorded]:
        """Its log, as the replay endpoint would give it."""
        return self.log[after : after + limit]


def _first_id(event: Event) -> UUID:
    for name in type(event).model_fields:
        value = getattr(event, name)
        if isinstance(value, UUID):
            return value
    raise ValueError(f"{event.type} has no id: say stream_id")
