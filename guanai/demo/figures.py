"""What must come out: the source's figures, and those that the story itself has counted along."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from guanai.demo import health, year
from guanai.demo.stage import Stage, moment
from guanai.demo.story import YEAR
from guanai.demo.township import (
    CHILDREN,
    PAINTERS,
    RIGHTS_STATIONS,
    SPONSORED,
    SURROGATE_MOTHERS,
    WITH_GRANDPARENTS,
)
from guanai.stack import SERVICES
from services.notify.client import AlertRow
from services.pairing.events import ContactKind, FailureReason
from services.reporting.client import Indicators
from shared.access import Caller

IN_JUNE = date(2025, 6, 5)
"""When calls to the boy's home still failed."""

Number = int | Decimal | None


@dataclass(frozen=True, slots=True)
class Check:
    """One figure: what it must be and what the services say."""

    label: str
    expected: object
    actual: object

    @property
    def right(self) -> bool:
        """Whether they agree."""
        return self.expected == self.actual


async def check_figures(stage: Stage) -> list[Check]:
    """All of them, asked for as the federation, as a school and as the boy's mentor."""
    federation = await stage.reporting(stage.federation).get_indicators(first_day=YEAR[0], last_day=YEAR[1])
    schools = [
        await stage.reporting(stage.school(school.index)).get_indicators(first_day=YEAR[0], last_day=YEAR[1])
        for school in stage.plan.schools
    ]
    return [
        *_of_the_source(federation),
        *_of_the_story(stage, federation),
        *_of_the_schools(schools),
        *await _of_the_boy(stage),
        *await _of_the_alerts(stage),
        Check("停放的事件 / Parked events", 0, await _parked(stage)),
    ]


def _of_the_source(federation: Indicators) -> Iterator[Check]:
    """Scenario C."""
    grandparents = federation.figure("children_with_grandparents")
    others = federation.figure("children_with_teachers_and_relatives")
    yield Check("建档儿童 / Child files", CHILDREN, _value(federation, "children"))
    yield Check("排摸登记 / Found by the census", CHILDREN, _value(federation, "census_children"))
    yield Check("隔代照护 / With grandparents", WITH_GRANDPARENTS, _whole(grandparents.value))
    yield Check("隔代照护 % / With grandparents %", 80, grandparents.percent)
    yield Check("教师亲属 / With teachers, relatives", CHILDREN - WITH_GRANDPARENTS, _whole(others.value))
    yield Check("教师亲属 % / With teachers, relatives %", 20, others.percent)
    yield Check("代理妈妈 / Surrogate mothers", SURROGATE_MOTHERS, _value(federation, "surrogate_mothers"))
    yield Check("资助儿童 / Sponsored children", SPONSORED, _value(federation, "sponsored_children"))
    yield Check(
        "半年慰问 / Half-yearly visits made", 2 * SPONSORED, _value(federation, "condolence_halves_kept")
    )
    yield Check("半年慰问应到 / … due", 2 * SPONSORED, _value(federation, "condolence_halves_due"))
    yield Check("留守儿童之家 / Children's Homes", 1, _value(federation, "homes"))
    yield Check("每周开放 / Sessions a week", 2, _value(federation, "home_sessions_per_week"))
    yield Check("在场教师 / Teachers at each session", 2, _value(federation, "home_session_staff"))
    yield Check("维权站 / Rights stations", RIGHTS_STATIONS, _value(federation, "rights_stations"))
    painting = {part.key: part.value for part in federation.figure("participants_by_kind").parts}
    yield Check("橘子节绘画 / Children painting", PAINTERS, _whole(painting.get("painting")))


def _of_the_story(stage: Stage, federation: Indicators) -> Iterator[Check]:
    expected = {
        "children_paired": CHILDREN,
        "mentors": len(stage.plan.carers),
        "contact_cards": CHILDREN,
        "files_rechecked": CHILDREN,
        "contacts": stage.tally["contacts"],
        "contacts_succeeded": stage.tally["contacts_succeeded"],
        "home_visits": stage.tally[ContactKind.HOME_VISIT],
        "video_calls": stage.tally[ContactKind.VIDEO_CALL],
        "diary_entries": stage.tally["diary_entries"],
        "home_sessions_planned": 2 * year.WEEKS,
        "home_sessions_held": year.SESSIONS,
        "home_attendance": stage.tally["attendance"],
        "activities": len(year.SOCIAL_CALENDAR),
        "sponsorship_money": SPONSORED * year.YEARLY_AMOUNT,
        "publicity": len(year.PUBLICITY),
        "danger_reports": 1,
        "danger_reports_closed": 1,
        "census_differences": 10,
    }
    for code, value in expected.items():
        figure = federation.figure(code)
        yield Check(f"{figure.zh} / {figure.en}", value, _whole(figure.value))


