"""The health command of a service's container: is the service ready, and does it answer at all?

Docker runs it every few seconds, as a file and without site-packages: it stands on few modules of the
standard library, each of which costs processor time at every run. Exit code 0: `/readyz` says ready; 1: it
does not.

A service that is not ready (its database is away, say) is shown as such and left alone: a restart would not
help. One that leaves even `/healthz` unanswered, which asks nobody, again and again, is hung. It is ended,
with the reason and its own stack in the container's log, and Docker starts it again.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import time

INIT = 1
"""The container's first process (`init: true`): it passes on what the service ends with."""
LOG = f"/proc/{INIT}/fd/2"
"""Where the container's log comes from."""
READY_SECONDS = 3.0
ALIVE_SECONDS = 5.0
"""How long `/readyz` and then `/healthz` may take to answer, on a busy machine too."""
SILENT_LOOKS = 3
"""Looks in a row without an answer, after which a service that still accepts connections is hung."""
CLOSED_LOOKS = 12
"""The same for one whose port is closed: it may be starting, and then takes as long as it takes."""
LAST_WORDS_SECONDS = 2.0
"""How long a hung service may take to write its stack."""


def check(port: int, state: str, *, parent: int = INIT, log: str = LOG) -> int:
    """Look once at the service below `parent`, end it if it is hung; the exit code.

    `state` is a file that counts the looks in a row that got no answer.
    """
    try:
        status, body = ask(port, "/readyz", READY_SECONDS)
    except OSError as error:
        return _no_answer(port, state, error, parent, log)
    _note(state, 0)
    print(body.decode(errors="replace"))  # `docker inspect` shows it
    return 0 if status == 200 else 1  # noqa: PLR2004 -- http.HTTPStatus is a module more at every run


def ask(port: int, path: str, seconds: float) -> tuple[int, bytes]:
    """Status and body of the answer of a service on this machine. Raises `OSError` where there is none."""
    deadline = time.monotonic() + seconds
    with socket.create_connection(("127.0.0.1", port), seconds) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = bytearray()
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            connection.settimeout(left)
            received = connection.recv(65536)
            if not received:
                break
            answer += received
    head, _, body = bytes(answer).partition(b"\r\n\r\n")
    try:
        return int(head.split(b" ", 2)[1]), body
    except (IndexError, ValueError):
        raise ConnectionError("no HTTP answer") from None


def service_below(parent: int) -> tuple[int, str] | None:
    """Process number and name of the service that `parent` started; None where there is none."""
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and int(_facts(int(entry))[1]) == parent:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    for word in file.read().decode(errors="replace").split("\0"):
                        if word.startswith("services."):
                            return int(entry), word.removeprefix("services.")
        except OSError:
            continue  # it has ended meanwhile
    return None


def end_hung(pid: int, seconds: float = LAST_WORDS_SECONDS) -> None:
    """End a process that does nothing any more; at SIGABRT it writes its threads' stacks (`faulthandler`)."""
    try:
        since = _facts(pid)[19]
        os.kill(pid, signal.SIGABRT)
        os.kill(pid, signal.SIGCONT)  # a stopped process takes no other signal until it goes on
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and _facts(pid)[0] != "Z":
            time.sleep(0.05)
        # The number may have gone to another process.
        if _facts(pid)[19] == since:
            os.kill(pid, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        pass


def _no_answer(port: int, state: str, error: OSError, parent: int, log: str) -> int:
    closed = isinstance(error, ConnectionRefusedError)
    if not closed:
        try:
            ask(port, "/healthz", ALIVE_SECONDS)
        except OSError:
            pass
        else:
            _note(state, 0)
            print(f"/readyz: {error}")
            return 1
    looks = _noted(state) + 1
    _note(state, looks)
    print(f"/healthz: {error} ({looks})")
    service = service_below(parent)
    if service and looks >= (CLOSED_LOOKS if closed else SILENT_LOOKS):
        pid, name = service
        _tell(log, name, looks, str(error))
        end_hung(pid)
        _note(state, 0)
    return 1


def _tell(log: str, service: str, looks: int, error: str) -> None:
    import json  # noqa: PLC0415 -- needed once in a lifetime

    line = {
        "event": "service hung, ended and started again",
        "level": "critical",
        "reason": f"/healthz not answered {looks} times in a row: {error}",
        "service": service,
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    try:
        with open(log, "a") as file:
            file.write(json.dumps(line) + "\n")
    except OSError as unwritable:
        print(f"{log}: {unwritable}; {line}")


def _facts(pid: int) -> list[str]:
    """Fields of `/proc/<pid>/stat` after the name: 0 state, 1 parent, 19 start time. Raises `OSError`."""
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()


def _noted(state: str) -> int:
    try:
        with open(state) as file:
            return int(file.read())
    except (OSError, ValueError):
        return 0


def _note(state: str, looks: int) -> None:
    if looks:
        with open(state, "w") as file:
            file.write(str(looks))
    else:
        with contextlib.suppress(FileNotFoundError):
            os.remove(state)


if __name__ == "__main__":
    folder = os.environ.get("TMPDIR", "/tmp")  # noqa: S108 -- the container's own
    sys.exit(check(int(os.environ["GUANAI_PORT"]), f"{folder}/guanai-unanswered"))
