"""Whatever befalls relay or stream, the stream ends up equal to the log, or a person is told."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import orjson
import pytest
from nats.js.api import Header

from shared.bus.connection import ensure_stream, stream_config, stream_name
from shared.bus.publishing import StreamElsewhere, publishable_prefix
from shared.envelopes import Wire
from shared.eventlog import relay
from shared.seals import SEAL, Sealer
from shared.testing.eventlog_contract import command, noting
from shared.tokens import new_key

SERVICE = "registry"
World = Any  # the fixture's class lives in conftest.py, which is not importable


async def test_the_stream_equals_the_log(world: World) -> None:
    """Every event stands on the stream once, its sequence being its position."""
    await world.replica()
    await world.write(1)
    await world.write(1500)
    await world.write(1)
    await world.relayed()
    assert world.replicas[0].relay.status().backlog == 0


async def test_what_was_written_before_the_start_is_relayed(world: World) -> None:
    """Events that were written while no relay ran are published when one starts."""
    replica = await world.replica(relaying=False)
    await world.write(30)
    replica.relay_on()
    await world.relayed()


async def test_killed_between_publishing_and_cursor(world: World) -> None:
    """A relay that died after the server's answer and before moving its cursor publishes nothing twice."""
    replica = await world.replica(relaying=False)
    await world.write(50)
    await replica.publish(await replica.log.read_wire(0, 20))
    await replica.publish(await replica.log.read_wire(20, 1))
    replica.relay_on()
    await world.relayed()


@pytest.mark.parametrize("remembered", [True, False])
@pytest.mark.parametrize("count", [1, 5])
async def test_a_stale_relay_is_refused(world: World, count: int, remembered: bool) -> None:
    """A second publisher that believes in an old position changes nothing.

    Nor does it when the server no longer remembers the events' ids (its duplicate window is two minutes).
    """
    replica = await world.replica()
    await world.write(20)
    await world.relayed()
    events = await replica.log.read_wire(10, count)
    if not remembered:
        events = [dataclasses.replace(event, event_id=str(uuid4())) for event in events]
    with pytest.raises(StreamElsewhere):
        await replica.publish(events)
    await world.relayed()


async def test_a_second_replica_stands_by_and_takes_over(world: World) -> None:
    """One relay works at a time; when it goes, the other takes over where it was."""
    first, second = await world.replica(), await world.replica(relaying=False)
    await world.until(lambda status: status.active)
    second.relay_on()
    await world.write(10, by=second)
    await world.relayed()
    assert not second.relay.status().active
    await first.relay_off()
    await world.write(10, by=first)
    await world.relayed()
    assert second.relay.status().active


async def test_a_relay_that_loses_its_lock_steps_back(world: World) -> None:
    """When the connection with the lock is cut, one relay goes on and nothing is published twice."""
    await world.replica()
    await world.replica()
    await world.write(10)
    await world.relayed()
    for _ in range(3):
        await world.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        await world.write(200)
        await world.relayed()
    assert [replica.relay.status().active for replica in world.replicas].count(True) == 1


async def test_a_stream_that_lags_is_filled_up(world: World) -> None:
    """A stream restored from an older copy, behind the cursor, gets the missing events from the log."""
    replica = await world.replica()
    await world.write(40)
    await world.relayed()
    await replica.relay_off()
    await replica.bus.jetstream.delete_stream(stream_name(SERVICE))
    await ensure_stream(replica.bus.jetstream, stream_config(SERVICE))
    await replica.publish(await replica.log.read_wire(0, 25))
    replica.relay_on()
    await world.relayed()


@pytest.mark.parametrize("writing", [True, False])
async def test_a_lost_stream_is_made_anew(world: World, writing: bool) -> None:
    """A stream that disappears is made again and filled from the first event, even when nobody writes."""
    replica = await world.replica()
    await world.write(40)
    await world.relayed()
    await replica.bus.jetstream.delete_stream(stream_name(SERVICE))
    if writing:
        await world.write(2)
    else:
        await world.until(lambda status: status.last_error is not None or status.published == 0)
    await world.relayed()
    info = await replica.bus.jetstream.stream_info(stream_name(SERVICE))
    assert (info.config.allow_atomic, info.config.deny_purge) == (True, True)


