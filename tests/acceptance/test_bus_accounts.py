"""What a service cannot do on the bus, tried with a real nats-server on the accounts of the product.

Each trick is tried with a service's own password, and with that of the user who may do everything in its
account: what holds then is held by the account, not by the list of what a service may publish.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import nats as nats_client
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig

from guanai.bus import bus_accounts, deployer
from guanai.secrets import Secrets
from guanai.stack import FOLLOWS, SERVICES, TICKED, followers
from services.notify.wiring import NOTIFY
from services.pairing.wiring import PAIRING
from services.registry.wiring import REGISTRY
from services.reporting.wiring import REPORTING
from shared.bus.connection import (
    TICK_STREAM,
    Bus,
    consumer_config,
    ensure_readers,
    ensure_streams,
    events_of,
    inbox_of,
    remove_streams,
    stream_name,
    their_api,
)
from shared.bus.pull import JetStreamPull
from shared.embedded import EmbeddedNats, free_port
from shared.projections.incoming import is_announced
from shared.service import ServiceDefinition
from shared.testing.waiting import PATIENCE
from shared.withholding import unknown

SETTLE = 0.15
"""Seconds in which a trick that works has shown itself many times over."""
VICTIM, INTRUDER = "registry", "pairing"
EVIL = f"care.{VICTIM}.339901101.mentor.admitted"
THEIRS, OWN = stream_name(VICTIM), stream_name(INTRUDER)


@dataclass(frozen=True)
class Trick:
    """One message, and where its answer is wanted."""

    subject: str
    asks: Any = b""
    reply: str = EVIL
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> bytes:
        return self.asks if isinstance(self.asks, bytes) else json.dumps(self.asks).encode()


def _stream(name: str, **settings: Any) -> Trick:
    return Trick(f"$JS.API.STREAM.CREATE.{name}", {"name": name, "storage": "memory", **settings})


def _consumer(api: str, stream: str, name: str, **settings: Any) -> Trick:
    config = {"name": name, "durable_name": name, "ack_policy": "none", **settings}
    return Trick(
        f"{api}.CONSUMER.CREATE.{stream}.{name}", {"stream_name": stream, "config": config, "action": ""}
    )


JS, IMPORTED = "$JS.API", their_api(VICTIM)
ONE = {"batch": 1, "no_wait": True}
EXTERNAL = {"name": THEIRS, "external": {"api": IMPORTED, "deliver": EVIL}}
TRICKS = {
    "publish": Trick(EVIL, b"{}"),
    "direct get of its own, answered there": Trick(f"{JS}.DIRECT.GET.{OWN}", {"seq": 1}),
    "direct get of theirs": Trick(f"{JS}.DIRECT.GET.{THEIRS}", {"seq": 1}),
    "message get of its own, answered there": Trick(f"{JS}.STREAM.MSG.GET.{OWN}", {"seq": 1}),
    "message get of theirs": Trick(f"{JS}.STREAM.MSG.GET.{THEIRS}", {"seq": 1}),
    "next of its own, answered there": Trick(f"{JS}.CONSUMER.MSG.NEXT.{OWN}.{INTRUDER}", ONE),
    "next of theirs, answered there": Trick(f"{IMPORTED}.CONSUMER.MSG.NEXT.{THEIRS}.{INTRUDER}", ONE),
    "next of another follower": Trick(f"{IMPORTED}.CONSUMER.MSG.NEXT.{THEIRS}.notify", ONE),
    "next of another follower, unprefixed": Trick(f"{JS}.CONSUMER.MSG.NEXT.{THEIRS}.notify", ONE),
    "consumer info, answered there": Trick(f"{IMPORTED}.CONSUMER.INFO.{THEIRS}.{INTRUDER}"),
    "account info, answered there": Trick(f"{JS}.INFO"),
    "account info of theirs": Trick(f"{IMPORTED}.INFO"),
    "stream names, answered there": Trick(f"{JS}.STREAM.NAMES"),
    "stream info of theirs": Trick(f"{IMPORTED}.STREAM.INFO.{THEIRS}"),
    "acknowledgement with a next, answered there": Trick(
        f"$JS.ACK.{THEIRS}.{INTRUDER}.1.1.1.1700000000000000000.0", b"+NXT"
    ),
    "acknowledgement, answered there": Trick(
        f"$JS.ACK.{THEIRS}.{INTRUDER}.1.1.1.1700000000000000000.0", b"-NAK"
    ),
    "acknowledgement for another follower": Trick(
        f"$JS.ACK.{THEIRS}.notify.1.3.3.1700000000000000000.0", b"+ACK"
    ),
    "push consumer on its own, delivering there": _consumer(JS, OWN, "push", deliver_subject=EVIL),
    "push consumer on theirs": _consumer(JS, THEIRS, INTRUDER, deliver_subject=EVIL),
    "push consumer on theirs, imported": _consumer(IMPORTED, THEIRS, INTRUDER, deliver_subject=EVIL),
    "pull consumer on theirs, imported": _consumer(IMPORTED, THEIRS, "spy"),
    "stream that takes their subjects": _stream("SPY", subjects=[f"care.{VICTIM}.>"]),
    "stream that republishes there": _stream("ECHO", sources=[{"name": OWN}], republish={"dest": EVIL}),
    "stream that sources theirs": _stream("SPY2", sources=[EXTERNAL]),
    "stream that mirrors theirs": _stream("SPY3", mirror=EXTERNAL),
    "another setting of theirs": Trick(
        f"{JS}.STREAM.UPDATE.{THEIRS}", {"name": THEIRS, "subjects": ["care.>"], "max_msgs": 1}
    ),
    "purge of theirs": Trick(f"{JS}.STREAM.PURGE.{THEIRS}"),
    "purge of theirs, imported": Trick(f"{IMPORTED}.STREAM.PURGE.{THEIRS}"),
    "deletion of theirs": Trick(f"{JS}.STREAM.DELETE.{THEIRS}"),
    "deletion of theirs, imported": Trick(f"{IMPORTED}.STREAM.DELETE.{THEIRS}"),
    "deletion of a message of theirs": Trick(f"{JS}.STREAM.MSG.DELETE.{THEIRS}", {"seq": 1}),
    "deletion of another's consumer": Trick(f"{IMPORTED}.CONSUMER.DELETE.{THEIRS}.notify"),
    "snapshot of theirs": Trick(f"{JS}.STREAM.SNAPSHOT.{THEIRS}", {"deliver_subject": EVIL}),
    "trace of a question, sent there": Trick(
        f"{IMPORTED}.CONSUMER.INFO.{THEIRS}.{INTRUDER}", headers={"Nats-Trace-Dest": EVIL}
    ),
    "trace of an acknowledgement, sent there": Trick(
        f"$JS.ACK.{THEIRS}.{INTRUDER}.1.1.1.1700000000000000000.0",
        b"+ACK",
        headers={"Nats-Trace-Dest": EVIL},
    ),
    "tick that goes there": Trick(
        "care.tick.schedule", headers={"Nats-Schedule": "@every 1s", "Nats-Schedule-Target": EVIL}
    ),
    "poke": Trick(f"care.poke.{VICTIM}"),
    "connections of theirs": Trick(f"$SYS.REQ.ACCOUNT.{VICTIM}.CONNZ"),
    "connections of all": Trick("$SYS.REQ.SERVER.PING.CONNZ"),
    "who is there": Trick("$SRV.PING"),
}


@dataclass
class Servers:
    """A nats-server with the product's accounts, and ways in."""

    nats: EmbeddedNats
    secrets: Secrets
    open: list[Client] = field(default_factory=list)

    async def enter(self, service: str, *, fully: bool = False) -> Client:
        """As a service; `fully` = as the user who may do everything in its account."""
        given = deployer(service, self.secrets.bus)
        if not fully:
            given = {"user": service, "password": self.secrets.bus[service]}
        client = await nats_client.connect(
            self.nats.url, inbox_prefix=inbox_of(service).encode(), error_cb=_ignored, **given
        )
        self.open.append(client)
        return client


