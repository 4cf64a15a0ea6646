"""Secrets, bus accounts and the files of the deployment."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import nats as nats_client
import pytest
import yaml  # type: ignore[import-untyped]
from nats.errors import Error as NatsError

from guanai.bus import bus_accounts
from guanai.deployment import PREPARING, Deployment, nats_accounts
from guanai.secrets import Secrets
from guanai.stack import SERVICES
from shared.embedded import EmbeddedNats, free_port
from shared.tokens import load_keys, owner_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedNats, Secrets]]:
    secrets = Secrets.make()
    server = EmbeddedNats(tmp_path_factory.mktemp("nats"), free_port(), bus_accounts(secrets.bus))
    server.start()
    yield server, secrets
    server.stop()


def test_the_deployed_bus_grants_what_the_code_says() -> None:
    """deploy/nats.conf holds exactly the accounts of guanai/bus.py."""
    assert nats_accounts() in (ROOT / "deploy" / "nats.conf").read_text()


def test_the_deployed_bus_syncs_every_write() -> None:
    """An acknowledged event is on disk."""
    assert re.search(r"^\s*sync_interval: always$", (ROOT / "deploy" / "nats.conf").read_text(), re.MULTILINE)


def test_secrets_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    """No file with a secret can be read by group or others."""
    for written in Deployment(tmp_path / "secrets").write():
        open_to_others = written.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        assert not open_to_others or written.suffix == ".jwks" or written.match(str(PREPARING))


def test_secrets_are_not_overwritten(tmp_path: Path) -> None:
    """Making secrets twice changes nothing."""
    first = {path: path.read_bytes() for path in Deployment(tmp_path).write()}
    assert Deployment(tmp_path).write() == []
    assert all(path.read_bytes() == content for path, content in first.items())


def test_a_deployment_of_an_earlier_release_gets_what_it_lacks(tmp_path: Path) -> None:
    """Variables and files that this release adds are made; passwords and the operator's lines stay."""
    Deployment(tmp_path / "secrets").write()
    file, keys = tmp_path / "secrets" / "registry.env", tmp_path / "secrets" / "public" / "services.jwks"
    lines = file.read_text().splitlines()
    older = [line for line in lines if not line.startswith(("GUANAI_NATS_ACCOUNTS", "GUANAI_SERVICE_KEY"))]
    file.write_text("\n".join([*older, "GUANAI_LOG_LEVEL=debug"]))
    other = tmp_path / "secrets" / "pairing.env"
    other.write_text(other.read_text().replace("GUANAI_READERS={", 'GUANAI_READERS={"stranger":["*"],'))
    keys.unlink()
    written = Deployment(tmp_path / "secrets").write()
    settings = tmp_path / "settings" / "registry.env"
    assert set(written) == {file, other, keys, settings}
    assert "stranger" not in other.read_text()
    assert "GUANAI_LOG_LEVEL=debug" in settings.read_text()
    assert file.read_text().splitlines() == lines


def test_every_service_has_a_key_of_its_own(tmp_path: Path) -> None:
    """Its environment holds its own private key alone; the public ones of all are in one file."""
    Deployment(tmp_path).write()
    secrets = Secrets.kept_in(tmp_path / "secrets.json")
    known = load_keys(tmp_path / "public" / "services.jwks")
    assert [owner_of(key.kid) for key in known.keys] == [*SERVICES]
    for service in SERVICES:
        text = (tmp_path / f"{service}.env").read_text()
        private = {name: secrets.service_key(name).as_dict(private=True)["d"] for name in SERVICES}
        assert [name for name, secret in private.items() if str(secret) in text] == [service]
    assert "signing" not in "".join(path.read_text() for path in tmp_path.glob("*.env"))


@pytest.mark.parametrize("new_key", [False, True])
def test_rotation_changes_the_services_keys(tmp_path: Path, new_key: bool) -> None:
    """With the passwords, and with the signing key."""
    Deployment(tmp_path).write()
    before = (tmp_path / "public" / "services.jwks").read_text()
    Deployment(tmp_path).write(rotate=True, new_key=new_key)
    assert (tmp_path / "public" / "services.jwks").read_text() != before


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
    """The container that prepares databases gets no signing key, and of the bus one password."""
    Deployment(tmp_path).write()
    given = Secrets.model_validate_json((tmp_path / "prepare" / "secrets.json").read_bytes())
    assert given.signing_key == ""
    assert given.apps.keys() == SERVICES.keys()
    assert [user for user, password in given.bus.items() if password] == ["deploy"]


def test_the_preparing_step_has_no_secret_in_its_environment(tmp_path: Path) -> None:
    """A file is mounted from a folder that nobody else looks into; what an earlier release left goes."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "prepare.env").write_text("GUANAI_SECRETS=e30=\n")
    Deployment(folder).write()
    assert not (folder / "prepare.env").exists()
    closed = (folder, folder / "prepare", tmp_path / "settings")
    assert [stat.S_IMODE(one.stat().st_mode) for one in closed] == [0o700, 0o700, 0o700]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["prepare"]
    assert compose["env_file"] == ["deploy/settings/prepare.env"]
    assert compose["volumes"] == ["./deploy/secrets/prepare/secrets.json:/run/guanai/secrets.json:ro"]
    assert compose["command"][:3] == ["prepare", "--secrets", "/run/guanai/secrets.json"]


async def test_nobody_without_an_account_enters_the_bus(guarded: tuple[EmbeddedNats, Secrets]) -> None:
    """An unknown user is turned away."""
    server, _ = guarded
    with pytest.raises(NatsError):
        await nats_client.connect(server.url, allow_reconnect=False, connect_timeout=1)
