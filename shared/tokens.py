"""Signed access tokens: JWT over Ed25519 that say who calls, for which party, with which scope."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from shared.access import Caller, Scope

ALGORITHM = "Ed25519"
_DIVISION = re.compile(r"[0-9]{2,12}")
LONGEST = timedelta(days=400)
"""No token is honoured that was made to last longer; a revocation that stands as long is never too short."""
CLOCK_SKEW = timedelta(seconds=30)
"""How far the clocks of two machines may be apart."""


class TokenInvalid(Exception):
    """The token was not signed by a known key, or does not say what it must."""


class TokenExpired(TokenInvalid):
    """The token was valid once."""


def new_key() -> OKPKey:
    """A fresh private key with an id of its own."""
    return OKPKey.generate_key(
        "Ed25519", parameters={"kid": uuid4().hex[:12], "alg": ALGORITHM, "use": "sig"}
    )


def key_of_seed(seed: bytes, owner: str) -> OKPKey:
    """The private key that follows from 32 secret bytes; its id begins with its owner's name."""
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    parts = {"d": seed, "x": public}
    encoded = {name: urlsafe_b64encode(part).rstrip(b"=").decode() for name, part in parts.items()}
    kid = f"{owner}:{sha256(public).hexdigest()[:12]}"
    return OKPKey.import_key(
        {"kty": "OKP", "crv": "Ed25519", "kid": kid, "alg": ALGORITHM, "use": "sig", **encoded}
    )


def private_key(text: str) -> OKPKey:
    """The private key in a JWK file's text."""
    return OKPKey.import_key(json.loads(text))


def public_keys(keys: Iterable[OKPKey]) -> str:
    """The JWKS file's text that services verify with; list old and new key while rotating."""
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]})


def load_keys(path: Path) -> KeySet:
    """The public keys of a JWKS file. Raises `OSError`, `ValueError`."""
    return KeySet.import_key_set(json.loads(path.read_text()))


def issue(key: OKPKey, caller: Caller, ttl: timedelta, now: datetime | None = None) -> str:
    """A token for `caller`, valid for `ttl`. Its `token_id` becomes the `jti`, made when absent."""
    now = now or datetime.now(UTC)
    scope = caller.scope
    claims = {
        "sub": caller.subject,
        "name": caller.name,
        "kind": caller.kind,
        "role": caller.role,
        "division": scope.division,
        "organisation": str(scope.organisation) if scope.organisation else None,
        "person": str(scope.person) if scope.person else None,
        "jti": str(caller.token_id or uuid4()),
        "iat": int(now.timestamp()),
        "exp": int((now + ttl).timestamp()),
    }
    header = {"alg": ALGORITHM, "kid": key.kid}
    return jwt.encode(header, {k: v for k, v in claims.items() if v is not None}, key, [ALGORITHM])


def verify(keys: KeySet, token: str, now: datetime | None = None) -> Caller:
    """Who the token speaks for. Raises `TokenInvalid`, `TokenExpired`."""
    try:
        claims = jwt.decode(token, keys, [ALGORITHM]).claims
        issued = datetime.fromtimestamp(claims["iat"], UTC)
        begins = datetime.fromtimestamp(claims.get("nbf", 0), UTC)
        caller = Caller(
            subject=_text(claims["sub"]),
            kind=_text(claims["kind"]),
            role=_text(claims["role"]),
            scope=Scope(
                division=_division(claims.get("division")),
                organisation=_uuid(claims.get("organisation")),
                person=_uuid(claims.get("person")),
            ),
            name=_text(claims.get("name", "")),
            token_id=UUID(claims["jti"]),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )
    except (JoseError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise TokenInvalid(type(error).__name__) from error
    if caller.expires_at and caller.expires_at - issued > LONGEST:
        raise TokenInvalid("it was made to last longer than any may")
    if begins > (now or datetime.now(UTC)) + CLOCK_SKEW:
        raise TokenInvalid("it is not valid yet")
    if caller.expires_at and caller.expires_at + CLOCK_SKEW < (now or datetime.now(UTC)):
        raise TokenExpired(f"since {caller.expires_at.isoformat()}")
    return caller


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a claim is no text")
    return value


def _division(value: str | None) -> str | None:
    """A prefix of digits; an empty one would cover everything."""
    if value is not None and not _DIVISION.fullmatch(value):
        raise ValueError("division")
    return value


def _uuid(value: str | None) -> UUID | None:
    return UUID(value) if value else None
