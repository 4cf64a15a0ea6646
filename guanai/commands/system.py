"""up, down, serve: the running system."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from guanai.commands.console import (
    NOT_RUNNING,
    HomeOption,
    JsonOption,
    OffsetOption,
    ServiceArgument,
    check_clock,
    complain,
    err,
    home_to_start,
    out,
    run,
    running_home,
    settled,
    show_json,
)
from guanai.environment import environment
from guanai.failures import Explained
from guanai.home import AlreadyRunning, Home, NotRunning, Stale
from guanai.supervisor import READY_TIMEOUT, System, check, end_leftovers

app = typer.Typer()


@app.command()
def up(
    *,
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
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """启动全部：数据库、消息总线、四个服务。 / Start everything.

    例 / Examples:

      guanai up                     前台，Ctrl-C 停止 / in the foreground

      guanai up --detach            后台 / in the background

      guanai up --port-offset 100   同一台机器上的第二套 / a second system on the machine

      guanai up -d --json | jq -r .services.registry
    """
    place = home_to_start(home)
    if clock_file:
        check_clock(clock_file)
    check(place)
    if detach:
        _up_detached(place, port_offset, clock_file, servers_only=servers_only)
        show_urls(place, as_json=as_json)
    else:
        run(_up(place, port_offset, clock_file, servers_only=servers_only, as_json=as_json))


async def _up(
    home: Home, port_offset: int, clock_file: Path | None, *, servers_only: bool, as_json: bool
) -> None:
    running = asyncio.current_task()
    assert running
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(name, running.cancel)
    began = time.monotonic()
    try:
        system = System(home, port_offset, clock_file, report=err.print, with_services=not servers_only)
        home.token_keys()  # a broken file is told now, not by four services in their logs
        async with system.running():
            err.print(f"[green]已就绪，用时 {time.monotonic() - began:.1f} 秒 / Ready")
            show_urls(home, as_json=as_json)
            err.print("Ctrl-C 停止 / Ctrl-C stops it")
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            err.print("正在停止 / Stopping")
    except AlreadyRunning:
        err.print("已在运行 / Already running")
        show_urls(home, as_json=as_json)


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
    try:
        if _comes_up(home, process):
            return
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    said = "\n".join(log.read_text(errors="replace").splitlines()[-3:])
    raise Explained(f"没有启动，请看 / Did not start, see {log}\n{said}")


def _comes_up(home: Home, supervisor: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + READY_TIMEOUT
    while time.monotonic() < deadline and supervisor.poll() is None:
        if is_ready(home):
            return True
        time.sleep(0.05)
    return is_ready(home)


def is_ready(home: Home) -> bool:
    """Whether a system runs in this home and all its services said that they are ready."""
    try:
        return home.running().ready
    except NotRunning:
        return False


def show_urls(home: Home, *, as_json: bool = False) -> None:
    """Where the running services are. Raises `NotRunning`."""
    services = home.endpoints().services
    if as_json:
        show_json({"home": str(home.path), "services": services})
        return
    for name, url in services.items():
        out.print(f"  {name:<10} {url}   文档 / docs: {url}/docs")


@app.command()
def down(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """停止全部；没有运行也算成功。 / Stop everything; it is no error if nothing runs.

    例 / Examples:

      guanai down

      guanai down --home /srv/guanai --json
    """
    place = running_home(home)
    try:
        supervisor = place.running().supervisor
    except NotRunning as none:
        if isinstance(none, Stale):
            complain(str(none))
            place.state.unlink()
        left = _stop_leftovers(place) if place.kept_secrets.exists() else []
        _show_stopped(left, as_json=as_json)
        return
    os.kill(supervisor, signal.SIGTERM)
    deadline = time.monotonic() + READY_TIMEOUT
    while time.monotonic() < deadline:
        try:
            place.running()
        except NotRunning:
            _show_stopped(["supervisor"], as_json=as_json)
            return
        time.sleep(0.05)
    raise Explained(f"进程 {supervisor} 没有停下 / Process {supervisor} did not stop")


def _show_stopped(stopped: list[str], *, as_json: bool) -> None:
    if as_json:
        show_json({"stopped": stopped})
    elif stopped == ["supervisor"]:
        out.print("已停止 / Stopped")
    elif stopped:
        out.print(f"已停止遗留进程 / Stopped what was left: {', '.join(stopped)}")
    else:
        out.print("没有运行 / Not running")


def _stop_leftovers(home: Home) -> list[str]:
    left = end_leftovers(home)
    system = System(home)
    for name, server in (("nats-server", system.nats), ("PostgreSQL", system.postgres)):
        if server.pid is not None:
            server.stop()
            left.append(name)
    return left


@app.command()
def serve(service: ServiceArgument, port_offset: OffsetOption = 0, home: HomeOption = None) -> None:
    """只运行一个服务，用环境变量 GUANAI_*；没有时用本目录的设置。 / Run one service in this process.

    In a container all settings come from the environment; on a developer's machine those of the home fill
    what the environment leaves open.

    例 / Examples:

      guanai serve registry

      GUANAI_DATABASE_URL=postgresql+asyncpg://… guanai serve notify
    """
    settings: dict[str, str] = {}
    if "GUANAI_DATABASE_URL" not in os.environ:
        place = settled(home)
        system = System(place, port_offset)
        if not system.postgres.running:
            raise Explained(
                "数据库没有运行 / The database does not run",
                "先 guanai up，或设置 GUANAI_DATABASE_URL / guanai up first, or set GUANAI_DATABASE_URL",
                NOT_RUNNING,
            )
        settings = environment(service.value, system.endpoints, system.secrets, place.keys)
    os.execve(  # noqa: S606 -- the service takes this process's place and its signals
        sys.executable,
        [sys.executable, "-m", f"services.{service.value}"],
        {**settings, **os.environ},
    )
