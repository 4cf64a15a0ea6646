"""What a message outside the house says: what is due, where to look and why it was sent. Never a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson

from services.dates import CHINA
from shared import Bilingual


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message to one recipient."""

    delivery_id: UUID
    """The same at each attempt: the receiver tells a repetition by it."""
    alert_id: UUID
    rule: str
    severity: str
    title: Bilingual
    summary: Bilingual
    because: Bilingual
    due_at: datetime
    link: str | None
    """Where to look; None where no public address was set up."""
    party: str = ""
    """To whom it goes."""
    webhook_url: str | None = None
    webhook_secret: str | None = None
    email: str | None = None

    def payload(self) -> bytes:
        """The message as JSON, for webhooks."""
        fields: Mapping[str, object] = {
            "delivery_id": str(self.delivery_id),
            "alert_id": str(self.alert_id),
            "rule": self.rule,
            "severity": self.severity,
            "title": self.title,
            "summary": self.summary,
            "because": self.because,
            "due_at": self.due_at.isoformat(),
            "link": self.link,
        }
        return orjson.dumps(fields)

    def text(self) -> str:
        """The message as plain text, for mails."""
        due = f"{self.due_at.astimezone(CHINA):%Y-%m-%d}"
        lines = (
            str(self.title),
            str(self.summary),
            f"到期 / Due: {due}",
            f"查看 / Look here: {self.link}" if self.link else "",
            f"为什么收到 / Why you get this: {self.because}",
        )
        return "\n\n".join(line for line in lines if line) + "\n"


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """What came of one attempt."""

    delivered: bool
    answer: str
    """The provider's status and what it means, or why nothing was tried; none of the provider's own text."""
    hopeless: bool = False
    """Another attempt would be in vain."""


def legible(answer: str) -> str:
    """An answer as one line that can be stored and shown, whatever a carrier makes of what it was sent."""
    return " ".join("".join(one if one.isprintable() else " " for one in answer).split())


class NotTried(Exception):
    """The message did not leave, for a reason of ours that passes: that is no attempt."""


class ChannelAdapter(Protocol):
    """Takes letters to their recipients through one channel. A failure is an answer, and raises nothing."""

    async def send(self, outgoing: OutgoingMessage, now: datetime) -> DeliveryResult:
        """Try once. Raises `NotTried`."""
        ...


def outgoing_message(row: Mapping[str, Any], public_url: str) -> OutgoingMessage:
    """The letter of a row of `to_send`."""
    return OutgoingMessage(
        delivery_id=row["delivery_id"],
        alert_id=row["alert_id"],
        rule=row["rule"],
        severity=row["severity"],
        title=Bilingual.parse(row["title"]),
        summary=Bilingual.parse(row["summary"]),
        because=Bilingual.parse(row["because"]),
        due_at=row["due_at"],
        link=f"{public_url.rstrip('/')}/alerts/{row['alert_id']}" if public_url else None,
        party=row["party"],
        webhook_url=row["webhook_url"],
        webhook_secret=row["webhook_secret"],
        email=row["email"],
    )
