"""Webhooks: a signed POST to the address that the recipient has set.

The receiver checks `Guanai-Signature: v1=<hex>`, the HMAC-SHA256 under the shared secret of
`<Guanai-Timestamp>.<body>`, refuses old timestamps, and drops a `Guanai-Delivery` that it has seen before.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import SplitResult, urlsplit

import httpx2
import orjson
from pydantic import SecretStr

from services.notify.deliveries.lookups import Lookups
from services.notify.deliveries.messages import DeliveryResult, OutgoingMessage
from services.notify.deliveries.rules import answer_in_words
from services.notify.deliveries.targets import is_public

TIMEOUT = 10.0
"""Seconds for the whole attempt."""
ANSWER_BYTES = 400
"""Of the receiver's answer so much is read, for an error code in it."""
LONGEST_CODE = 10_000_000
"""Error codes have seven digits at most; whatever is longer is none, and is not kept."""
TRY_AGAIN = frozenset({408, 425, 429})
"""Refusals of a moment; other 4xx stay as they are."""


class TargetForbidden(Exception):
    """The webhook points into the own network, which the operator has not allowed."""


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The value of `Guanai-Signature`."""
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1={mac.hexdigest()}"


@dataclass(frozen=True, slots=True)
class WebhookAdapter:
    """Posts letters to webhooks: http(s) only, no redirects, a time limit, the answer cut.

    With `allow_private` a webhook may point to loopback and private addresses (a receiver in the county's own
    network). Otherwise only public addresses are called: a party sets its own webhook and must not reach the
    machines behind the firewall through us. The name is looked up once and the checked address is called.
    """

    secrets: Mapping[str, SecretStr]
    parties: Mapping[str, Collection[str]]
    """Who may use which secret: with another's, a party could sign messages to that other one."""
    allow_private: bool = False
    lookups: Lookups = field(default_factory=Lookups, compare=False, repr=False)

    async def send(self, outgoing: OutgoingMessage, now: datetime) -> DeliveryResult:
        """Try once; any 2xx without an error code in the body is delivered. Raises `NotTried`."""
        named = outgoing.webhook_secret or ""
        secret = self.secrets.get(named) if outgoing.party in self.parties.get(named, ()) else None
        if outgoing.webhook_url is None:
            return DeliveryResult(
                delivered=False, answer="已不设网址 / No webhook is set any more", hopeless=True
            )
        if secret is None:
            return DeliveryResult(delivered=False, answer="未设签名密钥 / No signing secret is set up")
        body, timestamp = outgoing.payload(), int(now.timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "guanai",
            "Guanai-Delivery": str(outgoing.delivery_id),
            "Guanai-Timestamp": str(timestamp),
            "Guanai-Signature": sign(secret.get_secret_value(), timestamp, body),
        }
        try:
            async with asyncio.timeout(TIMEOUT):
                status, answer = await self._post(outgoing, outgoing.webhook_url, headers, body)
        except TargetForbidden:
            return DeliveryResult(delivered=False, answer="网址指向内网 / A private address", hopeless=True)
        except TimeoutError:
            return DeliveryResult(delivered=False, answer=f"{TIMEOUT:.0f} 秒内未答复 / No answer in time")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as error:
            return DeliveryResult(delivered=False, answer=type(error).__name__)
        return judged(status, answer)

    async def _post(
        self, outgoing: OutgoingMessage, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, str]:
        parts = urlsplit(url)
        address = await self._checked_address(outgoing.party, parts)
        host = f"[{address}]" if ":" in address else address
        pinned = parts._replace(netloc=f"{host}:{parts.port}" if parts.port else host).geturl()
        sent = {**headers, "Host": parts.netloc}
        async with (
            httpx2.AsyncClient(follow_redirects=False, trust_env=False, timeout=TIMEOUT) as http,
            http.stream(
                "POST",
                pinned,
                headers=sent,
                content=body,
                extensions={"sni_hostname": parts.hostname or ""},
            ) as response,
        ):
            answer = b""
            async for chunk in response.aiter_bytes():
                answer += chunk
                if len(answer) >= ANSWER_BYTES:
                    break
            return response.status_code, answer[:ANSWER_BYTES].decode(errors="replace")

    async def _checked_address(self, party: str, parts: SplitResult) -> str:
        default = 443 if parts.scheme == "https" else 80
        found = await self.lookups.addresses(party, parts.hostname, parts.port or default)
        addresses = [str(entry[4][0]) for entry in found]
        if not self.allow_private and not all(is_public(one) for one in addresses):
            raise TargetForbidden
        return addresses[0]


def judged(status: int, answer: str) -> DeliveryResult:
    """What an answer means. Some office messengers answer 200 with an `errcode` in the body."""
    success = httpx2.codes.is_success(status)
    error = _error_code(answer) if success else None
    delivered = success and error is None
    again = success or status >= httpx2.codes.INTERNAL_SERVER_ERROR or status in TRY_AGAIN
    code = f"{status}{error or ''}"
    words = answer_in_words(code, delivered=delivered, hopeless=not (delivered or again))
    return DeliveryResult(delivered=delivered, answer=words, hopeless=not again)


def _error_code(answer: str) -> str | None:
    """The error code in it, in words; None where there is none."""
    try:
        said = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(said, dict):
        return None
    codes = [said.get(name) for name in ("errcode", "StatusCode")]
    if all(code is None or code == 0 for code in codes):
        return None
    number = next((one for one in codes if type(one) is int and 0 < abs(one) < LONGEST_CODE), None)
    return " errcode" if number is None else f" errcode {number}"
