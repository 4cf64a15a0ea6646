"""The folder in which an embedded system keeps all it has: data, secrets, logs, what runs.

The folder of a deployment's secrets may stand in for it: whoever holds it may ask the running services.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from guanai.deployment import Deployment, published
from guanai.secrets import Secrets, write_private
from guanai.stack import Endpoints
from shared.messages import Message


class AlreadyRunning(Exception):
    """Another supervisor runs this home."""


class NotRunning(Exception):
    """No system runs in this home."""


class Running(Message):
    """What a supervisor says about the system that it runs."""

    supervisor: int
    """Process id."""
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
        """Make the folders that a running system writes to."""
        for folder in (self.logs, self.run):
            folder.mkdir(parents=True, exist_ok=True)

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
    def prepared(self) -> Path:
        """Made when databases and streams are as the services need them."""
        return self.run / "prepared"

    @property
    def keys(self) -> Path:
        """The public keys that services verify tokens with (JWKS)."""
        return self.path / "public" / "tokens.jwks" if self.deployed else self.path / "tokens.jwks"

    @property
    def deployed(self) -> bool:
        """Whether these are the secrets of a deployment with docker-compose.yml."""
        return Deployment(self.path).exists()

    @property
    def kept_secrets(self) -> Path:
        """The file with the secrets."""
        return self.path / "secrets.json"

    def secrets(self) -> Secrets:
        """The home's secrets, made at the first call; the public keys are written beside them."""
        secrets = Secrets.kept_in(self.kept_secrets)
        if not self.keys.exists():
            write_private(self.keys, secrets.public_keys())
        return secrets

    def running(self) -> Running:
        """The system that runs here. Raises `NotRunning`."""
        try:
            running = Running.model_validate_json((self.run / "system.json").read_bytes())
            os.kill(running.supervisor, 0)
        except (FileNotFoundError, ProcessLookupError) as gone:
            raise NotRunning(
                "系统没有运行，请先运行 guanai up / Not running: start it with guanai up"
            ) from gone
        return running

    def endpoints(self) -> Endpoints:
        """Where the system that runs here listens. Raises `NotRunning`."""
        if self.deployed:
            return published(os.environ.get("GUANAI_BIND"))
        return Endpoints.embedded(self.running().port_offset)

    def announce(self, running: Running) -> None:
        """Write down what runs."""
        write_private(self.run / "system.json", running.model_dump_json())

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
                (self.run / "system.json").unlink(missing_ok=True)
