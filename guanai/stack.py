"""What the system consists of and where it listens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import randrange
from typing import TYPE_CHECKING

from shared.embedded import LOOPBACK, BusUser, listens

if TYPE_CHECKING:
    from guanai.secrets import Secrets

SERVICES = {"registry": 8101, "pairing": 8102, "notify": 8103, "reporting": 8104}
"""Each service and its port."""
POSTGRES_PORT = 15432
NATS_PORT = 14222


def bus_users(passwords: dict[str, str]) -> list[BusUser]:
    """Who may do what on the bus: a service publishes its own events and makes its own stream, no other's.

    Every service may follow every other, by a consumer that bears its own name; it can neither read on, nor
    acknowledge, nor delete another's. `deploy` makes streams.
    """
    users = [
        BusUser(service, passwords[service], publish=_may_publish(service), subscribe=_may_subscribe(service))
        for service in SERVICES
    ]
    return [*users, BusUser("deploy", passwords["deploy"], publish=(">",), subscribe=(">",))]


def _may_publish(service: str) -> tuple[str, ...]:
    stream = f"CARE_{service.upper()}"
    return (
        f"care.{service}.>",
        f"care.poke.{service}",
        f"$JS.API.STREAM.CREATE.{stream}",
        f"$JS.API.STREAM.MSG.GET.{stream}",
        f"$JS.API.DIRECT.GET.{stream}",
        f"$JS.API.DIRECT.GET.{stream}.>",
        "$JS.API.INFO",
        "$JS.API.STREAM.INFO.*",
        f"$JS.API.CONSUMER.CREATE.*.{service}",
        f"$JS.API.CONSUMER.CREATE.*.{service}.>",
        f"$JS.API.CONSUMER.DURABLE.CREATE.*.{service}",
        f"$JS.API.CONSUMER.INFO.*.{service}",
        f"$JS.API.CONSUMER.MSG.NEXT.*.{service}",
        f"$JS.ACK.*.{service}.>",
    )


def _may_subscribe(service: str) -> tuple[str, ...]:
    # Events come by the consumer into the inbox; the poke wakes a standby relay.
    return (f"care.poke.{service}", "_INBOX.>")


def free_offset(*twins: int) -> int:
    """A port offset at which nobody listens, for a system beside others; `twins` are further offsets to it.

    All ports stay below those that the kernel gives to outgoing connections (32,768 on Linux): one of them
    may hold a service's port at any moment.
    """
    ports = [NATS_PORT, POSTGRES_PORT, *(port + twin for port in SERVICES.values() for twin in (0, *twins))]
    while True:
        offset = randrange(1_000, 16_000)  # noqa: S311 -- no secret
        if not any(listens(port + offset) for port in ports):
            return offset


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the parts of one running system listen."""

    postgres: str
    """`host:port`."""
    nats: str
    services: dict[str, str]
    """Base URL of each service."""

    @classmethod
    def embedded(cls, offset: int = 0, ports: Mapping[str, int] = {}) -> Endpoints:
        """On this machine's loopback; `offset` moves all ports, for a second system on one machine.

        `ports` are those of services that listen elsewhere.
        """
        listening = {name: ports.get(name, port + offset) for name, port in SERVICES.items()}
        return cls(
            postgres=f"{LOOPBACK}:{POSTGRES_PORT + offset}",
            nats=f"nats://{LOOPBACK}:{NATS_PORT + offset}",
            services={name: f"http://{LOOPBACK}:{port}" for name, port in listening.items()},
        )

    def database(self, service: str, role: str, password: str) -> str:
        """SQLAlchemy URL of a service's database for one of its roles (`owner`, `app`)."""
        return f"postgresql+asyncpg://{service}_{role}:{password}@{self.postgres}/{service}"

    def admin(self, password: str, database: str = "postgres") -> str:
        """SQLAlchemy URL of a database for the superuser."""
        return f"postgresql+asyncpg://postgres:{password}@{self.postgres}/{database}"


def environment(service: str, endpoints: Endpoints, secrets: Secrets, keys: Path) -> dict[str, str]:
    """The settings of one service as environment variables (see `shared.settings`)."""
    peers = {name: url for name, url in endpoints.services.items() if name != service}
    return {
        "GUANAI_DATABASE_URL": endpoints.database(service, "app", secrets.apps[service]),
        "GUANAI_NATS_URL": endpoints.nats,
        "GUANAI_NATS_USER": service,
        "GUANAI_NATS_PASSWORD": secrets.bus[service],
        "GUANAI_PORT": endpoints.services[service].rsplit(":", 1)[1],
        "GUANAI_TOKEN_KEYS": str(keys),
        "GUANAI_SERVICE_TOKEN": secrets.service_token(service),
        "GUANAI_PEERS": json.dumps(peers),
    }
