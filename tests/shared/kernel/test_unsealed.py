"""With an account of its own on the bus a service needs the keys that seals are checked by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr, ValidationError

from shared.reactions import in_words
from shared.settings import KernelSettings


def test_accounts_on_the_bus_want_the_services_keys(tmp_path: Path) -> None:
    """Without them it would take every message, whoever sent it, and say nothing."""
    given: dict[str, Any] = {"database_url": SecretStr("postgresql+asyncpg://x"), "token_keys": tmp_path}
    KernelSettings(**given)
    KernelSettings(**given, nats_accounts=True, service_keys=tmp_path)
    with pytest.raises(ValidationError) as refused:
        KernelSettings(**given, nats_accounts=True)
    assert [one["loc"] for one in refused.value.errors()] == [("service_keys",)]


def test_what_a_driver_says_is_not_told_on() -> None:
    """Its first line may quote a value; kind, state and place say enough."""
    quoted = asyncpg.DataError("invalid input for query argument $1: '林小禾' (expected bytes)")
    assert "林小禾" not in in_words(quoted)
    assert "DataError" in in_words(quoted)
    assert "林小禾" not in in_words(ValueError("林小禾"))
    assert in_words(OSError(28, "No space left on device")) == "OSError: [Errno 28] No space left on device"
