"""A run's results as a table, as JSON and as a plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import matplotlib as mpl
import orjson
from rich.console import Console
from rich.table import Table

from benchmarks.rounds import Result


def show(results: Sequence[Result], environment: Mapping[str, str]) -> None:
    """Print the table."""
    console = Console(width=150)
    for name, value in environment.items():
        console.print(f"{name:>18}  {value}", highlight=False)
    table = Table("row", "work", "unit", "figure", "beside", "its figure", "ratio", "target", "")
    for one in results:
        table.add_row(
            one.row,
            one.work,
            one.unit,
            _figure(one.ours),
            one.beside or "-",
            "-" if one.peer is None else _figure(one.peer),
            "-" if one.ratio is None else f"{one.ratio:.2f} ×",
            str(one.target),
            "" if str(one.target) == "-" else "[green]reached" if one.reached else "[red]missed",
        )
    console.print(table)


def write(results: Sequence[Result], environment: Mapping[str, str], folder: Path) -> None:
    """`results.json`, `results.svg` and `results.png` in the folder."""
    lines = [
        {**asdict(one), "target": str(one.target), "ratio": one.ratio, "reached": one.reached}
        for one in results
    ]
    made = {"environment": dict(environment), "results": lines}
    (folder / "results.json").write_bytes(orjson.dumps(made, option=orjson.OPT_INDENT_2))
    beside = [one for one in results if one.ratio is not None]
    if beside:
        _plot(beside, folder)


def _plot(results: Sequence[Result], folder: Path) -> None:
    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 -- after the choice of a backend without a screen

    figure, axes = plt.subplots(figsize=(10, 1 + 0.5 * len(results)), layout="constrained")
    labels = [f"{one.row}  {one.work}\nbeside {one.beside}" for one in results]
    places = range(len(results))
    axes.barh(places, [one.ratio or 0 for one in results], color="#2a7f9e")
    for place, one in zip(places, results, strict=True):
        axes.text(one.ratio or 0, place, f" {one.ratio:.2f} ×", va="center", fontsize=9)
        if one.target.ratio:
            axes.plot([one.target.ratio] * 2, [place - 0.4, place + 0.4], color="#c0392b", linewidth=2)
    axes.set_yticks(places, labels, fontsize=8)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("times the peer's figure (red: what was asked for)")
    for ending in ("svg", "png"):
        figure.savefig(folder / f"results.{ending}", dpi=110)
    plt.close(figure)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"
