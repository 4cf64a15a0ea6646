"""The whole system as processes: started, killed in parts, stopped, started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from guanai.home import Home
from guanai.ops import OpsClient
from guanai.stack import SERVICES, free_offset
from guanai.supervisor import System
from services.language import PartyKind
from services.registry.client import FoundOrganisation, RegistryClient

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
READY = 240.0


def guanai(home: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "guanai.cli", *words, "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, check=check)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("home")
    offset = free_offset()
    guanai(place, "up", "--detach", "--port-offset", str(offset))
    yield place
    guanai(place, "down")


def registry(home: Path) -> RegistryClient:
    place = Home.at(home)
    url, token = place.endpoints().services["registry"], place.secrets().operator_token()
    return RegistryClient(url, token, deadline=180)


def county(name: str) -> FoundOrganisation:
    return FoundOrganisation(kind=PartyKind.COUNTY, name=name, division="339901")


def wait_until_healthy(home: Path) -> None:
    deadline = time.monotonic() + READY
    while guanai(home, "status", check=False).returncode != 0:
        assert time.monotonic() < deadline
        time.sleep(0.5)


async def test_a_fresh_system_is_healthy_and_takes_commands(home: Path) -> None:
    """After `guanai up` every service is healthy and the first command is accepted."""
    wait_until_healthy(home)
    async with registry(home) as client:
        receipt = await client.found_organisation(county("橘山县"), key=uuid4())
    assert receipt.position.startswith("registry:")


def test_starting_twice_finds_the_running_one(home: Path) -> None:
    """A second `guanai up` starts nothing and says where the running system is."""
    again = guanai(home, "up")
    told = again.stdout + again.stderr
    assert "Already running" in told
    assert all(name in told for name in SERVICES)


async def test_what_dies_is_started_again(home: Path) -> None:
    """Services and servers killed with -9 come back, and a command given meanwhile happens once."""
    place = Home.at(home)
    victims = [place.run / f"{name}.pid" for name in SERVICES]
    victims += [place.nats / "nats.pid", place.postgres / "postmaster.pid"]
    for victim in victims:
        os.kill(int(victim.read_text().split()[0]), signal.SIGKILL)
    key = uuid4()
    async with registry(home) as client:
        first = await client.found_organisation(county("另一县"), key=key)
        assert (await client.found_organisation(county("另一县"), key=key)) == first
    wait_until_healthy(home)


async def test_a_killed_supervisor_leaves_nothing_in_the_way(home: Path) -> None:
    """After kill -9 of the supervisor, `guanai up` ends what was left and has lost nothing."""
    place = Home.at(home)
    running = place.running()
    async with registry(home) as client:
        before = {one.name for one in (await client.list_organisations()).items}
    os.kill(running.supervisor, signal.SIGKILL)
    guanai(home, "up", "--detach", "--port-offset", str(running.port_offset))
    wait_until_healthy(home)
    async with registry(home) as client:
        assert {one.name for one in (await client.list_organisations()).items} == before


@pytest.mark.parametrize("seconds", [0.05, 0.5, 1.5])
def test_a_start_that_is_stopped_leaves_nothing(tmp_path: Path, seconds: float) -> None:
    """SIGTERM while the servers are being started ends them as well, however far they had come."""
    offset = str(free_offset())
    command = [sys.executable, "-m", "guanai.cli", "up", "--home", str(tmp_path), "--port-offset", offset]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as starting:
        while not Home.at(tmp_path).run.exists():
            time.sleep(0.01)
        time.sleep(seconds)
        starting.terminate()
    system = System(Home.at(tmp_path))
    assert (system.postgres.pid, system.nats.pid) == (None, None)


async def test_new_passwords_take_effect_at_the_next_start(home: Path) -> None:
    """`guanai rotate` and a restart change every password and lose nothing."""
    place = Home.at(home)
    offset = place.running().port_offset
    former = place.secrets()
    assert guanai(home, "rotate", check=False).returncode == 1, "a running system is not touched"
    guanai(home, "down")
    guanai(home, "rotate")
    guanai(home, "up", "--detach", "--port-offset", str(offset))
    wait_until_healthy(home)
    assert place.secrets().apps != former.apps


async def test_events_and_status_are_shown_to_the_operator(home: Path) -> None:
    """The operator's tools read the log, and the documents of each service are there."""
    events = guanai(home, "events", "registry", "--after", "0", "--json").stdout
    assert '"type": "organisation.founded"' in events
    assert '"parked"' in guanai(home, "status", "--json").stdout
    place = Home.at(home)
    for name, url in place.endpoints().services.items():
        async with OpsClient(url, place.secrets().operator_token()) as client:
            assert (await client.document("openapi"))["openapi"].startswith("3.")
            assert (await client.document("asyncapi"))["asyncapi"].startswith("3."), name


def test_a_revoked_token_is_refused_everywhere(home: Path) -> None:
    """`guanai token revoke` ends a token in all four services."""
    words = ("township", "--division", "339901101")
    token = guanai(home, "token", "issue", *words).stdout.strip()
    guanai(home, "token", "revoke", token, "--reason", "test")
    deadline = time.monotonic() + READY
    for url in Home.at(home).endpoints().services.values():
        while True:
            answer = httpx2.get(f"{url}/ops/status", headers={"Authorization": f"Bearer {token}"})
            if answer.status_code == httpx2.codes.UNAUTHORIZED:
                break
            assert answer.status_code == httpx2.codes.FORBIDDEN
            assert time.monotonic() < deadline, f"{url} still honours it"
            time.sleep(0.2)


def test_a_running_system_is_backed_up_and_not_restored_over(home: Path, tmp_path: Path) -> None:
    """`guanai backup` while it runs; `guanai restore` refuses; `guanai doctor` knows of the backup."""
    file = tmp_path / "night.guanai"
    wait_until_healthy(home)
    assert json.loads(guanai(home, "backup", str(file), "--without-secrets", "--json").stdout)["databases"]
    refused = guanai(home, "restore", str(file), "--yes", check=False)
    assert refused.returncode == 1
    assert "guanai down" in refused.stderr
    answer = json.loads(guanai(home, "doctor", "--json").stdout)
    checks = {one["check"]: one for one in answer["findings"]}
    assert str(file) in checks["备份 backup"]["found"]["en"]
    assert {
        checks[name]["verdict"] for name in ("系统 system", "端口 ports", "时钟 clock", "备份 backup")
    } == {"ok"}
