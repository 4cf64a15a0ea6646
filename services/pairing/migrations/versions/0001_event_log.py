"""The event log and the feeds' bookkeeping."""

from __future__ import annotations

from alembic import op

import shared.eventlog.schema
import shared.projections.schema
from shared.migrations import app_role

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create schema `log` and schema `feeds`."""
    shared.eventlog.schema.upgrade(op, app_role())
    shared.projections.schema.upgrade(op, app_role())


def downgrade() -> None:
    """History is not taken back."""
    raise NotImplementedError("an event log is never dropped by a migration: restore a backup instead")
