"""What the system consists of and where it listens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import randrange

from shared.embedded import LOOPBACK, listens

SERVICES = {"registry": 8101, "pairing": 8102, "notify": 8103, "reporting": 8104}
"""Each service and its port."""
POSTGRES_PORT = 15432
NATS_PORT = 14222


FOLLOWS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "registry": {"pairing": ()},
    "pairing": {"registry": ("contact", "guardianship", "identity")},
    "notify": {
        "registry": ("ChildCategorised.category", "DroppedOut.on", "Guardian.capable", "ReturnedToSchool.on"),
        "pairing": (),
        "reporting": (),
    },
    "reporting": {
        "registry": (
            "DangerReported.raised_by",
            *("aid", "care", "contact", "guardianship", "health", "identity", "schooling"),
        ),
        "pairing": ("aid", "care", "child_authored", "contact", "diary", "identity"),
        "notify": (),
    },
}
"""Of each service, the others whose events it reads, with the classes of personal data, or single fields,
that it gets of them (`ServiceDefinition.reads`). Bus and logs let nobody else read them, and no more."""


TICKED = ("registry", "pairing", "notify")
"""The services that do something when time passes, and so want a tick of the bus."""


def followers(source: str) -> tuple[str, ...]:
    """The services that read a service's events."""
    return tuple(service for service in SERVICES if source in FOLLOWS[service])


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


def service_keys_beside(keys: Path) -> Path:
    """Where the services' public keys are: beside those that tokens are verified with."""
    return keys.with_name("services.jwks")
