"""Signed access tokens: JWT over Ed25519 that say who calls, for which party, with which scope."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from shared.access import READER, SERVICE, Caller, Scope

ALGORITHM = "Ed25519"
_DIVISION = re.compile(r"[0-9]{2,12}")
LONGEST = timedelta(days=400)
"""No token is honoured that was made to last longer; a revocation that stands as long is never too short."""
READER_TTL = timedelta(hours=24)
"""How long a service reads another's log by one token; no longer one is honoured."""
ISSUER = "guanai"
"""Who issues the tokens of people, and the audience that they are for: all services of one system."""
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
        "iss": ISSUER,
        "aud": ISSUER,
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
    return _signed(key, claims)


def issue_reader(
    key: OKPKey, service: str, source: str, ttl: timedelta = READER_TTL, now: datetime | None = None
) -> str:
    """A token by which a service reads the log of one source, signed with the service's own key."""
    now = now or datetime.now(UTC)
    claims = {
        "iss": service,
        "aud": source,
        "sub": f"{SERVICE}:{service}",
        "jti": str(uuid4()),
        "iat": int(now.timestamp()),
        "exp": int((now + ttl).timestamp()),
    }
    return _signed(key, claims)


def _signed(key: OKPKey, claims: Mapping[str, Any]) -> str:
    header = {"alg": ALGORITHM, "kid": key.kid}
    return jwt.encode(header, {k: v for k, v in claims.items() if v is not None}, key, [ALGORITHM])


def owner_of(key_id: str | None) -> str:
    """The service whose key has this id."""
    return (key_id or "").partition(":")[0]


def verify(keys: KeySet, token: str, now: datetime | None = None) -> Caller:
    """Which person, or operator, the token speaks for. Raises `TokenInvalid`, `TokenExpired`.

    Tokens from before they named issuer and audience name none. A service's tokens are its own to sign
    (`verify_reader`).
    """
    try:
        claims = jwt.decode(token, keys, [ALGORITHM]).claims
        if claims.get("iss", ISSUER) != ISSUER or ISSUER not in _audience(claims.get("aud", ISSUER)):
            raise TokenInvalid("it is another system's")
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
    if caller.kind == SERVICE:
        raise TokenInvalid("a service signs its tokens itself")
    _check_times(claims, LONGEST, now or datetime.now(UTC))
    return caller


def verify_reader(keys: KeySet, token: str, source: str, now: datetime | None = None) -> Caller:
    """Which service reads the log of `source` with this token. Raises `TokenInvalid`, `TokenExpired`."""
    try:
        decoded = jwt.decode(token, keys, [ALGORITHM])
        claims = decoded.claims
        service = _text(claims["iss"])
        if service != owner_of(_text(decoded.header["kid"])):
            raise TokenInvalid("it is signed with another's key")
        if claims["aud"] != source:
            raise TokenInvalid("it is for another source")
        caller = Caller(
            subject=f"{SERVICE}:{service}",
            kind=SERVICE,
            role=READER,
            scope=Scope(),
            name=service,
            token_id=UUID(claims["jti"]),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )
    except (JoseError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise TokenInvalid(type(error).__name__) from error
    _check_times(claims, READER_TTL, now or datetime.now(UTC))
    return caller


def _check_times(claims: Mapping[str, Any], longest: timedelta, now: datetime) -> None:
    try:
        issued = datetime.fromtimestamp(claims["iat"], UTC)
        begins = datetime.fromtimestamp(claims.get("nbf", 0), UTC)
        ends = datetime.fromtimestamp(claims["exp"], UTC)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise TokenInvalid(type(error).__name__) from error
    # Its own word for its beginning bounds nothing: one that is said to begin later would last longer.
    if issued > now + CLOCK_SKEW:
        raise TokenInvalid("it is said to be made later than now")
    if ends <= issued:
        raise TokenInvalid("it ends before it was made")
    if ends - issued > longest:
        raise TokenInvalid("it was made to last longer than any may")
    if begins > now + CLOCK_SKEW:
        raise TokenInvalid("it is not valid yet")
    if ends + CLOCK_SKEW < now:
        raise TokenExpired(f"since {ends.isoformat()}")


def _audience(value: object) -> tuple[str, ...]:
    """One, or several, as RFC 7519 has it."""
    return tuple(map(_text, value)) if isinstance(value, list) else (_text(value),)


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
