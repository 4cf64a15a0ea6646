"""Secrets, bus accounts and the files of the deployment."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import nats as nats_client
import pytest
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig

from guanai.deployment import Deployment, nats_users, unpacked
from guanai.secrets import Secrets
from guanai.stack import SERVICES, bus_users
from shared.bus import ensure_streams
from shared.embedded import EmbeddedNats, free_port
from shared.testing.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedNats, Secrets]]:
    secrets = Secrets.make()
    server = EmbeddedNats(tmp_path_factory.mktemp("nats"), free_port(), bus_users(secrets.bus))
    server.start()
    yield server, secrets
    server.stop()


@pytest.fixture(scope="module")
async def streams(guarded: tuple[EmbeddedNats, Secrets]) -> tuple[EmbeddedNats, Secrets]:
    server, secrets = guarded
    await ensure_streams(server.url, tuple(SERVICES), user="deploy", password=secrets.bus["deploy"])
    return guarded


def test_the_deployed_bus_grants_what_the_code_says() -> None:
    """deploy/nats.conf holds exactly the accounts of guanai/stack.py."""
    assert nats_users() in (ROOT / "deploy" / "nats.conf").read_text()


def test_the_deployed_bus_syncs_every_write() -> None:
    """An acknowledged event is on disk."""
    assert re.search(r"^\s*sync_interval: always$", (ROOT / "deploy" / "nats.conf").read_text(), re.MULTILINE)


def test_secrets_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    """No file with a secret can be read by group or others."""
    for written in Deployment(tmp_path / "secrets").write():
        open_to_others = written.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        assert not open_to_others or written.name == "tokens.jwks"


def test_secrets_are_not_overwritten(tmp_path: Path) -> None:
    """Making secrets twice changes nothing."""
    first = {path: path.read_bytes() for path in Deployment(tmp_path).write()}
    assert Deployment(tmp_path).write() == []
    assert all(path.read_bytes() == content for path, content in first.items())


def test_rotation_changes_passwords_and_keeps_tokens_valid(tmp_path: Path) -> None:
    """New passwords for databases and bus; the key that signed people's tokens stays."""
    Deployment(tmp_path).write()
    before = Secrets.model_validate_json((tmp_path / "secrets.json").read_bytes())
    Deployment(tmp_path).write(rotate=True)
    after = Secrets.model_validate_json((tmp_path / "secrets.json").read_bytes())
    assert after.signing_key == before.signing_key
    assert not set(after.apps.values()) & set(before.apps.values())
    assert not set(after.bus.values()) & set(before.bus.values())


def test_the_preparing_step_cannot_sign_tokens(tmp_path: Path) -> None:
    """The container that prepares databases gets every password and no signing key."""
    Deployment(tmp_path).write()
    packed = (tmp_path / "prepare.env").read_text().strip().partition("=")[2]
    assert unpacked(packed).signing_key == ""
    assert unpacked(packed).apps.keys() == SERVICES.keys()


async def test_a_service_publishes_its_own_events_and_no_others(
    streams: tuple[EmbeddedNats, Secrets],
) -> None:
    """Only the service itself may publish below care.<service>; all may read."""
    server, secrets = streams
    refused: list[str] = []

    async def note(error: Exception) -> None:
        refused.append(str(error))

    client = await nats_client.connect(
        server.url, user="pairing", password=secrets.bus["pairing"], error_cb=note
    )
    jetstream = client.jetstream(timeout=PATIENCE)
    await jetstream.publish("care.pairing.339901101.contact.logged", b"{}")
    jetstream = client.jetstream(timeout=0.5)
    with pytest.raises(NatsError):
        await jetstream.publish("care.registry.339901101.child.registered", b"{}")
    assert any("care.registry.339901101.child.registered" in one for one in refused)

    durable = ConsumerConfig(durable_name="pairing")
    subscription = await jetstream.pull_subscribe(
        "care.registry.>", durable="pairing", stream="CARE_REGISTRY", config=durable
    )
    assert (await subscription.consumer_info()).num_pending == 0
    await client.close()


async def test_nobody_without_an_account_enters_the_bus(guarded: tuple[EmbeddedNats, Secrets]) -> None:
    """An unknown user is turned away."""
    server, _ = guarded
    with pytest.raises(NatsError):
        await nats_client.connect(server.url, allow_reconnect=False, connect_timeout=1)
