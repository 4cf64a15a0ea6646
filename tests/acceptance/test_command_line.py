"""Every command: how it explains itself, where it looks, what it answers, how it fails."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from guanai.cli import app
from guanai.commands import status
from guanai.commands.console import DEMO_HOME, HOME, NOT_RUNNING, UNHEALTHY, running_home
from guanai.home import Home, NotRunning, Running
from guanai.stack import SERVICES, Endpoints
from services.accesses.api import AccessView
from services.accesses.client import AccessesClient
from shared.contracts import Page
from shared.ops_contracts import Check, ProjectionState, ReadingState, RelayState, ServiceState

WITHOUT_JSON = {
    "serve": "becomes the service",
    "openapi": "is JSON",
    "asyncapi": "is JSON",
}
"""Commands that need no --json, and why."""
FOR_GOOD = ("prepare", "migrate", "streams", "secrets", "rotate")
"""Commands that change something for good and can say beforehand what it would be."""


def commands() -> Iterator[tuple[str, TyperGroup | typer.core.TyperCommand]]:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    yield from _below(root, "")


def _below(group: TyperGroup, path: str) -> Iterator[tuple[str, TyperGroup | typer.core.TyperCommand]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _below(command, f"{path}{name} ")
        else:
            assert isinstance(command, typer.core.TyperCommand)
            yield f"{path}{name}", command


COMMANDS = dict(commands())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    """`--help` says in Chinese and English what a command does, with an example that begins with its name."""
    told = CliRunner().invoke(app, [*name.split(), "--help"])
    assert told.exit_code == 0
    assert re.search(r"[\u4e00-\u9fff]", told.stdout)
    assert " / " in told.stdout
    help_text = COMMANDS[name].help or ""
    assert re.search(rf"例 / Examples?:\s+(\w+=\S+ |TOKEN=\$\()?guanai {name}\b", help_text), help_text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_answers_in_json(name: str) -> None:
    """`--json` is there wherever a command answers anything; what needs none has a reason."""
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert ("--json" in options) != (name in WITHOUT_JSON)


@pytest.mark.parametrize("name", FOR_GOOD)
def test_what_changes_something_for_good_can_be_tried(name: str) -> None:
    """`--dry-run` says what would be done."""
    assert "--dry-run" in {option for parameter in COMMANDS[name].params for option in parameter.opts}


def test_the_version_is_the_packages() -> None:
    """`guanai --version` is what the package index calls it."""
    assert CliRunner().invoke(app, ["--version"]).stdout == f"guanai {version('guanai')}\n"


def test_exit_codes_are_explained() -> None:
    """`guanai --help` says what each exit code means."""
    told = CliRunner().invoke(app, ["--help"]).stdout
    codes = " ".join(told[told.index("Exit codes") :].split())
    assert all(re.search(rf"\b{code} ", codes) for code in (0, 1, 2, 3, 130, 141)), codes


@pytest.mark.parametrize("command", ["status", "rotate", "serve registry", "parked list", "down"])
def test_a_mistyped_home_is_not_made(tmp_path: Path, command: str) -> None:
    """Only what starts a system makes its folder; the others say in one line that nothing is there."""
    nowhere = tmp_path / "guanay"
    told = CliRunner().invoke(app, [*command.split(), "--home", str(nowhere)])
    assert told.exit_code == (0 if command == "down" else NOT_RUNNING), told.output
    assert "Not running" in told.output or ("No system there" in told.output and "--home" in told.output)
    assert not nowhere.exists()


# -- which home --------------------------------------------------------------------------------------


def _run_in(home: Path, monkeypatch: pytest.MonkeyPatch, *running: Path) -> None:
    """Have systems run in some homes of this folder."""
    monkeypatch.chdir(home)
    monkeypatch.delenv("GUANAI_HOME", raising=False)
    places = {Home.at(path).path for path in running}

    def runs(self: Home) -> Running:
        if self.path not in places:
            raise NotRunning
        return Running.model_construct(supervisor=1, port_offset=0, started_at=datetime.now(UTC))

    monkeypatch.setattr(Home, "running", runs)


def test_the_demo_is_found_where_it_alone_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --home the demo's system is looked at, and standard error says so."""
    _run_in(tmp_path, monkeypatch, DEMO_HOME)
    assert running_home(None) == Home.at(DEMO_HOME)
    assert "The demo's system" in capsys.readouterr().err


