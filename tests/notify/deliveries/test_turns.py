"""Whose message goes next."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.language import Severity
from services.notify.deliveries.turns import PER_CHANNEL, PER_PARTY, PER_RECEIVER, Row, Turns
from services.notify.terms import Channel


def row(number: int, party: str = "a", **fields: Any) -> Row:
    known = {"delivery_id": UUID(int=number), "party": party, "severity": Severity.WARNING}
    url = f"https://{party}.example/hook"
    return {**known, "channel": Channel.WEBHOOK, "webhook_url": url, **fields}


def taken(turns: Turns) -> list[Row]:
    """All that may leave now."""
    return list(iter(turns.take, None))


def test_a_party_has_two_messages_under_way_and_leaves_the_rest_to_others() -> None:
    """However many wait for one, another's leave at once; its next leaves when one of its own ends."""
    turns = Turns()
    turns.offer([*(row(number) for number in range(61)), row(61, "b")])
    first = taken(turns)
    assert Counter(one["party"] for one in first) == {"a": PER_PARTY, "b": 1}
    turns.done(first[0])
    assert [one["party"] for one in taken(turns)] == [first[0]["party"]]


def test_parties_take_turns() -> None:
    """With one free place it goes to who was not served for the longest time."""
    turns = Turns()
    turns.offer([row(3 * number + at, party) for number in range(2) for at, party in enumerate("abc")])
    order = []
    while found := turns.take():
        turns.done(found)
        order.append(found["party"])
    assert order == [*"abcabc"]


def test_what_is_urgent_leaves_first() -> None:
    """Before what has waited longer, its own party's and others'."""
    turns = Turns()
    turns.offer([row(1), row(2, "b"), row(3, "c"), row(4, "b", severity=Severity.URGENT)])
    found = turns.take()
    assert found is not None
    assert found["delivery_id"] == UUID(int=4)


def test_a_partys_webhook_does_not_hold_its_mail() -> None:
    """Each channel of a party has places of its own."""
    turns = Turns()
    turns.offer([*(row(number) for number in range(9)), row(9, channel=Channel.EMAIL)])
    assert Channel.EMAIL in {one["channel"] for one in taken(turns)}


def test_a_receiver_that_many_share_is_not_filled_by_one_party() -> None:
    """At the messenger of a whole county one village has two places of eight."""
    turns = Turns()
    shared = "https://messenger.example/send?key="
    turns.offer([row(n, party, webhook_url=shared + party) for n, party in enumerate("aaaabcdefghi")])
    first = taken(turns)
    assert len(first) == PER_RECEIVER
    assert Counter(one["party"] for one in first)["a"] <= PER_PARTY


def test_webhooks_leave_the_mail_server_free() -> None:
    """However many receivers are slow, a mail finds a place."""
    turns = Turns()
    turns.offer([row(number, f"p{number}") for number in range(2 * PER_CHANNEL)])
    assert len(taken(turns)) == PER_CHANNEL
    turns.offer([row(999, "b", channel=Channel.EMAIL)])
    assert len(taken(turns)) == 1


def test_what_is_under_way_is_not_taken_again() -> None:
    """The view shows a message as pending until its attempt is recorded."""
    turns = Turns()
    turns.offer([row(1)])
    (sent,) = taken(turns)
    turns.offer([row(1)])
    assert turns.is_empty()
    turns.done(sent)
    turns.offer([row(1)])
    assert len(taken(turns)) == 1


ROWS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(["x", "y", "[", None]), st.sampled_from(Channel)),
    max_size=60,
)


@given(ROWS, st.randoms(use_true_random=False))
def test_whatever_ends_when_all_leave_and_no_bound_is_passed(
    given: list[tuple[str, str | None, Channel]], chance: Any
) -> None:
    """Places are given back: every message leaves once, with addresses that cannot be read, too."""
    turns, under_way, left = Turns(), list[Row](), list[UUID]()
    turns.offer(
        [
            row(number, party, channel=channel, webhook_url=url and f"https://{url}/")
            for number, (party, url, channel) in enumerate(given)
        ]
    )
    while under_way or not turns.is_empty():
        under_way += taken(turns)
        lanes = Counter((one["party"], one["channel"]) for one in under_way)
        assert not lanes or max(lanes.values()) <= PER_PARTY
        ended = under_way.pop(chance.randrange(len(under_way)))
        left.append(ended["delivery_id"])
        turns.done(ended)
    assert sorted(left) == [UUID(int=number) for number in range(len(given))]
