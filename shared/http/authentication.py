"""Who calls: the bearer token of a request, checked against keys, expiry and revocations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from shared import tokens
from shared.access import Caller, Scope
from shared.http.problems import ScopeMismatch, TokenExpired, TokenRevoked, Unauthenticated
from shared.keys import KeyFile
from shared.lru import Lru
from shared.revocations import RevokedTokens
from shared.texts import Bilingual
from shared.views import Views

REMEMBERED = 10_000

_OF_ANOTHER = Bilingual("令牌的单位不属此类或此地", "The organisation is of another kind or division")

Misfit = Callable[[Caller], Bilingual | None]
"""Says why a token's scope does not fit its kind; None where it does. The kernel knows no kinds of party."""
Claim = Callable[[Views, Caller], Awaitable[bool | None]]
"""Whether the organisation of a token's scope is the caller's own, of its kind and in its division.

None while the service knows of none by this id: then there is nothing of it to be seen either. Once true it
stays true."""


class Authentication:
    """Turns `Authorization: Bearer …` into a caller. Signatures are checked once per token and key set."""

    def __init__(
        self,
        keys: KeyFile,
        revoked: RevokedTokens | None,
        misfit: Misfit,
        *,
        claim: Callable[[Caller], Awaitable[bool | None]] | None = None,
        service: str = "",
        service_keys: KeyFile | None = None,
    ) -> None:
        """`service_keys` are those of the services that may read the log of this one, which is `service`."""
        self._claim = claim
        self._claimed: Lru[tuple[str, Scope], bool] = Lru(REMEMBERED)
        self._service = service
        self._service_keys = service_keys
        self._keys = keys
        self._revoked = revoked
        self._misfit = misfit
        self._known: Lru[str, Caller] = Lru(REMEMBERED)

    async def caller(self, authorization: str | None) -> Caller:
        """Who calls. Raises `Unauthenticated`, `TokenExpired`, `TokenRevoked`, `ScopeMismatch`."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated
        caller = self._verified(token.strip())
        if caller.expires_at and caller.expires_at + tokens.CLOCK_SKEW < datetime.now(UTC):
            raise TokenExpired
        if self._revoked is not None and await self._revoked.includes(caller.token_id):
            raise TokenRevoked
        if wrong := self._misfit(caller):
            raise ScopeMismatch(wrong)
        if self._claim is not None and caller.scope.organisation is not None:
            await self._check_claim(self._claim, caller)
        return caller

    async def _check_claim(self, claim: Callable[[Caller], Awaitable[bool | None]], caller: Caller) -> None:
        claimed = (caller.kind, caller.scope)
        if claimed in self._claimed:
            return
        holds = await claim(caller)
        if holds is False:
            raise ScopeMismatch(_OF_ANOTHER)
        if holds:
            self._claimed[claimed] = True

    def _verified(self, token: str) -> Caller:
        for keys in (self._keys, self._service_keys):
            if keys is not None and keys.refresh():
                self._known.clear()
        if caller := self._known.get(token):
            return caller
        try:
            caller = self._read(token)
        except tokens.TokenExpired as error:
            raise TokenExpired from error
        except tokens.TokenInvalid as error:
            raise Unauthenticated from error
        self._known[token] = caller
        return caller

    def _read(self, token: str) -> Caller:
        try:
            return tokens.verify(self._keys.keys, token)
        except tokens.TokenExpired:
            raise
        except tokens.TokenInvalid:
            if self._service_keys is None:
                raise
            return tokens.verify_reader(self._service_keys.keys, token, self._service)
