"""Permissions that belong to the kernel's own routes, and to everybody."""

from __future__ import annotations

from dataclasses import dataclass

from shared.access import OPERATOR, SERVICE, Caller, Permission


@dataclass(frozen=True, slots=True)
class _Everyone(Permission):
    """Every kind and role."""

    def allows(self, caller: Caller) -> bool:
        """Whoever it is."""
        return caller is not None


ANYONE = _Everyone("anyone", frozenset())
"""Every caller with a valid token."""
PUBLIC = _Everyone("public", frozenset())
"""No token is asked for: health, metrics, documentation."""
REPLAY = Permission("replay", frozenset({SERVICE, OPERATOR}), frozenset({"officer", "reader"}))
"""Other services and operators read the whole log."""
OPERATE = Permission("operate", frozenset({OPERATOR}))
"""Operators see and mend the machinery."""
