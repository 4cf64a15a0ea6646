"""What all commands share: options, output, failures as sentences, and how they reach the running system."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from guanai import failures
from guanai.failures import INTERRUPTED, PIPE_CLOSED, Explained, explain
from guanai.home import Home, NotRunning
from guanai.ops import OpsClient
from guanai.stack import SERVICES
from shared.client import ServiceClient
from shared.clock import FileClock

T = TypeVar("T")

UNHEALTHY = failures.UNHEALTHY
NOT_RUNNING = failures.NOT_RUNNING

C = TypeVar("C", bound=ServiceClient)

OPERATORS_DEADLINE = 5.0
"""Seconds until a command says that a service does not answer: somebody is waiting for it."""

HOME = Path(".guanai")
"""Where `guanai up` keeps its system unless another folder is named."""
DEMO_HOME = HOME / "demo"
"""Where the demo keeps its own."""


class Terminal(Console):
    """A console that leaves a closed pipe to whoever runs the command."""

    def on_broken_pipe(self) -> None:
        """Pass it on."""
        raise BrokenPipeError


out = Terminal(highlight=False)
err = Terminal(stderr=True, highlight=False)

ServiceName = StrEnum("ServiceName", {name: name for name in SERVICES})  # type: ignore[misc]

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        envvar="GUANAI_HOME",
        help="数据、密钥与日志所在目录；不填：.guanai，或正在运行的演示 / Folder of data, keys, logs; "
        "left out: .guanai, or the demo where that alone runs",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON / Print JSON")]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="只说会做什么 / Say what would be done, change nothing")
]
OffsetOption = Annotated[
    int,
    typer.Option(
        "--port-offset",
        envvar="GUANAI_PORT_OFFSET",
        min=0,
        max=40_000,
        help="所有端口加上此数 / Add to all ports, for a second system",
    ),
]
ServiceArgument = Annotated[ServiceName, typer.Argument(help="服务 / Service")]


class Commands(TyperGroup):
    """The commands; what may be expected to fail ends in a sentence and an exit code, not in a traceback."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Read the command line."""
        with _failing_well():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with _failing_well():
            return super().invoke(ctx)


@contextmanager
def _failing_well() -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        _let_go_of_stdout()
        raise typer.Exit(PIPE_CLOSED) from None
    except Exception as error:
        failure = explain(error)
        if failure is None:
            raise
        complain(failure.what, failure.way_out)
        raise typer.Exit(failure.code) from error


def complain(what: str, way_out: str = "") -> None:
    """Say on standard error what is wrong and what to do; never cut, so that paths can be copied."""
    err.print(f"[red]{escape(what)}", soft_wrap=True)
    if way_out:
        err.print(f"→ {escape(way_out)}", soft_wrap=True)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine."""
    return asyncio.run(work)


# -- which home --------------------------------------------------------------------------------------


def home_to_start(home: Path | None) -> Home:
    """The home of a system that is about to be started: `.guanai` unless another is named."""
    return Home.at(home or HOME)


def running_home(home: Path | None) -> Home:
    """The home to look at: the one named, else `.guanai`, or the demo's where that alone runs."""
    if home is not None:
        return Home.at(home)
    place, demo = Home.at(HOME), Home.at(DEMO_HOME)
    if not _runs(place) and _runs(demo):
        err.print(f"[dim]演示的系统 / The demo's system: {escape(str(DEMO_HOME))}", soft_wrap=True)
        return demo
    return place


def settled(home: Path | None) -> Home:
    """The home of a system that was started before. Raises `Explained` where there is none."""
    place = running_home(home)
    if not place.kept_secrets.exists():
        raise Explained(
            f"{place.path} 里没有系统 / No system there",
            "先 guanai up，或用 --home 指明 / guanai up first, or name its folder with --home",
            NOT_RUNNING,
        )
    return place


def operator(home: Home, service: str) -> OpsClient:
    """A client of the running system, as the operator. Raises `NotRunning`."""
    return as_operator(OpsClient, home, service)


def as_operator(kind: type[C], home: Home, service: str) -> C:
    """The same with the operations of one service."""
    return kind(
        home.endpoints().services[service], home.secrets().operator_token(), deadline=OPERATORS_DEADLINE
    )


def _runs(home: Home) -> bool:
    try:
        home.running()
    except NotRunning:
        return False
    return True


def check_clock(file: Path) -> None:
    """Raises `Explained` for a file that holds no moment, before anything lives by it."""
    try:
        FileClock(file).now()
    except ValueError as broken:
        raise Explained(
            f"时钟文件的内容不对 / The clock file holds no moment: {file}: {broken}",
            "写入一个带时区的时刻，如 / Write one moment with its offset, e.g. 2025-04-01T08:00:00+08:00",
        ) from None


# -- output ------------------------------------------------------------------------------------------


def show_json(answer: object, *, indent: int | None = 2) -> None:
    """JSON on standard output; in ASCII where that carries no UTF-8, on one line without indent."""
    unicode = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
    typer.echo(json.dumps(answer, ensure_ascii=not unicode, indent=indent, default=str))


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
    """A table for the eye."""
    made = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*("—" if cell is None else escape(str(cell)) for cell in row))
    return made


def _let_go_of_stdout() -> None:
    # Nobody reads any longer; what Python still flushes at its end goes nowhere.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
