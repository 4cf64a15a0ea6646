"""Kept counts are what counting all rows would find, whatever happened, for whom and as of when."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import CompoundSelect, Select, Text, cast, func, literal, null, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncEngine

from services.language import PartyKind
from services.pairing.events import MentorEnrolled, PairingAccepted, PairingProposed
from services.registry.events import ChildRegistered, SchoolChanged
from services.reporting.care.views import CARE
from services.reporting.figures import cache
from services.reporting.figures.cache import Counted, FigureCache
from services.reporting.figures.catalogue import BY_CODE, available
from services.reporting.figures.changed_subjects import CHANGED_BY_PAIRING, CHANGED_BY_REGISTRY
from services.reporting.figures.figure import UNKNOWN, Figure, listing
from services.reporting.figures.scope import FigureScope
from services.reporting.figures.sql import Cell, Line, value_of
from services.reporting.periods import Period, year_to
from services.reporting.reach import Share, audience_of
from shared.messages import Recorded
from shared.projections.rebuild import Rebuild
from shared.views import Views
from tests.reporting.histories import NEW_YEAR, Lives
from tests.reporting.tables import COUNTED, empty, neighbours
from tests.reporting.township import SCHOOLS, TOWNSHIP, VILLAGES, named, scenario_c

Amounts = Mapping[Line, tuple[int, Decimal]]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handful of children is many parts."""
    monkeypatch.setattr(cache, "PART", 2)
    monkeypatch.setattr(cache, "CROWDED", 6)
    monkeypatch.setattr(cache, "MOST_AGAIN", 1)


def scopes(period: Period, mentor_id: UUID, then: datetime) -> list[FigureScope]:
    """A party of each kind, one that looks at a part of its reach, and one that looks back."""
    town, school = audience_of(PartyKind.TOWNSHIP), audience_of(PartyKind.SCHOOL)
    return [
        FigureScope(town, Share(division=TOWNSHIP), period, None),
        FigureScope(town, Share(division=TOWNSHIP), period, None, party=f"township:{TOWNSHIP}"),
        FigureScope(town, Share(division=TOWNSHIP), period, then),
        FigureScope(town, Share(VILLAGES[1], SCHOOLS[1]), period, None),
        FigureScope(school, Share(school_id=SCHOOLS[0]), period, None, party=f"school:{SCHOOLS[0]}"),
        FigureScope(
            audience_of(PartyKind.VILLAGE), Share(VILLAGES[0]), period, None, party=f"village:{VILLAGES[0]}"
        ),
        FigureScope(audience_of(PartyKind.MENTOR), Share(mentor_id=mentor_id), period, None),
    ]


def records_of(scope: FigureScope) -> CompoundSelect[Any]:
    """Counts the records behind every figure, all together: made once for many times asked."""
    return union_all(*map(partial(_count, scope), available(scope)))


async def listed(engine: AsyncEngine, records: CompoundSelect[Any]) -> Amounts:
    """What the records behind every figure come to."""
    async with engine.connect() as connection:
        found = (await connection.execute(records)).all()
    values = [
        value_of(BY_CODE[one.code], one.key, Cell(one.lines, one.sum or Decimal(0), one.least))
        for one in found
    ]
    return {(one.figure.code, one.key): (one.lines, one.amount) for one in values}


def _count(scope: FigureScope, figure: Figure) -> Select[Any]:
    lines = listing(figure, scope, None).subquery()
    key = func.coalesce(lines.c.key, UNKNOWN) if figure.by else cast(null(), Text)
    counted = select(
        literal(figure.code).label("code"),
        key.label("key"),
        func.count().label("lines"),
        func.sum(lines.c.amount).label("sum"),
        func.min(lines.c.amount).label("least"),
    ).select_from(lines)
    return counted.group_by(key) if figure.by else counted


def amounts(counted: Counted) -> Amounts:
    return {
        (value.figure.code, value.key): (value.lines, value.amount)
        for values in counted.values()
        for value in values
    }


def logs(random: Random, count: int) -> list[Recorded]:
    by_service = {one.types.service: one for one in neighbours()}
    return [by_service[service].record(event, at=at) for service, at, event in Lives(random).happen(count)]


