"""The PostgreSQL event log keeps the contract of every event log."""

from __future__ import annotations

from shared.testing.eventlog_contract import EventLogContract


class TestEventLog(EventLogContract):
    pass
