"""The registry's read models together."""

from __future__ import annotations

from services.registry.events import EVENTS
from services.registry.wiring import REGISTRY

KEPT_BY_THE_LOG_ALONE = {"file_number.reserved", "resident_id.reserved", "access.token_revoked"}
"""Reservations are asked of their streams; revocations are projected by the kernel."""


def test_every_fact_stands_in_a_read_model() -> None:
    """What the registry publishes, it can also show."""
    projected = {name for projection in REGISTRY.projections for name in projection.handlers}
    assert set(EVENTS.by_name) - projected == KEPT_BY_THE_LOG_ALONE


def test_read_models_have_their_own_schemas() -> None:
    """No two read models share a schema, and none takes the log's or the feeds'."""
    names = [projection.name for projection in REGISTRY.projections]
    assert len(set(names)) == len(names)
    assert {"log", "feeds", "public"}.isdisjoint(names)
