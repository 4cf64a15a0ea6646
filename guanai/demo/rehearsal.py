"""Starts a system of its own, plays the year on it, checks and shows what came out."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from guanai.demo.figures import check_figures
from guanai.demo.opening import SET_UP
from guanai.demo.show import show_all, show_checks, show_doors
from guanai.demo.stage import TOGETHER, Stage, moment
from guanai.demo.story import play
from guanai.demo.township import Plan
from guanai.home import AlreadyRunning, Home
from guanai.stack import Endpoints
from guanai.supervisor import System, check
from shared.clock import FileClock


class NoRehearsal(Exception):
    """The system that runs in this home lives by the real clock; a year cannot be played on it."""


async def rehearse(home: Home, port_offset: int, seed: int, out: Console, *, once: bool) -> bool:
    """Play and show; unless `once`, go on until cancelled. Whether all figures are right."""
    began = time.monotonic()
    check(home)
    home.furnish()
    clock = FileClock(home.path / "clock")
    if not clock.path.exists():
        clock.set(moment(SET_UP))
    async with _system(home, port_offset, clock.path, out) as endpoints, _patient_http() as http:
        out.print(f"系统就绪 {time.monotonic() - began:.1f} 秒 / System ready")
        with _bars(out) as progress:
            stage = Stage(Plan(seed), endpoints, home.secrets(), clock, http, progress)
            summary = await play(stage)
        out.print(f"一年演完 {time.monotonic() - began:.1f} 秒 / The year is played")
        await show_all(stage, summary, out)
        checks = await check_figures(stage)
        show_checks(checks, out)
        right = all(check.right for check in checks)
        out.print(
            "[bold green]全部数字正确 / All figures are right"
            if right
            else "[bold red]有数字不对 / Figures differ"
        )
        if not once:
            show_doors(stage, out)
            out.print("\n运行中，Ctrl-C 停止 / Running; Ctrl-C stops it")
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
    return right


@asynccontextmanager
async def _system(home: Home, port_offset: int, clock: Path, out: Console) -> AsyncIterator[Endpoints]:
    """A system of our own; or the one that runs here already, if it lives by the same clock."""
    system = System(
        home,
        port_offset,
        clock,
        settings={"GUANAI_RATE_LIMIT_PER_SECOND": "5000"},
        report=lambda text: out.print(text, style="yellow"),
    )
    try:
        async with system.running():
            yield system.endpoints
    except AlreadyRunning:
        if home.running().clock_file != clock:
            raise NoRehearsal from None
        yield home.endpoints()


@asynccontextmanager
async def _patient_http() -> AsyncIterator[httpx2.AsyncClient]:
    limits = httpx2.Limits(max_connections=TOGETHER * 2, max_keepalive_connections=TOGETHER * 2)
    async with httpx2.AsyncClient(limits=limits) as http:
        yield http


class _bars:  # noqa: N801 -- used like a function
    """Progress bars on a terminal; elsewhere one line per chapter."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._shown = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=out,
        )

    def __enter__(self) -> Callable[[str, int, int], None]:
        if not self._out.is_terminal:
            return self._line
        self._shown.start()
        self._tasks: dict[str, TaskID] = {}
        return self._bar

    def __exit__(self, *_: object) -> None:
        if self._out.is_terminal:
            self._shown.stop()

    def _line(self, chapter: str, done: int, of: int) -> None:
        if done == of:
            self._out.print(f"{chapter}: {done}")

    def _bar(self, chapter: str, done: int, of: int) -> None:
        if chapter not in self._tasks:
            self._tasks[chapter] = self._shown.add_task(chapter, total=of)
        self._shown.update(self._tasks[chapter], completed=done)
