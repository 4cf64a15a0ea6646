"""Webhooks and mails against real servers."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import Message as Mail
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MailHandler
from pydantic import SecretStr

from services.notify.deliveries import webhook
from services.notify.deliveries.mail import MailAdapter
from services.notify.deliveries.messages import OutgoingMessage
from services.notify.deliveries.rules import NOT_NOW, REFUSED, TAKEN, with_status
from services.notify.deliveries.webhook import WebhookAdapter
from shared.embedded import free_port
from shared.texts import Bilingual
from tests.notify.receiver import answer, receiving

NOW = datetime(2025, 5, 6, 8, tzinfo=UTC)
SECRET = "s3cret"
PARTY = "village:331082104001"
LETTER = OutgoingMessage(
    delivery_id=UUID(int=1),
    alert_id=UUID(int=2),
    rule="dropped_out",
    severity="warning",
    title=Bilingual("儿童辍学", "A child dropped out of school"),
    summary=Bilingual("请上门劝返。", "Visit the family."),
    because=Bilingual("因为这是贵村的事项", "because it concerns your village"),
    due_at=NOW,
    link="https://care.example/alerts/2",
    party=PARTY,
    webhook_secret="office",
    email="office@example.org",
)
CARRIER = WebhookAdapter({"office": SecretStr(SECRET)}, {"office": {PARTY}}, allow_private=True)


# -- webhooks ----------------------------------------------------------------------------------------


async def test_a_webhook_is_signed_and_says_what_where_and_why() -> None:
    """The signature is the HMAC of timestamp and body; the delivery id is in a header."""
    async with receiving() as receiver:
        sent = await CARRIER.send(replace(LETTER, webhook_url=receiver.url), NOW)
    assert (sent.delivered, sent.answer) == (True, str(with_status("200", TAKEN)))
    ((headers, body),) = receiver.got
    signed = f"{headers['guanai-timestamp']}.".encode() + body
    mac = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["guanai-signature"] == f"v1={mac}"
    assert headers["guanai-timestamp"] == str(int(NOW.timestamp()))
    assert headers["guanai-delivery"] == str(LETTER.delivery_id)
    assert headers["host"] == f"127.0.0.1:{receiver.port}"
    said = json.loads(body)
    assert said["title"] == {"zh": LETTER.title.zh, "en": LETTER.title.en}
    assert said["because"] == {"zh": LETTER.because.zh, "en": LETTER.because.en}
    assert said["link"] == LETTER.link


@pytest.mark.parametrize(
    ("status", "body", "delivered", "hopeless"),
    [
        (204, "", True, False),
        (200, '{"errcode":0,"errmsg":"ok"}', True, False),
        (200, '{"errcode":93000,"errmsg":"invalid webhook url"}', False, False),
        (302, "", False, True),
        (404, "gone", False, True),
        (410, "gone", False, True),
        (408, "slow", False, False),
        (429, "later", False, False),
        (500, "broken", False, False),
        (503, "busy", False, False),
    ],
)
async def test_what_an_answer_means(*, status: int, body: str, delivered: bool, hopeless: bool) -> None:
    """2xx without an error code is delivered; a refusal for good is not tried again; the rest is."""
    async with receiving() as receiver:
        receiver.answers.append(answer(status, body, Location="http://127.0.0.1/elsewhere"))
        sent = await CARRIER.send(replace(LETTER, webhook_url=receiver.url), NOW)
    assert (sent.delivered, sent.hopeless) == (delivered, hopeless)
    meaning = TAKEN if delivered else REFUSED if hopeless else NOT_NOW
    code = " errcode 93000" if "93000" in body else ""
    assert sent.answer == str(with_status(f"{status}{code}", meaning))
    assert len(receiver.got) == 1


async def test_a_long_answer_is_cut() -> None:
    """Of a chatty receiver only the beginning is read."""
    async with receiving() as receiver:
        receiver.answers.append(answer(200, "x" * 1_000_000))
        sent = await CARRIER.send(replace(LETTER, webhook_url=receiver.url), NOW)
    assert sent.delivered
    assert sent.answer == str(with_status("200", TAKEN))


TOKEN = "BOTTOKEN4215"


@pytest.mark.parametrize("status", [200, 302, 404, 429, 500])
@pytest.mark.parametrize(
    "echo",
    [
        f"Cannot POST /robot/send?access_token={TOKEN}",
        f'{{"errcode":"{TOKEN}","errmsg":"token {TOKEN} unknown"}}',
        f'{{"errcode":4215004215,"StatusCode":["{TOKEN}"]}}',
        f'{{"{TOKEN}":1}}',
        "".join(f"{one}\u200b" for one in TOKEN),
    ],
)
async def test_a_receiver_that_repeats_its_address_tells_it_to_nobody(status: int, echo: str) -> None:
    """Its status is kept and none of its words, whatever it makes of what it was sent."""
    async with receiving() as receiver:
        receiver.answers.append(answer(status, echo, Location=f"http://127.0.0.1/?access_token={TOKEN}"))
        sent = await CARRIER.send(replace(LETTER, webhook_url=f"{receiver.url}&access_token={TOKEN}"), NOW)
    code = " errcode" if status == 200 and "errcode" in echo else ""
    meanings = (TAKEN, REFUSED, NOT_NOW)
    assert sent.answer in {str(with_status(f"{status}{code}", meaning)) for meaning in meanings}


async def test_nobody_listening_is_a_failure_to_try_again() -> None:
    """A receiver that is away is asked later."""
    sent = await CARRIER.send(replace(LETTER, webhook_url=f"http://127.0.0.1:{free_port()}/"), NOW)
    assert (sent.delivered, sent.hopeless) == (False, False)


async def test_a_silent_receiver_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who accepts the connection and says nothing does not hold the sender."""
    monkeypatch.setattr(webhook, "TIMEOUT", 0.2)

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        sent = await CARRIER.send(replace(LETTER, webhook_url=f"http://127.0.0.1:{port}/"), NOW)
    assert (sent.delivered, sent.hopeless) == (False, False)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "10.1.2.3", "192.168.0.1", "169.254.169.254", "[::1]", "0.0.0.0"),
        *("[::ffff:10.1.2.3]", "[::10.1.2.3]", "[2002:a01:203::1]", "[64:ff9b::10.1.2.3]", "[64:ff9b:1::1]"),
        "[2001:0:a01:203::f5fe:fdfc]",
    ],
)
async def test_private_targets_are_refused_unless_allowed(host: str) -> None:
    """A party cannot reach the machines behind the firewall through its webhook."""
    strict = replace(CARRIER, allow_private=False)
    async with receiving() as receiver:
        url = f"http://{host}:{receiver.port}/"
        sent = await strict.send(replace(LETTER, webhook_url=url), NOW)
    assert (sent.delivered, sent.hopeless, receiver.got) == (False, True, [])


