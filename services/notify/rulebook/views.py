"""The rules that were set otherwise than their defaults."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ValidationError
from sqlalchemy import Column, String, Table, select
from sqlalchemy.dialects.postgresql import JSONB

from services.notify.events import EVENTS
from services.notify.rulebook.events import RuleSet
from services.notify.rulebook.overrides import Rulebook
from shared import Recorded
from shared.projections import Change, Projection, Query, Views, put, tables_of
from shared.reactions import Unable

TABLES = tables_of("rulebook")

settings = Table(
    "settings",
    TABLES,
    Column("rule", String, primary_key=True),
    Column("division", String, primary_key=True),
    Column("setting", JSONB, nullable=False),
)

rule_settings = Projection(name="rulebook", tables=TABLES, sources=(EVENTS,))


@rule_settings.on(RuleSet)
def rule_set(event: RuleSet, _: Recorded) -> Iterable[Change]:
    yield put(settings, rule=event.rule, division=event.division, setting=event.model_dump(mode="json"))


_SETTINGS = Query(select(settings).order_by(settings.c.rule, settings.c.division))


async def read_rulebook(views: Views) -> Rulebook:
    """The rules as they hold now, everywhere."""
    read: list[RuleSet] = []
    unreadable: list[Unable] = []
    for row in await views.run(_SETTINGS):
        try:
            read.append(RuleSet.model_validate(row["setting"]))
        except ValidationError as error:
            unreadable.append(Unable.of(f"rule:{row['rule']}:{row['division']}", error))
    return Rulebook(tuple(read), tuple(unreadable))
