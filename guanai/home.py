"""The folder in which an embedded system keeps all it has: data, secrets, logs, what runs.

The folder of a deployment's secrets may stand in for it: whoever holds it may ask the running services.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import Field, ValidationError

from guanai.deployment import Deployment, published
from guanai.kept import FileBroken
from guanai.secrets import Secrets, service_keys, write_private
from guanai.settings import OperatorSettings
from guanai.stack import Endpoints, service_keys_beside
from shared.messages import Message
from shared.processes import Identity
from shared.tokens import load_keys

_MAY_PASS = 0o011 if os.geteuid() == 0 else 0
_BROKEN_KEYS = "删除此文件，下次启动或 make-secrets 会重新生成 / Remove it; a start writes it"
_NOT_RUNNING = "系统没有运行，请先运行 guanai up / Not running: start it with guanai up"


class AlreadyRunning(Exception):
    """Another supervisor runs this home."""


class NotRunning(Exception):
    """No system runs in this home."""


class Stale(NotRunning):
    """What is written about the running system is not true any more; the message says why."""


class Running(Message):
    """What a supervisor says about the system that it runs."""

    supervisor: int
    """Process id."""
    process: Identity | None = None
    """The supervisor itself; None where a release before this field wrote it."""
    services: dict[str, str] = Field(default_factory=dict)
    """Base URL of each service."""
    port_offset: int
    started_at: datetime
    ready: bool = False
    clock_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """Paths and files of one embedded system."""

    path: Path

    @classmethod
    def at(cls, path: Path) -> Home:
        """The home there; asking makes no folder."""
        return cls(path.resolve())

    def furnish(self) -> None:
        """Make what is missing: the folders that a running system writes to, the operator's files."""
        _make(self.path)
        for folder in (self.logs, self.run):
            folder.mkdir(mode=0o700, exist_ok=True)
        self.settings.furnish()
        self._close()

    def _close(self) -> None:
        """Let nobody but its owner read what is in it: earlier releases left that to the umask."""
        if self.kept_secrets.exists():  # a folder of ours
            _shut(self.path, _MAY_PASS)
        for entry in self.path.iterdir():
            if entry != self.postgres:  # its account's, and closed by PostgreSQL itself
                _shut(entry)
                for inner in entry.iterdir() if entry.is_dir() else ():
                    _shut(inner)

    @property
    def settings(self) -> OperatorSettings:
        """The operator's files."""
        return Deployment(self.path).settings if self.deployed else OperatorSettings(self.path / "settings")

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data directory."""
        return self.path / "postgres"

    @property
    def nats(self) -> Path:
        """The bus's streams, configuration and log."""
        return self.path / "nats"

    @property
    def logs(self) -> Path:
        """One log file per service."""
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """Process ids."""
        return self.path / "run"

    @property
    def accesses(self) -> Path:
        """Records of who read what, until PostgreSQL has them."""
        return self.path / "accesses"

    @property
    def state(self) -> Path:
        """What the supervisor says about the system that it runs (`Running`)."""
        return self.run / "system.json"

    @property
    def prepared(self) -> Path:
        """Made when databases and streams are as the services need them."""
        return self.run / "prepared"

    @property
    def keys(self) -> Path:
        """The public keys that services verify tokens with (JWKS)."""
        return self.path / "public" / "tokens.jwks" if self.deployed else self.path / "tokens.jwks"

    @property
    def service_keys(self) -> Path:
        """The public keys by which services know each other (JWKS)."""
        return service_keys_beside(self.keys)

    @property
    def deployed(self) -> bool:
        """Whether these are the secrets of a deployment with docker-compose.yml."""
        return Deployment(self.path).exists()

    @property
    def kept_secrets(self) -> Path:
        """The file with the secrets."""
        return self.path / "secrets.json"

    @property
    def last_backup(self) -> Path:
        """Says when the last good backup was made, and where it went."""
        return self.path / "last-backup.json"

    def secrets(self) -> Secrets:
        """The home's secrets, made at the first call; the public keys are written beside them."""
        secrets = Secrets.kept_in(self.kept_secrets)
        if not self.keys.exists():
            write_private(self.keys, secrets.public_keys())
        if not self.deployed and _text(self.service_keys) != (current := service_keys(secrets)):
            write_private(self.service_keys, current)
        return secrets

    def token_keys(self) -> KeySet:
        """The public keys. Raises `FileBroken`, `OSError`."""
        try:
            return load_keys(self.keys)
        except (ValueError, TypeError, KeyError, JoseError) as broken:
            raise FileBroken(self.keys, "JWKS", _BROKEN_KEYS) from broken

    def running(self) -> Running:
        """The system that runs here. Raises `NotRunning`, `Stale`."""
        try:
            running = Running.model_validate_json(self.state.read_bytes())
        except FileNotFoundError as gone:
            raise NotRunning(_NOT_RUNNING) from gone
        except ValidationError as broken:
            raise Stale(f"{self.state} 读不懂 / cannot be read. {_NOT_RUNNING}") from broken
        found = Identity.of(running.supervisor)
        if found is None:
            raise NotRunning(_NOT_RUNNING)
        if found != running.process and not (running.process is None and found.runs("guanai")):
            raise Stale(
                f"{self.state} 里的进程号现在属于别的程序，不会去动它：{found} / The process number in it"
                f" belongs to another program now, which is left alone. {_NOT_RUNNING}"
            )
        return running

    def endpoints(self) -> Endpoints:
        """Where the system that runs here listens. Raises `NotRunning`."""
        if self.deployed:
            return published(os.environ.get("GUANAI_BIND"))
        running = self.running()
        usual = Endpoints.embedded(running.port_offset)
        return replace(usual, services={**usual.services, **running.services})

    def announce(self, running: Running) -> None:
        """Write down what runs."""
        write_private(self.state, running.model_dump_json())

    @contextmanager
    def supervised(self) -> Iterator[None]:
        """Be the only supervisor of this home for as long as the block lasts. Raises `AlreadyRunning`."""
        with (self.path / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as held:
                raise AlreadyRunning from held
            try:
                yield
            finally:
                self.state.unlink(missing_ok=True)


def _text(path: Path) -> str | None:
    return path.read_text(errors="replace") if path.exists() else None


def _make(folder: Path) -> None:
    """Make it and what is above it, whatever the umask: nobody else looks into it.

    Where we are root, others may pass through: among them is PostgreSQL's account.
    """
    if not folder.exists():
        _make(folder.parent)
        folder.mkdir()
        folder.chmod(0o700 | _MAY_PASS)


def _shut(path: Path, kept: int = 0) -> None:
    """Take from others what they may do with it, but for what is `kept`; what is not ours stays as it is."""
    with suppress(OSError):
        if not path.is_symlink():
            path.chmod(stat.S_IMODE(path.stat().st_mode) & 0o700 | kept)
