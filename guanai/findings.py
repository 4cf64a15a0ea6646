"""What the doctor finds: one thing that was looked at, how it is, and the way out."""

from __future__ import annotations

from enum import StrEnum

from shared.messages import Message
from shared.texts import Bilingual, StoredText


class Verdict(StrEnum):
    """How it is."""

    OK = "ok"
    WARNING = "warning"
    """Works, and should be seen to."""
    FAULT = "fault"
    """Does not work, or will not for long."""


class Finding(Message):
    """One thing that was looked at."""

    check: str
    verdict: Verdict
    found: StoredText
    way_out: StoredText | None = None


def ok(check: str, found: str | Bilingual) -> Finding:
    """It is as it should be."""
    return _finding(check, Verdict.OK, found, None)


def warning(check: str, found: str | Bilingual, way_out: str | Bilingual) -> Finding:
    """It works, and should be seen to."""
    return _finding(check, Verdict.WARNING, found, way_out)


def fault(check: str, found: str | Bilingual, way_out: str | Bilingual | None = None) -> Finding:
    """It does not work, or will not for long."""
    return _finding(check, Verdict.FAULT, found, way_out)


def _finding(
    check: str, verdict: Verdict, found: str | Bilingual, way_out: str | Bilingual | None
) -> Finding:
    """Commands, figures and what an exception says in one text are read as they stand, or parted."""
    return Finding.model_validate({"check": check, "verdict": verdict, "found": found, "way_out": way_out})
