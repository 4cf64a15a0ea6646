"""The table that `python -m faults` writes, as the handbook takes it over."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from faults.report import shown, table, write
from faults.trial import Outcome

AWAY = ("relay", "BusUnreachable: 消息服务器连接不上 / NATS cannot be reached; events wait in the log")
KILLED = Outcome(
    case="nats-kill",
    title="kill -9 of nats-server",
    seed=1,
    seconds=30.0,
    counts={"acknowledged": 80},
    schedule=("   1.5 s  kill -9 nats",),
    alarms=(("bus", ""), AWAY),
    greatest={"relay_backlog": 12.0, "projection_parked": 0.0},
)


def test_a_fault_is_one_row_whatever_the_runs() -> None:
    """Runs, passes, seeds, and what operators saw: each check once, in English, and how high things went."""
    again = replace(KILLED, seed=2, greatest={"relay_backlog": 40.0})
    (row,) = list(table([KILLED, again]))[2:]
    assert row == (
        "| nats-kill | kill -9 of nats-server | 2 | 2 | 1, 2 | `bus`; "
        "`relay` NATS cannot be reached; events wait in the log; relay backlog up to 40 |"
    )


def test_what_failed_or_was_skipped_is_said() -> None:
    """A violation shows in the table; what the machine cannot do is no pass."""
    failed = replace(KILLED, seed=3, wrong=("I2 registry: 1 events are parked",))
    skipped = replace(KILLED, case="nats-full", skipped="mounting needs root", alarms=(), greatest={})
    rows = list(table([KILLED, failed, skipped]))[2:]
    assert "| 2 | 1 **failed** | 1, 3 |" in rows[0]
    assert rows[1].endswith("| 0 | 0 |  | skipped: mounting needs root |")
    assert "    ✗ I2 registry: 1 events are parked" in list(shown(failed))


def test_the_report_is_json_with_the_table_beside_it(tmp_path: Path) -> None:
    """The JSON holds seed and schedule of each trial."""
    write([KILLED], tmp_path / "faults.json", 31.0)
    (trial,) = json.loads((tmp_path / "faults.json").read_text())["trials"]
    assert (trial["seed"], trial["schedule"]) == (1, ["   1.5 s  kill -9 nats"])
    assert (tmp_path / "faults.md").read_text().startswith("| fault | what is done |")
