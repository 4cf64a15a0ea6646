"""What the command line says when there is nothing to ask, and when something is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from guanai.cli import app
from guanai.commands import console, system
from guanai.commands.console import NOT_RUNNING, UNHEALTHY
from guanai.home import Home
from guanai.stack import SERVICES
from shared.operations import ProjectionState, RelayState, ServiceState


@pytest.mark.parametrize("command", ["status", "rotate", "serve registry", "parked list", "down"])
def test_a_mistyped_home_is_not_made(tmp_path: Path, command: str) -> None:
    """Only what starts a system makes its folder; the others say in one line that nothing is there."""
    nowhere = tmp_path / "guanay"
    told = CliRunner().invoke(app, [*command.split(), "--home", str(nowhere)])
    assert told.exit_code == (0 if command == "down" else NOT_RUNNING), told.output
    assert "Not running" in told.output or "No system there" in told.output
    assert not nowhere.exists()


def test_secrets_that_cannot_be_written_are_told_in_one_line(tmp_path: Path) -> None:
    """No traceback: where it could not write, and why."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    for folder in (blocked / "secrets", Path("/proc/x")):
        told = CliRunner().invoke(app, ["secrets", str(folder)])
        assert told.exit_code == UNHEALTHY
        assert told.output.startswith("无法写入 / Cannot write")
        assert isinstance(told.exception, SystemExit)


def test_status_says_that_events_are_parked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is unhealthy for its parked events alone says so, and which view holds them."""

    async def found(_: Home) -> dict[str, ServiceState]:
        return {name: _state(name, parked=2 if name == "pairing" else 0) for name in SERVICES}

    monkeypatch.setattr(system, "_status", found)
    monkeypatch.setattr(console.out, "width", 200)
    told = CliRunner().invoke(app, ["status", "--home", str(tmp_path)])
    assert told.exit_code == UNHEALTHY
    assert "children: 2 个事件停放 parked, guanai parked list pairing" in told.stdout
    assert told.stdout.count("unhealthy") == 1


def _state(service: str, parked: int) -> ServiceState:
    return ServiceState(
        service=service,
        ready=True,
        checks=(),
        head=7,
        relay=RelayState(published=7, head=7, backlog=0, active=True),
        sources=(),
        projections=(
            ProjectionState(
                projection="children",
                source="registry",
                version=1,
                position=7,
                head=7,
                lag=0,
                parked=parked,
                rebuilding=False,
            ),
        ),
        reactions=(),
    )
