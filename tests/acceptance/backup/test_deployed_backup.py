"""`deploy/guanai backup`, `restore`, `doctor`: how they reach a deployment. A script plays Docker."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
COMPOSE = """#!/bin/sh
echo "compose $*" >> "$PLAYED/said"
case "$*" in
"ps -q postgres") echo abc ;;
"up -d postgres nats") touch "$PLAYED/running" ;;
"stop postgres nats") rm "$PLAYED/running" ;;
esac
"""
DOCKER = """#!/bin/sh
case "$1" in
compose) shift
    [ -f "$PLAYED/v2" ] || exit 1
    [ "$1" = version ] || exec docker-compose "$@" ;;
inspect) [ -f "$PLAYED/running" ] && echo true || echo false ;;
run) for word in "$@"; do echo "$word"; done > "$PLAYED/run"; exit "${PLAYED_CODE:-0}" ;;
esac
"""


@dataclass
class Stage:
    """A checkout with a deployment, and a Docker that is played."""

    checkout: Path
    played: Path

    def guanai(self, *words: str, cwd: Path | None = None, code: int = 0) -> subprocess.CompletedProcess[str]:
        path = f"{self.played}:{os.environ['PATH']}"
        env = {**os.environ, "PATH": path, "PLAYED": str(self.played), "PLAYED_CODE": str(code)}
        env.pop("GUANAI_IMAGE", None)
        script = self.checkout / "deploy" / "guanai"
        return subprocess.run([script, *words], cwd=cwd, env=env, capture_output=True, text=True, check=False)

    @property
    def ran(self) -> list[str]:
        """The words of `docker run`."""
        return (self.played / "run").read_text().splitlines()

    @property
    def composed(self) -> list[str]:
        """What compose was asked for."""
        said = self.played / "said"
        return said.read_text().splitlines() if said.exists() else []

    def given(self, option: str) -> list[str]:
        """The values of an option of `docker run`."""
        return [value for word, value in zip(self.ran, self.ran[1:], strict=False) if word == option]

    @property
    def inside(self) -> Sequence[str]:
        """What guanai is asked in the container."""
        return self.ran[self.ran.index("guanai:latest") + 1 :]


@pytest.fixture(params=["v1", "v2"])
def stage(tmp_path: Path, request: pytest.FixtureRequest) -> Stage:
    checkout, played = tmp_path / "关爱 site", tmp_path / "played"
    (checkout / "deploy" / "secrets").mkdir(parents=True)
    (checkout / "deploy" / "secrets" / "postgres.env").touch()
    shutil.copy(ROOT / "deploy" / "guanai", checkout / "deploy" / "guanai")
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "guanai").write_text("#!/bin/sh\nexit 66\n")
    (checkout / ".venv" / "bin" / "guanai").chmod(0o755)
    played.mkdir()
    for name, text in (("docker", DOCKER), ("docker-compose", COMPOSE)):
        (played / name).write_text(text)
        (played / name).chmod(0o755)
    (played / request.param).touch()
    (played / "running").touch()
    return Stage(checkout, played)


def test_a_backup_is_made_beside_the_database(stage: Stage, tmp_path: Path) -> None:
    """In PostgreSQL's network, from the image whatever else there is, under the same paths."""
    folder = tmp_path / "备份 backup"
    folder.mkdir()
    file = folder / "one night.guanai"
    told = stage.guanai("backup", str(file), "--force", cwd=folder)
    assert told.returncode == 0, told.stderr
    assert stage.given("--network") == ["container:abc"]
    secrets, settings = stage.checkout / "deploy" / "secrets", stage.checkout / "deploy" / "settings"
    assert set(stage.given("--volume")) == {f"{one}:{one}" for one in (folder, secrets, settings)}
    assert stage.given("--workdir") == [str(folder)]
    assert stage.given("--env") == ["GUANAI_HOME", "GUANAI_BIND", "GUANAI_BACKUP_PASSPHRASE"]
    assert stage.inside == ["backup", str(file), "--force"]
    assert "compose up -d postgres nats" not in stage.composed


def test_files_are_found_where_the_caller_stands(stage: Stage, tmp_path: Path) -> None:
    """Relative names count from the caller's folder, and options' files are seen as well."""
    here, keys = tmp_path / "here", tmp_path / "keys"
    here.mkdir()
    keys.mkdir()
    stage.guanai("restore", "x.guanai", f"--passphrase-file={keys}/phrase", "--yes", cwd=here)
    assert {f"{here}:{here}", f"{keys}:{keys}"} <= set(stage.given("--volume"))
    assert stage.inside == ["restore", "x.guanai", f"--passphrase-file={keys}/phrase", "--yes"]


@pytest.mark.parametrize("code", [0, 1])
def test_stopped_servers_are_started_and_stopped_again(stage: Stage, tmp_path: Path, code: int) -> None:
    """The two servers alone, whatever comes of it; the exit code is the command's."""
    (stage.played / "running").unlink()
    told = stage.guanai("backup", str(tmp_path / "x"), code=code)
    assert told.returncode == code
    assert stage.composed[-1] == "compose stop postgres nats"
    assert "compose up -d postgres nats" in stage.composed
    assert stage.given("--network") == ["container:abc"]


@pytest.mark.parametrize("words", [("backup", "x", "--check"), ("restore", "x", "--dry-run"), ("doctor",)])
def test_looking_starts_nothing(stage: Stage, words: tuple[str, ...], tmp_path: Path) -> None:
    """A check of a file, and the doctor."""
    (stage.played / "running").unlink()
    assert stage.guanai(*words, cwd=tmp_path).returncode == 0
    assert stage.given("--network") == ["none"]
    assert set(stage.composed) == {"compose ps -q postgres"}


@pytest.mark.parametrize("file", ["/night.guanai", "/etc/night.guanai", "/usr/local/night.guanai"])
def test_a_folder_of_the_system_is_refused(stage: Stage, file: str) -> None:
    """Seen inside it would hide the container's own; nothing is run."""
    told = stage.guanai("backup", file)
    assert told.returncode == 1
    assert "Use a folder of its own" in told.stderr
    assert not (stage.played / "run").exists()


def test_other_commands_come_from_the_virtual_environment(stage: Stage) -> None:
    """As before."""
    assert stage.guanai("status").returncode == 66
