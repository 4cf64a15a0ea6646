"""Who calls: the bearer token of a request, checked against keys, expiry and revocations."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import structlog
from joserfc.jwk import KeySet

from shared.access import Caller
from shared.http.problems import ScopeMisfit, TokenNeeded, TokenWithdrawn, TokenWornOut
from shared.revocations import RevokedTokens
from shared.tokens import CLOCK_SKEW, TokenExpired, TokenInvalid, load_keys, verify

REMEMBERED = 10_000
KEYS_FRESH_SECONDS = 5.0
"""A rotated key is known at most this long after its file changed."""
_logger = structlog.get_logger(__name__)


class KeyFile:
    """The public keys in a JWKS file, read again when the file changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = path.stat().st_mtime_ns
        self._looked_at = monotonic()
        self.keys: KeySet = load_keys(path)

    def refresh(self) -> bool:
        """Look at the file, at most every few seconds. True when there are other keys now."""
        if monotonic() - self._looked_at < KEYS_FRESH_SECONDS:
            return False
        self._looked_at = monotonic()
        try:
            changed = self._path.stat().st_mtime_ns
            if changed == self._changed:
                return False
            self.keys = load_keys(self._path)
        except (OSError, ValueError) as error:
            _logger.warning("token keys not read", path=str(self._path), reason=str(error))
            return False
        self._changed = changed
        return True


Misfit = Callable[[Caller], str | None]
"""Says why a token's scope does not fit its kind; None where it does. The kernel knows no kinds of party."""


class Authentication:
    """Turns `Authorization: Bearer …` into a caller. Signatures are checked once per token and key set."""

    def __init__(self, keys: KeyFile, revoked: RevokedTokens | None, misfit: Misfit) -> None:
        self._keys = keys
        self._revoked = revoked
        self._misfit = misfit
        self._known: OrderedDict[str, Caller] = OrderedDict()

    async def caller(self, authorization: str | None) -> Caller:
        """Who calls. Raises `TokenNeeded`, `TokenWornOut`, `TokenWithdrawn`, `ScopeMisfit`."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise TokenNeeded
        caller = self._verified(token.strip())
        if caller.expires_at and caller.expires_at + CLOCK_SKEW < datetime.now(UTC):
            raise TokenWornOut
        if self._revoked is not None and await self._revoked.includes(caller.token_id):
            raise TokenWithdrawn
        if wrong := self._misfit(caller):
            raise ScopeMisfit(wrong)
        return caller

    def _verified(self, token: str) -> Caller:
        if self._keys.refresh():
            self._known.clear()
        if caller := self._known.get(token):
            self._known.move_to_end(token)
            return caller
        try:
            caller = verify(self._keys.keys, token)
        except TokenExpired as error:
            raise TokenWornOut from error
        except TokenInvalid as error:
            raise TokenNeeded("令牌无效 / The token is not valid") from error
        self._known[token] = caller
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return caller
