"""Runs notify: `python -m services.notify`."""

from __future__ import annotations

from services.notify.settings import NotifySettings
from services.notify.wiring import NOTIFY
from shared.service import run

if __name__ == "__main__":
    run(NOTIFY, NotifySettings.from_environment())
