"""up, down, status, serve: the running system."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from guanai.commands.console import (
    HOME,
    NOT_RUNNING,
    UNHEALTHY,
    HomeOption,
    JsonOption,
    OffsetOption,
    ServiceArgument,
    err,
    operator,
    out,
    run,
    settled,
    show_json,
    table,
)
from guanai.home import AlreadyRunning, Home, NotRunning, Stale
from guanai.stack import SERVICES, environment
from guanai.supervisor import READY_TIMEOUT, System, check, end_leftovers
from shared.client import ClientError
from shared.messages import Message
from shared.operations import ServiceState

app = typer.Typer()


@app.command()
def up(
    home: HomeOption = HOME,
    port_offset: OffsetOption = 0,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="在后台运行 / Run in the background")
    ] = False,
    clock_file: Annotated[
        Path | None, typer.Option(help="演练用的时钟文件 / File that holds the time (rehearsals)")
    ] = None,
    servers_only: Annotated[
        bool,
        typer.Option("--servers-only", help="只启动数据库和总线（恢复备份时） / Servers alone, to restore"),
    ] = False,
) -> None:
    """启动全部：数据库、消息总线、四个服务。 / Start everything.

    例 / Examples:

      guanai up                     前台，Ctrl-C 停止 / in the foreground

      guanai up --detach            后台 / in the background

      guanai up --port-offset 100   同一台机器上的第二套 / a second system on the machine
    """
    place = Home.at(home)
    run(_may_start(place))
    if detach:
        _up_detached(place, port_offset, clock_file, servers_only=servers_only)
    else:
        run(_up(place, port_offset, clock_file, servers_only=servers_only))


async def _may_start(home: Home) -> None:
    check(home)


async def _up(home: Home, port_offset: int, clock_file: Path | None, *, servers_only: bool) -> None:
    running = asyncio.current_task()
    assert running
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(name, running.cancel)
    began = time.monotonic()
    try:
        system = System(home, port_offset, clock_file, report=err.print, with_services=not servers_only)
        async with system.running():
            out.print(f"[green]已就绪，用时 {time.monotonic() - began:.1f} 秒 / Ready")
            show_urls(home)
            out.print("Ctrl-C 停止 / Ctrl-C stops it")
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            out.print("正在停止 / Stopping")
    except AlreadyRunning:
        out.print("已在运行 / Already running")
        show_urls(home)


def _up_detached(home: Home, port_offset: int, clock_file: Path | None, *, servers_only: bool) -> None:
    command = [sys.executable, "-m", "guanai.cli", "up", "--home", str(home.path)]
    command += ["--port-offset", str(port_offset)]
    if clock_file:
        command += ["--clock-file", str(clock_file)]
    if servers_only:
        command.append("--servers-only")
    home.furnish()
    log = home.logs / "supervisor.log"
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 -- our own command line
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    deadline = time.monotonic() + READY_TIMEOUT
    while time.monotonic() < deadline:
        if is_ready(home):
            show_urls(home)
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    said = "\n".join(log.read_text().splitlines()[-3:])
    err.print(f"[red]没有启动，请看 / Did not start, see {log}\n{escape(said)}")
    raise typer.Exit(UNHEALTHY)


def is_ready(home: Home) -> bool:
    """Whether a system runs in this home and all its services said that they are ready."""
    try:
        return home.running().ready
    except NotRunning:
        return False


def show_urls(home: Home) -> None:
    """Where the running services are."""
    for name, url in home.endpoints().services.items():
        out.print(f"  {name:<10} {url}   文档 / docs: {url}/docs")


@app.command()
def down(home: HomeOption = HOME) -> None:
    """停止全部；没有运行也算成功。 / Stop everything; it is no error if nothing runs."""
    place = Home.at(home)
    try:
        supervisor = place.running().supervisor
    except NotRunning as none:
        if isinstance(none, Stale):
            err.print(f"[yellow]{escape(str(none))}")
            place.state.unlink()
        left = _stop_leftovers(place) if place.kept_secrets.exists() else []
        out.print(
            f"已停止遗留进程 / Stopped what was left: {', '.join(left)}" if left else "没有运行 / Not running"
        )
        return
    os.kill(supervisor, signal.SIGTERM)
    deadline = time.monotonic() + READY_TIMEOUT
    while time.monotonic() < deadline:
        try:
            place.running()
        except NotRunning:
            out.print("已停止 / Stopped")
            return
        time.sleep(0.05)
    err.print(f"[red]进程 {supervisor} 没有停下 / Process {supervisor} did not stop")
    raise typer.Exit(UNHEALTHY)


def _stop_leftovers(home: Home) -> list[str]:
    left = end_leftovers(home)
    system = System(home)
    for name, server in (("nats-server", system.nats), ("PostgreSQL", system.postgres)):
        if server.pid is not None:
            server.stop()
            left.append(name)
    return left


@app.command()
def status(home: HomeOption = HOME, as_json: JsonOption = False) -> None:
    """各服务、转发积压、各视图延迟、停放的事件。 / Services, relay backlog, projection lag, parked events.

    退出码 / Exit code: 0 健康 healthy, 1 不健康 unhealthy, 3 没有运行 not running.
    """
    found = run(_status(Home.at(home)))
    if as_json:
        show_json({name: shown.model_dump(mode="json") for name, shown in found.items()})
    else:
        _show_status(found)
    if not all(isinstance(shown, ServiceState) and _healthy(shown) for shown in found.values()):
        raise typer.Exit(UNHEALTHY)


class Silent(Message):
    """A service that does not answer."""

    error: str


async def _status(home: Home) -> dict[str, ServiceState | Silent]:
    async def ask(name: str) -> ServiceState | Silent:
        async with operator(home, name) as client:
            try:
                return await client.status()
            except ClientError as failed:
                return Silent(error=str(failed))

    answers = await asyncio.gather(*(ask(name) for name in SERVICES))
    return dict(zip(SERVICES, answers, strict=True))


def _healthy(state: ServiceState) -> bool:
    return state.ready and not any(projection.parked for projection in state.projections)


def _what_is_wrong(state: ServiceState) -> Iterator[str]:
    yield from (f"{check.name}: {check.detail}" for check in state.checks if not check.ok)
    if state.relay.last_error:
        yield state.relay.last_error
    for one in state.projections:
        if one.parked:
            yield f"{one.projection}: {one.parked} 个事件停放 parked, guanai parked list {state.service}"


def _show_status(found: Mapping[str, ServiceState | Silent]) -> None:
    rows: list[tuple[object, ...]] = []
    views: list[tuple[object, ...]] = []
    for name, state in found.items():
        if isinstance(state, Silent):
            rows.append((name, "不回答 silent", None, None, state.error))
            continue
        word = "健康 healthy" if _healthy(state) else "不健康 unhealthy"
        rows.append((name, word, state.head, state.relay.backlog, "; ".join(_what_is_wrong(state))))
        views += [
            (
                *(name, one.projection, one.source, one.position, one.lag, one.parked),
                f"重建 {one.rebuilt} rebuilding" if one.rebuilding else one.waits_for or "",
            )
            for one in state.projections
        ]
        views += [
            (name, f"{one.reaction} ⚙", one.source, one.position, one.lag, 0, one.error or "")
            for one in state.reactions
        ]
    out.print(table("服务 / Services", ("服务", "状态", "日志 head", "未转发 backlog", "说明"), rows))
    columns = ("服务", "视图 projection", "来源 source", "位置", "延迟 lag", "停放 parked", "")
    out.print(table("视图与反应 ⚙ / Projections and reactions", columns, views))


@app.command()
def serve(service: ServiceArgument, home: HomeOption = HOME, port_offset: OffsetOption = 0) -> None:
    """只运行一个服务，用环境变量 GUANAI_*；没有时用本目录的设置。 / Run one service in this process.

    In a container all settings come from the environment; on a developer's machine those of the home fill
    what the environment leaves open. / 例: guanai serve registry
    """
    settings: dict[str, str] = {}
    if "GUANAI_DATABASE_URL" not in os.environ:
        place = settled(home)
        system = System(place, port_offset)
        if not system.postgres.running:
            err.print(
                "[red]请先 guanai up，或设置 GUANAI_DATABASE_URL / Run guanai up or set GUANAI_DATABASE_URL"
            )
            raise typer.Exit(NOT_RUNNING)
        settings = environment(service.value, system.endpoints, system.secrets, place.keys)
    os.execve(  # noqa: S606 -- the service takes this process's place and its signals
        sys.executable,
        [sys.executable, "-m", f"services.{service.value}"],
        {**settings, **os.environ},
    )
