"""Runs reporting: `python -m services.reporting`."""

from __future__ import annotations

from services.reporting.settings import ReportingSettings
from services.reporting.wiring import REPORTING
from shared.service import run

if __name__ == "__main__":
    run(REPORTING, ReportingSettings.from_environment())
