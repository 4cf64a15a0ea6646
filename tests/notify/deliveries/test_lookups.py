"""A name server that does not answer costs the party whose name it is, and nobody else."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.notify.deliveries.lookups import PER_ASKER, Lookups, TooManyLookups
from services.notify.deliveries.mail import MailAdapter
from services.notify.deliveries.messages import DeliveryResult, NotTried
from shared.testing.waiting import eventually
from tests.notify.deliveries.test_channels import CARRIER, LETTER, NOW
from tests.notify.mailserver import mail_server
from tests.notify.receiver import receiving

SILENT = "silent.example"
"""A name whose server does not answer while the gate is shut."""


class Gate:
    """Stops look-ups of one name."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.waiting = 0
        self.real = socket.getaddrinfo

    def getaddrinfo(self, host: Any, *args: Any, **named: Any) -> Any:
        if str(host).endswith(SILENT):
            self.waiting += 1
            self.open.wait()
            host = "127.0.0.1"
        return self.real(host, *args, **named)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate()
    monkeypatch.setattr(socket, "getaddrinfo", made.getaddrinfo)
    yield made
    made.open.set()


async def test_silent_names_of_many_parties_hold_up_no_other(gate: Gate) -> None:
    """With forty look-ups that do not end, another party's webhook and a mail leave."""
    adapter = replace(CARRIER, parties={"office": {f"p{n}" for n in range(40)} | {LETTER.party}})
    async with receiving() as receiver, mail_server() as server:
        letters = [
            replace(LETTER, party=f"p{n}", webhook_url=f"http://{n}.{SILENT}:{receiver.port}/")
            for n in range(40)
        ]
        held = [asyncio.create_task(adapter.send(one, NOW)) for one in letters]
        await eventually(lambda: gate.waiting == len(held))
        sent = await adapter.send(replace(LETTER, webhook_url=f"http://localhost:{receiver.port}/"), NOW)
        mailed = await MailAdapter("localhost", server.port, "guanai@example.org").send(LETTER, NOW)
        assert (sent.delivered, mailed.delivered) == (True, True)
        assert len(receiver.got) == 1
        assert not any(one.done() for one in held)
        gate.open.set()
        await asyncio.gather(*held)
    await eventually(lambda: not adapter.lookups._running)


async def test_a_party_whose_look_ups_do_not_end_has_tried_nothing(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its next message waits; that is no attempt. Once they have ended, it leaves."""
    monkeypatch.setattr("services.notify.deliveries.webhook.TIMEOUT", 0.05)
    async with receiving() as receiver:
        for n in range(PER_ASKER):
            url = f"http://{n}.{SILENT}:{receiver.port}/"
            assert not (await CARRIER.send(replace(LETTER, webhook_url=url), NOW)).delivered
        url = f"http://last.{SILENT}:{receiver.port}/"
        with pytest.raises(NotTried):
            await CARRIER.send(replace(LETTER, webhook_url=url), NOW)
        gate.open.set()
        monkeypatch.undo()
        await eventually(lambda: not CARRIER.lookups._running)
        sent: DeliveryResult = await CARRIER.send(replace(LETTER, webhook_url=receiver.url), NOW)
    assert sent.delivered


async def test_who_asks_for_the_same_waits_for_one_look_up() -> None:
    """The mail server's name is looked up once for all mails that leave together."""
    lookups, gate, done = Lookups(), threading.Event(), list[int]()

    def work() -> int:
        gate.wait()
        done.append(1)
        return 7

    waiting = [asyncio.create_task(lookups.run("mail", "host", work)) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    gate.set()
    assert await asyncio.gather(*waiting[1:]) == [7] * 4
    assert done == [1]


async def test_an_error_of_a_look_up_is_its_askers() -> None:
    """It is raised where the answer is waited for; the next look-up is a new one."""
    lookups = Lookups()

    def fail() -> None:
        raise OSError("no such name")

    for _ in range(PER_ASKER + 1):
        with pytest.raises(OSError, match="no such name"):
            await lookups.run("a", "x", fail)


async def test_without_a_thread_nothing_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has no thread left now may have one later."""

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(TooManyLookups):
        await Lookups().run("a", "x", lambda: None)
