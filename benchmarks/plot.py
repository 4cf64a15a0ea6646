"""The results as a picture: how many times the peer's figure, and how much of its limit a row uses up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.rounds import Result, written

REACHED, MISSED, ASKED = "#2a7f9e", "#d98b5f", "#c0392b"


def plot(results: Sequence[Result], folder: Path) -> None:
    """`results.svg` and `results.png` in the folder; rows with neither peer nor limit are left out."""
    beside = [one for one in results if one.ratio is not None]
    limited = [one for one in results if one.ratio is None and one.target.limit is not None]
    panels = [(draw, rows) for draw, rows in ((_ratios, beside), (_limits, limited)) if rows]
    if not panels:
        return
    heights = [1.2 + 0.4 * len(rows) for _, rows in panels]
    figure = Figure(figsize=(11, sum(heights)), layout="constrained")
    places = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)
    for axes, (draw, rows) in zip(places.flat, panels, strict=True):
        draw(axes, rows)
    for ending in ("svg", "png"):
        figure.savefig(folder / f"results.{ending}", dpi=110)


def _ratios(axes: Axes, rows: Sequence[Result]) -> None:
    ratios = [one.ratio or 0 for one in rows]
    labels = [f"{one.row}  {one.work}\nbeside {one.beside}" for one in rows]
    _bars(axes, rows, ratios, labels, [f"{ratio:.2f} ×" for ratio in ratios])
    for place, one in enumerate(rows):
        if one.target.ratio is not None:
            axes.vlines(one.target.ratio, place - 0.4, place + 0.4, color=ASKED, linewidth=2.5)
    axes.axvline(1, color="grey", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xticks([0.1, 0.2, 0.5, 1, 2, 5, 10, 20], ["0.1", "0.2", "0.5", "1", "2", "5", "10", "20"])
    axes.set_xlim(min(0.1, *ratios), max(20, *ratios))
    axes.set_title("Times the peer's figure (red: at least what was asked for)", loc="left", fontsize=10)


def _limits(axes: Axes, rows: Sequence[Result]) -> None:
    shares = [one.ours / (one.target.limit or 1) for one in rows]
    labels = [f"{one.row}  {one.work}" for one in rows]
    _bars(axes, rows, shares, labels, [f"{written(one.ours)} {one.unit}  ({one.target})" for one in rows])
    axes.axvline(1, color=ASKED, linewidth=2.5)
    axes.set_xlim(0, max(1.2, *shares))
    axes.set_title("Times what was asked for (red)", loc="left", fontsize=10)


def _bars(
    axes: Axes, rows: Sequence[Result], lengths: Sequence[float], labels: Sequence[str], texts: Sequence[str]
) -> None:
    places = range(len(rows))
    axes.barh(places, lengths, color=[REACHED if one.reached else MISSED for one in rows], height=0.7)
    for place, text in zip(places, texts, strict=True):
        axes.text(1.01, place, text, transform=axes.get_yaxis_transform(), va="center", fontsize=9)
    axes.set_yticks(places, labels, fontsize=8)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
