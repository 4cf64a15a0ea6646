"""A batch for the bus is put together as the client itself would put it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from nats.aio.client import Client
from nats.js.api import Header

from shared.bus import publishing
from shared.envelopes import Wire

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
EVENTS = [
    Wire(
        position, f"01980000-0000-7000-8000-{position:012}", "note", "note.noted", "330182101",
        TRACE if position % 2 else None, orjson.dumps({"position": position, "text": "家访\r\n"}),
    )
    for position in range(8, 260)
]  # fmt: skip


class Recording(Client):
    """Sends nothing; keeps what it would send, and answers that all was taken."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.last: dict[str, Any] = {}

    async def _send_command(self, cmd: bytes, priority: bool = False) -> None:
        assert not priority
        self.sent += cmd

    async def _flush_pending(self, force_flush: bool = False) -> None:
        pass

    async def request(self, subject: str, payload: bytes = b"", **given: Any) -> Any:  # type: ignore[override]
        self.last = {"subject": subject, "payload": payload, **given}
        return type("Answer", (), {"data": orjson.dumps({"seq": EVENTS[-1].position})})


async def test_messages_are_framed_as_the_client_frames_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte for byte what nats-py would send for the same subjects, headers and payloads, in order."""
    ours, theirs = Recording(), Recording()
    given: list[tuple[str, Any, bytes]] = []
    frame = publishing._frame

    def noting(subject: str, headers: Any, payload: bytes) -> bytes:
        given.append((subject, headers, payload))
        return frame(subject, headers, payload)

    monkeypatch.setattr(publishing, "_frame", noting)
    assert await publishing.publish(ours, "notes", await publishing.batch_of("notes", EVENTS)) == 259
    for subject, headers, payload in given:
        await theirs._send_publish(subject, "", payload, len(payload), headers)
    assert [payload for _, _, payload in given] == [event.envelope for event in EVENTS[:-1]]
    # Without a subject for the answer, nats-py leaves two spaces in its place.
    assert ours.sent == theirs.sent.replace(b"noted  ", b"noted ")


async def test_a_batch_is_numbered_and_only_its_last_message_commits_it() -> None:
    """The first message names the position before it, the last one commits and is the one answered."""
    client = Recording()
    await publishing.publish(client, "notes", await publishing.batch_of("notes", EVENTS))
    assert client.sent.count(b"Nats-Batch-Sequence: ") == len(EVENTS) - 1
    assert client.sent.count(f"{Header.EXPECTED_LAST_SEQUENCE.value}: 7\r\n".encode()) == 1
    assert b"Nats-Batch-Commit" not in client.sent
    assert client.last["headers"]["Nats-Batch-Commit"] == "1"
    assert client.last["headers"]["Nats-Batch-Sequence"] == str(len(EVENTS))