async def test_without_the_secret_nothing_leaves() -> None:
    """A message that cannot be signed is not sent; the operator may still set the secret up."""
    async with receiving() as receiver:
        other = replace(LETTER, webhook_url=receiver.url, webhook_secret="other")
        sent = await CARRIER.send(other, NOW)
    assert (sent.delivered, sent.hopeless, receiver.got) == (False, False, [])


async def test_with_anothers_secret_nothing_leaves() -> None:
    """Whoever is sent a signature under another's secret could send it on to that other one."""
    async with receiving() as receiver:
        for party in ("township:331082104", ""):
            foreign = replace(LETTER, webhook_url=receiver.url, party=party)
            sent = await CARRIER.send(foreign, NOW)
            assert (sent.delivered, sent.hopeless) == (False, False)
        none = replace(CARRIER, parties={})
        assert not (await none.send(replace(LETTER, webhook_url=receiver.url), NOW)).delivered
    assert receiver.got == []


# -- mails -------------------------------------------------------------------------------------------


class Mailbox(MailHandler):
    """Keeps mails; refuses those to `nobody@…`, and all while `busy`."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Mail] = []
        self.busy = False

    async def handle_RCPT(  # noqa: N802 -- the library's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody@"):
            return f"550 5.1.1 <{address}> no such mailbox"
        if self.busy:
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def handle_message(self, message: Mail) -> None:
        self.mails.append(message)


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, MailAdapter]]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield box, MailAdapter("127.0.0.1", controller.port, "guanai@example.org")
    controller.stop()


async def test_a_mail_says_what_where_and_why(mailbox: tuple[Mailbox, MailAdapter]) -> None:
    """Title as subject; summary, day, link and reason in the text; the same Message-ID at each attempt."""
    box, adapter = mailbox
    sent = await adapter.send(LETTER, NOW)
    assert sent.delivered
    (mail,) = box.mails
    text = mail.get_payload(decode=True)
    assert isinstance(text, bytes)
    for part in (str(LETTER.summary), str(LETTER.because), str(LETTER.link), "2025-05-06"):
        assert part in text.decode()
    assert mail["Message-ID"] == f"<{LETTER.delivery_id}@example.org>"
    assert (mail["To"], mail["Auto-Submitted"]) == ("office@example.org", "auto-generated")


async def test_a_mailbox_that_does_not_exist_is_not_tried_again(
    mailbox: tuple[Mailbox, MailAdapter],
) -> None:
    """A permanent refusal of the recipient is the end; a temporary one is not."""
    box, adapter = mailbox
    sent = await adapter.send(replace(LETTER, email="nobody@example.org"), NOW)
    assert (sent.delivered, sent.hopeless) == (False, True)
    assert sent.answer == str(with_status("550", REFUSED))
    box.busy = True
    sent = await adapter.send(LETTER, NOW)
    assert (sent.delivered, sent.hopeless) == (False, False)
    assert sent.answer == str(with_status("451", NOT_NOW))


async def test_a_mail_server_that_repeats_the_mailbox_tells_it_to_nobody(
    mailbox: tuple[Mailbox, MailAdapter], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a refusal and of a receipt the codes are kept, and none of the words."""
    box, adapter = mailbox

    async def refuse(*_: Any) -> str:
        return "554 5.7.1 office@example.org is on a list"

    monkeypatch.setattr(box, "handle_DATA", refuse)
    assert (await adapter.send(LETTER, NOW)).answer == str(with_status("554 5.7.1", REFUSED))

    async def take(*_: Any) -> str:
        return "250 queued for office@example.org"

    monkeypatch.setattr(box, "handle_DATA", take)
    assert (await adapter.send(LETTER, NOW)).answer == str(with_status("250", TAKEN))


