"""The publicity items, who sees which, and how they are recorded and listed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, or_, select

from services.pairing.events import EVENTS as PAIRING
from services.pairing.publicity.api import PublicityView
from services.pairing.publicity.events import PublicityPublished
from services.reach import Reach
from shared import Recorded
from shared.projections import Change, Projection, Views, put, recorded_by, table_of, tables_of, view_of

TABLES = tables_of("publicity")

items = table_of("items", TABLES, PublicityView, key="publicity_id", recorded_at=datetime)

publicity = Projection("publicity", tables=TABLES, sources=(PAIRING,))


@publicity.on(PublicityPublished)
def published(event: PublicityPublished, recorded: Recorded) -> Iterable[Change]:
    yield put(items, **dict(event), recorded_at=recorded.recorded_at)


def visible(views: Views, reach: Reach) -> Select[Any]:
    """The items of the caller's organisation, and those of the caller's branch."""
    own = items.c.organisation_id == reach.organisation
    return select(items).where(
        recorded_by(views, items.c.recorded_at), or_(own, reach.on_branch(items.c.division))
    )


def shown(row: RowMapping) -> PublicityView:
    """The item; it holds nothing personal."""
    return view_of(PublicityView, row)
