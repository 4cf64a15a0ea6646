"""What `guanai backup`, `restore` and `secrets --from` refuse, before anything is written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from guanai.backup import sealed
from guanai.backup.sealed import KeptSecrets
from guanai.cli import app
from guanai.commands.console import NOT_RUNNING, UNHEALTHY
from guanai.deployment import Deployment
from guanai.home import Home
from guanai.secrets import Secrets

PASSPHRASE = "correct horse battery"


def guanai(*words: object, passphrase: str = "") -> Result:
    return CliRunner().invoke(
        app, [str(word) for word in words], env={"GUANAI_BACKUP_PASSPHRASE": passphrase}
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with secrets; nothing runs in it."""
    Home.at(tmp_path / "home").secrets()
    return tmp_path / "home"


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Path, KeptSecrets]:
    """The secrets of a backup in their file."""
    secrets = Secrets.make()
    settings = {"all.env": "GUANAI_LOG_LEVEL=warning\n"}
    found = KeptSecrets(secrets=secrets, public_keys=secrets.public_keys(), settings=settings)
    file = tmp_path / "night.guanai.secrets"
    file.write_text(sealed.seal(found, PASSPHRASE, UUID(int=1), datetime.now(UTC)))
    return file, found


def test_without_a_passphrase_nothing_is_written(home: Path, tmp_path: Path) -> None:
    """Where nobody can be asked it says what to give, and there is no backup without secrets by mistake."""
    told = guanai("backup", tmp_path / "night.guanai", "--home", home)
    assert told.exit_code == UNHEALTHY
    assert "--passphrase-file" in told.stderr
    assert "--without-secrets" in told.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_short_passphrase_is_refused(home: Path, tmp_path: Path) -> None:
    """Whoever finds the file must not guess it."""
    told = guanai("backup", tmp_path / "night.guanai", "--home", home, passphrase="short")
    assert told.exit_code == UNHEALTHY
    assert "at least 8" in told.stderr


def test_a_passphrase_file_that_is_not_there_is_named(home: Path, tmp_path: Path) -> None:
    """In a sentence."""
    missing = tmp_path / "missing"
    told = guanai("backup", tmp_path / "x", "--home", home, "--passphrase-file", missing)
    assert told.exit_code == UNHEALTHY
    assert str(missing) in told.stderr.replace("\n", "")


@pytest.mark.parametrize("there", ["night.guanai", "night.guanai.secrets"])
def test_a_backup_replaces_no_other(home: Path, tmp_path: Path, there: str) -> None:
    """Neither the file nor its secrets, unless it is said."""
    (tmp_path / there).write_text("precious")
    told = guanai("backup", tmp_path / "night.guanai", "--home", home, passphrase=PASSPHRASE)
    assert told.exit_code == UNHEALTHY
    assert "--force" in told.stderr
    assert (tmp_path / there).read_text() == "precious"


def test_a_folder_that_is_not_there_is_named(home: Path, tmp_path: Path) -> None:
    """A mistyped folder is not made."""
    told = guanai("backup", tmp_path / "srv" / "night.guanai", "--home", home, passphrase=PASSPHRASE)
    assert told.exit_code == UNHEALTHY
    assert "No folder to write in" in told.stderr
    assert not (tmp_path / "srv").exists()


def test_there_must_be_a_system_to_back_up(tmp_path: Path) -> None:
    """An empty home is no system, and is not made."""
    told = guanai("backup", tmp_path / "x", "--home", tmp_path / "nowhere", passphrase=PASSPHRASE)
    assert told.exit_code == NOT_RUNNING
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("words", [("restore",), ("backup", "--check")])
@pytest.mark.parametrize("content", [None, b"", b"no archive", bytes(4096)])
def test_what_is_no_backup_is_said_to_be_none(
    tmp_path: Path, words: tuple[str, ...], content: bytes | None
) -> None:
    """Missing, empty, or another file: one sentence, and nothing is made."""
    file = tmp_path / "night.guanai"
    if content is not None:
        file.write_bytes(content)
    told = guanai(*words, file, "--home", tmp_path / "home")
    assert told.exit_code == UNHEALTHY
    assert str(file) in told.stderr.replace("\n", "")
    assert isinstance(told.exception, SystemExit)
    assert not (tmp_path / "home").exists()


def test_a_deployment_on_a_new_machine_gets_the_secrets_of_the_backup(
    kept: tuple[Path, KeptSecrets], tmp_path: Path
) -> None:
    """Passwords, signing key, public keys and the operator's settings; env files are made from them."""
    file, expected = kept
    folder = tmp_path / "deploy" / "secrets"
    told = guanai("secrets", folder, "--from", file, passphrase=PASSPHRASE)
    assert told.exit_code == 0, told.stderr
    assert json.loads((folder / "secrets.json").read_text()) == expected.secrets.model_dump()
    assert (folder / "public" / "tokens.jwks").read_text() == expected.public_keys
    assert expected.secrets.postgres in (folder / "postgres.env").read_text()
    assert Deployment(folder).settings.of("registry") == {"GUANAI_LOG_LEVEL": "warning"}


def test_secrets_that_are_there_are_not_replaced_by_a_backups(
    kept: tuple[Path, KeptSecrets], tmp_path: Path
) -> None:
    """A running deployment's passwords and tokens are not ended by mistake."""
    folder = tmp_path / "deploy" / "secrets"
    Deployment(folder).write()
    before = (folder / "secrets.json").read_bytes()
    told = guanai("secrets", folder, "--from", kept[0], passphrase=PASSPHRASE)
    assert told.exit_code == UNHEALTHY
    assert (folder / "secrets.json").read_bytes() == before
