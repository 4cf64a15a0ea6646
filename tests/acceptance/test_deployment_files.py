"""What docker-compose.yml and the bus accounts promise, checked without Docker."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from guanai.deployment import Deployment, published
from guanai.home import Home
from guanai.stack import SERVICES

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
REPLICAS: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "deploy" / "compose.replicas.yml").read_text())[
    "services"
]
PROXY = REPLICAS["proxy"]


@pytest.mark.parametrize("name", [*CONTAINERS, "proxy"])
def test_every_container_is_confined(name: str) -> None:
    """Read-only file system, no new privileges, all capabilities dropped."""
    container = {**CONTAINERS, "proxy": PROXY}[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert name == "postgres" or "cap_add" not in container


def test_the_image_runs_as_nobody_in_particular() -> None:
    """Services do not run as root."""
    users = re.findall(r"^USER (\S+)$", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE)
    assert users == ["10001:10001"]


def test_no_secret_stands_in_the_compose_file() -> None:
    """Every secret comes from a file of `deploy/secrets`; none has a default."""
    text = (ROOT / "docker-compose.yml").read_text()
    assert not re.search(r"password|secret(?!s)|token", text, re.IGNORECASE)
    for name, container in CONTAINERS.items():
        if name != "prepare":
            assert container["env_file"][0] == f"deploy/secrets/{name}.env"
        assert "environment" not in container


def test_the_servers_are_reached_from_inside_alone() -> None:
    """Only the services publish ports, on loopback unless told otherwise."""
    for name, container in CONTAINERS.items():
        port = SERVICES.get(name)
        outside = f"${{GUANAI_{name.upper()}_PORT-{port}}}"
        expected = [f"${{GUANAI_BIND:-127.0.0.1}}:{outside}:{port}"] if port else []
        assert container.get("ports", []) == expected


def test_health_is_readiness_and_looks_for_hangs() -> None:
    """Every service's health is what guanai/health.py says, which the image holds; it can be ended by it."""
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    for name in SERVICES:
        command = CONTAINERS[name]["healthcheck"]["test"]
        assert command[0] == "CMD"
        assert f"COPY --from=build /src/guanai/health.py {command[-1]}" in dockerfile
        assert CONTAINERS[name]["init"] is True, (
            "the first process of a container cannot be ended from inside"
        )


def test_the_proxy_says_who_reports_without_an_account() -> None:
    """Its own word alone: what a client writes into the header is taken out before."""
    registry = REPLICAS["registry"]["environment"]
    assert registry == {"GUANAI_PUBLIC_ADDRESS_HEADER": "X-Forwarded-For"}
    proxy = (ROOT / "deploy" / "proxy" / "haproxy.cfg").read_text()
    section = proxy.partition("listen registry")[2].partition("listen ")[0]
    taken_out, put_in = section.index("del-header X-Forwarded-For"), section.index("option forwardfor")
    assert taken_out < put_in


def test_two_replicas_stand_behind_the_four_ports() -> None:
    """With deploy/replicas.env the proxy takes the services' ports, and knows each by its name."""
    switches = dict(
        line.split("=", 1)
        for line in (ROOT / "deploy" / "replicas.env").read_text().splitlines()
        if line and not line.startswith("#")
    )
    files = switches.pop("COMPOSE_FILE").split(":")
    assert files == ["docker-compose.yml", "deploy/compose.replicas.yml"]
    assert switches == {f"GUANAI_{name.upper()}_PORT": "" for name in SERVICES}
    assert PROXY["ports"] == [f"${{GUANAI_BIND:-127.0.0.1}}:{port}:{port}" for port in SERVICES.values()]
    proxy = (ROOT / "deploy" / "proxy" / "haproxy.cfg").read_text()
    for name, port in SERVICES.items():
        assert REPLICAS[name]["scale"] == 2
        assert f"listen {name}\n  bind :{port}\n  server-template replica 4 {name}:{port}\n" in proxy


def test_what_a_replica_leaves_unanswered_goes_to_the_other() -> None:
    """The proxy sends requests again, and judges replicas by life, not by what both depend on."""
    proxy = (ROOT / "deploy" / "proxy" / "haproxy.cfg").read_text()
    assert re.search(r"^  retry-on conn-failure empty-response$", proxy, re.MULTILINE)
    assert re.search(r"^  option redispatch 1$", proxy, re.MULTILINE)
    assert re.search(r"^  option httpchk GET /healthz$", proxy, re.MULTILINE)


def test_all_that_the_image_is_built_from_reaches_the_build() -> None:
    """Every path that the Dockerfile copies is let through by .dockerignore."""
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE
    )
    let_through = (ROOT / ".dockerignore").read_text().splitlines()
    for source in " ".join(copied).split():
        assert f"!{source}" in let_through
        assert (ROOT / source).exists()


def test_a_deployment_is_asked_at_the_ports_that_it_publishes(tmp_path: Path) -> None:
    """With a deployment's folder as home the commands reach its services, and know its keys."""
    Deployment(tmp_path).write()
    assert Home.at(tmp_path).endpoints() == published(None)
    assert published("0.0.0.0") == published(None)
    assert published("10.1.2.3").services["registry"] == "http://10.1.2.3:8101"
    assert Home.at(tmp_path).keys.read_text() == Home.at(tmp_path).secrets().public_keys()


def test_a_new_signing_key_ends_all_tokens_and_keeps_the_superuser(tmp_path: Path) -> None:
    """With a new key nothing signed by the old one counts; the database is still reached."""
    Deployment(tmp_path).write()
    before = Home.at(tmp_path).secrets()
    Deployment(tmp_path).write(rotate=True, new_key=True)
    after = Home.at(tmp_path).secrets()
    assert after.signing_key != before.signing_key
    assert after.postgres == before.postgres
    assert Home.at(tmp_path).keys.read_text() == after.public_keys()
