"""A client of the routes that every service has for those who run it."""

from __future__ import annotations

import json
from typing import Any

from shared.client import ServiceClient


class OpsClient(ServiceClient):
    """What those who run a service ask it, besides what every client can."""

    async def events(self, after: int, limit: int = 1000, reveal: str | None = None) -> list[dict[str, Any]]:
        """Envelopes of the service's log by position; what is in them only with a reason, for the record."""
        asked = {"after": after, "limit": limit} | ({"reveal": reveal} if reveal else {})
        lines = await self._text("/events", asked)
        # Not splitlines: it also breaks at U+2028 and others, which JSON strings may hold as they are.
        return [json.loads(line) for line in lines.split("\n") if line]

    async def document(self, name: str) -> dict[str, Any]:
        """`openapi` or `asyncapi`."""
        return await self._query(f"/{name}.json", answer=dict[str, Any])
