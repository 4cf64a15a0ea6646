"""status: one line when all is well, what is wrong and the way out when not, all of it on request."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.markup import escape

from guanai.commands.console import (
    UNHEALTHY,
    HomeOption,
    JsonOption,
    operator,
    out,
    run,
    settled,
    show_json,
    table,
)
from guanai.home import Home
from guanai.stack import SERVICES
from shared.client import ClientError
from shared.messages import Message
from shared.ops_contracts import ServiceState

app = typer.Typer()

_RETRIED = "每几秒重试；仍不好就看该服务日志 / Tried again every few seconds; if it stays, see its log"
_WAY_OUT = {
    "database": "看 PostgreSQL 的日志；服务会自己重连 / See PostgreSQL's log; services reconnect themselves",
    "log": "看磁盘空间与 PostgreSQL 的日志；提示 accesses 时含个人信息的答复暂停 /"
    " See the disk and PostgreSQL's log; with accesses: answers that hold personal data wait",
    "bus": "看 NATS 的日志；写入照常 / See nats-server's log; writes go on",
    "relay": "提示 StreamDisagrees 时见手册“恢复” / With StreamDisagrees: the handbook, Restore; else wait",
    "tasks": _RETRIED,
    "feeds": "看所指的那个服务 / Look at the service that it names",
    "reactions": _RETRIED,
    "lag": "等它追上；不动就看数据库与来源 / Let it catch up; if it stands still, its database and source",
    "rebuilding": "等重建完成，旧视图照常回答 / Wait; the old view goes on answering",
}
_ASIDE = (
    "只影响这一条，会自动再试；改正该地址、规则或记录 / It concerns this one alone and is tried again;"
    " put the address, rule or record right"
)
_FOREIGN = (
    "没有采用，流已按日志重建；查谁有总线口令并更换 / None was taken, the stream was made again; find out who"
    " has the bus's passwords and rotate them: the handbook, Foreign messages"
)
_SILENT = "看该服务日志；停了会自动重启 / See the service's log; it is started again when it has ended"


class Silent(Message):
    """A service that does not answer."""

    error: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong with a service, and what to do."""

    service: str
    what: str
    way_out: str


Found = Mapping[str, ServiceState | Silent]


@app.command()
def status(
    *,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="每个服务、每个视图 / Every service and view")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """健康与否：一行；不好时说明哪里不好、怎么办。 / Healthy in one line, or what is wrong and what to do.

    退出码 / Exit code: 0 健康 healthy, 1 不健康 unhealthy, 3 没有运行 not running.

    例 / Examples:

      guanai status

      guanai status -v                      每个服务与视图 / every service and view

      guanai status --json | jq 'map_values(.ready)'
    """
    found = run(ask_all(settled(home)))
    troubles = [trouble for name, state in found.items() for trouble in troubles_of(name, state)]
    if as_json:
        show_json({name: state.model_dump(mode="json") for name, state in found.items()})
    else:
        if verbose:
            _show_tables(found)
        _show_troubles(troubles) if troubles else _show_health(found)
        _show_reading(found)
    if troubles:
        raise typer.Exit(UNHEALTHY)


async def ask_all(home: Home) -> dict[str, ServiceState | Silent]:
    """What each service says of itself. Raises `NotRunning`."""

    async def ask(name: str) -> ServiceState | Silent:
        async with operator(home, name) as client:
            try:
                return await client.show_status()
            except ClientError as failed:
                return Silent(error=str(failed))

    answers = await asyncio.gather(*(ask(name) for name in SERVICES))
    return dict(zip(SERVICES, answers, strict=True))


