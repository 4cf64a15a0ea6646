"""Reads a service's log from its beginning: its own directly, another's over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic

import httpx2
from joserfc.jwk import OKPKey

from shared.client import ClientError, ServiceClient
from shared.eventlog.log import EventLog
from shared.messages import ReadLog, Recorded
from shared.tokens import READER_TTL, issue_reader

TIMEOUT = 30.0
"""Seconds that a peer may take to answer; whoever asks tries again."""


class SourceUnknown(Exception):
    """The settings name no address for the service whose events are needed (`GUANAI_PEERS`)."""


class PeerUnreachable(ConnectionError):
    """A peer's log cannot be read now; trying again may help."""


class ReaderTokens:
    """The tokens by which a service reads others' logs: each for one source and a day, renewed in time."""

    def __init__(self, service: str, key: OKPKey) -> None:
        self._service = service
        self._key = key
        self._made: dict[str, tuple[str, float]] = {}

    def token(self, source: str) -> str:
        """One that is good for at least another half day."""
        token, until = self._made.get(source, ("", 0.0))
        if monotonic() >= until:
            token = issue_reader(self._key, self._service, source)
            self._made[source] = (token, monotonic() + READER_TTL.total_seconds() / 2)
        return token


class LogReader:
    """`await replay(source, after, limit)`: events of a service's log with positions above `after`, in order.

    Raises `PeerUnreachable` when a peer cannot be reached or does not answer well.
    """

    def __init__(
        self,
        log: EventLog,
        peers: Mapping[str, str],
        tokens: ReaderTokens | None,
        reader: ReadLog | None = None,
    ) -> None:
        """Without `tokens` no peer's log can be read."""
        self._log = log
        self._reader = reader
        self._peers = peers
        self._tokens = tokens
        self._http = httpx2.AsyncClient()

    async def __call__(self, source: str, after: int, limit: int) -> list[Recorded]:
        """At most `limit` events."""
        return await self._read(source, after, limit)

    async def envelopes(self, source: str, after: int, limit: int) -> list[Recorded]:
        """The same, to see which events there are: with empty `data` if another's, which is no access."""
        return await self._read(source, after, limit, envelopes=True)

    async def _read(self, source: str, after: int, limit: int, *, envelopes: bool = False) -> list[Recorded]:
        if source == self._log.service:
            return await self._log.read(after, limit)
        if self._reader is not None:
            return await self._reader(source, after, limit)
        if source not in self._peers:
            raise SourceUnknown(source)
        if self._tokens is None:
            raise SourceUnknown(f"{source}: there is no key to ask with (GUANAI_SERVICE_KEY)")
        peer = ServiceClient(
            self._peers[source], self._tokens.token(source), timeout=TIMEOUT, deadline=0, http=self._http
        )
        try:
            return await peer.read_events(after, limit, envelopes=envelopes)
        except (ClientError, httpx2.HTTPError) as error:
            raise PeerUnreachable(f"{source}: {type(error).__name__} {error}") from error

    async def close(self) -> None:
        """Close the connections to the peers."""
        await self._http.aclose()
