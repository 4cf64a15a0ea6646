"""`python -m faults`: run the faults, print a table, write JSON; exit code 1 where something was wrong."""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from faults.cases import CASES
from faults.trial import Case, Outcome, run_case

SEED = 1


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make faults ARGS=…", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED, help="schedule and workload follow from it")
    parser.add_argument("--runs", type=int, default=1, help="each case so often, with seeds SEED, SEED+1 …")
    parser.add_argument("--only", action="append", help="cases by name; may be given several times")
    parser.add_argument("--short", action="store_true", help="the few minutes' form for CI")
    parser.add_argument("--list", action="store_true", help="name the cases and end")
    parser.add_argument("--json", type=Path, default=Path("faults.json"), help="where the report goes")
    parser.add_argument("--logs", type=Path, help="a folder for the logs of all processes")
    return parser.parse_args(words)


def chosen(only: Sequence[str] | None, *, short: bool) -> list[Case]:
    """The cases to run. Raises `SystemExit` for an unknown name."""
    names = [name for word in only or () for name in word.split(",")]
    if unknown := set(names) - {case.name for case in CASES}:
        raise SystemExit(f"no such case: {', '.join(sorted(unknown))}")
    return [case for case in CASES if (case.name in names if names else case.short or not short)]


def show(outcome: Outcome) -> None:
    """One trial on the terminal."""
    word = "skipped" if outcome.skipped else "ok" if outcome.passed else "FAILED"
    counts = " ".join(f"{name} {number}" for name, number in outcome.counts.items())
    print(
        f"{outcome.case:<22} seed {outcome.seed:<5} {word:<7} {outcome.seconds:6.1f} s  {counts}", flush=True
    )
    for line in outcome.schedule:
        print(f"    {line}")
    if outcome.skipped:
        print(f"    {outcome.skipped}")
    for line in outcome.wrong[:20]:
        print(f"    ✗ {line}")
    if len(outcome.wrong) > 20:
        print(f"    ✗ … {len(outcome.wrong)} in all")
    for line in outcome.alarms[:8]:
        print(f"    shown: {line[:200]}")
    sys.stdout.flush()


def report(outcomes: Sequence[Outcome], path: Path, seconds: float) -> None:
    """The JSON file."""
    machine = {"platform": platform.platform(), "python": platform.python_version()}
    told = {"seconds": round(seconds), "machine": machine, "trials": [asdict(one) for one in outcomes]}
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1))


def table(outcomes: Sequence[Outcome]) -> None:
    """One row per case."""
    print(f"\n{'fault':<22} {'runs':>4} {'pass':>4} {'seeds':<14} what")
    for name in dict.fromkeys(outcome.case for outcome in outcomes):
        mine = [outcome for outcome in outcomes if outcome.case == name]
        passed = sum(outcome.passed for outcome in mine)
        seeds = ",".join(str(outcome.seed) for outcome in mine)
        mark = "skipped" if mine[0].skipped else "" if passed == len(mine) else "FAILED"
        print(f"{name:<22} {len(mine):>4} {passed:>4} {seeds:<14} {mine[0].title} {mark}")


async def run(options: argparse.Namespace) -> list[Outcome]:
    """All trials, one after the other."""
    outcomes = []
    for case in chosen(options.only, short=options.short):
        for seed in range(options.seed, options.seed + options.runs):
            outcomes.append(await run_case(case, seed, short=options.short, keep=options.logs))
            show(outcomes[-1])
    return outcomes


def main() -> int:
    """The whole run."""
    options = arguments()
    if options.list:
        for case in CASES:
            print(f"{case.name:<22} {'short' if case.short else '':<6} {case.title}")
        return 0
    began = time.monotonic()
    print(f"seed {options.seed}")
    outcomes = asyncio.run(run(options))
    table(outcomes)
    report(outcomes, options.json, time.monotonic() - began)
    return 1 if any(outcome.wrong for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
