"""What must not be known to others: made once, kept in one file that only its owner reads."""

from __future__ import annotations

import hmac
import json
import os
import secrets
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import Field, field_validator

from guanai.kept import read_kept
from guanai.stack import SERVICES
from shared.access import OFFICER, OPERATOR, Caller, Scope
from shared.messages import Message
from shared.tokens import issue, key_of_seed, new_key, private_key, public_keys

OPERATOR_TOKEN_TTL = timedelta(minutes=30)
WAY_OUT = "从备份取回 secrets.json / Take secrets.json back from the backup"


class Secrets(Message):
    """Passwords of database roles and bus users, and the key that signs tokens."""

    postgres: str = Field(repr=False)
    """The database superuser's."""
    owners: dict[str, str] = Field(repr=False)
    """Per service: the role that migrates its database."""
    apps: dict[str, str] = Field(repr=False)
    """Per service: the role that the service itself uses."""
    bus: dict[str, str] = Field(repr=False)
    """Per bus user: each service, and `deploy`."""
    signing_key: str = Field(repr=False)
    """Private Ed25519 key, as JWK."""

    @field_validator("owners", "apps", "bus")
    @classmethod
    def _names_every_service(cls, passwords: dict[str, str]) -> dict[str, str]:
        if missing := [service for service in SERVICES if service not in passwords]:
            raise ValueError(f"no password for {', '.join(missing)}")
        return passwords

    @field_validator("signing_key")
    @classmethod
    def _is_a_key(cls, text: str) -> str:
        try:
            if text:  # the step that prepares a deployment has none
                private_key(text)
        except (ValueError, TypeError, JoseError):
            raise ValueError("not a private key") from None
        return text

    @classmethod
    def make(cls) -> Secrets:
        """New ones, from the system's randomness."""
        return cls(
            postgres=_password(),
            owners={service: _password() for service in SERVICES},
            apps={service: _password() for service in SERVICES},
            bus={user: _password() for user in (*SERVICES, "deploy")},
            signing_key=json.dumps(new_key().as_dict(private=True)),
        )

    @classmethod
    def kept_in(cls, path: Path) -> Secrets:
        """Those in the file; made and written where there is none."""
        if path.exists():
            return read_kept(path, cls, WAY_OUT)
        made = cls.make()
        write_private(path, made.model_dump_json(indent=2))
        return made

    def rotated(self, *, new_key: bool = False) -> Secrets:
        """New passwords for services and bus users; tokens stay valid unless `new_key` ends them all.

        The superuser keeps its password: with it the others are set.
        """
        kept = {"postgres": self.postgres} | ({} if new_key else {"signing_key": self.signing_key})
        return self.make().model_copy(update=kept)

    def issue(self, caller: Caller, ttl: timedelta) -> str:
        """A signed token for `caller`."""
        return issue(private_key(self.signing_key), caller, ttl)

    def service_key(self, service: str) -> OKPKey:
        """The key with which a service signs what it says as itself.

        It follows from the signing key and the service's password on the bus: a new one of either makes a new
        key, and nobody comes from a service's key to another's.
        """
        signing = private_key(self.signing_key).as_dict(private=True)["d"]
        seed = hmac.digest(str(signing).encode(), f"{service} {self.bus[service]}".encode(), "sha256")
        return key_of_seed(seed, owner=service)

    def operator_token(self, ttl: timedelta = OPERATOR_TOKEN_TTL) -> str:
        """For whoever runs the system: may look into logs and projections, reads no personal file."""
        return self.issue(Caller("operator", OPERATOR, OFFICER, Scope(), "operator", token_id=uuid4()), ttl)

    def public_keys(self) -> str:
        """The JWKS text that services verify tokens with."""
        return public_keys([private_key(self.signing_key)])


def service_keys(secrets: Secrets) -> str:
    """The JWKS text by which services know each other's seals and tokens."""
    return public_keys([secrets.service_key(service) for service in SERVICES])


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody but its owner can read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.next")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _password() -> str:
    # URL-safe, to stand in a database URL and an env file as it is; a letter first, since nats-server would
    # read a variable that begins with a digit as a number.
    return "p" + secrets.token_urlsafe(24)
