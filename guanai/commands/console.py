"""What all commands share: options, output, exit codes, and how they reach the running system."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from guanai.home import AlreadyRunning, Home, NotRunning
from guanai.ops import OpsClient
from guanai.settings import SettingsWrong
from guanai.stack import SERVICES
from guanai.supervisor import NotReady
from shared.accounts import NoAccount
from shared.client import ClientError, Refused
from shared.embedded import ServerDidNotStart

T = TypeVar("T")

UNHEALTHY = 1
"""The answer is no: unhealthy, figures wrong, refused."""
NOT_RUNNING = 3
"""There is no running system to ask."""

OPERATORS_DEADLINE = 5.0
"""Seconds until a command says that a service does not answer: somebody is waiting for it."""

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

ServiceName = StrEnum("ServiceName", {name: name for name in SERVICES})  # type: ignore[misc]

HomeOption = Annotated[
    Path,
    typer.Option(
        "--home", envvar="GUANAI_HOME", help="数据、密钥与日志所在目录 / Folder of data, keys, logs"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON / Print JSON")]
OffsetOption = Annotated[
    int,
    typer.Option(
        "--port-offset", min=0, max=40_000, help="所有端口加上此数 / Add to all ports, for a second system"
    ),
]
ServiceArgument = Annotated[ServiceName, typer.Argument(help="服务 / Service")]
HOME = Path(".guanai")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine; what may be expected to fail is told in one line, with an exit code."""
    try:
        return asyncio.run(work)
    except NotRunning as failed:
        err.print(f"[red]{escape(str(failed))}")
        raise typer.Exit(NOT_RUNNING) from failed
    except Refused as failed:
        err.print(f"[red]{escape(str(failed))}\n{escape(failed.way_out)}")
        raise typer.Exit(UNHEALTHY) from failed
    except (ClientError, NotReady, ServerDidNotStart, NoAccount, SettingsWrong) as failed:
        err.print(f"[red]{escape(str(failed))}")
        raise typer.Exit(UNHEALTHY) from failed
    except AlreadyRunning as failed:
        err.print("[red]已有一个在运行 / Already running in this home")
        raise typer.Exit(UNHEALTHY) from failed
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise typer.Exit(130) from None


def settled(home: Path) -> Home:
    """The home of a system that was started before. Ends the command where there is none."""
    if not Home.at(home).kept_secrets.exists():
        err.print(
            f"[red]{home} 里没有系统，请先 guanai up 或用 --home / No system there: guanai up, or --home"
        )
        raise typer.Exit(NOT_RUNNING)
    return Home.at(home)


def operator(home: Home, service: str) -> OpsClient:
    """A client of the running system, as the operator. Raises `NotRunning`."""
    return OpsClient(
        home.endpoints().services[service], home.secrets().operator_token(), deadline=OPERATORS_DEADLINE
    )


def show_json(answer: object) -> None:
    """JSON for other programs, on standard output."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2, default=str))


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
    """A table for the eye."""
    made = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*("—" if cell is None else escape(str(cell)) for cell in row))
    return made
