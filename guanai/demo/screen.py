"""The demo's end on one screen: what was played, what came out, what was checked, what to open next."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from guanai.demo import health
from guanai.demo.figures import IN_JUNE, Check, every_alert
from guanai.demo.show import parties_of, show_checks
from guanai.demo.stage import Stage, moment
from guanai.demo.story import YEAR
from guanai.demo.township import CHILDREN
from guanai.secrets import write_private
from services.notify.client import AlertRow
from services.notify.events import RuleName
from services.reporting.client import FigureView, Indicators

TOKENS = "tokens.env"
"""In the demo's home, readable by its owner alone: a token for each party, as shell variables."""
HEART = (
    "children_with_grandparents",
    "children_paired",
    "surrogate_mothers",
    "contacts_succeeded",
    "home_visits",
    "sponsorship_money",
    "danger_reports",
    "publicity",
)
"""Figures of the federation's summary that say how the year went."""


async def show_screen(stage: Stage, checks: Sequence[Check], seconds: float, out: Console) -> None:
    """What was played, the heart of it, and whether the figures are right."""
    federation = await stage.reporting(stage.federation).get_indicators(first_day=YEAR[0], last_day=YEAR[1])
    await _show_year(stage, federation, seconds, out)
    _show_heart(federation, out)
    await _show_boy(stage, out)
    show_verdict(checks, out)


def show_verdict(checks: Sequence[Check], out: Console) -> None:
    """How many figures were checked; those that differ in full."""
    wrong = [check for check in checks if not check.right]
    if wrong:
        show_checks(wrong, out)
        out.print(f"[bold red]{len(checks)} 个数字中 {len(wrong)} 个不对 / Figures differ")
    else:
        out.print(f"[bold green]核对 {len(checks)} 个数字，全部正确 / All figures are right: {len(checks)}")


def show_doors(stage: Stage, home: Path, out: Console) -> None:
    """What to open next: addresses, where the tokens are, commands."""
    tokens = _as_typed(write_tokens(stage, home))
    out.print("\n[bold]接着看 / What to open next")
    for name, url in stage.endpoints.services.items():
        out.print(f"  {name:<10} {url}   文档 / docs: {url}/docs", soft_wrap=True)
    lines = {
        "各方令牌 / Each party's token": tokens,
        "健康 / Health": "guanai status",
        "日志 / Event log": "guanai events pairing",
        "示例 / An example": f'. {tokens}; python examples/02_log_a_call.py "$SCHOOL_TOKEN"',
        "各方视图与总结全文 / Every view, the summary": "guanai demo --full",
    }
    for title, line in lines.items():
        out.print(f"  {title}: [bold]{escape(line)}[/]", soft_wrap=True)


def write_tokens(stage: Stage, home: Path) -> Path:
    """A token for each party in a file that a shell can read (`. tokens.env`)."""
    lines = [
        f"# {title}\n{name.upper()}_TOKEN={stage.token(caller)}\n"
        for name, title, caller in (*parties_of(stage), ("operator", "运维 / Operator", stage.operators))
    ]
    file = home / TOKENS
    write_private(file, "".join(lines))
    return file


async def _show_year(stage: Stage, federation: Indicators, seconds: float, out: Console) -> None:
    alerts = await every_alert(stage)
    settled = sum(alert.settled_at is not None for alert in alerts)
    plan, number = stage.plan, _numbers(federation)
    out.print(f"[bold]橘乡镇的 {YEAR[0].year} 年，{seconds:.0f} 秒演完 / A township's year, played")
    for line in (
        (
            f"{number['children']} 名儿童、{len(plan.schools)} 所学校、{len(plan.villages)} 个村、"
            f"{number['mentors']} 位结对人 / children, schools, villages, mentors"
        ),
        (
            f"{number['contacts']} 次联系、{number['home_sessions_held']} 次之家开放、"
            f"{number['activities']} 场活动、{CHILDREN - len(health.ABSENT)} 次体检"
            " / contacts, Home sessions, activities, checkups"
        ),
        f"{len(alerts):,} 条提醒，{settled:,} 条已了 / alerts raised, settled",
        *_climbed(alerts),
    ):
        out.print(f"  {escape(line)}", soft_wrap=True)


def _climbed(alerts: Sequence[AlertRow]) -> Iterator[str]:
    """The report of a child in danger that nobody answered at first."""
    for alert in alerts:
        if alert.rule is RuleName.DANGER and alert.level and alert.settled_at:
            hours = (alert.settled_at - alert.raised_at).total_seconds() / 3600
            yield (
                f"一份险情报告无人应答，自动上报 {alert.level} 级，{hours:.0f} 小时后办结"
                " / a danger report climbed, then was settled"
            )


def _numbers(federation: Indicators) -> dict[str, str]:
    return {figure.code: f"{figure.value:,f}" for figure in federation.figures if figure.value is not None}


def _show_heart(federation: Indicators, out: Console) -> None:
    out.print("\n[bold]妇联工作总结的要点 / The heart of the federation's work summary")
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(justify="right")
    grid.add_column(justify="right")
    for code in HEART:
        grid.add_row(*_row(federation.figure(code)))
    out.print(grid)


def _row(figure: FigureView) -> tuple[str, str, str]:
    number = f"{figure.value:,f} {figure.unit}" if figure.value is not None else "—"
    return (
        f"  {escape(figure.zh)} / {escape(figure.en)}",
        number,
        "" if figure.percent is None else f"{figure.percent} %",
    )


async def _show_boy(stage: Stage, out: Console) -> None:
    """What the system proposed for one boy whom nobody could reach."""
    school, boy = stage.pairing(stage.school(stage.plan.boy.school)), stage.ids[stage.plan.boy.key]
    june = await school.get_contact_trend(boy, periods=2, as_of=moment(IN_JUNE))
    december = await school.get_contact_trend(boy, periods=9)
    out.print("\n[bold]一个打不通电话的男孩 / A boy whom nobody could reach: proposed")
    for month, trend in (("6 月 June", june), ("12 月 December", december)):
        if trend.proposals:
            out.print(f"  {month}: {escape(str(trend.proposals[0].words))}", soft_wrap=True)
    out.print()


def _as_typed(path: Path) -> str:
    """The path as it is typed in a shell that stands where we stand."""
    beside = Path(os.path.relpath(path))
    short = path if beside.parts[0] == ".." else beside
    return shlex.quote(str(short))
