"""Lets a system that has no secrets yet have those of a backup: tokens that people hold stay valid."""

from __future__ import annotations

from pathlib import Path

from guanai.backup.manifest import BackupFault
from guanai.backup.sealed import KeptSecrets
from guanai.deployment import Deployment
from guanai.home import Home
from guanai.secrets import write_private
from guanai.settings import OperatorSettings


def adopt(home: Home, kept: KeptSecrets) -> list[Path]:
    """Into a home; the files written. Raises `BackupFault` where it has secrets already."""
    return _adopt(home.kept_secrets, home.path / "tokens.jwks", home.settings, kept)


def adopt_for_deployment(folder: Path, kept: KeptSecrets, *, dry_run: bool = False) -> list[Path]:
    """Into the folder of a deployment's secrets; its env files are made from them afterwards."""
    keys, settings = folder / "public" / "tokens.jwks", Deployment(folder).settings
    return _adopt(folder / "secrets.json", keys, settings, kept, dry_run=dry_run)


def _adopt(
    secrets: Path, keys: Path, settings: OperatorSettings, kept: KeptSecrets, *, dry_run: bool = False
) -> list[Path]:
    if secrets.exists():
        raise BackupFault(
            f"这里已有密钥，不会覆盖 / There are secrets already, they are not overwritten: {secrets}"
        )
    texts = {settings.folder / Path(name).name: text for name, text in kept.settings.items()}
    texts = {path: text for path, text in texts.items() if not path.exists()}
    texts |= {keys: kept.public_keys}
    # The secrets come last: whoever is killed before them begins again.
    texts |= {secrets: kept.secrets.model_dump_json(indent=2)}
    for path, text in texts.items() if not dry_run else ():
        write_private(path, text)
    return list(texts)
