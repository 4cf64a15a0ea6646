"""demo: a township's year in a minute."""

from __future__ import annotations

import asyncio
import signal
from typing import Annotated

import typer

from guanai.commands.console import (
    DEMO_HOME,
    UNHEALTHY,
    HomeOption,
    JsonOption,
    OffsetOption,
    check_clock,
    err,
    out,
    run,
)
from guanai.demo.rehearsal import CLOCK, NoRehearsal, Showing, rehearse
from guanai.failures import Explained
from guanai.home import Home
from shared.client import Refused
from shared.commands import IdempotencyKeyReused

app = typer.Typer()


@app.command()
def demo(
    *,
    port_offset: OffsetOption = 0,
    once: Annotated[
        bool,
        typer.Option(
            "--once", help="结束即退出；数字全对才为 0 / Exit at the end, 0 only if all figures are right"
        ),
    ] = False,
    full: Annotated[
        bool,
        typer.Option("--full", help="各方视图、提醒、总结全文 / Every party's view, alerts, the summary"),
    ] = False,
    seed: Annotated[int, typer.Option(help="换一批人 / Other people, same figures")] = 2025,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """演一遍：一个乡镇的一年。 / Play a township's year: synthetic people, real figures.

    Starts a system of its own (its data in .guanai/demo), plays January to December through the services'
    HTTP clients, and ends with what came out. Run again it has lost nothing.

    例 / Examples:

      guanai demo

      guanai demo --full                    各方视图与总结全文 / every party's view, the whole summary

      guanai demo --once --port-offset 200

      guanai demo --once --json | jq .right
    """
    place = Home.at(home or DEMO_HOME)
    if (place.path / CLOCK).exists():
        check_clock(place.path / CLOCK)
    if not run(_demo(place, port_offset, seed, Showing(out, err, full, as_json), once=once)):
        raise typer.Exit(UNHEALTHY)


async def _demo(home: Home, port_offset: int, seed: int, showing: Showing, *, once: bool) -> bool:
    rehearsal = asyncio.create_task(rehearse(home, port_offset, seed, showing, once=once))
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(name, rehearsal.cancel)
    elsewhere = "用 --home 另选目录 / Name another folder with --home"
    try:
        return await rehearsal
    except Refused as refused:
        if refused.code != IdempotencyKeyReused.code():
            raise
        raise Explained(
            "此目录里是另一版故事 / Another version's story was played in this home", elsewhere
        ) from refused
    except NoRehearsal as real:
        raise Explained(
            "此目录的系统用的是真实时钟 / The system in this home lives by the real clock", elsewhere
        ) from real
    except asyncio.CancelledError:
        err.print("已中断；再次运行会接着演 / Interrupted; run again to go on")
        raise
