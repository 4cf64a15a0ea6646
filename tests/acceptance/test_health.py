"""The health command of the containers, against real listeners and a process that really hangs."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from guanai import health
from shared.embedded import free_port
from shared.testing.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
HUNG = """
import faulthandler, socket, sys, time
faulthandler.enable()

def waits_for_ever():
    print("listening", flush=True)
    while True:
        time.sleep(60)

server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
waits_for_ever()
"""

READY_SECONDS, ALIVE_SECONDS = health.READY_SECONDS, health.ALIVE_SECONDS
LAST_WORDS_SECONDS = health.LAST_WORDS_SECONDS
Look = Callable[[int], int]


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "READY_SECONDS", 0.3)
    monkeypatch.setattr(health, "ALIVE_SECONDS", 0.5)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Stands for the output of a container's first process."""
    return tmp_path / "log"


@pytest.fixture
def look(tmp_path: Path, log: Path) -> Look:
    """The health command, for services that this process started."""

    def once(port: int) -> int:
        return health.check(port, str(tmp_path / "state"), parent=os.getpid(), log=str(log))

    return once


@contextmanager
def _answering(statuses: dict[str, int]) -> Iterator[int]:
    """A server with a status for each path; it leaves the others without an answer."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path not in statuses:
                time.sleep(1)
                self.close_connection = True
                return
            self.send_response(statuses[self.path])
            self.end_headers()
            self.wfile.write(b'{"checks": "database"}')

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@contextmanager
def _hung(port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", HUNG, str(port), "services.registry"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def test_a_ready_service_is_healthy(look: Look) -> None:
    """`/readyz` with 200 is exit code 0."""
    with _answering({"/readyz": 200}) as port:
        assert look(port) == 0


def test_an_unready_service_is_unhealthy_and_left_alone(
    look: Look, log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """`/readyz` with 503 is exit code 1 with the checks that fail, however often; nothing is ended."""
    with _answering({"/readyz": 503}) as port, _hung(free_port()) as process:
        assert [look(port) for _ in range(5)] == [1] * 5
        assert process.poll() is None
    assert "database" in capfd.readouterr().out
    assert not log.exists()


def test_a_slow_readiness_is_no_hang(look: Look, log: Path) -> None:
    """While `/healthz` answers, a `/readyz` that does not is exit code 1, and nothing is ended."""
    with _answering({"/healthz": 200}) as port, _hung(free_port()) as process:
        assert [look(port) for _ in range(5)] == [1] * 5
        assert process.poll() is None
    assert not log.exists()


@pytest.mark.parametrize("stopped", [False, True])
def test_a_hung_service_is_ended_with_a_reason(look: Look, log: Path, *, stopped: bool) -> None:
    """At the third look in a row without an answer it ends, its stack and the reason in the log."""
    port = free_port()
    with _hung(port) as process:
        if stopped:
            process.send_signal(signal.SIGSTOP)
        assert [look(port), look(port)] == [1, 1]
        assert process.poll() is None
        assert look(port) == 1
        _, stack = process.communicate(timeout=PATIENCE)
    told = json.loads(log.read_text())
    assert (told["service"], told["level"]) == ("registry", "critical")
    assert "/healthz not answered 3 times" in told["reason"]
    assert b"in waits_for_ever" in stack


def test_a_service_deaf_to_its_last_words_is_killed(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not even die by SIGABRT gets SIGKILL."""
    monkeypatch.setattr(health.end_hung, "__defaults__", (0.2,))
    monkeypatch.setattr(signal, "SIGABRT", signal.SIGURG)  # which a process does not notice
    port = free_port()
    with _hung(port) as process:
        assert [look(port) for _ in range(3)] == [1] * 3
        assert process.wait(timeout=PATIENCE) == -signal.SIGKILL


def test_an_answer_in_between_begins_the_count_again(look: Look) -> None:
    """Only looks in a row count: a service that is slow now and then stays."""
    port = free_port()
    with _hung(port) as process:
        assert [look(port), look(port)] == [1, 1]
        with _answering({"/readyz": 200}) as other:
            assert look(other) == 0
        assert [look(port), look(port)] == [1, 1]
        assert process.poll() is None


def test_a_service_that_is_starting_has_time(look: Look, log: Path) -> None:
    """A closed port is no hang: the service may be about to open it. One that never does is ended."""
    closed = free_port()
    with _hung(free_port()) as process:
        assert {look(closed) for _ in range(health.CLOSED_LOOKS - 1)} == {1}
        assert process.poll() is None
        look(closed)
        assert process.wait(timeout=PATIENCE) == -signal.SIGABRT
    assert "refused" in log.read_text()


def test_it_runs_as_a_file_without_anything_installed() -> None:
    """As in the image: no site-packages, the port from the environment."""
    command = [sys.executable, "-I", "-S", str(ROOT / "guanai" / "health.py")]
    for status, code in ((200, 0), (503, 1)):
        with _answering({"/readyz": status}) as port:
            done = subprocess.run(command, env={"GUANAI_PORT": str(port)}, capture_output=True, check=False)
            assert (done.returncode, done.stderr) == (code, b"")


def test_two_looks_of_one_run_fit_into_the_time_that_docker_gives() -> None:
    """Docker must not end the command before it has noted what it saw."""
    import yaml  # type: ignore[import-untyped]

    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    given = compose["services"]["registry"]["healthcheck"]["timeout"]
    needed = READY_SECONDS + ALIVE_SECONDS + LAST_WORDS_SECONDS
    assert float(given.removesuffix("s")) > needed


def test_a_stranger_on_the_port_gets_no_further(look: Look) -> None:
    """What is no HTTP is no answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1000)
                    connection.sendall(b"220 mail\r\n")

        threading.Thread(target=answer, daemon=True).start()
        assert look(server.getsockname()[1]) == 1
        server.shutdown(socket.SHUT_RDWR)
