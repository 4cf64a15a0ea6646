"""The records of who read what about whom."""

from __future__ import annotations

from alembic import op

import shared.accesses.schema
from shared.migrations import app_role

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create schema `accesses`."""
    shared.accesses.schema.upgrade(op, app_role())


def downgrade() -> None:
    """What was read stays on record."""
    raise NotImplementedError(
        "records of accesses are never dropped by a migration: restore a backup instead"
    )
