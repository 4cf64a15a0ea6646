"""What comes over the bus is taken where it is the source's own, in whatever pieces it arrives."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from nats.aio.msg import Msg

from shared.envelopes import encode_envelope
from shared.keys import KeyFile
from shared.messages import Recorded
from shared.projections.incoming import Incoming
from shared.seals import SEAL, Sealer, Seals
from shared.tokens import key_of_seed, new_key, public_keys
from tests.shared.projections.shelf import Added, World, item

KEY = key_of_seed(b"s" * 32, "stock")


@pytest.fixture
def incoming(tmp_path: Path) -> Incoming:
    keys = tmp_path / "services.jwks"
    keys.write_text(public_keys([KEY]))
    return Incoming("stock", Seals(KeyFile(keys)))


@pytest.fixture
def events() -> list[Recorded]:
    world = World()
    return [world.happen(Added(item_id=item(number), name="n")) for number in range(6)]


def message(
    event: Recorded, headers: dict[str, str] | None = None, *, sequence: int | None = None, pending: int = 0
) -> Msg:
    place = sequence or event.position
    reply = f"$JS.ACK.CARE_STOCK.loans.1.{place}.{place}.1700000000000000000.{pending}"
    return Msg(cast("Any", None), data=encode_envelope(event), reply=reply, headers=headers)


def batch(events: Sequence[Recorded], sealer: Sealer | None = None) -> list[Msg]:
    """As the relay publishes them: the last one bears the seal."""
    sealer = sealer or Sealer("stock", KEY)
    seal = sealer.seal(events[0].position, map(encode_envelope, events))
    left = len(events) - 1
    messages = [message(event, pending=left - index) for index, event in enumerate(events[:-1])]
    return [*messages, message(events[-1], {SEAL: seal})]


def test_a_sealed_batch_is_taken(incoming: Incoming, events: list[Recorded]) -> None:
    """All of it, up to its last message."""
    messages = batch(events)
    sifted = incoming.sift(messages)
    assert (sifted.events, sifted.last, sifted.doubtful) == (events, messages[-1], None)


@pytest.mark.parametrize("cut", range(1, 6))
def test_a_batch_may_come_in_two_pieces(incoming: Incoming, events: list[Recorded], cut: int) -> None:
    """Its first messages are held until its seal has come."""
    messages = batch(events)
    first, second = incoming.sift(messages[:cut]), incoming.sift(messages[cut:])
    assert (first.events, first.last, first.doubtful) == ([], None, None)
    assert (second.events, second.last) == (events, messages[-1])


def test_several_batches_come_together(incoming: Incoming, events: list[Recorded]) -> None:
    """Each with its own seal."""
    sifted = incoming.sift([*batch(events[:2]), *batch(events[2:3]), *batch(events[3:])])
    assert (sifted.events, sifted.doubtful) == (events, None)


def test_what_comes_again_is_taken_again(incoming: Incoming, events: list[Recorded]) -> None:
    """A batch whose first messages came once before, without the rest, is known when all of it comes."""
    messages = batch(events)
    incoming.sift(messages[:3])
    assert incoming.sift(messages).events == events


def test_what_was_cut_apart_is_doubtful(incoming: Incoming, events: list[Recorded]) -> None:
    """Without its beginning or its middle no batch can be known by its seal: the log is asked."""
    for messages in (batch(events)[1:], [*batch(events)[:2], *batch(events)[3:]]):
        sifted = incoming.sift(messages)
        assert (sifted.events, sifted.last) == ([], None)
        assert sifted.doubtful is not None


def _unsealed(event: Recorded) -> Msg:
    return message(event)


def _under_anothers_seal(event: Recorded) -> Msg:
    return batch([event], Sealer("stock", new_key()))[0]


def _elsewhere(event: Recorded) -> Msg:
    (genuine,) = batch([event])
    return message(event, genuine.headers, sequence=event.position + 1)


def _under_the_seal_of_a_genuine_one(event: Recorded) -> Msg:
    (genuine,) = batch([event])
    return message(dataclasses.replace(event, event_id=uuid4()), genuine.headers)


def _of_another_service(event: Recorded) -> Msg:
    return message(dataclasses.replace(event, service="loans"))


def _no_envelope(event: Recorded) -> Msg:
    forged = message(event)
    forged.data = b'{"type":"io.nats.jetstream.api.v1.account_info_response"}'
    return forged


FORGED = [
    _unsealed,
    _under_anothers_seal,
    _elsewhere,
    _under_the_seal_of_a_genuine_one,
    _of_another_service,
    _no_envelope,
]


@pytest.mark.parametrize("forge", FORGED)
def test_what_is_not_the_sources_own_is_doubtful(
    incoming: Incoming, events: list[Recorded], forge: Any
) -> None:
    """It is not taken; what comes before and after it, sealed, is."""
    before, after = batch(events[:2]), batch(events[3:])
    sifted = incoming.sift([*before, forge(events[2]), *after])
    assert [event.position for event in sifted.events] == [1, 2, 4, 5, 6]
    assert sifted.doubtful is not None
    assert sifted.doubtful[0] in {3, 4}


@pytest.mark.parametrize("forge", [_elsewhere, _of_another_service, _no_envelope])
def test_without_seals_a_message_must_fit_its_place(events: list[Recorded], forge: Any) -> None:
    """On a bus without seals what says of itself that it is another's, or belongs elsewhere, is not taken."""
    sifted = Incoming("stock", None).sift([message(events[0]), forge(events[1]), message(events[2])])
    assert [event.position for event in sifted.events] == [1, 3]
    assert sifted.doubtful is not None
