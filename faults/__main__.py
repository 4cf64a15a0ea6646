"""`python -m faults`: run the faults, print a table, write JSON and Markdown; 1 where something was wrong."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from faults import report
from faults.cases import CASES
from faults.trial import Case, Outcome, run_case
from shared.tasks import end_on

SEED = 1
STOPPED = 130
"""Exit code after Ctrl-C, as the shell knows it."""


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make faults ARGS=…", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED, help="schedule and workload follow from it")
    parser.add_argument("--runs", type=int, default=1, help="each case so often, with seeds SEED, SEED+1 …")
    parser.add_argument("--only", action="append", help="cases by name; may be given several times")
    parser.add_argument("--short", action="store_true", help="the few minutes' form for CI")
    parser.add_argument("--list", action="store_true", help="name the cases and end")
    parser.add_argument("--json", type=Path, default=Path("faults.json"), help="report; a table beside it")
    parser.add_argument("--logs", type=Path, help="a folder for the logs of all processes")
    return parser.parse_args(words)


def chosen(only: Sequence[str] | None, *, short: bool) -> list[Case]:
    """The cases to run. Raises `SystemExit` for an unknown name."""
    names = [name for word in only or () for name in word.split(",")]
    if unknown := set(names) - {case.name for case in CASES}:
        raise SystemExit(f"no such case: {', '.join(sorted(unknown))}")
    return [case for case in CASES if (case.name in names if names else case.short or not short)]


async def run(options: argparse.Namespace, outcomes: list[Outcome]) -> None:
    """All trials, one after the other; the report is written after each."""
    # However it is asked to stop, and however often: the running trial takes its servers with it.
    end_on(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    began = time.monotonic()
    for case in chosen(options.only, short=options.short):
        for seed in range(options.seed, options.seed + options.runs):
            outcomes.append(await run_case(case, seed, short=options.short, keep=options.logs))
            print(*report.shown(outcomes[-1]), sep="\n", flush=True)
            report.write(outcomes, options.json, time.monotonic() - began)


def main() -> int:
    """The whole run."""
    options = arguments()
    if options.list:
        for case in CASES:
            print(f"{case.name:<22} {'short' if case.short else '':<6} {case.title}")
        return 0
    print(f"seed {options.seed}", flush=True)
    outcomes: list[Outcome] = []
    try:
        asyncio.run(run(options, outcomes))
    except asyncio.CancelledError:
        print("stopped")
        return STOPPED
    print("", *report.table(outcomes), sep="\n")
    return 1 if any(outcome.wrong for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
