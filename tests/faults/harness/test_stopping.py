"""A run of trials that is stopped takes everything with it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from faults.__main__ import STOPPED

SECONDS = 180


def living(folder: Path) -> list[str]:
    """Command lines of the servers and services of the systems below a folder."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            command, environment = ((process / told).read_bytes() for told in ("cmdline", "environ"))
        except OSError:
            continue  # not a process, or not any longer
        if f"{folder}/guanai-faults-".encode() in command + environment:
            found.append(command.replace(b"\0", b" ").decode())
    return found


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not holds():  # noqa: ASYNC110 (looks at other processes)
            await asyncio.sleep(0.02)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks at processes in /proc")
@pytest.mark.timeout(2 * SECONDS)
@pytest.mark.parametrize(
    ("how", "once"),
    [
        pytest.param(signal.SIGINT, "services.reporting", id="Ctrl-C while services start"),
        pytest.param(signal.SIGTERM, "initdb", id="ended while PostgreSQL starts"),
    ],
)
async def test_nothing_survives_a_stopped_run(tmp_path: Path, how: signal.Signals, once: str) -> None:
    """Asked to stop, and again and again while it does: no server, no service and no folder is left."""
    words = ("-m", "faults", "--only", "none", "--json", str(tmp_path / "faults.json"))
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    run = await asyncio.create_subprocess_exec(
        sys.executable, *words, env=env, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await until(lambda: any(once in command for command in living(tmp_path)))
        while run.returncode is None:
            # `run.send_signal` would look whether it has ended, and take its exit code from asyncio.
            with suppress(ProcessLookupError):
                os.kill(run.pid, how)
            await asyncio.sleep(0.02)
        # The last signal may meet an interpreter that has nothing left to do but to end.
        assert run.returncode in {STOPPED, -how}
        # Whoever was killed is gone when the kernel has found time for it.
        await until(lambda: living(tmp_path) == [])
        assert await asyncio.to_thread(lambda: list(tmp_path.glob("guanai-faults-*"))) == []
    finally:
        if run.returncode is None:
            run.kill()
