"""A small disk in memory that can be filled to the last byte and freed again."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


class NoMount(Exception):
    """This machine does not let us mount a file system (needs root)."""


@dataclass
class Disk:
    """A tmpfs on a folder."""

    folder: Path
    mebibytes: int

    def mount(self) -> None:
        """Put it there. Raises `NoMount`."""
        mount = shutil.which("mount")
        if mount is None or os.geteuid() != 0:
            raise NoMount("mounting needs root")
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [mount, "-t", "tmpfs", "-o", f"size={self.mebibytes}m,mode=0700", "tmpfs", str(self.folder)]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            raise NoMount(made.stderr.strip())

    def fill(self) -> None:
        """Use up every byte."""
        with contextlib.suppress(OSError), self._filler.open("ab", buffering=0) as filler:
            while True:
                filler.write(bytes(64 * 1024))
        with contextlib.suppress(OSError), self._filler.open("ab", buffering=0) as filler:
            while True:
                filler.write(bytes(512))

    def free(self) -> None:
        """Give the space back."""
        self._filler.unlink(missing_ok=True)

    def unmount(self) -> None:
        """Remove it with all that it holds."""
        umount = shutil.which("umount")
        assert umount is not None
        subprocess.run([umount, "-l", str(self.folder)], capture_output=True, check=False)

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"
