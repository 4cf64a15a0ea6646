"""Whose message goes next: what is urgent first, then the parties in turns, each with few at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

from services.language import Severity
from services.notify.terms import Channel

Row: TypeAlias = Mapping[str, Any]
"""A row of `to_send`."""

PER_PARTY = 2
"""Messages under way at the same time to one party through one channel: one in a tarpit leaves a way by."""
PER_RECEIVER = 8
"""The same to one receiver: a webhook's host, or the mail server. More than a party may take, so that at a
messenger that a whole county uses slow answers to one village do not keep the others waiting."""
PER_CHANNEL = 64
"""The same through one channel, whoever it goes to."""


class Turns:
    """What waits, and what is under way. Holds no message back for another party's."""

    def __init__(self) -> None:
        self._waiting: list[Row] = []
        self._ids: set[UUID] = set()
        self._under_way: Counter[Hashable] = Counter()
        self._served: dict[Hashable, int] = {}
        """By party and channel, when it was served last: a count of all that were."""
        self._count = 0

    def offer(self, rows: Sequence[Row]) -> None:
        """Let these wait, in place of what waited before; what is under way is not taken twice."""
        self._waiting = [row for row in rows if row["delivery_id"] not in self._ids]

    def take(self) -> Row | None:
        """The next one that may leave now; it is under way from then on."""
        free = [row for row in self._waiting if self._is_free(row)]
        if not free:
            return None
        row = min(free, key=self._rank)
        self._waiting.remove(row)
        self._ids.add(row["delivery_id"])
        self._under_way.update(_places(row))
        self._count += 1
        self._served[_lane(row)] = self._count
        return row

    def done(self, row: Row) -> None:
        """It is under way no longer."""
        self._ids.discard(row["delivery_id"])
        self._under_way.subtract(_places(row))
        self._under_way = +self._under_way

    def under_way(self) -> frozenset[UUID]:
        """The deliveries that are."""
        return frozenset(self._ids)

    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    def _is_free(self, row: Row) -> bool:
        return all(self._under_way[place] < most for place, most in _places_and_bounds(row))

    def _rank(self, row: Row) -> tuple[bool, int, int]:
        lane = _lane(row)
        return row["severity"] != Severity.URGENT, self._under_way[lane], self._served.get(lane, 0)


def _places(row: Row) -> list[Hashable]:
    return [place for place, _ in _places_and_bounds(row)]


def _places_and_bounds(row: Row) -> tuple[tuple[Hashable, int], ...]:
    receiver = ("receiver", row["channel"], _receiver(row))
    return (_lane(row), PER_PARTY), (receiver, PER_RECEIVER), (("channel", row["channel"]), PER_CHANNEL)


def _lane(row: Row) -> Hashable:
    return row["party"], row["channel"]


def _receiver(row: Row) -> str | None:
    """All mails go to one server; a webhook to its host, or to nobody where its address is none."""
    if row["channel"] != Channel.WEBHOOK or row["webhook_url"] is None:
        return None
    try:
        return urlsplit(row["webhook_url"]).hostname
    except ValueError:
        return str(row["webhook_url"])
