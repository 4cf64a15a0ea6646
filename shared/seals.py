"""Seals: by which those who follow a service know that what came over the bus is what it has published.

A relay publishes events in batches, each of them all or nothing. The last message of a batch bears a header
that names the batch's first and last position, the digest of its envelopes, and the service's signature
(Ed25519) of all that. So a thousand events cost one signature, and no key that could make one is anywhere
but with the service itself.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc.jwk import KeySet, OKPKey

from shared.keys import KeyFile
from shared.tokens import owner_of

SEAL = "Care-Seal"
"""The header's name."""
_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class Seal:
    """What a service has sealed: these positions of its log, in these words."""

    first: int
    last: int
    digest: str

    def covers(self, first: int, envelopes: Iterable[bytes]) -> bool:
        """Whether it was set to just these envelopes, the first of which has position `first`."""
        found = list(envelopes)
        return (first, first + len(found) - 1, digest_of(found)) == (self.first, self.last, self.digest)


def digest_of(envelopes: Iterable[bytes]) -> str:
    """SHA-256 of a run of envelopes, each with its length before it, in hexadecimal digits."""
    digest = sha256()
    for envelope in envelopes:
        digest.update(len(envelope).to_bytes(_LENGTH_BYTES, "big"))
        digest.update(envelope)
    return digest.hexdigest()


class Sealer:
    """Sets a service's seal, and knows it again."""

    def __init__(self, service: str, key: OKPKey) -> None:
        self._service = service
        private = key.private_key
        if not isinstance(private, Ed25519PrivateKey):
            raise TypeError("a service's key is an Ed25519 key")
        self._private = private
        self._public = private.public_key()

    def seal(self, first: int, envelopes: Iterable[bytes]) -> str:
        """The header's value for a run of envelopes whose first has position `first`."""
        found = list(envelopes)
        sealed = Seal(first, first + len(found) - 1, digest_of(found))
        signature = urlsafe_b64encode(self._private.sign(_statement(self._service, sealed))).decode()
        return f"{sealed.first} {sealed.last} {sealed.digest} {signature}"

    def made(self, header: str) -> Seal | None:
        """What the header says if this service has sealed it, else None."""
        return _read(self._service, header, self._public)


class Seals:
    """Reads the seals of other services by their public keys."""

    def __init__(self, keys: KeyFile) -> None:
        self._keys = keys

    def read(self, service: str, header: str) -> Seal | None:
        """What the header says if the service has sealed it, else None."""
        self._keys.refresh()
        return next(
            (
                seal
                for key in keys_of(service, self._keys.keys)
                if isinstance(key.public_key, Ed25519PublicKey)
                and (seal := _read(service, header, key.public_key))
            ),
            None,
        )


def keys_of(service: str, keys: KeySet) -> Iterable[OKPKey]:
    """A service's keys among those of all; their ids begin with its name."""
    return (key for key in keys.keys if isinstance(key, OKPKey) and owner_of(key.kid) == service)


def _read(service: str, header: str, key: Ed25519PublicKey) -> Seal | None:
    try:
        first, last, digest, signature = header.split(" ")
        seal = Seal(int(first), int(last), digest)
        key.verify(urlsafe_b64decode(signature), _statement(service, seal))
    except (ValueError, binascii.Error, InvalidSignature):
        return None
    return seal


def _statement(service: str, seal: Seal) -> bytes:
    return f"guanai events {service} {seal.first} {seal.last} {seal.digest}".encode()