def test_the_own_system_comes_before_the_demos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where both run, or neither, it is `.guanai`; a home that is named is always the one."""
    _run_in(tmp_path, monkeypatch, HOME, DEMO_HOME)
    assert running_home(None) == Home.at(HOME)
    assert running_home(tmp_path) == Home.at(tmp_path)
    _run_in(tmp_path, monkeypatch)
    assert running_home(None) == Home.at(HOME)


# -- status ------------------------------------------------------------------------------------------


def _told(
    monkeypatch: pytest.MonkeyPatch,
    home: Path,
    states: Mapping[str, ServiceState | status.Silent],
    *words: str,
) -> tuple[int, str]:
    Home.at(home).secrets()

    async def found(_: Home) -> Mapping[str, ServiceState | status.Silent]:
        return states

    monkeypatch.setattr(status, "ask_all", found)
    told = CliRunner().invoke(app, ["status", "--home", str(home), *words])
    return told.exit_code, told.stdout


def test_health_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All is well: one line with the figures; the tables come with -v."""
    states = {name: _state(name) for name in SERVICES}
    code, told = _told(monkeypatch, tmp_path, states)
    assert (code, told.count("\n")) == (0, 1)
    assert "健康：4 个服务，日志 28 条，无积压" in told
    assert "Healthy: 4 services, 28 events, no backlog" in told
    code, told = _told(monkeypatch, tmp_path, states, "-v")
    assert code == 0
    assert told.count("children") == len(SERVICES)


def test_status_says_that_events_are_parked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is unhealthy for its parked events alone says so, what to do; others are not named."""
    states = {name: _state(name, parked=2 if name == "pairing" else 0) for name in SERVICES}
    code, told = _told(monkeypatch, tmp_path, states)
    assert code == UNHEALTHY
    assert "children: 2 个事件停放 parked" in told
    assert "guanai parked replay pairing children" in told
    assert not any(name in told for name in SERVICES if name not in {"pairing", "registry"})


def test_status_says_what_is_wrong_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed check and a silent service are named, each with a way out."""
    states: dict[str, ServiceState | status.Silent] = {name: _state(name) for name in SERVICES}
    failed = (Check(name="bus", ok=False), Check(name="lag", ok=True))
    states["notify"] = _state("notify").model_copy(update={"ready": False, "checks": failed})
    states["reporting"] = status.Silent(error="refused")
    code, told = _told(monkeypatch, tmp_path, states)
    assert code == UNHEALTHY
    lines = told.splitlines()
    for what in ("notify  bus", "reporting  不回答 silent: refused"):
        (at,) = (number for number, line in enumerate(lines) if what in line)
        assert lines[at + 1].strip().startswith("→")
    assert "lag" not in told
    assert json.loads(_told(monkeypatch, tmp_path, states, "--json")[1])["notify"]["ready"] is False


def test_unusual_reading_is_shown_and_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who reads far more than usual is a matter for people: a line that leads to the records, exit code 0."""
    reading = ReadingState(subject="wang", party="village:1", counted=340, usual=60, allowed=200)
    states = {name: _state(name) for name in SERVICES}
    states["registry"] = states["registry"].model_copy(update={"reading": (reading,)})
    code, told = _told(monkeypatch, tmp_path, states)
    assert code == 0
    assert "wang (village:1)" in told
    assert "340" in told
    assert "guanai accesses --subject wang" in told


def test_records_of_accesses_want_a_county_s_or_township_s_token(tmp_path: Path) -> None:
    """The operator runs the system and does not read who was read of; it is said how a token is made."""
    Home.at(tmp_path).secrets()
    told = CliRunner().invoke(app, ["accesses", "--home", str(tmp_path)], env={"GUANAI_TOKEN": ""})
    assert told.exit_code == UNHEALTHY
    assert "guanai token issue county" in told.output


def test_the_records_of_all_services_come_by_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`guanai accesses` merges the four services, newest first, and stops at the limit."""
    Home.at(tmp_path).secrets()
    asked: list[Mapping[str, object]] = []

    async def listed(client: AccessesClient, **given: object) -> Page[AccessView]:
        asked.append(given)
        number = [*SERVICES.values()].index(int(client._base_url.rpartition(":")[2]))
        return Page(items=tuple(_access(number, hour) for hour in (20, 10)))

    ports = Endpoints.embedded()
    monkeypatch.setattr(Home, "endpoints", lambda _: ports)
    monkeypatch.setattr(AccessesClient, "list_accesses", listed)
    words = ["accesses", "--home", str(tmp_path), "--token", "x", "--since", "2026-11-01", "--limit", "6"]
    told = CliRunner().invoke(app, [*words, "--json"])
    found = json.loads(told.stdout)
    assert [one["service"] for one in found] == [*reversed(SERVICES), "reporting", "notify"]
    assert {str(given["since"]) for given in asked} == {"2026-11-01 00:00:00+08:00"}
    # A narrow terminal breaks the words of a column over lines.
    shown = CliRunner().invoke(app, words).stdout
    assert "王老师" in shown
    assert "查阅记录 / Accesses" in shown


def _access(minute: int, hour: int) -> AccessView:
    return AccessView(
        at=datetime(2026, 11, 2, hour, minute, tzinfo=UTC),
        trace_id=uuid4(),
        subject="wang",
        name="王老师",
        party="village:1",
        role="officer",
        operation="list_children",
        query="/children",
        children=(uuid4(),),
        classes=("identity",),
        permission="read_child_file",
        relation="in_scope",
    )


def _state(service: str, parked: int = 0) -> ServiceState:
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