def _of_the_schools(schools: list[Indicators]) -> Iterator[Check]:
    """Health is the schools' to see, not the federation's."""
    done = sum(int(_value(school, "checkups_done") or 0) for school in schools)
    yield Check("体检（各校合计）/ Checkups, all schools", CHILDREN - len(health.ABSENT), done)
    found = sum(int(_value(school, "findings") or 0) for school in schools)
    yield Check("异常 / Findings", len(health.FINDINGS), found)
    closed = sum(int(_value(school, "findings_closed") or 0) for school in schools)
    yield Check("异常已办结 / Findings closed", len(health.FINDINGS), closed)


async def _of_the_boy(stage: Stage) -> list[Check]:
    """Scenario E: the trend shows what went wrong and proposes what to do."""
    school = stage.pairing(stage.school(stage.plan.boy.school))
    trend = await school.get_contact_trend(stage.ids[stage.plan.boy.key], periods=9)
    in_june = await school.get_contact_trend(stage.ids[stage.plan.boy.key], periods=2, as_of=moment(IN_JUNE))
    barriers = sum(period.failures.get(FailureReason.LANGUAGE_BARRIER, 0) for period in trend.periods)
    return [
        Check("方言听不懂 / Calls failed by language", 8, barriers),
        Check(
            "六月建议联系母亲 / In June: call the mother",
            True,
            "call_mother" in {one.code for one in in_june.proposals},
        ),
        Check("联系变少 / Contact grows", "rarer", trend.direction),
        Check("有建议 / Something is proposed", True, bool(trend.proposals)),
    ]


async def _of_the_alerts(stage: Stage) -> list[Check]:
    """What nobody had to remember."""
    alerts = await every_alert(stage)
    rules = {alert.rule.value for alert in alerts}
    wanted = (
        "finding_open",
        "checkup_arranged",
        "without_mentor",
        "contact_failed",
        "mentor_contact",
        "diary_entry",
        "danger",
        "home_not_opened",
        "work_summary",
    )
    unwritten = [one for one in alerts if one.rule.value == "work_summary" and one.settled_at is None]
    climbed = any(alert.rule.value == "danger" and alert.level > 0 for alert in alerts)
    return [
        *(Check(f"提醒 / Alert: {rule}", True, rule in rules) for rule in wanted),
        Check("危险报告逐级上报 / Danger alert climbed", True, climbed),
        Check("未交总结的提醒 / Reminders of summaries open", 0, len(unwritten)),
    ]


async def _parked(stage: Stage) -> int:
    states = [await stage.operator(service).show_status() for service in SERVICES]
    return sum(projection.parked for state in states for projection in state.projections)


def _value(indicators: Indicators, code: str) -> Number:
    return _whole(indicators.figure(code).value)


def _whole(value: Decimal | None) -> Number:
    """A whole number where it is one, so that 193 and 193.00 are the same."""
    return int(value) if value is not None and value == value.to_integral_value() else value


async def every_alert(stage: Stage) -> list[AlertRow]:
    """All alerts that the township, the federation or a school may see, newest first, each once."""
    parties = [stage.township, stage.federation, *(stage.school(one.index) for one in stage.plan.schools)]
    alerts = {alert.id: alert for party in parties for alert in await _alerts_of(stage, party)}
    return sorted(alerts.values(), key=lambda alert: alert.raised_at, reverse=True)


async def _alerts_of(stage: Stage, party: Caller) -> list[AlertRow]:
    alerts: list[AlertRow] = []
    cursor: str | None = None
    while True:
        page = await stage.notify(party).list_alerts(cursor=cursor, limit=200)
        alerts += page.items
        cursor = page.next
        if cursor is None:
            return alerts
