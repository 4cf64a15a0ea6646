"""Whatever a receiver answers, and whatever befalls the record of it, concerns that one message."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.notify.deliveries.api import DeliveryState, DeliveryView
from services.notify.deliveries.mail import MailAdapter
from services.notify.deliveries.messages import DeliveryResult, OutgoingMessage, legible
from services.notify.deliveries.rules import MAX_ATTEMPTS, RecordAttempt
from services.notify.deliveries.sender import Sender, keep_sending, send_pending
from services.notify.deliveries.turns import PER_PARTY
from services.notify.terms import Channel
from services.registry import events as registry
from shared.commands import CommandHandler, Context, Decision, TooMuchContention
from shared.eventlog.records import Appended, LogUnavailable
from shared.http.state import service_state
from shared.runtime import Runtime
from shared.testing.waiting import eventually
from tests.notify.conftest import county
from tests.notify.county import TOWNSHIP, VILLAGE, County
from tests.notify.mailserver import MailServer, mail_server
from tests.notify.test_alone import OTHER, execute, mailbox

__all__ = ["county"]

OURS, THEIRS = f"village:{VILLAGE}", f"village:{OTHER}"


async def reported(county: County, *villages: str) -> None:
    """One danger report in each village, which has a mailbox; the service's own workers are at rest."""
    await county.service.runtime.tasks.stop()
    for village in villages:
        await execute(
            county, "DELETE FROM addresses.addresses WHERE party = :party", party=f"village:{village}"
        )
        await mailbox(county, village, f"office@v{village}.cn")
        await reported_by(county, village)


async def reported_by(county: County, village: str) -> None:
    theirs = {"division": village, "raised_by": f"village:{village}"}
    await county.publish(county.reported().model_copy(update=theirs), division=village)


def mails(server: MailServer) -> dict[Channel, Any]:
    return {Channel.EMAIL: MailAdapter("127.0.0.1", server.port, "guanai@example.cn")}


async def deliveries(county: County, state: DeliveryState | None = None) -> list[DeliveryView]:
    """The village's, all or those in a state."""
    await county.settled()
    return list((await county.village.list_deliveries(limit=100, state=state)).items)


# -- answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("250 已接收".encode("gb18030"), DeliveryState.DELIVERED),
        ("554 邮件被拒绝".encode("gb18030"), DeliveryState.PENDING),
        (b"250 a\x00b\x1b[2J", DeliveryState.DELIVERED),
        (b"250 \xff\xfe", DeliveryState.DELIVERED),
    ],
)
async def test_a_mail_servers_words_are_taken_whatever_their_bytes(
    county: County, answer: bytes, state: DeliveryState
) -> None:
    """GBK, NUL and control characters: the mail leaves once, and one attempt is recorded."""
    await reported(county, VILLAGE)
    async with mail_server() as server:
        server.answer = answer
        for _ in range(3):
            await send_pending(county.service.runtime, mails(server), "", urgent=True)
            await county.settled()
    assert len(server.got) == 1
    (sent,) = await deliveries(county)
    assert (sent.attempts, sent.state) == (1, state)


class Parrot:
    """A carrier that records what it was answered."""

    def __init__(self, answer: str) -> None:
        self.answer = answer

    async def send(self, *_: object) -> DeliveryResult:
        return DeliveryResult(delivered=True, answer=self.answer)


@pytest.mark.parametrize("answer", ["\udcd2\udcd1", "a\0b", "\ud800", "x" * 10_000, "a\u2028b"])
async def test_whatever_a_carrier_says_can_be_recorded(county: County, answer: str) -> None:
    """Halves of characters, NUL, lines' ends and a book: one attempt is recorded."""
    await reported(county, VILLAGE)
    adapters = dict.fromkeys(Channel, Parrot(answer))
    await send_pending(county.service.runtime, adapters, "", urgent=True)
    (sent,) = await deliveries(county)
    assert (sent.attempts, sent.state) == (1, DeliveryState.DELIVERED)


@given(words=st.binary(max_size=300).map(lambda some: some.replace(b"\r", b"").replace(b"\n", b"")))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_bytes_are_an_answer(county: County, words: bytes) -> None:
    """Of any answer there is one attempt, one mail and nothing that fails."""
    await reported(county, VILLAGE)
    async with mail_server() as server:
        server.answer = b"250 " + words
        for _ in range(2):
            await send_pending(county.service.runtime, mails(server), "", urgent=True)
            await county.settled()
    assert len(server.got) == 1
    assert {one.attempts for one in await deliveries(county)} == {1}


