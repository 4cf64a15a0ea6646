"""Tells an event that cannot be projected from an outage, which passes; and says what went wrong."""

from __future__ import annotations

from pathlib import Path
from traceback import extract_tb

import asyncpg
from pydantic import ValidationError

_VALUE_ERRORS = ("22", "23")
"""SQLSTATE classes of a fault in the row itself: data exception, integrity violation."""


class RowMissing(Exception):
    """A change presumes a row that is not there: the history and the projection disagree."""


class Unstorable(Exception):
    """A row holds a value that cannot be sent to its column."""


_SAFE = (RowMissing, Unstorable, KeyError, AttributeError, NameError)
"""Errors whose message holds ids and names of fields, never what stands in a field."""


def is_events_fault(error: BaseException) -> bool:
    """Whether the rows are at fault, so that the same event would fail again.

    Of the database's errors only those about a row's values are: a missing table, a lost lock, a full disk or
    a lost connection is not mended by passing events over.
    """
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(_VALUE_ERRORS)
    return isinstance(error, Unstorable)


def described(error: BaseException) -> str:
    """What went wrong and where, without any value of a field: these may be personal."""
    return f"{type(error).__name__}{_detail(error)}{_place(error)}"[:1000]


def _detail(error: BaseException) -> str:
    if isinstance(error, asyncpg.PostgresError):
        named = [getattr(error, name, None) for name in ("table_name", "column_name", "constraint_name")]
        return f" {' '.join(str(one) for one in (error.sqlstate, *named) if one)}"
    invalid = error if isinstance(error, ValidationError) else error.__cause__
    if isinstance(invalid, ValidationError):
        faults = invalid.errors(include_input=False, include_context=False, include_url=False)
        return ": " + "; ".join(f"{'.'.join(map(str, one['loc']))} {one['type']}" for one in faults)
    return f": {error}" if isinstance(error, _SAFE) else ""


def _place(error: BaseException) -> str:
    frames = extract_tb(error.__traceback__)
    return f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