async def _ignored(_: Exception) -> None:
    """A refusal is told to the client as an error in the background."""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedNats, Secrets]]:
    secrets = Secrets.make()
    server = EmbeddedNats(tmp_path_factory.mktemp("nats"), free_port(), bus_accounts(secrets.bus), sync=False)
    server.start()
    yield server, secrets
    server.kill()


@pytest.fixture
async def servers(guarded: tuple[EmbeddedNats, Secrets]) -> AsyncIterator[Servers]:
    """Every service's streams, and three messages on those of victim and intruder."""
    server, secrets = guarded
    for service in SERVICES:
        account = deployer(service, secrets.bus)
        await remove_streams(server.url, (service,), **account)
        await ensure_streams(server.url, (service,), **account)
        client = await nats_client.connect(server.url, **account)
        await ensure_readers(client.jetstream(), service, dict.fromkeys(followers(service), True))
        await client.close()
    servers = Servers(server, secrets)
    for service in (VICTIM, INTRUDER):
        jetstream = (await servers.enter(service)).jetstream()
        for number in range(3):
            await jetstream.publish(f"care.{service}.339901101.child.registered", b"%d" % number)
    yield servers
    for client in servers.open:
        await client.close()


async def _stand(jetstream: JetStreamContext) -> object:
    """All of a service's account that a trespass could change, but the ticking clock."""
    info = await jetstream.stream_info(THEIRS)
    consumers = await jetstream.consumers_info(THEIRS)
    told = [
        (one.name, one.config, one.ack_floor and one.ack_floor.stream_seq)
        for one in sorted(consumers, key=lambda one: one.name)
    ]
    names = sorted(str(one.config.name) for one in await jetstream.streams_info())
    return info.config, info.state.messages, info.state.last_seq, info.state.first_seq, names, told


