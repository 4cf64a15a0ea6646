"""A file that holds records of accesses until PostgreSQL has them: written before the answer leaves.

A `write` of the operating system survives the death of this process and of PostgreSQL, at a hundredth of what
a commit costs; only where the machine itself loses power within the moment until the commit is a record lost.
Each process has files of its own. Whatever a dead one left is taken in by the next that starts.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import structlog

SEGMENT_BYTES = 4_000_000
"""A file that has grown so large is written on no further, and goes when all that it holds is committed."""
EMPTIED_BYTES = 250_000
"""One that has grown so large and holds nothing that is not committed is emptied."""
_SUFFIX = ".accesses"
_logger = structlog.get_logger(__name__)


@dataclass
class Segment:
    """One file of a journal."""

    path: Path
    descriptor: int
    size: int = 0
    outstanding: int = 0
    """Records in it that PostgreSQL does not have yet."""

    def append(self, line: bytes) -> None:
        """Write a line, whole or not at all. Raises `OSError`."""
        try:
            written = os.write(self.descriptor, line)
        except OSError:
            self._cut()
            raise
        if written < len(line):
            self._cut()
            raise OSError(f"only {written} of {len(line)} bytes were written")
        self.size += len(line)
        self.outstanding += 1

    def _cut(self) -> None:
        with suppress(OSError):
            os.ftruncate(self.descriptor, self.size)

    def empty(self) -> None:
        """Let go of what is committed."""
        os.ftruncate(self.descriptor, 0)
        self.size = 0

    def remove(self) -> None:
        """Delete the file."""
        with suppress(FileNotFoundError):
            self.path.unlink()
        os.close(self.descriptor)


class Journal:
    """The files of one process, in a folder that the service's other processes may use as well."""

    def __init__(self, folder: Path, service: str) -> None:
        self._folder = folder
        self._service = service
        self._current: Segment | None = None

    def append(self, line: bytes) -> Segment:
        """Write a record's line (it ends with a newline) and say where it is. Raises `OSError`."""
        segment = self._current
        if segment is None or segment.size >= SEGMENT_BYTES:
            segment = self._current = self._opened()
        segment.append(line)
        return segment

    def committed(self, segment: Segment) -> None:
        """PostgreSQL has one of the segment's records."""
        segment.outstanding -= 1
        if segment.outstanding:
            return
        if segment is not self._current:
            segment.remove()
        elif segment.size >= EMPTIED_BYTES:
            segment.empty()

    def left(self) -> Iterator[tuple[Segment, list[bytes]]]:
        """What processes that are no more have left: files, now this one's, and their lines."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in sorted(self._folder.glob(f"{self._service}-*{_SUFFIX}")):
            descriptor = os.open(path, os.O_RDWR)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:  # its process lives
                os.close(descriptor)
                continue
            lines = [line for line in path.read_bytes().split(b"\n") if line]
            segment = Segment(path, descriptor, path.stat().st_size, len(lines))
            if lines:
                yield segment, lines
            else:
                segment.remove()

    def close(self) -> None:
        """Delete the file if all is committed, else leave it to the next process."""
        segment, self._current = self._current, None
        if segment is None:
            return
        if segment.outstanding:
            _logger.warning(
                "accesses left in the journal", path=str(segment.path), records=segment.outstanding
            )
            os.close(segment.descriptor)
        else:
            segment.remove()

    def _opened(self) -> Segment:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{self._service}-{uuid4().hex}{_SUFFIX}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return Segment(path, descriptor)
