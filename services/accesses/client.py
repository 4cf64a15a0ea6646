"""The operations about accesses, as every service's typed client has them."""

from __future__ import annotations

from services.accesses.api import AccessesApi


class AccessesClient(AccessesApi):
    """A service's client, for those who watch over the children's data."""


__all__ = ["AccessesClient"]
