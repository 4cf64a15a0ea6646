"""What the demo shows with --full: each party's view, alerts and their recipients, the work summary."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from guanai.demo.figures import IN_JUNE, Check, every_alert
from guanai.demo.stage import CHINA, Stage, moment
from services.events import domain_events
from services.notify.client import AlertView
from services.pairing.client import ContactTrend
from services.pairing.events import EVENTS as PAIRING
from services.registry.events import EVENTS as REGISTRY
from services.reporting.client import DocumentFormat, FigureView, Moment, PartyView
from shared.access import Caller
from shared.client import NotFound

OPEN_ALERTS_SHOWN = 12
MOMENTS_SHOWN = 8
_EVENT_NAMES = {
    event.type: event.description.name for types in (REGISTRY, PAIRING) for event in domain_events(types)
}
PARTS_SHOWN = 7


def table(title: str, *columns: str) -> Table:
    """A table with its title on the left."""
    made = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


async def show_all(stage: Stage, summary: UUID, out: Console) -> None:
    """Everything, from the services' answers alone."""
    for _, title, caller in parties_of(stage):
        _show_view(title, await stage.reporting(caller).get_view(), out)
    await _show_alerts(stage, out)
    await _show_boy(stage, out)
    text = await stage.reporting(stage.federation).render_summary(summary, DocumentFormat.MARKDOWN)
    out.rule("妇联工作总结 / The federation's work summary")
    out.print(Markdown(text))


def show_checks(checks: Iterable[Check], out: Console) -> None:
    """Expected beside actual."""
    made = table("核对 / Figures checked", "指标", "应为 expected", "实为 actual", "")
    for check in checks:
        mark = "[green]✓" if check.right else "[bold red]✗"
        made.add_row(escape(check.label), str(check.expected), str(check.actual), mark)
    out.print(made)


def parties_of(stage: Stage) -> list[tuple[str, str, Caller]]:
    """Those whose views are shown: a short name, a title, one who acts for the party."""
    boy = stage.plan.boy
    mentor = next(carer for carer in stage.plan.carers if boy.index in carer.children)
    return [
        ("township", "镇政府 / Township", stage.township),
        ("federation", "妇联 / Women's federation", stage.federation),
        ("school", "中心校 / Centre school", stage.school(0)),
        ("village", "村 / Village", stage.village(boy.village)),
        ("mentor", "结对教师 / The boy's mentor", stage.mentor(mentor.index)),
    ]


def _show_view(title: str, view: PartyView, out: Console) -> None:
    made = table(f"{title} · {view.as_of:%Y-%m-%d}", "指标", "数", "%", "明细 breakdown")
    head = {
        "儿童 / Children": view.children,
        "已结对 / Paired": view.paired,
        "待办 / To do": view.todo_open,
        "逾期 / Overdue": view.todo_overdue,
    }
    for label, number in head.items():
        if number is not None:
            made.add_row(f"[bold]{label}", str(number), "", "")
    for figure in view.indicators.figures:
        if not figure.value and not figure.parts:
            continue
        made.add_row(f"{escape(figure.zh)} / {escape(figure.en)}", *_figure(figure))
    out.print(made)


def _figure(figure: FigureView) -> tuple[str, str, str]:
    number = f"{figure.value:f} {figure.unit}" if figure.value is not None else ""
    if figure.suppressed:
        number = "<5"
    told = [f"{part.zh} {part.value:f}" for part in figure.parts if part.value]
    parts = "  ".join(told[:PARTS_SHOWN]) + ("  …" if len(told) > PARTS_SHOWN else "")
    return number, "" if figure.percent is None else f"{figure.percent} %", escape(parts)


async def _show_alerts(stage: Stage, out: Console) -> None:
    alerts = await every_alert(stage)
    counted = Counter((alert.rule.value, str(alert.title)) for alert in alerts)
    unsettled = Counter(alert.rule.value for alert in alerts if alert.settled_at is None)
    by_rule = table("全年提醒 / Alerts of the year", "规则 rule", "", "发出 raised", "未了 open")
    for (rule, title), number in sorted(counted.items()):
        by_rule.add_row(rule, escape(title), str(number), str(unsettled[rule]))
    out.print(by_rule)
    firsts = {alert.rule: alert for alert in reversed(alerts)}
    chosen = list(firsts.values())[:OPEN_ALERTS_SHOWN]
    shown = table("提醒发给了谁，为什么 / Who was told, and why", "提醒", "时间", "收件人 recipients", "结果")
    for alert in chosen:
        shown.add_row(*_alert(await _detail(stage, alert.id)))
    out.print(shown)


async def _detail(stage: Stage, alert_id: UUID) -> AlertView:
    """As the first party that may see it."""
    schools = (stage.school(school.index) for school in stage.plan.schools)
    for party in (stage.township, stage.federation, *schools):
        with contextlib.suppress(NotFound):
            return await stage.notify(party).get_alert(alert_id)
    raise LookupError(f"alert {alert_id} is seen by nobody")


def _alert(alert: AlertView) -> tuple[str, str, str, str]:
    told = "\n".join(
        f"{one.relation.value}{'↑' * one.level}: {escape(str(one.because))}" for one in alert.recipients
    )
    end = (
        f"{alert.settled_at.astimezone(CHINA):%m-%d} {alert.settled_by}"
        if alert.settled_at
        else alert.state.value
    )
    return escape(str(alert.title)), f"{alert.raised_at.astimezone(CHINA):%m-%d %H:%M}", told, end


async def _show_boy(stage: Stage, out: Console) -> None:
    boy = stage.plan.boy
    school = stage.school(boy.school)
    trend = await stage.pairing(school).get_contact_trend(stage.ids[boy.key], periods=9)
    _show_trend(trend, out)
    in_june = await stage.pairing(school).get_contact_trend(
        stage.ids[boy.key], periods=2, as_of=moment(IN_JUNE)
    )
    for proposal in in_june.proposals:
        out.print(f"  → {IN_JUNE:%Y-%m}: {escape(str(proposal.words))}")
    page = await stage.reporting(school).get_timeline(stage.ids[boy.key], limit=MOMENTS_SHOWN)
    _show_timeline(page.items, out)


def _show_trend(trend: ContactTrend, out: Console) -> None:
    made = table(
        f"一个男孩的联系趋势：{trend.direction} / Contact with one boy",
        *("四周起 from", "尝试 tried", "成功 reached", "和谁 with", "失败 failed"),
    )
    for period in trend.periods:
        made.add_row(
            f"{period.start:%Y-%m-%d}",
            str(period.attempted),
            str(period.succeeded),
            ", ".join(f"{who.value} {number}" for who, number in period.with_whom.items()),
            ", ".join(f"{why.value} {number}" for why, number in period.failures.items()),
        )
    out.print(made)
    for proposal in trend.proposals:
        out.print(f"  → {escape(str(proposal.words))}")


def _show_timeline(moments: Iterable[Moment], out: Console) -> None:
    made = table("他的时间线（最近）/ His timeline", "日期", "事 event", "")
    for one in moments:
        details = {name: value for name, value in one.details.items() if not name.endswith("_id")}
        made.add_row(str(one.on), str(_EVENT_NAMES.get(one.type, one.type)), escape(str(details)[:120]))
    out.print(made)
