"""Every practice is held by the contracts that hold the others."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ("registry", "pairing", "notify", "reporting")
NO_PRACTICES = {"migrations", "__pycache__"}


@pytest.fixture(scope="module")
def contracts() -> ConfigParser:
    read = ConfigParser()
    read.read(ROOT / ".importlinter", encoding="utf-8")
    return read


@pytest.mark.parametrize("service", SERVICES)
def test_no_practice_is_left_out(service: str, contracts: ConfigParser) -> None:
    """A new folder is named among the practices with the same rooms, and among those nobody looks into."""
    folders = {one.name for one in (ROOT / "services" / service).iterdir() if one.is_dir()} - NO_PRACTICES
    named = {f"services.{service}.{name}" for name in folders}
    assert named <= set(contracts["importlinter:practices"]["containers"].split())
    assert named <= set(contracts[f"importlinter:private-{service}"]["protected_modules"].split())
