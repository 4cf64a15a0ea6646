"""deploy/upgrade, with a docker that only remembers what it is asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from guanai.stack import SERVICES

ROOT = Path(__file__).resolve().parents[2]
DOCKER = '''
"""Containers are files `<service>-<n>` that hold the image which they were made from, "old" or "new"."""
import os, re, sys
from pathlib import Path

site, asked = Path(os.environ["SITE"]), sys.argv[1:]
if sys.argv[0].endswith("docker-compose"):
    asked = ["compose", *asked]
containers = lambda service: sorted(site.glob(f"containers/{service}-*"))
with (site / "asked").open("a") as log:
    print(*asked, file=log)

def up(options, service):
    scale = int(os.environ["SCALE"]) if service in os.environ["SERVICES"].split() else 1
    for container in containers(service):
        if "--no-recreate" not in options and service in os.environ["SERVICES"].split():
            container.write_text("new")
    for number in range(1, 9):
        if len(containers(service)) < scale and not (site / f"containers/{service}-{number}").exists():
            (site / f"containers/{service}-{number}").write_text("new")

match asked:
    case ["compose", "version"]:
        sys.exit("is no docker command" if os.environ["VERSION"] == "1" else 0)
    case ["compose", "config", "--hash", service]:
        print(service, "hash")
    case ["compose", "--dry-run", "up", "-d", "--no-deps", service]:
        for one in containers(service):
            told = "Recreate" if os.environ.get("CHANGED") == "1" else "Running"
            print(f" DRY-RUN MODE -  Container {one.name}  {told}")
    case ["compose", "config", "--services"]:
        print("postgres", "nats", "prepare", *os.environ["SERVICES"].split(), sep="\\n")
    case ["compose", "ps", "-q", service]:
        print(*(one.name for one in containers(service)), sep="\\n")
    case ["compose", "up", "-d", "--no-deps", *options, service]:
        up(options, service)
    case ["compose", "exec", "-T", "nats", "cat", _]:
        sys.stdout.write((site / "inside.conf").read_text())
    case ["compose", "exec", "-T", "nats", "rm", "-rf", path]:
        print("removed", path)
    case ["compose", "run", "--rm", "--no-deps", "prepare"]:
        sys.exit(int(os.environ.get("PREPARE", "0")))
    case ["inspect", "-f", what, name]:
        made = (site / "containers" / name).read_text()
        sick = made == "new" and name.startswith(os.environ.get("SICK", "none"))
        label = "other" if os.environ.get("CHANGED") == "1" else "hash"
        told = {"config-hash": label, "{{.Name}}": f"/{name}", "Config.Image": "tag", "{{.Image}}": made,
                "Health.Log": "database away", "Health.Status": "unhealthy" if sick else "healthy"}
        print(next(value for key, value in told.items() if key in what))
    case ["image", "inspect", "-f", "{{.Id}}", "tag"]:
        print("new")
    case ["rm", name]:
        (site / "containers" / name).unlink()
'''

Upgrade = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A checkout's deploy folder, and a docker on the path."""
    (tmp_path / "deploy").mkdir()
    for name in ("upgrade", "nats.conf"):
        shutil.copy(ROOT / "deploy" / name, tmp_path / "deploy")
    shutil.copy(ROOT / "deploy" / "nats.conf", tmp_path / "inside.conf")
    (tmp_path / "bin").mkdir()
    docker = tmp_path / "bin" / "docker"
    docker.write_text(f"#!{sys.executable}\n{DOCKER}")
    docker.chmod(0o755)
    (docker.parent / "docker-compose").symlink_to(docker)
    return tmp_path


