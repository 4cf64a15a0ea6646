"""`guanai doctor`: what it finds, and what it says to do."""

from __future__ import annotations

import json
import shutil
import socket
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from guanai import doctor
from guanai.backup.making import LastBackup
from guanai.cli import app
from guanai.deployment import Deployment
from guanai.doctor import Facts, examine
from guanai.findings import Finding, Verdict
from guanai.home import Home
from guanai.secrets import write_private
from guanai.stack import SERVICES, free_offset
from shared.embedded import LOOPBACK
from shared.texts import Bilingual

NOW = datetime.now(UTC)
Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 -- as shutil has it


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that was furnished; nothing runs in it."""
    place = Home.at(tmp_path / "home")
    place.furnish()
    place.secrets()
    return place


@pytest.fixture
def offset() -> int:
    """Ports that are free."""
    return free_offset()


def told(home: Home, offset: int = 0) -> tuple[int, dict[str, Any]]:
    words = ["doctor", "--home", str(home.path), "--port-offset", str(offset), "--json"]
    answer = CliRunner().invoke(app, words)
    return answer.exit_code, json.loads(answer.stdout)


async def found(home: Home, check: str) -> list[Finding]:
    return [one for one in await examine(home) if one.check.endswith(check)]


async def one(home: Home, check: str) -> Finding:
    (finding,) = await found(home, check)
    return finding


def test_a_machine_without_a_system_is_looked_at(tmp_path: Path, offset: int) -> None:
    """Before the first start: versions, disk, ports; nothing is made by looking."""
    code, answer = told(Home.at(tmp_path / "nowhere"), offset)
    assert code == 0, answer
    checks = {one["check"]: one for one in answer["findings"]}
    assert {"Python", "guanai", "PostgreSQL", "nats-server", "磁盘 disk", "端口 ports"} <= checks.keys()
    assert "never started" in checks["系统 system"]["found"]["en"]
    assert not (tmp_path / "nowhere").exists()


def test_it_is_said_in_words_too(home: Home, offset: int) -> None:
    """A line for each check, with what to do below it."""
    words = ["doctor", "--home", str(home.path), "--port-offset", str(offset)]
    answer = CliRunner().invoke(app, words)
    assert answer.exit_code == 0, answer.output
    assert "→ guanai backup FILE" in answer.stdout
    assert "1 to look after" in answer.stdout


def test_secrets_that_others_may_read_are_a_fault(home: Home, offset: int) -> None:
    """And the command that is named mends it."""
    home.kept_secrets.chmod(0o640)
    code, answer = told(home, offset)
    (fault,) = [one for one in answer["findings"] if one["verdict"] == "fault"]
    assert code == 1
    assert str(home.kept_secrets) in fault["found"]["en"]
    assert fault["way_out"]["en"] == f"chmod go= {home.kept_secrets}"
    home.kept_secrets.chmod(0o600)
    assert told(home, offset)[0] == 0


async def test_a_backup_that_others_may_read_is_a_fault(home: Home, tmp_path: Path) -> None:
    """It holds all that is known of the children."""
    file = tmp_path / "night.guanai"
    file.touch(0o644)
    remember(home, NOW, file)
    assert str(file) in (await one(home, "permissions")).found.en


async def test_wrong_settings_are_named_by_file_and_line(home: Home) -> None:
    """As at a start."""
    file = home.settings.folder / "notify.env"
    file.write_text("GUANAI_SMTP_PORT=many\n")
    finding = await one(home, "settings")
    assert finding.verdict is Verdict.FAULT
    assert f"{file}:1: GUANAI_SMTP_PORT" in finding.found.en


def test_a_port_that_another_program_has_is_a_fault(home: Home, offset: int) -> None:
    """With the way to another set of ports."""
    port = SERVICES["notify"] + offset
    with socket.create_server((LOOPBACK, port)):
        code, answer = told(home, offset)
    (fault,) = [one for one in answer["findings"] if one["verdict"] == "fault"]
    assert code == 1
    assert fault["found"]["en"].endswith(f": {port}")
    assert "--port-offset" in fault["way_out"]["en"]


@pytest.mark.parametrize(
    ("used", "free", "verdict"),
    [(50, 50 << 30, "ok"), (85, 15, "fault"), (9 << 30, 1 << 30, "warning"), (99 << 30, 1 << 30, "fault")],
)
async def test_a_disk_that_fills_is_seen(
    home: Home, monkeypatch: pytest.MonkeyPatch, used: int, free: int, verdict: str
) -> None:
    """By its share, and by what is left of it."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(used + free, used, free))
    assert (await one(home, "disk")).verdict == verdict


async def test_data_of_another_postgresql_is_a_fault(home: Home) -> None:
    """An upgrade of its major release needs a backup and a restore, which is said."""
    home.postgres.mkdir(0o700)
    (home.postgres / "PG_VERSION").write_text("17\n")
    finding = await one(home, "PostgreSQL")
    assert finding.verdict is Verdict.FAULT
    assert finding.way_out is not None
    assert "restore" in finding.way_out.en


def remember(home: Home, made_at: datetime, file: Path) -> None:
    last = LastBackup(id=uuid4(), made_at=made_at, file=file, size=1, with_secrets=True)
    write_private(home.last_backup, last.model_dump_json())


@pytest.mark.parametrize(("days", "verdict"), [(0, "ok"), (6, "ok"), (8, "warning")])
async def test_the_last_backup_should_not_be_old(home: Home, days: int, verdict: str) -> None:
    """A week at most."""
    remember(home, NOW - timedelta(days=days), home.path / "night.guanai")
    finding = await one(home, "backup")
    assert finding.verdict == verdict
    assert "night.guanai" in finding.found.en


async def test_a_broken_note_of_the_last_backup_is_no_backup(home: Home) -> None:
    """It is said in a sentence."""
    home.last_backup.write_text("{")
    assert (await one(home, "backup")).verdict is Verdict.WARNING


@pytest.mark.parametrize(
    ("database", "newest", "verdicts"),
    [
        (0, -60, ["ok"]),
        (0, None, ["ok"]),
        (0, 60, ["fault"]),
        (90, -60, ["warning"]),
        (90, 60, ["warning", "fault"]),
    ],
)
async def test_a_clock_that_is_behind_is_seen(
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    database: int,
    newest: int | None,
    verdicts: list[str],
) -> None:
    """Against the newest record and against the database's clock (seconds by which they are ahead)."""
    now = datetime.now(UTC)
    recorded = None if newest is None else now + timedelta(seconds=newest)

    async def ask(_: Home) -> tuple[Facts, Finding]:
        facts = Facts("18.6", now + timedelta(seconds=database), recorded, ())
        return facts, Finding(check="system", verdict=Verdict.OK, found=Bilingual.same("runs"))

    monkeypatch.setattr(doctor, "_ask", ask)
    assert [one.verdict for one in await found(home, "clock")] == verdicts


async def test_a_deployment_that_is_stopped_is_looked_at(tmp_path: Path) -> None:
    """Its secrets and settings are; its database is said not to run."""
    folder = tmp_path / "deploy" / "secrets"
    Deployment(folder).write()
    place = Home.at(folder)
    assert (await one(place, "system")).verdict is not Verdict.OK
    assert (await one(place, "permissions")).verdict is Verdict.OK
    (folder / "notify.env").chmod(0o644)
    assert "notify.env" in (await one(place, "permissions")).found.en
