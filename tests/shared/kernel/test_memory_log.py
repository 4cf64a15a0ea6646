"""The log in memory keeps the same contract as the real one."""

from __future__ import annotations

import pytest

from shared.clock import SystemClock
from shared.testing.eventlog_contract import EventLogContract
from shared.testing.memory import MemoryLog


class TestMemoryLog(EventLogContract):
    """Whatever holds of the log in PostgreSQL holds of the one that tests use."""

    @pytest.fixture
    def log(self) -> MemoryLog:
        return MemoryLog("notes", SystemClock())

    @pytest.fixture
    def second_log(self, log: MemoryLog) -> MemoryLog:
        return log