@given(st.text(st.characters(exclude_categories=()), max_size=50))
def test_what_is_kept_of_an_answer_is_one_line_of_text(answer: str) -> None:
    """No character is left that cannot be stored or that moves a terminal's cursor."""
    kept = legible(answer)
    assert kept.isprintable()
    assert kept.encode().decode() == legible(kept) == kept


# -- records -----------------------------------------------------------------------------------------


@dataclass
class Breaking:
    """A command handler that cannot record the attempts of one party."""

    handler: CommandHandler
    party: str
    error: Callable[[], Exception] | None

    @property
    def state(self) -> Any:
        return self.handler.state

    async def handle(self, context: Context, *steps: Decision) -> Appended:
        command = steps[0].command
        if self.error and isinstance(command, RecordAttempt) and command.party == self.party:
            raise self.error()
        return await self.handler.handle(context, *steps)


def breaking(county: County, error: Callable[[], Exception]) -> tuple[Runtime, Breaking]:
    handler = Breaking(county.service.runtime.handler, OURS, error)
    return replace(county.service.runtime, handler=cast("Any", handler)), handler


ERRORS = st.sampled_from(
    [
        *(ValueError, KeyError, AttributeError, RuntimeError, OSError, TimeoutError, UnicodeEncodeError),
        *(TooMuchContention, asyncpg.UntranslatableCharacterError, asyncpg.TooManyConnectionsError),
        *(LogUnavailable, AssertionError),
    ]
)


def _made(error: type[Exception]) -> Exception:
    return error("utf-8", "x", 0, 1, "broken") if error is UnicodeEncodeError else error("broken")


