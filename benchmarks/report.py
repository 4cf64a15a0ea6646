"""A run's results as a table, as JSON, as Markdown and as a plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from benchmarks.plot import plot
from benchmarks.rounds import Result, written

COLUMNS = ("row", "work", "figure", "unit", "beside", "its figure", "ratio", "target", "")
_COLOURS = {"reached": "green", "missed": "red"}


def show(results: Sequence[Result], environment: Mapping[str, str]) -> None:
    """Print the table."""
    console = Console(width=150)
    for name, value in environment.items():
        console.print(f"{name:>18}  {value}", highlight=False)
    table = Table(*COLUMNS)
    for one in results:
        *cells, verdict = _cells(one)
        table.add_row(*cells, f"[{_COLOURS[verdict]}]{verdict}" if verdict else "")
    console.print(table)


def write(results: Sequence[Result], environment: Mapping[str, str], folder: Path) -> None:
    """`results.json` with every round, `results.md`, `results.svg` and `results.png` in the folder."""
    lines = [
        {**asdict(one), "target": str(one.target), "ratio": one.ratio, "reached": one.reached}
        for one in results
    ]
    made = {"environment": dict(environment), "results": lines}
    (folder / "results.json").write_bytes(orjson.dumps(made, option=orjson.OPT_INDENT_2))
    (folder / "results.md").write_text(_markdown(results, environment))
    plot(results, folder)


def _cells(one: Result) -> tuple[str, ...]:
    return (
        one.row,
        one.work,
        written(one.ours),
        one.unit,
        one.beside or "-",
        "-" if one.peer is None else written(one.peer),
        "-" if one.ratio is None else f"{one.ratio:.2f} ×",
        str(one.target),
        "" if str(one.target) == "-" else "reached" if one.reached else "missed",
    )


def _markdown(results: Sequence[Result], environment: Mapping[str, str]) -> str:
    rows = [COLUMNS, ("---",) * len(COLUMNS), *(_cells(one) for one in results)]
    table = [f"| {' | '.join(row)} |" for row in rows]
    made_on = [f"- {name}: {value}" for name, value in environment.items()]
    return "\n".join(["# `make bench`", "", *table, "", "## Made on", "", *made_on, ""])
