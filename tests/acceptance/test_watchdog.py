"""What hangs is found, ended with a reason in the log, and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from guanai import supervisor, watchdog
from guanai.home import Home
from guanai.logs import KEPT, rotate
from guanai.stack import free_offset
from guanai.supervisor import ServiceProcess, System
from guanai.watchdog import PATIENCE, STARTING_SECONDS, Watch
from shared.embedded import free_port

SERVER = """
import faulthandler, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
faulthandler.enable()
class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503)
        self.end_headers()
HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


@pytest.fixture
async def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ServiceProcess]:
    """A small server in a service's place."""
    monkeypatch.setattr(watchdog, "ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(watchdog, "LAST_WORDS_SECONDS", 1.0)
    port = free_port()
    home = Home.at(tmp_path)
    home.furnish()
    reports: list[str] = []
    made = ServiceProcess("registry", {"GUANAI_PORT": str(port)}, home, reports.append)
    with made.log.open("ab") as log:
        made.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", SERVER, str(port)), stdout=log, stderr=log
        )
    while not await watchdog.service_answers(port):  # noqa: ASYNC110 -- it is another process
        await asyncio.sleep(0.05)
    yield made
    if made.process.returncode is None:
        made.process.kill()
        await made.process.wait()


@pytest.mark.parametrize("how", [signal.SIGSTOP, None])
async def test_a_service_that_hangs_is_ended_with_a_reason(
    service: ServiceProcess, how: signal.Signals | None
) -> None:
    """Stopped or stuck in its own code: after some silent looks, not before, and the log says why."""
    assert service.process is not None
    for _ in range(PATIENCE):
        await service.end_when_hung()
    assert service.process.returncode is None, "an answer of 503 is an answer"
    if how is None:
        # The one server thread is busy with us and answers nobody else.
        reader, writer = await asyncio.open_connection("127.0.0.1", int(service.env["GUANAI_PORT"]))
    else:
        os.kill(service.process.pid, how)
    for _ in range(PATIENCE - 1):
        await service.end_when_hung()
    assert service.process.returncode is None
    await service.end_when_hung()
    await service.process.wait()
    said = service.log.read_text(errors="replace")
    assert '"event": "service hangs"' in said
    assert "serve_forever" in said, "where it hung"
    if how is None:
        writer.close()
        await reader.read()


async def test_who_has_just_been_started_may_be_silent() -> None:
    """Silence counts from the first answer on, or when the time for a start is over."""

    async def never() -> bool:
        return False

    watch = Watch(never)
    assert [await watch.hangs() for _ in range(2 * PATIENCE)] == [False] * 2 * PATIENCE
    watch.started -= STARTING_SECONDS + 1
    assert [await watch.hangs() for _ in range(PATIENCE)] == [False] * (PATIENCE - 1) + [True]
    watch.restarted()
    assert not await watch.hangs()


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_running_system_starts_again_what_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service and both servers, each stopped in the middle of their work, are back by themselves."""
    monkeypatch.setattr(supervisor, "LOOK_SECONDS", 0.5)
    monkeypatch.setattr(watchdog, "ANSWER_SECONDS", 5.0)
    reports: list[str] = []
    offset = free_offset()
    async with System(Home.at(tmp_path / "home"), offset, report=reports.append).running() as system:
        registry = system.services[0]
        assert registry.process is not None
        hung = {registry.process.pid, system.postgres.pid, system.nats.pid}
        for pid in hung:
            assert pid is not None
            os.kill(pid, signal.SIGSTOP)
        while hung & {registry.process.pid, system.postgres.pid, system.nats.pid}:  # noqa: ASYNC110 -- as above
            await asyncio.sleep(0.5)
        await system.wait_until_ready()
    assert sum("hangs and is ended" in report for report in reports) == len(hung)


def test_a_log_is_set_aside_before_it_grows_without_end(tmp_path: Path) -> None:
    """So many files are kept, the newest first; the program that writes to it goes on at its new end."""
    log = tmp_path / "registry.log"
    with log.open("ab", buffering=0) as written:
        for number in range(KEPT + 3):
            assert not rotate(log, 9)
            written.write(f"line {number:4}\n".encode())
            assert rotate(log, 9)
            assert log.stat().st_size == 0
    aside = [log.with_name(f"registry.log.{number}") for number in range(1, KEPT + 2)]
    assert [file.exists() for file in aside] == [True] * KEPT + [False]
    assert aside[0].read_text() == f"line {KEPT + 2:4}\n"
    assert not rotate(tmp_path / "never written.log")
