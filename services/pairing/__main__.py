"""Runs pairing: `python -m services.pairing`."""

from __future__ import annotations

from services.pairing.settings import PairingSettings
from services.pairing.wiring import PAIRING
from shared.service import run

if __name__ == "__main__":
    run(PAIRING, PairingSettings.from_environment())
