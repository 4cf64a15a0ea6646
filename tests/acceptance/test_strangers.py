"""What is written down about processes may be old: nobody else's process is ever ended for it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from guanai.cli import app
from guanai.home import Home, NotRunning, Stale
from guanai.stack import SERVICES
from guanai.supervisor import System, end_leftovers, pid_file
from shared.processes import Identity


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in which a system was once made; nothing runs in it."""
    place = Home.at(tmp_path / "home")
    place.furnish()
    place.secrets()
    return place


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process whose command even looks like one of ours."""
    words = ("guanai", "up", "services.registry", "postgres", "nats-server")
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)", *words]) as process:
        yield process
        process.kill()


def announced(supervisor: int, **more: Any) -> str:
    said = {
        "supervisor": supervisor,
        "port_offset": 0,
        "started_at": datetime.now(UTC).isoformat(),
        "ready": True,
    }
    return json.dumps({**said, **more})


def as_noted(pid: int, **changed: Any) -> dict[str, Any]:
    found = Identity.of(pid)
    assert found is not None
    return found.model_copy(update=changed).model_dump()


def test_down_leaves_whoever_got_the_supervisors_number_alone(
    home: Home, stranger: subprocess.Popen[bytes]
) -> None:
    """Another start or another command is another process: it goes on, and `guanai down` says so."""
    strangers = [
        announced(stranger.pid, process=as_noted(stranger.pid, started="an earlier boot")),
        announced(stranger.pid, process=as_noted(stranger.pid, command=("guanai", "up"))),
    ]
    for state in strangers:
        home.state.write_text(state)
        told = CliRunner().invoke(app, ["down", "--home", str(home.path)])
        assert told.exit_code == 0
        said = told.output.replace("\n", " ")
        assert "belongs to another program" in said
        assert str(stranger.pid) in said
        assert "Not running" in said
        assert stranger.poll() is None
        assert not home.state.exists()


def test_what_a_former_release_wrote_is_believed_of_guanai_alone(home: Home) -> None:
    """Without a start and a command in it, the number counts only if it is a guanai's."""
    with subprocess.Popen(["sleep", "60"]) as other:
        home.state.write_text(announced(other.pid))
        with pytest.raises(Stale, match=str(other.pid)):
            home.running()
        other.kill()


@pytest.mark.parametrize("state", ["", "{}", "nonsense", "\x00\xff"])
def test_a_broken_state_is_no_running_system(home: Home, state: str) -> None:
    """A file cut off by a power failure stops nobody from starting."""
    home.state.write_text(state)
    with pytest.raises(NotRunning):
        home.running()


def test_a_services_number_may_be_anothers_by_now(home: Home, stranger: subprocess.Popen[bytes]) -> None:
    """Neither the number alone nor a command alone makes a process one of ours."""
    for started in (None, "an-earlier-boot:1"):
        for service in SERVICES:
            pid_file(home, service).path.write_text(str(stranger.pid))
            if started:
                pid_file(home, service).started.write_text(started)
        assert end_leftovers(home) == []
        assert stranger.poll() is None
        assert not any(pid_file(home, service).path.exists() for service in SERVICES)


def test_a_servers_number_may_be_anothers_by_now(home: Home, stranger: subprocess.Popen[bytes]) -> None:
    """A program of the same name that serves other data is left alone."""
    system = System(home, with_services=False)
    home.postgres.mkdir()
    home.nats.mkdir()
    (home.postgres / "postmaster.pid").write_text(f"{stranger.pid}\n{home.postgres}\n1\n15432\n\n\n\nready\n")
    (home.nats / "nats.pid").write_text(str(stranger.pid))
    assert (system.postgres.pid, system.nats.pid) == (None, None)
    system.postgres.stop()
    system.nats.kill()
    assert stranger.poll() is None
