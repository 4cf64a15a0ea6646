"""What a system writes is its owner's alone, whatever the umask of whoever started it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from guanai.home import Home
from guanai.stack import free_offset

OTHERS = stat.S_IRWXG | stat.S_IRWXO
PASSING = 0o011
"""What others may do with the home itself, where root lets PostgreSQL's account through."""


def guanai(*words: str, home: Path) -> None:
    """The command, as somebody runs it whose umask lets everybody read."""
    ended = subprocess.run(
        [sys.executable, "-m", "guanai", *words, "--home", str(home)],
        umask=0o022,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def open_to_others(home: Path) -> Iterator[str]:
    """Everything in a home that anybody else may do anything with."""
    for folder, folders, files in os.walk(home):
        for path in (Path(folder), *(Path(folder) / name for name in (*folders, *files))):
            allowed = PASSING if path == home and os.geteuid() == 0 else 0
            if not path.is_symlink() and stat.S_IMODE(path.lstat().st_mode) & OTHERS & ~allowed:
                yield f"{path.relative_to(home)} {stat.S_IMODE(path.lstat().st_mode):04o}"


@pytest.mark.slow
def test_all_of_a_home_is_its_owners(tmp_path: Path) -> None:
    """Data, secrets, logs, settings and what runs, after a start under umask 022."""
    home = tmp_path / "above" / "home"
    offset = str(free_offset())
    guanai("up", "--servers-only", "--detach", "--port-offset", offset, home=home)
    try:
        found = sorted(open_to_others(home))
    finally:
        guanai("down", home=home)
    assert found == []
    assert (home / "logs" / "supervisor.log").exists()


def test_what_an_earlier_release_left_open_is_closed(tmp_path: Path) -> None:
    """At the next start; a link in a home is not followed."""
    place, elsewhere = Home.at(tmp_path / "home"), tmp_path / "elsewhere"
    place.furnish()
    place.secrets()
    elsewhere.write_text("not ours")
    elsewhere.chmod(0o644)
    (place.logs / "link").symlink_to(elsewhere)
    for name in ("logs/registry.log", "logs/registry.log.1", "lock", "postgres.log", "nats/nats.log"):
        file = place.path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("")
        file.chmod(0o644)
        file.parent.chmod(0o755)
    place.furnish()
    assert sorted(open_to_others(place.path)) == []
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644


def test_a_folder_that_is_no_home_yet_keeps_its_own_mode(tmp_path: Path) -> None:
    """Whoever names a folder of theirs gets it back as it was."""
    tmp_path.chmod(0o755)
    Home.at(tmp_path).furnish()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
