"""Log files that do not grow without end."""

from __future__ import annotations

import shutil
from pathlib import Path

LIMIT = 10 * 1024 * 1024
"""Bytes; a longer file is set aside as `<name>.1`, the one before it as `<name>.2`, and so on."""
KEPT = 4
"""Files that were set aside; the oldest goes."""


def rotate(log: Path, limit: int = LIMIT) -> bool:
    """Set the file aside if it has grown too long; whether it was.

    It is copied and emptied, since the programs that write to it keep it open; they append, so they go on at
    its new end. A line that is written in the moment between the two is lost.
    """
    if not log.exists() or log.stat().st_size <= limit:
        return False
    for number in range(KEPT, 1, -1):
        if (older := _aside(log, number - 1)).exists():
            older.replace(_aside(log, number))
    shutil.copy2(log, _aside(log, 1))
    with log.open("r+b") as emptied:
        emptied.truncate(0)
    return True


def _aside(log: Path, number: int) -> Path:
    return log.with_name(f"{log.name}.{number}")
