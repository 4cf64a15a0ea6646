"""Who calls: the bearer token of a request, checked against keys, expiry and revocations."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime

from shared.access import Caller
from shared.http.problems import ScopeMisfit, TokenNeeded, TokenWithdrawn, TokenWornOut
from shared.keys import KeyFile
from shared.revocations import RevokedTokens
from shared.tokens import CLOCK_SKEW, TokenExpired, TokenInvalid, verify

REMEMBERED = 10_000


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
