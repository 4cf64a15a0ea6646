"""What the environment says about how a service runs. Only `wiring` and `__main__` read it."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from shared.accesses.schema import LEAST_YEARS
from shared.clock import Clock, FileClock, SystemClock

EX_CONFIG = 78
"""Exit code of a process whose settings cannot be used (sysexits.h)."""


class KernelSettings(BaseSettings):
    """Settings that all services share; each from the variable `GUANAI_<NAME>`. A service adds its own."""

    model_config = SettingsConfigDict(
        env_prefix="GUANAI_",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,  # `NAME=` in an env file leaves it as it is by default
        use_attribute_docstrings=True,
    )

    database_url: SecretStr
    """`postgresql+asyncpg://<service>_app:…@host:port/<service>`."""
    database_pool: int = Field(default=16, ge=6, le=200)
    """Connections kept; the log's writer and the relay hold one each."""

    nats_url: str = "nats://127.0.0.1:4222"
    """Where nats-server listens."""
    nats_user: str | None = None
    """The service's user on the bus."""
    nats_password: SecretStr | None = None
    """Its password."""
    nats_nkey: Path | None = None
    """File with the seed of an nkey user, instead of user and password."""

    nats_accounts: bool = False
    """Whether each service has an account of its own on the bus (`guanai.bus`); false = all are in one."""
    readers: dict[str, tuple[str, ...]] = {}
    """The services that may read this one's events, each with the classes of personal data, or
    single fields, that it gets, as JSON: `{"other": ["contact"], "another": []}`; `["*"]` = all of them."""
    service_key: SecretStr | None = None
    """The service's own private key, as JWK: by it others' logs are read, and what goes on the bus sealed."""
    service_keys: Path | None = Field(default=None, validate_default=True)
    """JWKS file with the services' public keys: for seals on what the bus brings, and tokens of readers."""

    host: str = "127.0.0.1"
    """The address that the service listens on; 0.0.0.0 = all of the machine's."""
    port: int = Field(default=8100, ge=0, le=65535)
    """The port that the service listens on."""

    token_keys: Path
    """JWKS file with the public keys that tokens are verified by; read again when it changes."""
    peers: dict[str, str] = {}
    """Base URL of each other service, as JSON: `{"registry": "http://127.0.0.1:8101"}`."""

    start_after: Path | None = None
    """A file that appears when the service may begin (see `guanai.supervisor`); None = at once."""
    clock_file: Path | None = None
    """A file that holds the present moment (rehearsals); None = the machine's clock."""
    tick_seconds: float = Field(default=1.0, gt=0)
    """Seconds from one look for what is due to the next."""

    body_limit: int = Field(default=1024 * 1024, ge=1024)
    """Bytes that a request's body may have."""
    request_timeout_seconds: float = Field(default=30.0, gt=0)
    """Seconds after which a request is answered 504, whatever it waits for."""
    read_after_write_seconds: float = Field(default=5.0, ge=0)
    """How long a query waits for the position in `Care-After`."""
    rate_limit_per_second: float = Field(default=500.0, gt=0)
    """Requests per second and token; twice as many in a burst."""
    public_requests_per_hour: int = Field(default=20, ge=2)
    """Requests an hour that an address may send to what is open to everybody without a token."""
    public_requests_per_hour_in_all: int = Field(default=600, ge=2)
    """The same for all addresses together."""
    public_address_header: str | None = None
    """Header in which a proxy in front names its client, e.g. `X-Forwarded-For`; None = there is no proxy."""
    connections: int = Field(default=1024, ge=1)
    """HTTP requests served at once; the rest waits in the socket's backlog."""
    stop_seconds: int = Field(default=10, ge=1)
    """How long running requests may take to end when the service stops."""

    access_journal: Path | None = None
    """Folder that holds records of accesses until PostgreSQL has them; None = answers wait for the commit."""
    access_years: int = Field(default=LEAST_YEARS, ge=LEAST_YEARS)
    """Whole years for which records of accesses are kept; the law asks for three. Set it for all services."""
    access_alarm_floor: int = Field(default=200, ge=1)
    """Nobody who reads about so few in a day, or fewer, raises an alarm."""
    access_alarm_factor: float = Field(default=3.0, ge=1)
    """An alarm is raised beyond so many times the busiest of a person's last thirty days."""

    ready_lag: int = Field(default=10_000, ge=0)
    """Events that a projection or reaction may lag behind before `/readyz` says no."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important lines that are logged: `debug`, `info`, `warning`, `error`."""
    otel_endpoint: str | None = None
    """OTLP/HTTP endpoint for traces; None = no tracing."""

    @field_validator("service_keys")
    @classmethod
    def _knows_seals(cls, keys: Path | None, given: ValidationInfo) -> Path | None:
        # Without them every message would be taken, whoever put it on the bus.
        if keys is None and given.data.get("nats_accounts"):
            raise ValueError(
                "服务各有总线账户时须有公钥文件，以验封印 / Needed with accounts on the bus, to check seals"
            )
        return keys

    @classmethod
    def from_environment(cls) -> Self:
        """The settings of this process. Where they cannot be used it ends, with one line and `EX_CONFIG`.

        The line names each variable and its rule and no value, which may be a secret.
        """
        try:
            return cls()
        except ValidationError as wrong:
            prefix = cls.model_config.get("env_prefix", "")
            rules = [f"{prefix}{str(one['loc'][0]).upper()}: {one['msg']}" for one in wrong.errors()]
        except SettingsError as wrong:
            rules = [str(wrong)]
        sys.stderr.write(f"设置有误 / Settings are wrong: {'; '.join(rules)}\n")
        raise SystemExit(EX_CONFIG)

    def clock(self) -> Clock:
        """The clock that the service lives by."""
        return FileClock(self.clock_file) if self.clock_file else SystemClock()

    @property
    def request_timeout(self) -> timedelta:
        """How long a request may take."""
        return timedelta(seconds=self.request_timeout_seconds)
