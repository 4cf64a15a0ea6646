"""Routes that are open to everybody: how much they take, from each address and from all together."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

from litestar.connection import ASGIConnection

from shared.http.rates import RateLimit
from shared.settings import KernelSettings

HOUR = 3600.0
BURST_SHARE = 0.5
"""Of an hour's budget so much may be used at once."""


class Doors:
    """The budgets of open routes; each route has its own, so that looking does not use up reporting."""

    def __init__(self, settings: KernelSettings, now: Callable[[], float] = monotonic) -> None:
        each, everybody = settings.public_requests_per_hour, settings.public_requests_per_hour_in_all
        self._each = RateLimit(each / HOUR, now, burst=each * BURST_SHARE)
        self._all = RateLimit(everybody / HOUR, now, burst=everybody * BURST_SHARE)
        self._header = settings.public_address_header

    def take(self, route: str, connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
        """Use one permit of the route; False when the address, or everybody, has used up theirs."""
        # The address first: who has used up their own takes nothing from the others.
        return self._each.take((route, self._address(connection))) and self._all.take(route)

    def _address(self, connection: ASGIConnection[Any, Any, Any, Any]) -> str:
        """The client's; behind a proxy the last one that the header has, which is the proxy's word."""
        told = connection.headers.getall(self._header, []) if self._header else []
        if told:
            return told[-1].rpartition(",")[2].strip()
        return connection.client.host if connection.client else ""
