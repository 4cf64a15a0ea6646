"""The sender looks at what is pending when there can be something, not twice a second for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from services.notify.deliveries import sender
from services.notify.deliveries.sender import LONGEST_PAUSE, PAUSE, keep_sending
from tests.notify.county import START

LATER = START + timedelta(minutes=4)


@dataclass
class Office:
    """A runtime as far as the sender needs one: nothing is ever pending, the next attempt is due at `due`."""

    due: datetime | None = None
    moment: datetime = START
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    looks: list[datetime] = field(default_factory=list)
    pauses: int = 0
    aside: list[Any] = field(default_factory=list)

    def now(self) -> datetime:
        return self.moment

    def views(self) -> None:
        return None

    def succeeded(self) -> None:
        return None

    @contextmanager
    def moving(self) -> Iterator[asyncio.Event]:
        yield self.moved

    @property
    def clock(self) -> Office:
        return self

    subscriptions = tasks = clock

    async def to_send(self, _: None, now: datetime, **__: object) -> list[Any]:
        self.looks.append(now)
        return []

    async def next_attempt(self, _: None, __: datetime) -> datetime | None:
        return self.due

    async def sleep(self, _: float) -> None:
        """A pause; the office closes after a thousand."""
        self.pauses += 1
        if self.pauses == 1000:
            raise asyncio.CancelledError


async def _kept(office: Office, patch: pytest.MonkeyPatch) -> Office:
    patch.setattr(sender, "to_send", office.to_send)
    patch.setattr(sender, "next_attempt", office.next_attempt)
    patch.setattr(sender.asyncio, "sleep", office.sleep)  # type: ignore[attr-defined]
    with pytest.raises(asyncio.CancelledError):
        await keep_sending(cast("Any", office), {}, "")
    return office


async def test_nothing_pending_is_looked_at_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing due and no view moving a tenth of the pauses ends with a question."""
    office = await _kept(Office(), monkeypatch)
    assert len(office.looks) == 1000 * PAUSE / LONGEST_PAUSE


async def test_what_is_due_or_new_is_looked_at_after_the_next_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second attempt leaves when its time comes; a clock that was set and a view that moved count too."""
    office = Office(due=LATER)
    happens: dict[int, Callable[[], None]] = {
        13: lambda: setattr(office, "moment", LATER - timedelta(seconds=1)),
        15: lambda: setattr(office, "moment", LATER),
        16: lambda: setattr(office, "due", None),
        18: office.moved.set,
        25: lambda: setattr(office, "moment", START),
    }
    looked_after: list[int] = []
    pause, look = office.sleep, office.to_send

    async def sleep(seconds: float) -> None:
        await pause(seconds)
        happens.get(office.pauses, lambda: None)()

    async def to_send(views: None, now: datetime, **_: object) -> list[Any]:
        looked_after.append(office.pauses)
        return await look(views, now)

    monkeypatch.setattr(office, "sleep", sleep)
    monkeypatch.setattr(office, "to_send", to_send)
    await _kept(office, monkeypatch)
    assert looked_after[:7] == [0, 10, 15, 16, 18, 25, 35]
