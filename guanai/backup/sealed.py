"""The secrets that belong to a backup, in a file of their own, encrypted with a passphrase."""

from __future__ import annotations

import base64
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import Field, ValidationError

from guanai.backup.manifest import BackupFault
from guanai.secrets import Secrets
from shared.messages import Message

SHORTEST = 8
"""Characters of a passphrase."""
_COST = 2**17
"""OWASP's least for scrypt with r = 8: 128 MiB, some tenths of a second."""


class KeptSecrets(Message):
    """What a system needs besides its databases."""

    secrets: Secrets
    public_keys: str
    """The JWKS that tokens are verified by; it may list former keys."""
    settings: dict[str, str] = Field(default_factory=dict)
    """The operator's settings files by name."""


class SealedSecrets(Message):
    """The file: all but `sealed` may be read by anybody, and none of it changed by anybody."""

    format: Literal[1] = 1
    backup: UUID
    """Which backup it was made with."""
    made_at: datetime
    kdf: Literal["scrypt"] = "scrypt"
    cipher: Literal["AES-256-GCM"] = "AES-256-GCM"
    n: Annotated[int, Field(ge=2**14, le=2**20)]
    r: Annotated[int, Field(ge=8, le=16)]
    p: Annotated[int, Field(ge=1, le=4)]
    salt: str
    nonce: str
    sealed: str
    """Base64, as `salt` and `nonce` are."""


def path_beside(backup: Path) -> Path:
    """Where the secrets of a backup are unless somebody keeps them elsewhere."""
    return backup.with_name(f"{backup.name}.secrets")


def seal(kept: KeptSecrets, passphrase: str, backup: UUID, made_at: datetime) -> str:
    """The file's text."""
    salt, nonce = os.urandom(16), os.urandom(12)
    file = SealedSecrets(
        backup=backup, made_at=made_at, n=_COST, r=8, p=1, salt=_text(salt), nonce=_text(nonce), sealed=""
    )
    sealed = AESGCM(_key(file, passphrase)).encrypt(nonce, kept.model_dump_json().encode(), _bound(file))
    return file.model_copy(update={"sealed": _text(sealed)}).model_dump_json(indent=2)


def unseal(path: Path, passphrase: str) -> KeptSecrets:
    """What the file holds. Raises `BackupFault` for a wrong passphrase and a damaged file."""
    try:
        file = SealedSecrets.model_validate_json(path.read_bytes())
        nonce, sealed = _bytes(file.nonce), _bytes(file.sealed)
        text = AESGCM(_key(file, passphrase)).decrypt(nonce, sealed, _bound(file))
        return KeptSecrets.model_validate_json(text)
    except OSError as failed:
        raise BackupFault(f"无法读取 / Cannot read {path}: {failed.strerror}") from failed
    except InvalidTag as failed:
        raise BackupFault(f"口令不对，或文件已损坏 / Wrong passphrase, or a damaged file: {path}") from failed
    except (ValidationError, ValueError) as failed:
        raise BackupFault(f"{path} 不是完好的密钥文件 / is no intact file of secrets") from failed


def _key(file: SealedSecrets, passphrase: str) -> bytes:
    derived: bytes = Scrypt(salt=_bytes(file.salt), length=32, n=file.n, r=file.r, p=file.p).derive(
        passphrase.encode()
    )
    return derived


def _bound(file: SealedSecrets) -> bytes:
    """What is not secret, yet must not be changed."""
    return json.dumps(file.model_dump(mode="json", exclude={"sealed"}), sort_keys=True).encode()


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
