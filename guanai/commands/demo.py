"""demo: a township's year in a minute."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer

from guanai.commands.console import UNHEALTHY, HomeOption, OffsetOption, err, out, run
from guanai.demo.rehearsal import NoRehearsal, rehearse
from guanai.home import Home
from shared.client import Refused
from shared.handling import IdempotencyKeyReused

app = typer.Typer()
HOME = Path(".guanai/demo")


@app.command()
def demo(
    home: HomeOption = HOME,
    port_offset: OffsetOption = 0,
    once: Annotated[
        bool,
        typer.Option(
            "--once", help="结束即退出；数字全对才为 0 / Exit at the end, 0 only if all figures are right"
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="换一批人 / Other people, same figures")] = 2025,
) -> None:
    """演一遍：一个乡镇的一年。 / Play a township's year: synthetic people, real figures.

    Starts a system of its own (its data in .guanai/demo), plays January to December through the services'
    HTTP clients, and shows each party's view, the alerts, the work summary. Run again it has lost nothing.

    例 / Examples:

      guanai demo

      guanai demo --once --port-offset 200
    """
    right = run(_demo(Home.at(home), port_offset, seed, once=once))
    if not right:
        raise typer.Exit(UNHEALTHY)


async def _demo(home: Home, port_offset: int, seed: int, *, once: bool) -> bool:
    rehearsal = asyncio.create_task(rehearse(home, port_offset, seed, out, once=once))
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(name, rehearsal.cancel)
    try:
        return await rehearsal
    except Refused as refused:
        if refused.code != IdempotencyKeyReused.code():
            raise
        err.print("[red]此目录里是另一版故事，请换 --home / Another version's story was played in this home")
        return False
    except NoRehearsal:
        err.print(
            "[red]此目录的系统用的是真实时钟 / The system in this home lives by the real clock; use --home"
        )
        return False
    except asyncio.CancelledError:
        err.print("已中断；再次运行会接着演 / Interrupted; run again to go on")
        return False
