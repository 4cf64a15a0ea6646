"""A typed client is light: whoever only asks loads nothing that only a service needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("litestar", "faststream", "nats", "opentelemetry", "sqlalchemy", "granian")
LOADED = "import sys, services.{}.client; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"


@pytest.mark.parametrize("service", ["registry", "pairing", "notify", "reporting"])
def test_a_client_loads_no_server(service: str) -> None:
    """Neither the HTTP framework nor the bus nor tracing nor the database."""
    command = [sys.executable, "-c", LOADED.format(service)]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "pydantic" in loaded
    assert sorted(set(HEAVY) & set(loaded)) == []
