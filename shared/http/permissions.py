"""Permissions that belong to the kernel's own routes, and to everybody."""

from __future__ import annotations

from dataclasses import dataclass

from shared.access import OPERATOR, SERVICE, Caller, Permission, Scope


@dataclass(frozen=True, slots=True)
class _Everyone(Permission):
    """Every kind and role of people; services read logs and nothing else."""

    def allows(self, caller: Caller) -> bool:
        """Whoever it is, but for a service."""
        return caller.kind != SERVICE


ANYONE = _Everyone("anyone", frozenset())
"""Every caller with a valid token."""
PUBLIC = _Everyone("public", frozenset())
"""No token is asked for: health, metrics, documentation."""


@dataclass(frozen=True, slots=True)
class Open(_Everyone):
    """Everybody, without an account: no token is looked at, and few small requests are taken.

    Each client address has a budget of its own, all of them together another (`GUANAI_PUBLIC_*`).
    """

    when_full: str = ""
    """The way out where a budget is used up."""


NOBODY = Caller(subject="-", kind="public", role="", scope=Scope())
"""Who asks without an account."""
REPLAY = Permission("replay", frozenset({SERVICE, OPERATOR}), frozenset({"officer", "reader"}))
"""Other services read the classes of data that they declare; operators read envelopes, or say why not."""
MONITOR = Permission("monitor", frozenset({OPERATOR}), frozenset({"officer", "reader"}))
"""Operators, and programs of theirs with a reader's token, see metrics and the reasons of `/readyz`."""
OPERATE = Permission("operate", frozenset({OPERATOR}))
"""Operators see and mend the machinery."""
