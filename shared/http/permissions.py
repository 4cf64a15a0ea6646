"""Permissions that belong to the kernel's own routes."""

from __future__ import annotations

from shared.access import OPERATOR, SERVICE, Caller, Permission, Scope

NOBODY = Caller(subject="-", kind="public", role="", scope=Scope())
"""Who asks without an account."""
REPLAY = Permission("replay", frozenset({SERVICE, OPERATOR}), frozenset({"officer", "reader"}))
"""Other services read the classes of data that they declare; operators read envelopes, or say why not."""
MONITOR = Permission("monitor", frozenset({OPERATOR}), frozenset({"officer", "reader"}))
"""Operators, and programs of theirs with a reader's token, see metrics and the reasons of `/readyz`."""
OPERATE = Permission("operate", frozenset({OPERATOR}))
"""Operators see and mend the machinery."""
