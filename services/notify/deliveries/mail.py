"""E-mail: a plain-text message to an office's mailbox, over SMTP."""

from __future__ import annotations

import asyncio
import re
import socket
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib
from pydantic import SecretStr

from services.notify.addresses.rules import EmailMalformed, mailbox
from services.notify.deliveries.lookups import Lookups
from services.notify.deliveries.messages import DeliveryResult, OutgoingMessage
from services.notify.deliveries.rules import answer_in_words

TIMEOUT = 20.0
"""Seconds for each step of the conversation."""
PERMANENT = range(500, 600)
"""SMTP replies that stay as they are (RFC 5321, 4.2.1)."""
_OURS = (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPConnectResponseError, aiosmtplib.SMTPHeloError)
"""Replies that say nothing of the message: a password, say, that the operator will set right."""


_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b", re.ASCII)
"""An enhanced status code (RFC 3463), which says more exactly why."""


def _failed(code: str, *, hopeless: bool) -> DeliveryResult:
    return DeliveryResult(
        delivered=False,
        answer=answer_in_words(code, delivered=False, hopeless=hopeless),
        hopeless=hopeless,
    )


@dataclass(frozen=True, slots=True)
class MailAdapter:
    """Sends letters through one mail server."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: SecretStr | None = None
    tls: bool = False
    """TLS from the first byte."""
    start_tls: bool | None = None
    """None: STARTTLS where the server offers it; True: refuse to send without."""
    lookups: Lookups = field(default_factory=Lookups, compare=False, repr=False)

    async def send(self, outgoing: OutgoingMessage, now: datetime) -> DeliveryResult:
        """Try once; delivered = the server took the message over. Raises `NotTried`."""
        if outgoing.email is None:
            return DeliveryResult(
                delivered=False, answer="已不设邮箱 / No mail address is set any more", hopeless=True
            )
        try:
            _, to = mailbox(outgoing.email)
        except EmailMalformed:
            # Set under an early release, which took more.
            return DeliveryResult(delivered=False, answer="邮箱有误 / No mail address", hopeless=True)
        try:
            await self._hand_over(self._message(outgoing, to, now), to)
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refusal.code for refusal in error.recipients]
            hopeless = all(code in PERMANENT for code in codes)
            return _failed(" ".join(map(str, codes)), hopeless=hopeless)
        except aiosmtplib.SMTPResponseException as error:
            detail = _ENHANCED.match(error.message)
            code = f"{error.code} {detail[0]}" if detail else str(error.code)
            return _failed(code, hopeless=error.code in PERMANENT and not isinstance(error, _OURS))
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            return DeliveryResult(delivered=False, answer=type(error).__name__)
        return DeliveryResult(delivered=True, answer=answer_in_words("250", delivered=True, hopeless=False))

    async def _hand_over(self, message: EmailMessage, to: str) -> None:
        own_name = await self.lookups.run(self.host, "own name", socket.getfqdn)
        await aiosmtplib.send(
            message,
            recipients=[to],
            sock=await self._connected(),
            # Whose certificate it must be.
            hostname=self.host,
            local_hostname=own_name,
            username=self.user,
            password=self.password.get_secret_value() if self.password else None,
            use_tls=self.tls,
            start_tls=False if self.tls else self.start_tls,
            timeout=TIMEOUT,
        )

    async def _connected(self) -> socket.socket:
        """A connection to the server, at the first of its addresses that answers. Raises `OSError`."""
        async with asyncio.timeout(TIMEOUT):
            found = await self.lookups.addresses(self.host, self.host, self.port)
        failure: OSError = OSError("no address")
        for family, kind, protocol, _, address in found:
            made = socket.socket(family, kind, protocol)
            try:
                made.setblocking(False)
                async with asyncio.timeout(TIMEOUT):
                    await asyncio.get_running_loop().sock_connect(made, address)
            except OSError as error:
                made.close()
                failure = error
            except BaseException:
                made.close()
                raise
            else:
                return made
        raise failure

    def _message(self, outgoing: OutgoingMessage, to: str, now: datetime) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.sender
        local, _, domain = to.rpartition("@")
        message["To"] = Address(username=local, domain=domain)
        message["Subject"] = str(outgoing.title)
        message["Date"] = format_datetime(now)
        # The same at each attempt: mail programs show a repetition once.
        message["Message-ID"] = f"<{outgoing.delivery_id}@{self.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message["Guanai-Delivery"] = str(outgoing.delivery_id)
        message.set_content(outgoing.text())
        return message
