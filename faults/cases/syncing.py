"""Nothing is acknowledged before it is on disk: counted with strace."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

from faults.people import TOWNSHIP
from faults.trial import Case, Skipped, Trial
from services.language import PartyKind
from services.registry.client import FoundOrganisation, RegistryClient
from shared.contracts import Receipt

COMMANDS = 30


async def count_syncs(trial: Trial) -> None:
    """One command after the other, each answered: at least as many syncs of either server."""
    strace = shutil.which("strace")
    if strace is None:
        raise Skipped("strace is not installed")
    trial.workload.stop()
    await trial.pause(3, 3.5)
    await trial.cluster.caught_up()
    traces = {name: trial.cluster.folder / f"strace-{name}" for name in ("postgres", "nats")}
    tracers = [_trace(strace, trial.cluster.pids(name), traces[name]) for name in traces]
    await trial.expect_soon(lambda: _all_attached(tracers, traces.values()), "strace counts the syncs")
    registry, township = trial.people.client(RegistryClient, "township"), trial.people.ids["township"]
    for number in range(COMMANDS):
        body = FoundOrganisation(
            kind=PartyKind.SCHOOL, name=f"学校{number}", division=TOWNSHIP, parent_id=township
        )
        call = partial(_found, registry, body)
        operation = await trial.history.do("registry", "found_organisation", uuid4(), call)
        position = operation.position if operation.answer else 0
        relayed = partial(_is_relayed, trial, position)
        await trial.expect_soon(relayed, f"registry:{position} is published")
    for tracer in tracers:
        tracer.terminate()
        await asyncio.to_thread(tracer.wait)
    for name, trace in traces.items():
        syncs = _syncs(trace)
        trial.note(f"{name}: {syncs} syncs for {COMMANDS} commands, each answered and published alone")
        trial.expect(syncs >= COMMANDS, f"{name} syncs for each command, {syncs} of {COMMANDS}")


async def _found(registry: RegistryClient, body: FoundOrganisation, key: UUID) -> Receipt:
    return await registry.found_organisation(body, key=key)


def _is_relayed(trial: Trial, position: int) -> bool:
    return trial.watch.greatest("relay_published", name="registry") >= position


def _trace(strace: str, pids: list[int], out: Path) -> subprocess.Popen[bytes]:
    command = [strace, "-f", "-e", "trace=fsync,fdatasync,sync_file_range", "-o", str(out)]
    for pid in pids:
        command += ["-p", str(pid)]
    with _said(out).open("wb") as said:
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)


def _said(trace: Path) -> Path:
    return trace.with_suffix(".said")


def _all_attached(tracers: Iterable[subprocess.Popen[bytes]], traces: Iterable[Path]) -> bool:
    """Raises `Skipped` where one of them has given up."""
    if any(tracer.poll() is not None for tracer in tracers):
        raise Skipped("strace may not attach to processes here")
    return all("attached" in _said(trace).read_text(errors="replace") for trace in traces)


def _syncs(trace: Path) -> int:
    return sum("sync(" in line and "resumed" not in line for line in trace.read_text().splitlines())


CASES = (Case("synced", "fsync before every acknowledgement, counted by strace", count_syncs),)
