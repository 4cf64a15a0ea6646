"""What the environment says about how a service runs. Only `wiring` and `__main__` read it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.clock import Clock, FileClock, SystemClock


class KernelSettings(BaseSettings):
    """Settings that all services share; each from the variable `GUANAI_<NAME>`. A service adds its own."""

    model_config = SettingsConfigDict(env_prefix="GUANAI_", extra="ignore", frozen=True)

    database_url: SecretStr
    """`postgresql+asyncpg://<service>_app:…@host:port/<service>`."""
    database_pool: int = Field(default=16, ge=6, le=200)
    """Connections kept; the log's writer and the relay hold one each."""

    nats_url: str = "nats://127.0.0.1:4222"
    nats_user: str | None = None
    nats_password: SecretStr | None = None
    nats_nkey: Path | None = None
    """File with the seed of an nkey user, instead of user and password."""

    host: str = "127.0.0.1"
    port: int = Field(default=8100, ge=0, le=65535)

    token_keys: Path
    """JWKS file with the public keys that tokens are verified by; read again when it changes."""
    service_token: SecretStr
    """Token of kind `service`, sent to the peers' replay endpoints."""
    peers: dict[str, str] = {}
    """Base URL of each other service, as JSON: `{"registry": "http://127.0.0.1:8101"}`."""

    start_after: Path | None = None
    """A file that appears when the service may begin (see `guanai.supervisor`); None = at once."""
    clock_file: Path | None = None
    """A file that holds the present moment (rehearsals); None = the machine's clock."""
    tick_seconds: float = Field(default=1.0, gt=0)
    """How often sweeps run."""

    body_limit: int = Field(default=1024 * 1024, ge=1024)
    """Bytes that a request's body may have."""
    request_timeout_seconds: float = Field(default=30.0, gt=0)
    read_after_write_seconds: float = Field(default=5.0, ge=0)
    """How long a query waits for the position in `Care-After`."""
    rate_limit_per_second: float = Field(default=500.0, gt=0)
    """Requests per second and token; twice as many in a burst."""
    connections: int = Field(default=1024, ge=1)
    """HTTP requests served at once; the rest waits in the socket's backlog."""
    stop_seconds: int = Field(default=10, ge=1)
    """How long running requests may take to end when the service stops."""

    ready_lag: int = Field(default=10_000, ge=0)
    """Events that a projection or reaction may lag behind before `/readyz` says no."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    otel_endpoint: str | None = None
    """OTLP/HTTP endpoint for traces; None = no tracing."""

    def clock(self) -> Clock:
        """The clock that the service lives by."""
        return FileClock(self.clock_file) if self.clock_file else SystemClock()

    @property
    def request_timeout(self) -> timedelta:
        """How long a request may take."""
        return timedelta(seconds=self.request_timeout_seconds)
