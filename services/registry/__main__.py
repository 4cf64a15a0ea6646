"""Runs the registry: `python -m services.registry`."""

from __future__ import annotations

from services.registry.settings import RegistrySettings
from services.registry.wiring import REGISTRY
from shared.service import run

if __name__ == "__main__":
    run(REGISTRY, RegistrySettings.from_environment())
