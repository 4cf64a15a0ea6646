"""Read models: tables, pure changes of their rows, and the queries that answer from them.

What a service's views import from here; what runs the projections is the kernel's own.
"""

from shared.errors import RowMissing
from shared.projections.changes import Change, Row, amend, merge, patch, put, remove, upsert
from shared.projections.definition import Projection
from shared.projections.filters import between, equals, recorded_by, starts_with
from shared.projections.tables import (
    UNTIL,
    Position,
    history_table,
    row_columns,
    standing,
    table_of,
    tables_of,
    then_and_now,
)
from shared.views import Query, Views, view_of

__all__ = [
    "UNTIL",
    "Change",
    "Position",
    "Projection",
    "Query",
    "Row",
    "RowMissing",
    "Views",
    "amend",
    "between",
    "equals",
    "history_table",
    "merge",
    "patch",
    "put",
    "recorded_by",
    "remove",
    "row_columns",
    "standing",
    "starts_with",
    "table_of",
    "tables_of",
    "then_and_now",
    "upsert",
    "view_of",
]
