"""What the environment says about pairing, beyond what it says about every service."""

from __future__ import annotations

from pydantic import Field

from shared.settings import KernelSettings


class PairingSettings(KernelSettings):
    """Pairing needs no settings of its own but its port."""

    port: int = Field(default=8102, ge=0, le=65535)
    """The port that the service listens on."""
