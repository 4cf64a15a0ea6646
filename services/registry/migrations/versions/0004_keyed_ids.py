"""The key from which the streams of resident IDs and file numbers have their ids."""

from __future__ import annotations

from alembic import op

import shared.keyed_ids
from shared.migrations import app_role

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create schema `keyed_ids`."""
    shared.keyed_ids.upgrade(op, app_role())


def downgrade() -> None:
    """An older release does not look at it."""
