"""Starts a system of its own, plays the year on it, checks and shows what came out."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from guanai.demo.figures import Check, check_figures
from guanai.demo.opening import SET_UP
from guanai.demo.screen import show_doors, show_screen, show_verdict
from guanai.demo.show import show_all, show_checks
from guanai.demo.stage import TOGETHER, Stage, moment
from guanai.demo.story import play
from guanai.demo.township import Plan
from guanai.home import AlreadyRunning, Home
from guanai.stack import Endpoints
from guanai.supervisor import System, check
from shared.clock import FileClock

CLOCK = "clock"
"""In the home: the file with the story's present moment."""
QUIET = 10.0
"""Seconds between two lines of progress where there is no terminal."""


class NoRehearsal(Exception):
    """The system that runs in this home lives by the real clock; a year cannot be played on it."""


@dataclass(frozen=True, slots=True)
class Showing:
    """How the year is shown."""

    out: Console
    """The screen at the end; nothing else comes here, so that it can be read by programs."""
    notes: Console
    """Progress, restarts."""
    full: bool = False
    as_json: bool = False


async def rehearse(home: Home, port_offset: int, seed: int, showing: Showing, *, once: bool) -> bool:
    """Play and show; unless `once`, go on until cancelled. Whether all figures are right."""
    began = time.monotonic()
    check(home)
    home.furnish()
    clock = FileClock(home.path / CLOCK)
    if not clock.path.exists():
        clock.set(moment(SET_UP))
    notes = showing.notes
    async with _system(home, port_offset, clock.path, notes) as endpoints, _patient_http() as http:
        notes.print(f"系统就绪 {time.monotonic() - began:.1f} 秒 / System ready")
        with _bars(notes) as progress:
            stage = Stage(Plan(seed), endpoints, home.secrets(), clock, http, progress)
            summary = await play(stage)
        checks = await check_figures(stage)
        await show(stage, summary, checks, time.monotonic() - began, showing)
        if not once:
            if not showing.as_json:
                show_doors(stage, home.path, showing.out)
            notes.print("运行中，Ctrl-C 停止 / Running; Ctrl-C stops it")
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
    return all(check.right for check in checks)


async def show(
    stage: Stage, summary: UUID, checks: Sequence[Check], seconds: float, showing: Showing
) -> None:
    """What came out: as JSON, on one screen, or in full."""
    out = showing.out
    if showing.as_json:
        out.print_json(data=_as_data(checks), default=str, ensure_ascii=out.encoding != "utf-8")
    elif showing.full:
        await show_all(stage, summary, out)
        show_checks(checks, out)
        show_verdict(checks, out)
    else:
        await show_screen(stage, checks, seconds, out)


def _as_data(checks: Sequence[Check]) -> dict[str, object]:
    return {
        "right": all(check.right for check in checks),
        "checks": [
            {"label": one.label, "expected": one.expected, "actual": one.actual, "right": one.right}
            for one in checks
        ],
    }


@asynccontextmanager
async def _system(home: Home, port_offset: int, clock: Path, notes: Console) -> AsyncIterator[Endpoints]:
    """A system of our own; or the one that runs here already, if it lives by the same clock."""
    system = System(
        home,
        port_offset,
        clock,
        settings={"GUANAI_RATE_LIMIT_PER_SECOND": "5000"},
        report=lambda text: notes.print(text, style="yellow"),
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
    """Progress bars that vanish at the end on a terminal; elsewhere a line now and then."""

    def __init__(self, notes: Console) -> None:
        self._notes = notes
        self._said = time.monotonic()
        self._shown = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=notes,
            transient=True,
        )

    def __enter__(self) -> Callable[[str, int, int], None]:
        if not self._notes.is_terminal:
            return self._line
        self._shown.start()
        self._tasks: dict[str, TaskID] = {}
        return self._bar

    def __exit__(self, *_: object) -> None:
        if self._notes.is_terminal:
            self._shown.stop()

    def _line(self, chapter: str, done: int, of: int) -> None:
        if time.monotonic() - self._said > QUIET:
            self._said = time.monotonic()
            self._notes.print(f"… {chapter} {done}/{of}")

    def _bar(self, chapter: str, done: int, of: int) -> None:
        if chapter not in self._tasks:
            self._tasks[chapter] = self._shown.add_task(chapter, total=of)
        self._shown.update(self._tasks[chapter], completed=done)
