"""Named moments at which a fault trial may have the process die, as by kill -9. In operation: never."""

from __future__ import annotations

import os
import signal
from functools import lru_cache
from itertools import count

VARIABLE = "GUANAI_FAILPOINT"
"""`<name>:<n>`: die when the moment of that name is reached for the n-th time."""

COMMITTED = "committed"
"""The log's batch is committed, nobody has been answered."""
ACCESS_COMMITTED = "access committed"
"""The records of accesses are committed, the answers have not left."""
PUBLISHED = "published"
"""The stream has the events, the relay's cursor has not moved."""
PROJECTED = "projected"
"""Rows and checkpoints are committed, the bus's messages are not acknowledged."""
SWAPPING = "swapping"
"""The rebuilt tables have the name, the transaction is open."""
SWAPPED = "swapped"
"""The rebuilt tables serve, the old ones are still there."""


def failpoint(name: str) -> None:
    """The process is at this moment."""
    asked = _asked()
    if asked is not None and asked[0] == name and next(_times) == asked[1]:
        os.kill(os.getpid(), signal.SIGKILL)


_times = count(1)


@lru_cache(maxsize=1)
def _asked() -> tuple[str, int] | None:
    name, _, number = os.environ.get(VARIABLE, "").partition(":")
    return (name, int(number)) if name else None
