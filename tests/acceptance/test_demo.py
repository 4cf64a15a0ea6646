"""The main job: a township's year through the clients, with parts of the system killed on the way."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from rich.cells import cell_len
from rich.console import Console

from guanai.demo.figures import Check
from guanai.demo.rehearsal import CLOCK, Showing, show
from guanai.demo.screen import show_verdict
from guanai.demo.stage import moment
from guanai.demo.township import (
    CHILDREN,
    CHILDREN_PER_TEACHER,
    SURROGATE_MOTHERS,
    WITH_GRANDPARENTS,
    Plan,
)
from guanai.demo.year import PAIRED_LATE
from guanai.home import Home
from guanai.stack import SERVICES, free_offset
from services.registry.children import resident_id
from services.registry.events import GuardianRelation
from shared.clock import FileClock

YEAR_TIMEOUT = 900.0
ONE_SCREEN = 40
"""Rows, at 80 columns."""


@pytest.mark.parametrize("seed", [1, 2025, 987])
def test_any_seed_makes_a_township_with_the_same_figures(seed: int) -> None:
    """Other people, same figures: 193 children, 154 with grandparents, everybody meant for one mentor."""
    plan = Plan(seed)
    relations = [child.guardianship for child in plan.children]
    assert len(plan.children) == CHILDREN
    assert relations.count(GuardianRelation.GRANDPARENT) == WITH_GRANDPARENTS
    assert len({(child.name, child.born) for child in (*plan.children, *plan.strangers)}) == CHILDREN + 3
    meant = [child for helper in plan.carers for child in helper.children]
    assert sorted(meant) == list(range(CHILDREN))
    assert [len(helper.children) for helper in plan.carers if helper.school is None] == [
        1
    ] * SURROGATE_MOTHERS
    assert all(len(helper.children) <= CHILDREN_PER_TEACHER for helper in plan.carers)


def test_the_same_seed_makes_the_same_township() -> None:
    """A second playing is about the same people."""
    assert Plan(7).children == Plan(7).children
    assert Plan(7).carers == Plan(7).carers


def test_the_boy_can_be_reached_through_his_mother_alone() -> None:
    """His grandmother speaks only dialect, his mother speaks Mandarin."""
    boy = Plan(2025).boy
    assert boy.guardian.languages == ("橘乡话",)
    assert [parent.languages for _, parent in boy.parents] == [("普通话",)]


def test_resident_ids_are_valid_and_nobodys() -> None:
    """Check digit, birth date and sex are right; the county is none."""
    for child in Plan(2025).children:
        if child.resident_id:
            assert child.resident_id.startswith("339901")
            assert resident_id.check_digit(child.resident_id[:17]) == child.resident_id[17]


def test_figures_that_differ_are_shown_in_full() -> None:
    """The screen counts what is right and shows what is wrong: expected beside actual."""
    out = Console(file=StringIO(), width=80)
    show_verdict([Check("建档儿童 / Child files", 193, 193), Check("家访 / Home visits", 384, 12)], out)
    assert isinstance(out.file, StringIO)
    shown = out.file.getvalue()
    assert "2 个数字中 1 个不对 / Figures differ" in shown
    assert all(word in shown for word in ("Home visits", "384", "12"))
    assert "Child files" not in shown


async def test_the_figures_as_json() -> None:
    """`--json` gives every check, and nothing else, on standard output."""
    out = Console(file=StringIO(), width=80)
    checks = [Check("建档儿童 / Child files", 193, 193), Check("资助 / Money", 4800, Decimal("12.50"))]
    await show(None, uuid4(), checks, 1.0, Showing(out, out, as_json=True))  # type: ignore[arg-type]
    assert isinstance(out.file, StringIO)
    told = json.loads(out.file.getvalue())
    assert told["right"] is False
    assert told["checks"][1] == {"label": "资助 / Money", "expected": 4800, "actual": "12.50", "right": False}


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    offset = str(free_offset())
    command = [sys.executable, "-m", "guanai.cli", "demo", "--once", "--home", str(tmp_path)]
    command += ["--port-offset", offset]
    with (tmp_path / "screen").open("w") as screen, (tmp_path / "notes").open("w") as notes:
        process = subprocess.Popen(command, stdout=screen, stderr=notes, text=True)
    yield process
    if process.poll() is None:
        process.terminate()
        process.wait(60)


@pytest.mark.slow
@pytest.mark.timeout(YEAR_TIMEOUT + 60)
def test_the_year_comes_out_right_whatever_is_killed(demo: subprocess.Popen[str], tmp_path: Path) -> None:
    """A service and the bus killed with -9 in the second half of the year: the same figures, one screen."""
    clock, notes = FileClock(tmp_path / CLOCK), tmp_path / "notes"
    deadline = time.monotonic() + YEAR_TIMEOUT
    while not clock.path.exists() or clock.now() < moment(PAIRED_LATE):
        assert demo.poll() is None, notes.read_text()
        assert time.monotonic() < deadline
        time.sleep(0.2)
    place = Home.at(tmp_path)
    service = random.choice(list(SERVICES))
    for victim in (place.run / f"{service}.pid", place.nats / "nats.pid"):
        os.kill(int(victim.read_text().split()[0]), signal.SIGKILL)
        time.sleep(2)
    assert demo.wait(deadline - time.monotonic()) == 0, notes.read_text()
    screen = (tmp_path / "screen").read_text()
    assert "All figures are right" in screen
    assert rows(screen) <= ONE_SCREEN


def rows(text: str, width: int = 80) -> int:
    """Rows that the text takes on a terminal."""
    return sum(max(1, -(-cell_len(line) // width)) for line in text.splitlines())