@pytest.fixture(params=["1", "2"])
def upgrade(site: Path, request: pytest.FixtureRequest) -> Upgrade:
    def run(
        *words: str, scale: int = 2, made_from: str = "old", **env: str
    ) -> subprocess.CompletedProcess[str]:
        (site / "containers").mkdir()
        for name in ("postgres", "nats"):
            (site / "containers" / f"{name}-1").write_text("new")
        for name in SERVICES:
            for number in range(1, scale + 1):
                (site / "containers" / f"{name}-{number}").write_text(made_from)
        known = {
            "SITE": str(site),
            "SCALE": str(scale),
            "SERVICES": " ".join(SERVICES),
            "VERSION": request.param,
            **env,
        }
        environment = {**os.environ, "PATH": f"{site / 'bin'}:{os.environ['PATH']}", **known}
        command = [str(site / "deploy" / "upgrade"), *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run


def _asked(site: Path, *words: str) -> list[str]:
    return [line for line in (site / "asked").read_text().splitlines() if line.split()[0] in words]


@pytest.mark.parametrize("scale", [1, 2])
def test_one_container_after_the_other_is_renewed(site: Path, upgrade: Upgrade, scale: int) -> None:
    """Every old container is replaced, and none stops before its neighbour's successor is healthy."""
    done = upgrade(scale=scale)
    assert done.returncode == 0, done.stderr
    assert {one.read_text() for one in (site / "containers").iterdir()} == {"new"}
    assert len(list((site / "containers").iterdir())) == 2 + scale * len(SERVICES)
    asked = (site / "asked").read_text().splitlines()
    assert asked.index("compose run --rm --no-deps prepare") < asked.index("stop registry-1")
    stops = [number for number, line in enumerate(asked) if line.startswith("stop ")]
    assert len(stops) == scale * len(SERVICES)
    for first, second in pairwise(stops):
        between = asked[first:second]
        started = next(n for n, line in enumerate(between) if line.startswith("compose up"))
        assert any("Health.Status" in line for line in between[started:])


def test_what_has_not_changed_stays(site: Path, upgrade: Upgrade) -> None:
    """Containers of the present image and settings are left alone, the servers above all."""
    assert upgrade(made_from="new").returncode == 0
    assert _asked(site, "stop", "rm") == []
    assert not any("--force-recreate" in line for line in _asked(site, "compose"))


def test_a_changed_setting_is_noticed(site: Path, upgrade: Upgrade) -> None:
    """What compose itself would make differently is renewed, by either version of compose."""
    assert upgrade(made_from="new", CHANGED="1").returncode == 0
    assert len(_asked(site, "stop")) == 2 * len(SERVICES)


def test_all_means_all_services(site: Path, upgrade: Upgrade) -> None:
    """`--all` renews services that have not changed, and no server."""
    assert upgrade("--all", made_from="new").returncode == 0
    assert {line.split()[1].split("-")[0] for line in _asked(site, "stop")} == set(SERVICES)


def test_a_changed_bus_configuration_is_noticed(site: Path, upgrade: Upgrade) -> None:
    """NATS alone starts again where the mounted file is not the one that it reads."""
    (site / "inside.conf").write_text("# of last year")
    assert upgrade(made_from="new").returncode == 0
    assert [line for line in _asked(site, "compose") if "--force-recreate" in line] == [
        "compose up -d --no-deps --force-recreate nats"
    ]


def test_streams_that_nobody_reaches_are_removed(site: Path, upgrade: Upgrade) -> None:
    """What a release without accounts left on the bus's disk is gone before the services start."""
    assert upgrade().returncode == 0
    asked = _asked(site, "compose")
    gone = asked.index("compose exec -T nats rm -rf /data/jetstream/$G")
    assert gone < asked.index("compose run --rm --no-deps prepare")


def test_nothing_is_stopped_where_preparing_fails(site: Path, upgrade: Upgrade) -> None:
    """A migration that fails leaves the old version at work."""
    assert upgrade(PREPARE="1").returncode == 1
    assert _asked(site, "stop", "rm") == []


def test_it_ends_where_the_new_version_is_not_healthy(site: Path, upgrade: Upgrade) -> None:
    """Of the first service one replica is new and says what is wrong; all others are as they were."""
    done = upgrade(SICK="registry", GUANAI_UPGRADE_WAIT="0")
    assert done.returncode == 1
    assert "database away" in done.stdout
    assert _asked(site, "stop") == ["stop registry-1"]
