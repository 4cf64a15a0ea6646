"""Which process is meant: a number alone is not enough, the system gives it to others later on."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from shared.messages import Message

PRIVATE = 0o077
"""The umask of our programs: what they write is their owner's alone."""
_PROC = Path("/proc")
_START_TICKS = 19
"""Place of the start time in /proc/<pid>/stat, counted from behind the program's name (proc(5), field 22)."""


class Identity(Message):
    """One process: its number, when it was started, and its command line."""

    pid: int
    started: str
    """The same for as long as the process lives, another for whoever gets the number after it."""
    command: tuple[str, ...]

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """The process that has this number now; None where none lives."""
        try:
            process = psutil.Process(pid)
            # A process that ended stays a zombie until its parent has asked for it.
            if process.status() == psutil.STATUS_ZOMBIE:
                return None
            return cls(pid=pid, started=_started(process), command=_words(process))
        except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError, ValueError):
            return None
        except (psutil.AccessDenied, PermissionError):
            return cls(pid=pid, started="", command=())

    @classmethod
    def own(cls) -> Identity:
        """The calling process."""
        found = cls.of(os.getpid())
        assert found is not None
        return found

    @property
    def lives(self) -> bool:
        """Whether this very process still runs."""
        return Identity.of(self.pid) == self

    def runs(self, *words: str) -> bool:
        """Whether its command line has these words, each as an argument or at the end of one."""
        return all(any(part.endswith(word) for part in self.command) for word in words)

    def __str__(self) -> str:
        """For messages."""
        return f"{self.pid} ({' '.join(self.command)[:80] or '?'})"


@dataclass(frozen=True, slots=True)
class PidFile:
    """A file with the number of the process that does a job; beside it, `.started`, when that was started."""

    path: Path

    @property
    def started(self) -> Path:
        """Without it the number alone counts for nobody."""
        return self.path.with_suffix(".started")

    def write(self, pid: int) -> None:
        """Note a process that lives; one that has ended already leaves no file."""
        if (found := Identity.of(pid)) is not None:
            self.started.write_text(found.started)
            self.path.write_text(f"{pid}\n")

    def process(self, *words: str) -> Identity | None:
        """The noted process, if it still lives and its command line has these words (see `Identity.runs`)."""
        with suppress(FileNotFoundError, ValueError):
            found = living(int(self.path.read_text()), *words)
            if found is not None and found.started == self.started.read_text():
                return found
        return None

    def remove(self) -> None:
        """Whoever was noted has ended."""
        self.path.unlink(missing_ok=True)
        self.started.unlink(missing_ok=True)


def living(pid: int, *words: str) -> Identity | None:
    """The process of this number, if its command line has these words."""
    found = Identity.of(pid)
    return found if found is not None and found.runs(*words) else None


def _words(process: psutil.Process) -> tuple[str, ...]:
    # A path need not be UTF-8; what is written down must.
    return tuple(word.encode(errors="replace").decode() for word in process.cmdline())


def _started(process: psutil.Process) -> str:
    # Seconds since the epoch, which psutil gives, move when the machine's clock is set; ticks of it do not.
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        stat = (_PROC / str(process.pid) / "stat").read_text()
    except FileNotFoundError:
        if _PROC.exists():
            raise
        return f"{process.create_time():.2f}"
    return f"{boot}:{_after_the_name(stat)[_START_TICKS]}"


def _after_the_name(stat: str) -> Sequence[str]:
    # The name stands in brackets and may hold spaces and brackets itself.
    return stat.rpartition(")")[2].split()
