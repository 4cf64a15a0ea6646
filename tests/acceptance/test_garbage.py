"""Whatever stands in a file of the home or of a deployment: a sentence, never a traceback."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guanai.cli import app
from guanai.deployment import Deployment
from guanai.home import Home

pytestmark = pytest.mark.slow

GARBAGE: dict[str, Callable[[Path], object]] = {
    "empty": lambda file: file.write_bytes(b""),
    "not UTF-8": lambda file: file.write_bytes(b"\xff\xfe\x00"),
    "a number": lambda file: file.write_bytes(b"12345678901234567890"),
    "cut JSON": lambda file: file.write_bytes(b'{"keys": [{'),
    "a folder": Path.mkdir,
}
OF_A_HOME = (
    "secrets.json",
    "tokens.jwks",
    "services.jwks",
    "lock",
    "run/system.json",
    "run/registry.pid",
    "postgres/postmaster.pid",
    "nats/nats.pid",
    "nats/nats.conf",
    "settings/all.env",
    "settings/notify.env",
)
COMMANDS = (
    "status",
    "down",
    "token issue operator",
    "settings",
    "rotate",
    "events registry",
    "parked list",
    "serve registry",
    "migrate",
)
OF_A_DEPLOYMENT = (
    "secrets.json",
    "prepare/secrets.json",
    "public/services.jwks",
    "notify.env",
    "public/tokens.jwks",
    "../settings/notify.env",
)


def _spoiled(folder: Path, name: str, what: str) -> Path:
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)
    GARBAGE[what](file)
    return folder


def _tell(*words: str) -> None:
    result = CliRunner().invoke(app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        pytest.fail(f"{' '.join(words)}: {result.exception!r}")


@pytest.mark.parametrize("what", GARBAGE)
@pytest.mark.parametrize("name", OF_A_HOME)
def test_garbage_in_a_home(tmp_path: Path, name: str, what: str) -> None:
    """Every command tells what it cannot use, file by file."""
    whole = Home.at(tmp_path / "whole")
    whole.furnish()
    whole.secrets()
    token = whole.secrets().operator_token()
    for number, command in enumerate((*COMMANDS, f"token revoke {token}")):
        home = tmp_path / str(number)
        shutil.copytree(whole.path, home)
        _tell(*command.split(), "--home", str(_spoiled(home, name, what)))


@pytest.mark.parametrize("what", GARBAGE)
@pytest.mark.parametrize("name", OF_A_DEPLOYMENT)
def test_garbage_in_a_deployment(tmp_path: Path, name: str, what: str) -> None:
    """The same for the folder of a deployment's secrets and the operator's settings beside it."""
    Deployment(tmp_path / "whole" / "secrets").write()
    for number, command in enumerate(("secrets", "secrets --dry-run", "secrets --rotate", "settings --home")):
        shutil.copytree(tmp_path / "whole", tmp_path / str(number))
        _tell(*command.split(), str(_spoiled(tmp_path / str(number) / "secrets", name, what)))
