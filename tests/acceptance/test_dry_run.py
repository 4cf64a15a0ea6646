"""What would be done is what is done afterwards, and saying it changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guanai.bus import bus_accounts
from guanai.cli import app
from guanai.home import Home
from guanai.secrets import Secrets
from guanai.stack import SERVICES
from shared.bus.connection import TICK_STREAM, stream_name
from shared.embedded import EmbeddedNats, EmbeddedPostgres, free_port


def answer(*words: object) -> dict[str, object]:
    told = CliRunner().invoke(app, [*(str(word) for word in words), "--json"])
    assert told.exit_code == 0, told.output
    found: dict[str, object] = json.loads(told.stdout)
    return found


@pytest.fixture
def target(tmp_path: Path) -> Iterator[list[str]]:
    """Options that name an empty PostgreSQL and an empty bus."""
    secrets = Secrets.kept_in(tmp_path / "secrets.json")
    postgres = EmbeddedPostgres(tmp_path / "postgres", free_port(), secrets.postgres, fsync=False)
    nats = EmbeddedNats(tmp_path / "nats", free_port(), bus_accounts(secrets.bus), sync=False)
    postgres.start()
    nats.start()
    yield [
        *("--secrets", str(tmp_path / "secrets.json")),
        *("--postgres", f"127.0.0.1:{postgres.port}", "--nats", nats.url),
    ]
    nats.stop()
    postgres.stop()


@pytest.mark.slow
def test_prepare_says_what_is_missing_and_makes_it(target: list[str]) -> None:
    """Roles, databases, migrations, streams: all of them at first, none after they were made."""
    for _ in range(2):
        missing = answer("prepare", *target, "--dry-run")["pending"]
        assert isinstance(missing, dict)
        assert missing["roles"] == [f"{name}_{role}" for name in SERVICES for role in ("owner", "app")]
        assert missing["databases"] == [*SERVICES]
        assert missing["streams"] == [*map(stream_name, SERVICES), TICK_STREAM]
        assert missing["migrations"].keys() == SERVICES.keys()
    assert answer("prepare", *target) == {"dry_run": False, "done": missing}
    nothing: dict[str, object] = {"roles": [], "databases": [], "migrations": {}, "streams": []}
    assert answer("prepare", *target, "--dry-run")["pending"] == nothing
    assert answer("migrate", *target[:4], "--dry-run")["pending"] == nothing
    assert answer("streams", *target[:2], *target[4:])["done"] == nothing


def test_a_rotation_is_tried_without_a_change(tmp_path: Path) -> None:
    """`rotate --dry-run` names what would be new and leaves the secrets as they are."""
    place = Home.at(tmp_path)
    place.secrets()
    before = place.kept_secrets.read_bytes()
    tried = answer("rotate", "--dry-run", "--home", tmp_path)
    assert place.kept_secrets.read_bytes() == before
    assert answer("rotate", "--home", tmp_path) == {**tried, "dry_run": False}
    assert place.kept_secrets.read_bytes() != before


def test_secrets_are_listed_before_they_are_made(tmp_path: Path) -> None:
    """`secrets --dry-run` names the files that would be written, and writes none."""
    folder = tmp_path / "secrets"
    tried = answer("secrets", folder, "--dry-run")["files"]
    assert not folder.exists()
    made = answer("secrets", folder)["files"]
    assert isinstance(tried, list)
    assert isinstance(made, list)
    assert set(tried) <= set(made)
    assert all(Path(file).exists() for file in tried)
    assert answer("secrets", folder, "--dry-run")["files"] == []
    assert answer("secrets", folder, "--rotate", "--dry-run")["files"] == tried
