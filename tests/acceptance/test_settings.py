"""The operator's settings: one place in both forms of running, which nothing that is generated touches."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from typer.testing import CliRunner

from guanai.cli import app
from guanai.commands import console
from guanai.deployment import Deployment
from guanai.home import Home
from guanai.settings import ALL, SETTINGS, OperatorSettings, SettingsWrong, variable
from guanai.stack import SERVICES
from guanai.supervisor import System

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
THEIRS = 'GUANAI_SMTP_HOST=mail.example\nGUANAI_WEBHOOK_SECRETS=\'{"office": "a b"}\'\nHTTPS_PROXY=http://p\n'


def test_the_example_lists_every_setting() -> None:
    """.env.example and the services' settings name the same variables."""
    named = set(re.findall(r"^#? ?(GUANAI_\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    known = {variable(field) for kind in SETTINGS.values() for field in kind.model_fields}
    assert named == known - {"GUANAI_START_AFTER"}


def test_every_setting_reaches_its_services_in_the_embedded_form(tmp_path: Path) -> None:
    """all.env holds for every service; a service's own file goes first."""
    home = Home.at(tmp_path)
    home.furnish()
    home.settings.file(ALL).write_text("GUANAI_LOG_LEVEL=warning\nGUANAI_BODY_LIMIT=4096\n")
    home.settings.file("notify").write_text(f"{THEIRS}GUANAI_BODY_LIMIT=8192\n")
    env = {service.name: service.env for service in System(home).services}
    assert {env[name]["GUANAI_LOG_LEVEL"] for name in SERVICES} == {"warning"}
    assert [env[name]["GUANAI_BODY_LIMIT"] for name in ("registry", "notify")] == ["4096", "8192"]
    assert env["notify"]["GUANAI_WEBHOOK_SECRETS"] == '{"office": "a b"}'
    assert env["notify"]["HTTPS_PROXY"] == "http://p"
    assert "GUANAI_SMTP_HOST" not in env["registry"]


def test_a_service_may_listen_elsewhere(tmp_path: Path) -> None:
    """A port in a service's file is where its neighbours and the operator look for it."""
    home = Home.at(tmp_path)
    home.furnish()
    home.settings.file("registry").write_text("GUANAI_PORT=9301\n")
    system = System(home, 100)
    assert system.endpoints.services["registry"] == "http://127.0.0.1:9301"
    peers = {service.name: json.loads(service.env["GUANAI_PEERS"]) for service in system.services}
    assert peers["notify"]["registry"] == "http://127.0.0.1:9301"
    assert peers["notify"]["pairing"] == "http://127.0.0.1:8202"


def test_every_setting_reaches_its_container() -> None:
    """In compose the same files come after the generated ones, so what they say counts."""
    for name in SERVICES:
        theirs = [f"deploy/settings/{ALL}.env", f"deploy/settings/{name}.env"]
        assert CONTAINERS[name]["env_file"] == [f"deploy/secrets/{name}.env", *theirs]
    for name in ("postgres", "nats", "prepare"):
        generated = [] if name == "prepare" else [f"deploy/secrets/{name}.env"]
        assert CONTAINERS[name]["env_file"] == [*generated, f"deploy/settings/{name}.env"]
    assert "deploy/settings/" in (ROOT / ".gitignore").read_text().splitlines()


def test_making_secrets_makes_every_file_that_compose_reads(tmp_path: Path) -> None:
    """docker compose refuses to start where an env file is missing."""
    Deployment(tmp_path / "deploy" / "secrets").write()
    for container in CONTAINERS.values():
        assert all((tmp_path / file).exists() for file in container["env_file"])


@pytest.mark.parametrize("how", [{}, {"rotate": True}, {"rotate": True, "new_key": True}])
def test_no_making_of_secrets_touches_the_operators_files(tmp_path: Path, how: dict[str, bool]) -> None:
    """New passwords, a new key or nothing new: their files stay byte for byte."""
    deployment = Deployment(tmp_path / "secrets")
    deployment.write()
    files = sorted(deployment.settings.folder.iterdir())
    for file in files:
        file.write_text(THEIRS)
    deployment.write(**how)
    assert sorted(deployment.settings.folder.iterdir()) == files
    assert {file.read_text() for file in files} == {THEIRS}


def test_what_stood_in_a_generated_file_moves_to_their_files(tmp_path: Path) -> None:
    """A release ago there was no other place; rotating keeps it, and does not say it twice."""
    deployment = Deployment(tmp_path / "secrets")
    deployment.write()
    with (deployment.folder / "notify.env").open("a") as generated:
        generated.write(THEIRS)
    with (deployment.folder / "postgres.env").open("a") as generated:
        generated.write("POSTGRES_INITDB_ARGS=--data-checksums\n")
    deployment.settings.file("notify").write_text("GUANAI_SMTP_HOST=newer.example\n")
    for _ in range(2):
        written = deployment.write(rotate=True)
    assert deployment.settings.file("notify") not in written
    said = deployment.settings.of("notify")
    assert said["GUANAI_SMTP_HOST"] == "newer.example"
    assert said["GUANAI_WEBHOOK_SECRETS"] == '{"office": "a b"}'
    assert deployment.settings.file("notify").read_text().count("HTTPS_PROXY") == 1
    assert "--data-checksums" in deployment.settings.file("postgres").read_text()
    assert "SMTP" not in (deployment.folder / "notify.env").read_text()


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("GUANAI_SMPT_HOST=mail", "did you mean GUANAI_SMTP_HOST"),
        ("GUANAI_BODY_LIMIT=12", "greater than or equal to 1024"),
        ("GUANAI_PEERS=nothing", "wants JSON"),
        ("GUANAI_SMTP_TLS=perhaps", "valid boolean"),
        ("GUANAI_LOG_LEVEL=loud", "'debug'"),
        ("just words", "NAME=value"),
    ],
)
@pytest.mark.parametrize("command", ["up", "up --detach", "demo --once"])
def test_a_bad_setting_is_named_before_anything_starts(
    tmp_path: Path, line: str, rule: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File, line, setting and rule; the system is not started with half of it."""
    monkeypatch.setattr(console.err, "width", 400)
    settings = OperatorSettings(tmp_path / "settings")
    settings.furnish()
    settings.file("notify").write_text(f"# mine\n{line}\n")
    told = CliRunner().invoke(app, [*command.split(), "--home", str(tmp_path)])
    assert told.exit_code == 1
    assert "notify.env:2" in told.output
    assert rule in told.output
    assert not (tmp_path / "run").exists()


def test_an_empty_value_leaves_the_default(tmp_path: Path) -> None:
    """A line whose value was taken out is no fault."""
    settings = OperatorSettings(tmp_path)
    settings.file(ALL).write_text("GUANAI_BODY_LIMIT=\nGUANAI_PEERS=\n")
    assert list(settings.faults()) == []


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    """An editor may save GB18030."""
    settings = OperatorSettings(tmp_path)
    settings.file(ALL).write_bytes("# 关爱\nGUANAI_SMTP_SENDER=关爱@x\n".encode("gb18030"))
    with pytest.raises(SettingsWrong, match="UTF-8"):
        settings.of("notify")


def test_settings_are_shown_without_their_secrets(tmp_path: Path) -> None:
    """What is given, by which file; a password is masked."""
    settings = OperatorSettings(tmp_path / "settings")
    settings.furnish()
    settings.file("notify").write_text("GUANAI_SMTP_PASSWORD=hidden\nGUANAI_SMTP_HOST=mail.example\n")
    told = CliRunner().invoke(app, ["settings", "--given", "--json", "--home", str(tmp_path)])
    shown = json.loads(told.stdout)
    assert {one["name"]: one["value"] for one in shown["settings"]} == {
        "GUANAI_SMTP_HOST": "mail.example",
        "GUANAI_SMTP_PASSWORD": "•••",
    }
    assert "hidden" not in told.output
    everything = json.loads(CliRunner().invoke(app, ["settings", "--json", "--home", str(tmp_path)]).stdout)
    assert len(everything["settings"]) > 20


def test_a_template_says_what_each_setting_means(tmp_path: Path) -> None:
    """Every setting stands in the files as a comment, with its default; a file made anew sets nothing."""
    settings = OperatorSettings(tmp_path)
    settings.furnish()
    text = "".join(file.read_text() for file in tmp_path.iterdir())
    for kind in SETTINGS.values():
        for name, field in kind.model_fields.items():
            assert field.description, f"{name} has no meaning"
            assert f"# {variable(name)}=" in text or name == "start_after"
    assert all(settings.of(service) == {} for service in SERVICES)