async def test_a_stream_ahead_of_the_log_is_not_touched(world: World) -> None:
    """After PostgreSQL was restored from an older backup the relay refuses and says the way out.

    What bears the service's own seal may be the only trace of what the backup lacks.
    """
    replica = await world.replica()
    await world.write(10)
    await world.relayed()
    await replica.relay_off()
    (event,) = await replica.log.read_wire(9)
    lost = dataclasses.replace(event, position=11, event_id=str(uuid4()))
    await replica.publish([lost])
    replica.relay_on()
    status = await world.until(lambda status: status.last_error is not None)
    assert "ahead of the log (11 > 10)" in str(status.last_error)
    assert f"delete {stream_name(SERVICE)}" in str(status.last_error)
    await world.write(3)  # the log has grown past the stream, with another history
    status = await world.until(lambda status: "is not the log's event" in str(status.last_error))
    assert not status.active
    await replica.bus.jetstream.delete_stream(stream_name(SERVICE))
    await world.relayed()
    assert replica.relay.status().last_error is None


def _forged(event: Wire) -> tuple[bytes, dict[str, str]]:
    """An envelope with an event of one's choice, as it would stand at the next position."""
    envelope = orjson.loads(event.envelope)
    forged = {**envelope, "position": event.position + 1, "event_id": str(uuid4())}
    return orjson.dumps(forged), {Header.MSG_ID.value: forged["event_id"]}


def _unsealed(event: Wire, _: Sealer) -> tuple[bytes, dict[str, str]]:
    return _forged(event)


def _under_anothers_seal(event: Wire, _: Sealer) -> tuple[bytes, dict[str, str]]:
    envelope, headers = _forged(event)
    return envelope, {**headers, SEAL: Sealer(SERVICE, new_key()).seal(event.position + 1, [envelope])}


def _a_copy(event: Wire, sealer: Sealer) -> tuple[bytes, dict[str, str]]:
    """The last message again, with all that made it genuine at its own place but its id."""
    seal = sealer.seal(event.position, [event.envelope])
    return event.envelope, {Header.MSG_ID.value: str(uuid4()), SEAL: seal}


def _an_answer(_: Wire, __: Sealer) -> tuple[bytes, dict[str, str]]:
    """What JetStream answers to somebody who has it answer into the stream."""
    return b'{"type":"io.nats.jetstream.api.v1.account_info_response"}', {}


@pytest.mark.parametrize("idle", [True, False])
@pytest.mark.parametrize("made", [_unsealed, _under_anothers_seal, _a_copy, _an_answer])
async def test_a_foreign_message_is_got_rid_of(
    world: World,
    made: Callable[[Wire, Sealer], tuple[bytes, dict[str, str]]],
    idle: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The relay counts what somebody else has written to its stream, makes it again, and goes on."""
    monkeypatch.setattr(relay, "LOOK_SECONDS", 0.0)
    replica = await world.replica()
    await world.write(10)
    await world.relayed()
    (event,) = await replica.log.read_wire(9)
    payload, headers = made(event, world.sealer)
    await replica.bus.jetstream.publish("care.registry.1.child.opened", payload, headers=headers)
    if not idle:
        await world.write(3)
    await world.until(lambda status: status.foreign == 1)
    await world.write(1)
    await world.relayed()
    assert replica.relay.status().last_error is None


async def test_a_foreign_message_under_a_genuine_one_is_found(world: World) -> None:
    """The stream is made again where a copy of the log's next event was put on top of it, too."""
    replica = await world.replica()
    await world.write(10)
    await world.relayed()
    await replica.relay_off()
    await world.write(2)
    await replica.bus.jetstream.publish("care.registry.1.child.opened", b"{}")
    await replica.publish(await replica.log.read_wire(11))
    replica.relay_on()
    await world.until(lambda status: status.foreign == 1)
    await world.relayed()


async def test_large_events_go_in_several_batches(world: World) -> None:
    """A run of events too large for one batch is cut; nothing is left out."""
    replica = await world.replica()
    await replica.log.append_many([command(noting(uuid4(), "字" * 150_000)) for _ in range(15)])
    assert 1 < len(publishable_prefix(await replica.log.read_wire(0))) < 15
    await world.relayed()
