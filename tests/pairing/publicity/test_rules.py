"""The rules of publicity."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.dates import InTheFuture
from services.pairing.publicity.events import PublicityChannel, PublicityPublished
from services.pairing.publicity.rules import (
    PUBLICITY_DECIDER,
    PublicityRecordedBefore,
    PublishPublicity,
)
from shared.testing.scenarios import given

ID, ORG = UUID(int=1), UUID(int=2)
TODAY, TOMORROW = date(2025, 5, 2), date(2025, 5, 3)

ITEM: dict[str, Any] = {
    "publicity_id": ID,
    "channel": PublicityChannel.RADIO,
    "title": "爱心接力",
    "organisation_id": ORG,
    "division": "331082106",
    "on": TODAY,
}


def test_publicity() -> None:
    """A publicity item is recorded once, when it has been published."""
    published = PublicityPublished(**ITEM)
    command = PublishPublicity(**ITEM, today=TODAY)
    given(PUBLICITY_DECIDER).when(command).then(published)
    given(PUBLICITY_DECIDER, published).when(command).then_refused(PublicityRecordedBefore)
    ahead = PublishPublicity(**{**ITEM, "on": TOMORROW}, today=TODAY)
    given(PUBLICITY_DECIDER).when(ahead).then_refused(InTheFuture)