@pytest.mark.parametrize("fully", [False, True], ids=["as the service", "as its account"])
@pytest.mark.parametrize("what", TRICKS)
async def test_nothing_reaches_anothers_account(servers: Servers, what: str, fully: bool) -> None:
    """No trick writes to another service's stream, changes anything there, or is heard there."""
    trick, heard = TRICKS[what], []
    victim, intruder = await servers.enter(VICTIM, fully=True), await servers.enter(INTRUDER, fully=fully)
    jetstream = victim.jetstream()
    before = await _stand(jetstream)

    async def hear(message: Any) -> None:
        heard.append(message.subject)

    await victim.subscribe("care.>", cb=hear)
    await victim.flush()
    await intruder.publish(trick.subject, trick.payload, trick.reply, headers=trick.headers or None)
    await intruder.flush()
    await asyncio.sleep(SETTLE)
    assert [subject for subject in heard if not subject.startswith("care.tick")] == []
    assert await _stand(jetstream) == before


@pytest.mark.parametrize("fully", [False, True], ids=["as the service", "as its account"])
@pytest.mark.parametrize("subject", [">", f"{inbox_of(VICTIM)}.>", "_INBOX.>", f"care.{VICTIM}.>", "$JS.>"])
async def test_nobody_hears_anothers_answers(servers: Servers, subject: str, fully: bool) -> None:
    """Neither the answers that a service gets nor its events are heard in another account."""
    intruder, heard = await servers.enter(INTRUDER, fully=fully), []

    async def hear(message: Any) -> None:
        heard.append(message.subject)

    await intruder.subscribe(subject, cb=hear)
    await intruder.flush()
    jetstream = (await servers.enter(VICTIM)).jetstream()
    await jetstream.publish("care.registry.339901101.child.registered", b"{}")
    await jetstream.stream_info(THEIRS)
    await asyncio.sleep(SETTLE)
    assert [one for one in heard if "registry" in one.lower()] == []


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_has_what_it_needs(servers: Servers, service: str) -> None:
    """It follows its sources, publishes, makes its stream again with its readers' consumers, and ticks."""
    for source in FOLLOWS[service]:
        publisher = (await servers.enter(source)).jetstream()
        await publisher.publish(f"care.{source}.339901101.thing.happened", b"{}")
        client = await servers.enter(service)
        pull = await JetStreamPull.open(client, stream_name(source), service, api=their_api(source))
        (*_, last) = await pull.fetch(1000, PATIENCE)
        assert last.subject == f"care.{source}.339901101.thing.happened"
        await last.ack_sync(PATIENCE)
        info = await client.jetstream(prefix=their_api(source)).consumer_info(stream_name(source), service)
        assert (info.num_pending, info.num_ack_pending) == (0, 0)
    bus = Bus(
        servers.nats.url,
        user=service,
        password=servers.secrets.bus[service],
        account=service,
        inbox_prefix=inbox_of(service),
    )
    await bus.start()
    await bus.jetstream.delete_stream(stream_name(service))
    await ensure_streams(
        servers.nats.url,
        (service,),
        tick=service in TICKED,
        user=service,
        password=servers.secrets.bus[service],
        inbox_prefix=inbox_of(service).encode(),
    )
    await ensure_readers(bus.jetstream, service, dict.fromkeys(followers(service), True))
    await bus.jetstream.publish(f"care.{service}.339901101.thing.happened", b"{}")
    if service in TICKED:
        await bus.jetstream.add_consumer(TICK_STREAM, ConsumerConfig(name=service, durable_name=service))
        ticks = await JetStreamPull.open(bus.client, TICK_STREAM, service)
        assert await ticks.fetch(1, PATIENCE)
    await bus.stop()


