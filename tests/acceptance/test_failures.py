"""What a user can cause ends in a sentence with the way out, never in a traceback."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from nats.errors import NoServersError
from typer.testing import CliRunner

from guanai.cli import app
from guanai.commands import system
from guanai.commands.console import UNHEALTHY
from guanai.deployment import Deployment
from guanai.failures import INTERRUPTED, PIPE_CLOSED, explain
from guanai.home import Home
from guanai.ops import OpsClient
from guanai.secrets import Secrets
from guanai.supervisor import NotReady
from shared.embedded import free_port
from shared.testing.servers import PostgresForTests
from shared.testing.waiting import PATIENCE

USAGE = 2


def told(*words: object, code: int = UNHEALTHY) -> str:
    """What a command says before it ends with this exit code, in a way that was expected."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    return result.output


# -- folders and files -------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["up --home", "up --detach --home", "demo --once --home", "secrets"])
def test_a_folder_that_cannot_be_made(tmp_path: Path, command: str) -> None:
    """A folder that is a file, lies below one or on a file system that takes none: path, reason, way out."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    for folder in (blocked, blocked / "below", Path("/proc/x")):
        said = told(*command.split(), folder)
        assert str(blocked if folder.is_relative_to(blocked) else folder) in said
        assert "→" in said


def _secrets_without(**changed: object) -> bytes:
    return json.dumps({**Secrets.make().model_dump(), **changed}).encode()


BROKEN = {
    "empty": b"",
    "cut off": b'{"postgres": "p',
    "not UTF-8": b"\xff\xfe{}",
    "of another program": b'{"password": "geheim"}',
    "a service is missing": _secrets_without(apps={"registry": "geheim"}),
    "no key": _secrets_without(signing_key="geheim"),
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize(
    "command", ["token issue operator", "rotate", "up", "demo --once", "secrets --rotate"]
)
def test_broken_secrets(tmp_path: Path, what: str, command: str) -> None:
    """The file and the way out are named, nothing of its content is shown, and it is left as it is."""
    file = tmp_path / "secrets.json"
    file.write_bytes(BROKEN[what])
    where = (tmp_path,) if command.startswith("secrets") else ("--home", tmp_path)
    said = told(*command.split(), *where)
    assert str(file) in said
    assert "backup" in said
    assert "geheim" not in said
    assert file.read_bytes() == BROKEN[what]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"supervisor": "x"}'])
@pytest.mark.parametrize(("command", "code"), [("status", 3), ("events registry", 3), ("down", 0)])
def test_a_broken_state_file(tmp_path: Path, content: bytes, command: str, code: int) -> None:
    """What runs is written in system.json; broken, it is named, and the way out is a start."""
    place = Home.at(tmp_path)
    place.furnish()
    place.secrets()
    place.state.write_bytes(content)
    said = told(*command.split(), "--home", tmp_path, code=code)
    assert "system.json" in said
    assert "guanai up" in said


@pytest.mark.parametrize("content", [b"", b"yesterday", b"2025-04-01T08:00:00", b"\xff\xfe"])
def test_a_broken_clock_file(tmp_path: Path, content: bytes) -> None:
    """Nothing is started by a clock that tells no time; the sentence shows what one looks like."""
    clock = tmp_path / "clock"
    clock.write_bytes(content)
    for words in (("up", "--clock-file", clock, "--home", tmp_path / "home"), ("demo", "--home", tmp_path)):
        said = told(*words)
        assert str(clock) in said
        assert "2025-04-01T08:00:00+08:00" in said
    assert not (tmp_path / "home").exists()
    assert "clock-is-not-there" in told("up", "--clock-file", tmp_path / "clock-is-not-there")


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be written for want of room: said so, and nothing is left half written."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    said = told("secrets", tmp_path)
    assert "The disk is full" in said
    assert not (tmp_path / "secrets.json").exists()


def test_a_full_disk_behind_the_output() -> None:
    """Standard output that takes nothing more is told like any other disk."""
    with Path("/dev/full").open("w") as full:
        ended = _guanai("--version", stdout=full)
    assert ended.returncode == UNHEALTHY
    assert "The disk is full" in ended.stderr
    assert "Traceback" not in ended.stderr


# -- a deployment's secrets and servers --------------------------------------------------------------


@pytest.mark.parametrize("command", ["prepare", "migrate", "streams"])
def test_a_secrets_file_that_is_none(tmp_path: Path, command: str) -> None:
    """`--secrets` with a file that is not there, is a folder, or holds something else."""
    other = tmp_path / "other.json"
    other.write_text("[]")
    for path in (tmp_path / "nothing.json", tmp_path, other):
        assert str(path) in told(command, "--secrets", path)


@pytest.mark.parametrize("command", ["prepare", "migrate"])
def test_a_database_that_is_not_there(tmp_path: Path, command: str) -> None:
    """Nobody listens there: said in a sentence."""
    Deployment(tmp_path).write()
    where = ("--secrets", tmp_path / "secrets.json", "--postgres", f"127.0.0.1:{free_port()}")
    assert "Cannot connect" in told(command, *where)


@pytest.mark.parametrize("address", ["db", "db:", "db:x", ":5432", "user@db:5432", "db:99999"])
def test_an_address_that_is_none(tmp_path: Path, address: str) -> None:
    """A mistyped `--postgres` is a mistake of usage, and shows the form."""
    Deployment(tmp_path).write()
    said = told("migrate", "--secrets", tmp_path / "secrets.json", "--postgres", address, code=USAGE)
    assert "host:port" in said


def test_a_bus_that_is_not_there(tmp_path: Path) -> None:
    """Nobody listens there: said in a sentence, within seconds."""
    Deployment(tmp_path).write()
    ended = _guanai(
        "streams", "--secrets", str(tmp_path / "secrets.json"), "--nats", f"nats://127.0.0.1:{free_port()}"
    )
    assert ended.returncode == UNHEALTHY
    assert "Cannot connect" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_ports_beyond_the_last_are_a_mistake_of_usage() -> None:
    """No offset moves a port beyond 65535."""
    assert "40000" in told("up", "--port-offset", 60_000, code=USAGE)


# -- the command itself ------------------------------------------------------------------------------


def _guanai(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.run([sys.executable, "-m", "guanai", *words], check=False, **settings)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("words", [("--version",), ("down", "--home", "nowhere")])
def test_a_closed_pipe(words: tuple[str, ...]) -> None:
    """Whoever read has gone (`| head`): the command ends without a word."""
    reader, writer = os.pipe()
    os.close(reader)
    ended = _guanai(*words, stdout=writer)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (PIPE_CLOSED, "")


def _shadowed(tmp_path: Path, content: str) -> dict[str, str]:
    """An environment in which a package that guanai needs is another."""
    (tmp_path / "asyncpg.py").write_text(content)
    paths = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def test_a_package_that_is_missing(tmp_path: Path) -> None:
    """What is missing, and how to install it."""
    ended = _guanai("status", env=_shadowed(tmp_path, "raise ModuleNotFoundError(name='asyncpg')"))
    assert ended.returncode == UNHEALTHY
    assert "asyncpg" in ended.stderr
    assert "make install" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_ctrl_c_while_the_code_is_read(tmp_path: Path) -> None:
    """Ctrl-C before the command has begun ends it with 130, silently."""
    slow = "print('importing', flush=True); import time; time.sleep(60)"
    command = [sys.executable, "-m", "guanai", "status"]
    with subprocess.Popen(
        command, env=_shadowed(tmp_path, slow), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as starting:
        assert starting.stdout is not None
        assert starting.stdout.readline() == "importing\n"
        starting.send_signal(signal.SIGINT)
        _, said = starting.communicate(timeout=PATIENCE)
    assert (starting.returncode, said) == (INTERRUPTED, "")


def test_ctrl_c_while_a_service_is_asked(tmp_path: Path) -> None:
    """Ctrl-C while a service lets us wait ends the command with 130, silently."""
    Deployment(tmp_path).write()
    with socket.socket() as silent:
        silent.bind(("127.77.0.1", 8101))  # the port of a deployment, at an address of our own
        silent.listen()
        asking = subprocess.Popen(
            [sys.executable, "-m", "guanai", "openapi", "registry", "--home", str(tmp_path)],
            env={**os.environ, "GUANAI_BIND": "127.77.0.1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        silent.accept()
        asking.send_signal(signal.SIGINT)
        answered, said = asking.communicate(timeout=PATIENCE)
    assert (asking.returncode, answered, said) == (INTERRUPTED, "", "")


def test_a_terminal_without_chinese() -> None:
    """An ASCII terminal gets question marks for what it cannot show; JSON stays whole."""
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    shown = _guanai("down", "--home", "nowhere", env=ascii_only)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Not running" in shown.stdout
    there = _guanai("secrets", "--dry-run", "--json", "目录", env=ascii_only)
    assert json.loads(there.stdout)["files"][0].startswith("目录")


async def test_events_with_unusual_line_ends() -> None:
    """U+2028 and its like in a note end no line of the log."""
    note = "一\u2028二\u0085三\x1c四"
    lines = "".join(json.dumps({"data": note}, ensure_ascii=False) + "\n" for _ in range(2))
    answer = httpx2.MockTransport(lambda _: httpx2.Response(200, text=lines))
    async with httpx2.AsyncClient(transport=answer) as http:
        events = await OpsClient("http://registry", "token", http=http).events(after=0)
    assert [event["data"] for event in events] == [note, note]


def test_what_nobody_expects_stays_visible(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A mistake of ours is no sentence: its traceback shows where it is."""

    def wrong(_: Home) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(Home, "running", wrong)
    monkeypatch.setattr(system, "settled", lambda _: Home.at(tmp_path))
    result = CliRunner().invoke(app, ["down", "--home", str(tmp_path)])
    assert isinstance(result.exception, ZeroDivisionError)


@pytest.mark.parametrize("command", ["prepare", "migrate"])
def test_a_database_of_another_password(tmp_path: Path, postgres: PostgresForTests, command: str) -> None:
    """Secrets that are not this database's: what PostgreSQL says, in a sentence."""
    Deployment(tmp_path).write()
    address = f"{postgres.url.host}:{postgres.url.port}"
    said = told(command, "--secrets", tmp_path / "secrets.json", "--postgres", address)
    assert "The database refused: password authentication failed" in said


def test_several_failures_at_once() -> None:
    """A group is told by its first, unless one of them is a mistake of ours."""
    expected = NoServersError()
    told = explain(ExceptionGroup("both", [expected, NotReady("registry")]))
    assert told == explain(expected)
    assert told is not None
    assert explain(ExceptionGroup("both", [expected, ZeroDivisionError()])) is None
