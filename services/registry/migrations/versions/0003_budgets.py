"""How often a person searched for files today."""

from __future__ import annotations

from alembic import op

import shared.http.budgets
from shared.migrations import app_role

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create schema `budgets`."""
    shared.http.budgets.upgrade(op, app_role())


def downgrade() -> None:
    """An older release does not look at it."""
