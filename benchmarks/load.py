"""The load generator: HTTP over raw sockets in a process of its own, the same for both sides of a row.

`python -m benchmarks.load` reads a `Load` as JSON and writes an `Outcome`. Closed loop: each connection asks
again when it was answered. Open loop (`rate`): requests leave at their times whatever became of the others,
and waiting for a free connection counts.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import asdict, dataclass, field
from uuid import UUID

import orjson
import uvloop


@dataclass(frozen=True, slots=True)
class Load:
    """What to send."""

    port: int
    path: str
    bodies: list[str]
    """Taken in turn; none = GET."""
    token: str = ""
    connections: int = 32
    seconds: float = 5.0
    rate: float | None = None
    """Requests a second; None = as fast as they are answered."""
    position_header: bool = False
    """Keep each answer's `Care-Position`."""


@dataclass(slots=True)
class Outcome:
    """What came of it; moments are of this machine's clock (`time.time`)."""

    answers: int = 0
    errors: int = 0
    first_error: str = ""
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    """Seconds from the time at which the request was due to its answer."""
    accepted: list[tuple[int, float]] = field(default_factory=list)
    """Position and moment of each accepted command."""

    @property
    def per_second(self) -> float:
        """Good answers in a second."""
        return self.answers / self.seconds


async def run(load: Load) -> Outcome:
    """Send it from a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.load"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        told, _ = await process.communicate(orjson.dumps(asdict(load)))
    finally:
        if process.returncode is None:
            process.kill()
    outcome = Outcome(**orjson.loads(told))
    if outcome.errors:
        raise RuntimeError(f"{load.path}: {outcome.errors} of {outcome.answers}: {outcome.first_error}")
    return outcome


class _Sender:
    def __init__(self, load: Load) -> None:
        self.load, self.outcome = load, Outcome()
        self._sent = 0
        self._due: asyncio.Queue[float] = asyncio.Queue()
        self._until = 0.0

    async def run(self) -> Outcome:
        began = time.time()
        self._until = began + self.load.seconds
        connections = [self._connection() for _ in range(self.load.connections)]
        clock = [self._clock(began)] if self.load.rate else []
        await asyncio.gather(*connections, *clock)
        self.outcome.seconds = time.time() - began
        return self.outcome

    async def _clock(self, began: float) -> None:
        assert self.load.rate is not None
        for number in range(int(self.load.seconds * self.load.rate)):
            due = began + number / self.load.rate
            if (pause := due - time.time()) > 0:
                await asyncio.sleep(pause)
            self._due.put_nowait(due)
        for _ in range(self.load.connections):
            self._due.put_nowait(0.0)

    async def _connection(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.load.port)
        while due := await self._next_due():
            writer.write(self._request())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            self._note(due, head, await reader.readexactly(length))
        writer.close()

    async def _next_due(self) -> float:
        if self.load.rate:
            return await self._due.get()
        now = time.time()
        return now if now < self._until else 0.0

    def _request(self) -> bytes:
        load, number = self.load, self._sent
        self._sent += 1
        head = f"{'POST' if load.bodies else 'GET'} {load.path} HTTP/1.1\r\nHost: bench\r\n"
        if load.token:
            head += f"Authorization: Bearer {load.token}\r\n"
        if not load.bodies:
            return f"{head}\r\n".encode()
        body = load.bodies[number % len(load.bodies)].encode()
        key = UUID(bytes=os.urandom(16), version=4)
        head += (
            f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def _note(self, due: float, head: bytes, body: bytes) -> None:
        now, outcome = time.time(), self.outcome
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
            outcome.errors += 1
            outcome.first_error = outcome.first_error or f"{head[:15]!r} {body[:300]!r}"
            return
        outcome.answers += 1
        outcome.latencies.append(now - due)
        if self.load.position_header:
            position = head.lower().partition(b"care-position:")[2].partition(b"\r\n")[0]
            outcome.accepted.append((int(position.rpartition(b":")[2]), now))


def main() -> None:
    """The process of `run`."""
    load = Load(**orjson.loads(sys.stdin.buffer.read()))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(_Sender(load).run())
    sys.stdout.buffer.write(orjson.dumps(asdict(outcome)))


if __name__ == "__main__":
    main()