def troubles_of(name: str, state: ServiceState | Silent) -> Iterator[Trouble]:
    """All that is wrong; nothing for a healthy service."""
    if isinstance(state, Silent):
        yield Trouble(name, f"不回答 silent: {state.error}", _SILENT)
        return
    failed = [check for check in state.checks if not check.ok]
    for check in failed:
        yield Trouble(
            name, f"{check.name}: {check.detail or ''}".rstrip(": "), _WAY_OUT.get(check.name, _SILENT)
        )
    if not state.ready and not failed:
        yield Trouble(name, "未就绪 not ready", _SILENT)
    for one in state.projections:
        if one.parked:
            yield Trouble(
                name,
                f"{one.projection}: {one.parked} 个事件停放 parked ({one.source})",
                f"guanai parked list {name}; guanai parked replay {name} {one.projection}",
            )

    for owner, count in ((name, state.relay.foreign), *((one.source, one.foreign) for one in state.sources)):
        if count:
            what = f"{count} 条外来消息 foreign messages: CARE_{owner.upper()}"
            yield Trouble(name, what, _FOREIGN)
    for aside in state.aside:
        many = f"{aside.records} 条 records, " if aside.records > 1 else ""
        what = f"{aside.giver}: {aside.key} 搁置 set aside, {many}{aside.tries} ×: {aside.error}"
        yield Trouble(name, what, _ASIDE)


def _show_health(found: Found) -> None:
    states = [state for state in found.values() if isinstance(state, ServiceState)]
    events = sum(state.head for state in states)
    backlog = sum(state.relay.backlog for state in states)
    waiting = f"{backlog:,} 条待转发 / {backlog:,} to be relayed" if backlog else "无积压 / no backlog"
    chinese, _, english = waiting.partition(" / ")
    out.print(
        f"[green]健康：{len(states)} 个服务，日志 {events:,} 条，{chinese}"
        f" / Healthy: {len(states)} services, {events:,} events, {english}",
        soft_wrap=True,
    )


def _show_reading(found: Found) -> None:
    """Who reads far more than usual: for people to look into, no fault of the system."""
    for name, state in found.items():
        for one in state.reading if isinstance(state, ServiceState) else ():
            out.print(
                f"[yellow]查阅异常 / Unusual reading: {escape(one.subject)} ({escape(one.party)}), {name}:"
                f" 今日 {one.counted} 名，平日至多 {one.usual} / {one.counted} children, usually {one.usual}",
                soft_wrap=True,
            )
            out.print(f"    → guanai accesses --subject {escape(one.subject)}", soft_wrap=True)


def _show_troubles(troubles: list[Trouble]) -> None:
    out.print("[red]不健康 / Unhealthy")
    for trouble in troubles:
        out.print(f"  [bold]{trouble.service}[/]  {escape(trouble.what)}", soft_wrap=True)
        out.print(f"    → {escape(trouble.way_out)}", soft_wrap=True)


def _show_tables(found: Found) -> None:
    rows: list[tuple[object, ...]] = []
    views: list[tuple[object, ...]] = []
    for name, state in found.items():
        if isinstance(state, Silent):
            rows.append((name, "不回答 silent", None, None, state.error))
            continue
        wrong = [trouble.what for trouble in troubles_of(name, state)]
        word = "不健康 unhealthy" if wrong else "健康 healthy"
        note = "; ".join(wrong) or str(state.relay.last_error or "")
        rows.append((name, word, state.head, state.relay.backlog, note))
        views += _views_of(name, state)
    out.print(table("服务 / Services", ("服务", "状态", "日志 head", "未转发 backlog", "说明"), rows))
    columns = ("服务", "视图 projection", "来源 source", "位置", "延迟 lag", "停放 parked", "")
    out.print(table("视图与反应 ⚙ / Projections and reactions", columns, views))


def _views_of(name: str, state: ServiceState) -> Iterator[tuple[object, ...]]:
    for one in state.projections:
        note = f"重建 {one.rebuilt} rebuilding" if one.rebuilding else one.waits_for or ""
        yield name, one.projection, one.source, one.position, one.lag, one.parked, note
    for reaction in state.reactions:
        shown = f"{reaction.reaction} ⚙"
        yield name, shown, reaction.source, reaction.position, reaction.lag, 0, reaction.error or ""
