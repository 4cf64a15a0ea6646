"""What became of the messages that leave the house."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, and_, literal

from services.notify.deliveries.api import DeliveriesApi, DeliveryView
from services.notify.deliveries.views import deliveries, delivery_view, shown_state, unexplained, with_alerts
from services.notify.scope import present
from services.notify.seeing import sees_alerts, shows
from services.reach import Reach
from shared import OPERATOR
from shared.http import lists
from shared.projections import Views, equals


def _shown_to(views: Views, reach: Reach, alert_id: UUID | None) -> Select[Any]:
    present(views)
    if reach.kind == OPERATOR:
        return with_alerts().where(literal(alert_id is None))
    theirs = and_(sees_alerts(reach), shows(reach, deliveries.c.party))
    return with_alerts().where(theirs, equals(deliveries.c.alert_id, alert_id))


def _shown(row: RowMapping, reach: Reach) -> DeliveryView:
    return unexplained(row) if reach.kind == OPERATOR else delivery_view(row)


list_deliveries = lists(
    DeliveriesApi.list_deliveries,
    _shown_to,
    order=(deliveries.c.delivery_id,),
    where={"state": lambda state: shown_state() == state},
    item=_shown,
)

ROUTES = (list_deliveries,)
