"""What is told about trials: each on the terminal as it ends, all of them as JSON and as a Markdown table."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from faults.trial import Outcome

DETAIL = 160
"""Characters of a failing check's detail in the Markdown table."""
_CHINESE_FIRST = re.compile(r"^(?:\w+: )?[^/]*[\u4e00-\u9fff][^/]* / ")


def shown(outcome: Outcome) -> Iterator[str]:
    """One trial, line by line."""
    word = "skipped" if outcome.skipped else "ok" if outcome.passed else "FAILED"
    counts = " ".join(f"{name} {number}" for name, number in outcome.counts.items())
    yield f"{outcome.case:<22} seed {outcome.seed:<5} {word:<7} {outcome.seconds:6.1f} s  {counts}"
    yield from (f"    {line}" for line in outcome.schedule)
    if outcome.skipped:
        yield f"    {outcome.skipped}"
    yield from (f"    ✗ {line}" for line in outcome.wrong[:20])
    if len(outcome.wrong) > 20:
        yield f"    ✗ … {len(outcome.wrong)} in all"
    for check, detail in outcome.alarms[:8]:
        yield f"    shown: {check}: {_first_line(detail)[:200]}"


def write(outcomes: Sequence[Outcome], path: Path, seconds: float) -> None:
    """The JSON file, and the Markdown table beside it."""
    machine = {"platform": platform.platform(), "python": platform.python_version()}
    told = {"seconds": round(seconds), "machine": machine, "trials": [asdict(one) for one in outcomes]}
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1))
    path.with_suffix(".md").write_text("\n".join([*table(outcomes), ""]))


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """One row per case, in Markdown."""
    yield "| fault | what is done | runs | passed | seeds | what operators saw |"
    yield "|---|---|---|---|---|---|"
    for name in dict.fromkeys(outcome.case for outcome in outcomes):
        mine = [outcome for outcome in outcomes if outcome.case == name]
        ran = [outcome for outcome in mine if outcome.skipped is None]
        passed = sum(outcome.passed for outcome in ran)
        seeds = ", ".join(str(outcome.seed) for outcome in ran)
        saw = "; ".join(_seen(ran)) if ran else f"skipped: {mine[0].skipped}"
        mark = "" if passed == len(ran) else " **failed**"
        yield f"| {name} | {mine[0].title} | {len(ran)} | {passed}{mark} | {seeds} | {saw or 'all well'} |"


def _seen(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Each check that failed, once, with the longest it said; and how high backlog and lag went."""
    told: dict[str, str] = {}
    for check, detail in (alarm for one in outcomes for alarm in one.alarms):
        plain = _CHINESE_FIRST.sub("", _first_line(detail).replace("|", "¦"))
        told[check] = max(told.get(check, ""), plain, key=len)
    for check, detail in told.items():
        yield f"`{check}` {detail if len(detail) <= DETAIL else detail[:DETAIL] + '…'}".rstrip()
    for metric in dict.fromkeys(name for one in outcomes for name in one.greatest):
        if highest := max(one.greatest.get(metric, 0) for one in outcomes):
            yield f"{metric.replace('_', ' ')} up to {highest:.0f}"


def _first_line(detail: str) -> str:
    return detail.partition("\n")[0]