@given(error=ERRORS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_an_attempt_that_cannot_be_recorded_is_set_aside(
    county: County, error: type[Exception]
) -> None:
    """The mail is not repeated, others' go on, it is counted, and recorded as soon as that works again."""
    await reported(county, VILLAGE, OTHER)
    runtime, handler = breaking(county, lambda: _made(error))
    async with mail_server() as server:
        sender = Sender(runtime, mails(server), "", urgent=True)
        for _ in range(3):
            await sender.look(county.clock.now())
            await sender.finished()
            await county.settled()
            county.clock.set(county.clock.now() + timedelta(minutes=2))
        assert sorted(len(recipient) for recipient, _ in server.got) == [len(server.got[0][0])] * 2
        assert [one.tries for one in sender.aside] == [3]
        assert [one.attempts for one in await deliveries(county, DeliveryState.PENDING)] == [0]
        handler.error = None
        await sender.look(county.clock.now())
        await sender.finished()
    assert len(server.got) == 2
    assert not list(sender.aside)
    assert not await deliveries(county, DeliveryState.PENDING)


async def test_what_is_set_aside_is_shown(county: County) -> None:
    """A delivery whose attempt cannot be recorded is counted; the worker itself is well."""
    await reported(county, VILLAGE)
    runtime, _ = breaking(county, lambda: ValueError("broken"))
    async with mail_server() as server:
        runtime.tasks.start("sending", lambda: keep_sending(runtime, mails(server), "", urgent=True))
        await eventually(lambda: bool(runtime.aside) and bool(list(runtime.aside[0])))
        ready = await county.service.http.get("/readyz")
        metrics = (await county.service.http.get("/metrics")).text
        assert (ready.status_code, ready.json()["aside"]) == (200, 1)
        assert "guanai_aside 1.0" in metrics
        assert not runtime.tasks.failing
        await runtime.tasks.stop()
    assert not runtime.aside


async def test_what_could_not_be_recorded_is_not_sent(county: County) -> None:
    """A row that makes no attempt, whatever the answer, would be sent again and again."""
    await reported(county, VILLAGE, OTHER)
    await execute(
        county, "UPDATE deliveries.deliveries SET party = 'nobody' WHERE party = :party", party=OURS
    )
    await execute(county, "UPDATE alerts.recipients SET party = 'nobody' WHERE party = :party", party=OURS)
    await mailbox(county, "", "x@x.cn")
    await execute(county, "UPDATE addresses.addresses SET party = 'nobody' WHERE party = 'village:'")
    async with mail_server() as server:
        sender = Sender(county.service.runtime, mails(server), "", urgent=True)
        await sender.look(county.clock.now())
        await sender.finished()
    assert [recipient for recipient, _ in server.got] == [f"RCPT TO:<office@v{OTHER}.cn>".encode()]
    assert ["ValidationError" in one.error for one in sender.aside] == [True]


# -- what is shown -----------------------------------------------------------------------------------


class Broken:
    """A carrier that fails, or delivers once it is mended."""

    def __init__(self) -> None:
        self.mended = False

    async def send(self, *_: object) -> DeliveryResult:
        if not self.mended:
            raise ValueError("broken")
        return DeliveryResult(delivered=True, answer="ok")


async def shown(county: County) -> tuple[int, list[tuple[str, int, int]]]:
    """What `/readyz` counts as set aside, and what `guanai status` shows of deliveries."""
    http = county.service.http
    ready = (await http.get("/readyz")).json()["aside"]
    assert f"guanai_aside {ready}.0" in (await http.get("/metrics")).text
    found = (await service_state(county.service.runtime)).aside
    return ready, [(one.key, one.records, one.tries) for one in found if one.giver == "deliveries"]


async def test_a_carrier_that_fails_is_shown(county: County) -> None:
    """An urgent mail is tried until it is delivered; until then it is counted, by party and channel."""
    await reported(county, VILLAGE)
    await reported_by(county, VILLAGE)
    adapter = Broken()
    for tries in range(1, 9):
        await send_pending(county.service.runtime, dict.fromkeys(Channel, adapter), "", urgent=True)
        await county.settled()
        assert await shown(county) == (2, [(f"email {OURS}", 2, tries)])
        county.clock.set(county.clock.now() + timedelta(hours=1))
    assert {one.state for one in await deliveries(county)} == {DeliveryState.PENDING}
    adapter.mended = True
    await send_pending(county.service.runtime, dict.fromkeys(Channel, adapter), "", urgent=True)
    await county.settled()
    assert await shown(county) == (0, [])


async def test_what_was_given_up_is_shown_until_somebody_acts(county: County) -> None:
    """A mail that is not urgent ends after six failures; it counts as long as its alert is open."""
    await county.service.runtime.tasks.stop()
    party = f"township:{TOWNSHIP}"
    await mailbox(county, "", "office@example.cn")
    await execute(county, "UPDATE addresses.addresses SET party = :party", party=party)
    child = await county.child()
    await county.publish(registry.DroppedOut(child_id=child, on=county.clock.now().date()))
    for _ in range(MAX_ATTEMPTS):
        await send_pending(county.service.runtime, {Channel.EMAIL: Broken()}, "", urgent=False)
        await county.settled()
        county.clock.set(county.clock.now() + timedelta(hours=5))
    (given_up,) = (await county.township.list_deliveries()).items
    assert given_up.state is DeliveryState.GIVEN_UP
    assert await shown(county) == (1, [(f"email {party}", 1, MAX_ATTEMPTS)])
    assert given_up.alert_id
    alert = await county.township.get_alert(given_up.alert_id)
    await county.township.acknowledge_alert(alert.id, if_match=alert.version)
    await county.settled()
    assert await shown(county) == (0, [])


# -- slowness ----------------------------------------------------------------------------------------


class Tarpit:
    """Takes one party's letters and never lets go of them; others' it delivers."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.held: list[str] = []
        self.delivered: list[str] = []

    async def send(self, outgoing: OutgoingMessage, _: datetime) -> DeliveryResult:
        if outgoing.party == OURS:
            self.held.append(outgoing.party)
            await self.gate.wait()
        self.delivered.append(outgoing.party)
        return DeliveryResult(delivered=True, answer="ok")


async def test_a_slow_receiver_holds_up_nobody_else(county: County) -> None:
    """61 urgent messages wait for a village's tarpit; another village's leaves while two of them are held."""
    await reported(county, VILLAGE, OTHER)
    await county.publish(*(county.reported() for _ in range(60)))
    runtime, tarpit = county.service.runtime, Tarpit()
    adapters = dict.fromkeys(Channel, tarpit)
    runtime.tasks.start("sending", lambda: keep_sending(runtime, adapters, "", urgent=True))
    await eventually(lambda: len(tarpit.held) == PER_PARTY)
    await eventually(lambda: tarpit.delivered == [THEIRS])
    await reported_by(county, OTHER)
    await eventually(lambda: tarpit.delivered == [THEIRS, THEIRS])
    assert len(tarpit.held) == PER_PARTY
    tarpit.gate.set()
    await eventually(lambda: Counter(tarpit.delivered) == {OURS: 61, THEIRS: 2})
    await runtime.tasks.stop()