async def test_who_may_not_read_all_hears_that_there_is_something(servers: Servers) -> None:
    """Its consumer gives out no payload, whatever it asks for; what may be read of it is in the log."""
    source = (await servers.enter(VICTIM)).jetstream()
    await ensure_readers(source, VICTIM, {INTRUDER: False})
    client = await servers.enter(INTRUDER)
    pull = await JetStreamPull.open(client, THEIRS, INTRUDER, api=their_api(VICTIM))
    messages = await pull.fetch(1000, PATIENCE)
    assert [one.metadata.sequence.stream for one in messages] == [1, 2, 3]
    assert all(not one.data and is_announced(one) for one in messages)
    await ensure_readers(source, VICTIM, {INTRUDER: True})
    assert (await source.consumer_info(THEIRS, INTRUDER)).config.headers_only is not True


async def test_a_lost_consumer_is_made_by_its_source_alone(servers: Servers) -> None:
    """Who follows cannot make its consumer, only wait for the one whose stream it is."""
    client = await servers.enter(INTRUDER)
    jetstream = client.jetstream(prefix=their_api(VICTIM), timeout=0.5)
    await (await servers.enter(VICTIM)).jetstream().delete_consumer(THEIRS, INTRUDER)
    with pytest.raises(NatsError):
        await jetstream.add_consumer(THEIRS, consumer_config(INTRUDER, events_of(VICTIM)))
    await ensure_readers((await servers.enter(VICTIM)).jetstream(), VICTIM, {INTRUDER: True})
    assert (await jetstream.consumer_info(THEIRS, INTRUDER)).num_pending == 3


DEFINITIONS = (REGISTRY, PAIRING, NOTIFY, REPORTING)
EVENTS_OF = {definition.name: definition.types for definition in DEFINITIONS}


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda one: one.name)
def test_the_accounts_are_those_that_the_services_need(definition: ServiceDefinition) -> None:
    """Who follows whom, and who needs a tick, is what the services are made of: no more and no less."""
    followed = [one.sources for one in definition.all_projections()]
    followed += [one.sources for one in definition.reactions]
    sources = {types.service for types in chain.from_iterable(followed)}
    assert sources - {definition.name} == set(FOLLOWS[definition.name])
    for source, reads in FOLLOWS[definition.name].items():
        types, declared = EVENTS_OF[source], definition.reads[source]
        assert not unknown(types, reads)
        assert {*reads} == {*declared} - unknown(types, declared)
    assert bool(definition.sweeps) == (definition.name in TICKED)


def test_streams_from_before_there_were_accounts_are_removed(tmp_path: Path) -> None:
    """An older home's streams, which nobody reaches any more, take no room on its disk."""
    data, port = tmp_path / "nats", free_port()
    older = EmbeddedNats(data, port, sync=False)
    older.start()
    asyncio.run(ensure_streams(older.url, tuple(SERVICES)))
    older.stop()
    assert list(data.rglob(THEIRS))
    secrets = Secrets.make()
    newer = EmbeddedNats(data, port, bus_accounts(secrets.bus), sync=False)
    newer.start()
    assert not list(data.rglob(THEIRS))
    asyncio.run(ensure_streams(newer.url, (VICTIM,), **deployer(VICTIM, secrets.bus)))
    newer.restart()
    assert len(list(data.rglob(THEIRS))) == 1
    newer.kill()