@pytest.mark.parametrize(
    "email",
    [
        *("=?utf-8?q?office=40x=2ecn=2cevil=40evil=2ecn?=@x.cn", "=?utf-8?q?a=40evil=2ecn?="),
        *("a@x.cn,b@x.cn", "a@x.cn\r\nBcc: b@x.cn", "a@[b.c", "a b@x.cn", "＝?utf-8?q?a?=@x.cn"),
    ],
)
async def test_an_address_of_an_early_release_is_checked_again(
    mailbox: tuple[Mailbox, MailAdapter], email: str
) -> None:
    """What is refused where addresses are set gets no mail either."""
    box, adapter = mailbox
    sent = await adapter.send(replace(LETTER, email=email), NOW)
    assert (sent.delivered, sent.hopeless, box.mails) == (False, True, [])


@pytest.mark.parametrize(
    ("email", "to"),
    [
        ("office@example.org", "office@example.org"),
        ("ａ@x.cn", "a@x.cn"),
        ("a@ｘ.cn", "a@x.cn"),
        ("office@例子。cn", "office@xn--fsqu00a.cn"),
        ("o'b+x@x.cn", "o'b+x@x.cn"),
    ],
)
async def test_a_mail_goes_to_the_address_alone(
    mailbox: tuple[Mailbox, MailAdapter], email: str, to: str
) -> None:
    """Header and envelope name the same one mailbox, in ordinary width, the domain in ASCII."""
    box, adapter = mailbox
    assert (await adapter.send(replace(LETTER, email=email), NOW)).delivered
    (mail,) = box.mails
    assert (mail["To"], mail["X-RcptTo"]) == (to, to)


async def test_a_wrong_password_is_no_verdict_on_the_message() -> None:
    """The operator will set it right: no mail is given up for it at once."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            refused = line.startswith(b"AUTH")
            writer.write(b"535 no\r\n" if refused else b"250-here\r\n250 AUTH PLAIN\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        adapter = MailAdapter("127.0.0.1", port, "guanai@example.org", "u", SecretStr("wrong"))
        sent = await adapter.send(LETTER, NOW)
    assert (sent.delivered, sent.hopeless) == (False, False)
    assert sent.answer == str(with_status("535", NOT_NOW))


async def test_a_mail_server_that_is_away_is_tried_again() -> None:
    """No connection is a failure of the moment."""
    adapter = MailAdapter("127.0.0.1", free_port(), "guanai@example.org")
    sent = await adapter.send(LETTER, NOW)
    assert (sent.delivered, sent.hopeless) == (False, False)


async def test_a_letter_without_public_address_has_no_link() -> None:
    """Where no address was set up the message says so by having no link, not a broken one."""
    async with receiving() as receiver:
        await CARRIER.send(replace(LETTER, link=None, webhook_url=receiver.url), NOW)
    assert json.loads(receiver.got[0][1])["link"] is None
    assert "Look here" not in replace(LETTER, link=None).text()
