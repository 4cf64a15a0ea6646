"""Who calls: the bearer token of a request, checked against keys, expiry and revocations."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime

from shared.access import Caller
from shared.http.problems import ScopeMisfit, TokenNeeded, TokenWithdrawn, TokenWornOut
from shared.keys import KeyFile
from shared.revocations import RevokedTokens
from shared.tokens import CLOCK_SKEW, TokenExpired, TokenInvalid, verify, verify_reader

REMEMBERED = 10_000


Misfit = Callable[[Caller], str | None]
"""Says why a token's scope does not fit its kind; None where it does. The kernel knows no kinds of party."""


class Authentication:
    """Turns `Authorization: Bearer …` into a caller. Signatures are checked once per token and key set."""

    def __init__(
        self,
        keys: KeyFile,
        revoked: RevokedTokens | None,
        misfit: Misfit,
        *,
        service: str = "",
        service_keys: KeyFile | None = None,
    ) -> None:
        """`service_keys` are those of the services that may read the log of this one, which is `service`."""
        self._service = service
        self._service_keys = service_keys
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
        for keys in (self._keys, self._service_keys):
            if keys is not None and keys.refresh():
                self._known.clear()
        if caller := self._known.get(token):
            self._known.move_to_end(token)
            return caller
        try:
            caller = self._read(token)
        except TokenExpired as error:
            raise TokenWornOut from error
        except TokenInvalid as error:
            raise TokenNeeded("令牌无效 / The token is not valid") from error
        self._known[token] = caller
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return caller

    def _read(self, token: str) -> Caller:
        try:
            return verify(self._keys.keys, token)
        except TokenExpired:
            raise
        except TokenInvalid:
            if self._service_keys is None:
                raise
            return verify_reader(self._service_keys.keys, token, self._service)
