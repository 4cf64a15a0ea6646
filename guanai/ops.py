"""A client of the routes that every service has for those who run it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.client import ServiceClient
from shared.messages import Message
from shared.operations import ParkedList, RebuildStarted, Replayed, ServiceState


class RevokeToken(Message):
    """What the registry takes at `/tokens/revocations`."""

    token_id: UUID
    expires_at: datetime
    reason: str = ""


class OpsClient(ServiceClient):
    """Logs, projections, parked events and documents of one service."""

    async def events(self, after: int, limit: int = 1000, reveal: str | None = None) -> list[dict[str, Any]]:
        """Envelopes of the service's log by position; what is in them only with a reason, for the record."""
        asked = {"after": after, "limit": limit} | ({"reveal": reveal} if reveal else {})
        lines = await self._text("/events", asked)
        # Not splitlines: it also breaks at U+2028 and others, which JSON strings may hold as they are.
        return [json.loads(line) for line in lines.split("\n") if line]

    async def status(self) -> ServiceState:
        """Relay, projections, parked events."""
        return await self._query("/ops/status", answer=ServiceState)

    async def rebuild(self, projection: str) -> RebuildStarted:
        """Build a projection anew from its sources' logs, beside the one that goes on answering."""
        path = f"/ops/projections/{projection}/rebuild"
        return await self._command("POST", path, answer=RebuildStarted)

    async def parked(self) -> ParkedList:
        """Events that a projection could not take, with the error."""
        return await self._query("/ops/parked", answer=ParkedList)

    async def replay_parked(self, projection: str) -> Replayed:
        """Hand a projection its parked events again, in order."""
        return await self._command("POST", f"/ops/projections/{projection}/replay-parked", answer=Replayed)

    async def document(self, name: str) -> dict[str, Any]:
        """`openapi` or `asyncapi`."""
        return await self._query(f"/{name}.json", answer=dict[str, Any])

    async def revoke_token(self, token_id: UUID, expires_at: datetime, reason: str) -> None:
        """Let no service honour a token any longer (the registry publishes it)."""
        body = RevokeToken(token_id=token_id, expires_at=expires_at, reason=reason)
        await self._command("POST", "/tokens/revocations", body)
