"""A process is known by its number, its start and its command; a number alone is soon another's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.processes import Identity, PidFile, living


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    program = "import time; print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program, "one two"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        # The system lets a starter go on a moment before the new command line can be read.
        process.stdout.readline()
        yield process
        process.kill()


def test_a_process_is_itself_until_it_ends(sleeper: subprocess.Popen[bytes]) -> None:
    """Asked twice it is the same; ended, and while nobody has waited for it, it lives no longer."""
    found = Identity.of(sleeper.pid)
    assert found is not None
    assert found.lives
    assert Identity.model_validate_json(found.model_dump_json()) == found
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert Identity.of(sleeper.pid) is None
    assert not found.lives


def test_whoever_got_the_number_is_another(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """The same number with another start, or with another command, is not the noted process."""
    noted = PidFile(tmp_path / "one.pid")
    noted.write(sleeper.pid)
    assert noted.process("one two") is not None
    assert noted.process("one three") is None
    noted.started.write_text("somewhen else")
    assert noted.process("one two") is None
    noted.started.unlink()
    assert noted.process("one two") is None
    found = Identity.of(sleeper.pid)
    assert found is not None
    assert not found.model_copy(update={"started": "somewhen else"}).lives


@pytest.mark.parametrize("written", ["", "none", "0x10 then", "-5"])
def test_a_broken_pid_file_notes_nobody(tmp_path: Path, written: str) -> None:
    """What is no number is nobody's."""
    (tmp_path / "broken.pid").write_text(written)
    assert PidFile(tmp_path / "broken.pid").process() is None
    assert PidFile(tmp_path / "missing.pid").process() is None


def test_a_server_is_asked_for_by_its_program_and_its_data(sleeper: subprocess.Popen[bytes]) -> None:
    """Another server of the same kind, with other data, is not taken for it."""
    assert living(sleeper.pid, Path(sys.executable).name, "one two") is not None
    assert living(sleeper.pid, Path(sys.executable).name, "/other/data") is None
