"""The order of the year: what happens before the weeks, between them, and at the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from uuid import UUID

from guanai.demo import health, opening, year
from guanai.demo.stage import Stage, moment
from services.reporting.client import DraftSummary, EditSummaryText
from services.reporting.events import PeriodKind, SummarySection
from shared.access import Caller

Deed = Callable[[Stage], Awaitable[object]]

YEAR = (date(2025, 1, 1), date(2025, 12, 31))
YEAR_END = date(2025, 12, 30)
HALF_YEAR = (date(2025, 1, 1), date(2025, 6, 30))
HANDED_IN = date(2025, 7, 7)


async def _treat_most(stage: Stage) -> None:
    await stage.come_to(moment(health.TREATED, 16))
    await health.treat(stage, health.TREATED, late=False)


async def _treat_the_last(stage: Stage) -> None:
    await stage.come_to(moment(health.TREATED_LATE, 10))
    await stage.swept()
    await health.treat(stage, health.TREATED_LATE, late=True)
    await health.end(stage)


async def _first_half_year(stage: Stage) -> None:
    await stage.come_to(moment(date(2025, 6, 3), 15))
    await year.pay_and_visit(stage, 1, date(2025, 6, 3))


async def _second_half_year(stage: Stage) -> None:
    await stage.come_to(moment(date(2025, 12, 2), 15))
    await year.pay_and_visit(stage, 2, date(2025, 12, 2))


async def _half_year_ends(stage: Stage) -> None:
    """Every party hands in its summary of the half-year: the reminders of the end of June are settled."""
    await stage.come_to(moment(HANDED_IN, 10))
    await stage.swept()
    villages = (stage.village(index) for index in range(len(stage.plan.villages)))
    schools = (stage.school(school.index) for school in stage.plan.schools)
    parties = (stage.township, stage.federation, *schools, *villages)
    deeds = [_hand_in(stage, party) for party in parties]
    await stage.together("半年总结 / Half-year summaries", deeds)


async def _hand_in(stage: Stage, party: Caller) -> None:
    reporting = stage.reporting(party)
    body = DraftSummary(period=PeriodKind.HALF_YEAR, first_day=HALF_YEAR[0], last_day=HALF_YEAR[1])
    drafted = await reporting.draft_summary(body, key=stage.key("half-year", party.subject))
    await reporting.submit_summary(drafted.id, key=stage.key("half-year handed in", party.subject))


async def _school_year_begins(stage: Stage) -> None:
    await stage.come_to(moment(year.PAIRED_LATE, 10))
    await year.pair_late(stage)


BEFORE: tuple[Deed, ...] = (
    opening.set_up,
    opening.count,
    opening.open_files,
    opening.open_home,
    year.pair,
    year.sponsor,
)
AFTER_WEEK: Mapping[int, tuple[Deed, ...]] = {
    1: (health.examine,),
    2: (_treat_most,),
    3: (_first_half_year,),
    4: (Stage.swept,),
    5: (_treat_the_last,),
    8: (_half_year_ends,),
    17: (_school_year_begins,),
    22: (health.rescue,),
    23: (year.recheck,),
    29: (_second_half_year,),
}


async def play(stage: Stage) -> UUID:
    """The whole year; the federation's summary at its end."""
    for deed in BEFORE:
        await deed(stage)
    for week in range(year.WEEKS):
        await year.play_week(stage, week)
        for deed in AFTER_WEEK.get(week, ()):
            await deed(stage)
    await stage.come_to(moment(YEAR_END, 9))
    await year.publish(stage)
    return await _summarise(stage)


async def _summarise(stage: Stage) -> UUID:
    """The federation's work summary: figures by themselves, two sections in words, then approved."""
    federation = stage.reporting(stage.federation)
    body = DraftSummary(period=PeriodKind.YEAR, first_day=YEAR[0], last_day=YEAR[1])
    summary = (await federation.draft_summary(body, key=stage.key("summary"))).id
    words = {
        SummarySection.DIFFICULTIES: "经费不足，缺少心理辅导人员；个别隔代照护人只会方言，电话难以沟通。",
        SummarySection.NEXT_STEPS: "为每名方言家庭安排会方言的联系人；争取心理咨询师每月到校一次。",
    }
    for section, text in words.items():
        await federation.edit_summary_text(
            summary, section, EditSummaryText(text=text), key=stage.key("summary", section)
        )
    await stage.come_to(moment(YEAR_END, 15))
    await federation.submit_summary(summary, key=stage.key("summary submitted"))
    await stage.reporting(stage.township).approve_summary(summary, key=stage.key("summary approved"))
    return summary