def cut(history: Sequence[Recorded], random: Random) -> Iterator[Sequence[Recorded]]:
    """The history in runs of one source, as it arrives."""
    run: list[Recorded] = []
    for recorded in history:
        if run and (recorded.service != run[0].service or random.random() < 0.2):
            yield run
            run = []
        run.append(recorded)
    yield run


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32), days=st.integers(60, 364))
def test_kept_counts_equal_the_records(url: str, seed: int, days: int) -> None:
    """After any run of events every party's kept figures are those of the records behind them."""
    random = Random(seed)
    history = logs(random, 100)
    period = year_to(date(2025, 1, 1) + timedelta(days=days))
    mentors = [one.stream_id for one in history if one.type == MentorEnrolled.type]
    mentor_id = mentors[0] if mentors else named("nobody")
    asked = [(scope, records_of(scope)) for scope in scopes(period, mentor_id, history[50].recorded_at)]

    async def check() -> None:
        async with empty(url) as (engine, projector):
            figure_cache, views = FigureCache(), Views(engine)
            for run in cut(history, random):
                await projector.take(run[0].service, run)
                await figure_cache.count(views, asked[0][0])
                scope, records = random.choice(asked)
                assert amounts(await figure_cache.count(views, scope)) == await listed(engine, records)
            for scope, records in asked:
                assert amounts(await figure_cache.count(views, scope)) == await listed(engine, records)

    asyncio.run(check())


async def test_a_mother_counts_no_longer_where_her_child_has_left(url: str) -> None:
    """A mentor touched by no event is counted again when the child moves to another school."""
    said = [told.event for told in scenario_c() if isinstance(told.event, ChildRegistered | MentorEnrolled)]
    children = [one for one in said if isinstance(one, ChildRegistered)][:12]
    mother = next(one for one in said if isinstance(one, MentorEnrolled))
    pair = {"pairing_id": named("pair"), "child_id": children[0].child_id, "mentor_id": mother.mentor_id}
    year = year_to(date(2025, 12, 31))
    scope = FigureScope(audience_of(PartyKind.SCHOOL), Share(school_id=SCHOOLS[0]), year, None)
    registry, pairing = neighbours()
    async with empty(url) as (engine, projector):
        figure_cache, views = FigureCache(), Views(engine)
        await projector.take("registry", [registry.record(one, at=NEW_YEAR) for one in children])
        paired = (mother, PairingProposed(**pair), PairingAccepted(**pair, on=NEW_YEAR.date()))
        await projector.take("pairing", [pairing.record(one, at=NEW_YEAR) for one in paired])
        line = "surrogate_mothers", None
        assert amounts(await figure_cache.count(views, scope))[line][0] == 1
        moved = SchoolChanged(child_id=children[0].child_id, school_id=SCHOOLS[1], on=NEW_YEAR.date())
        await projector.take("registry", [registry.record(moved, at=NEW_YEAR + timedelta(days=1))])
        assert amounts(await figure_cache.count(views, scope))[line][0] == 0


async def test_rebuilt_tables_are_counted_anew(url: str) -> None:
    """Without an event nothing is counted again; with other tables at the same position all is."""
    history = logs(Random(7), 60)
    period = year_to(date(2025, 12, 31))
    scope = FigureScope(audience_of(PartyKind.TOWNSHIP), Share(division=TOWNSHIP), period, None)
    async with empty(url) as (engine, projector):
        figure_cache, views = FigureCache(), Views(engine)
        for run in cut(history, Random(7)):
            await projector.take(run[0].service, run)
        before = amounts(await figure_cache.count(views, scope))
        async with engine.begin() as connection:
            await connection.execute(text("DELETE FROM care.contacts"))
        assert amounts(await figure_cache.count(views, scope)) == before

        async def replay(source: str, after: int, limit: int) -> list[Recorded]:
            return [one for one in history if one.service == source and one.position > after][:limit]

        await Rebuild(engine, projector, replay, CARE).run()
        async with engine.begin() as connection:
            await connection.execute(text("DELETE FROM care.contacts"))
        after = amounts(await figure_cache.count(views, scope))
        assert after == await listed(engine, records_of(scope))
        assert after != before


def test_every_event_that_is_counted_from_is_marked() -> None:
    """No event changes a table that figures are counted from without being known for whom it touched."""
    marked = {*CHANGED_BY_REGISTRY.handlers, *CHANGED_BY_PAIRING.handlers}
    for projection in COUNTED:
        assert projection.handlers.keys() <= marked, projection.name
