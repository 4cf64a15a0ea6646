"""`python -m benchmarks [rows] [--short] [--out FOLDER]`: measure, print, write."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path

import structlog
import uvloop

from benchmarks import (
    f1_append,
    f2_http,
    f3_bulk,
    f4_relay,
    f5_latency,
    f6_projection,
    f7_queries,
    f10_footprint,
    f12_idle,
    f13_accesses,
    guarantees,
)
from benchmarks.environment import environment
from benchmarks.lab import Lab, Row
from benchmarks.report import show, write
from benchmarks.rounds import Result, written
from benchmarks.servers import servers
from shared.tasks import end_on

ROWS: Mapping[str, Row] = {
    "f1": f1_append.rows,
    "f2": f2_http.rows,
    "f3": f3_bulk.rows,
    "f4": f4_relay.rows,
    "f5": f5_latency.rows,
    "f6": f6_projection.rows,
    "f7": f7_queries.rows,
    "f10": f10_footprint.rows,
    "f12": f12_idle.rows,
    "f13": f13_accesses.rows,
    "g": guarantees.rows,
}


async def measure(asked: Namespace) -> list[Result]:
    """The rows, one after another, on fresh servers each: what one leaves behind must not slow the next."""
    # Like Ctrl-C: every process that the run started is stopped before it ends.
    end_on(signal.SIGTERM, signal.SIGHUP)
    asked.out.mkdir(parents=True, exist_ok=True)
    results: list[Result] = []
    for name in (name for name in ROWS if name in asked.rows or not asked.rows):
        began = time.monotonic()
        with servers() as started:
            lab = Lab(started, asked.short)
            async for result in ROWS[name](lab):
                results.append(result)
                beside = f"{result.ratio:.2f} × {result.beside}" if result.ratio else ""
                print(
                    f"{result.row} {result.work}: {written(result.ours)} {result.unit} {beside}", flush=True
                )
        print(f"({name} took {time.monotonic() - began:.0f} s)", flush=True)
    return results


def main() -> None:
    """Ends with 1 where a target was missed and `--strict` was given."""
    parser = ArgumentParser(prog="make bench")
    parser.add_argument(
        "rows", nargs="*", choices=[*ROWS, []], metavar="ROW", help=f"of {', '.join(ROWS)}; none = all"
    )
    parser.add_argument("--short", action="store_true", help="a few minutes, for CI")
    parser.add_argument("--strict", action="store_true", help="fail where a target is missed")
    parser.add_argument("--out", type=Path, default=Path(".guanai/bench"), help="folder of the results")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    # As the services do (`shared.service`).
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    known = {"form": "short" if asked.short else "full", **environment()}
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            results = runner.run(measure(asked))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
    show(results, known)
    write(results, known, asked.out)
    sys.exit(asked.strict and not all(one.reached for one in results))


if __name__ == "__main__":
    main()
