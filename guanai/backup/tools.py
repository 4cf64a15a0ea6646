"""`pg_dump` and `pg_restore`, from the wheel that PostgreSQL comes from; dumps go through pipes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

from guanai.backup.container import CHUNK
from guanai.backup.manifest import BackupFault
from guanai.stack import Endpoints
from shared.embedded import postgres_program
from shared.tasks import to_the_end


async def dump(
    endpoints: Endpoints, password: str, service: str, snapshot: str
) -> AsyncGenerator[bytes, None]:
    """A service's database in PostgreSQL's custom format, as the exported snapshot shows it.

    Raises `BackupFault` with what pg_dump said.
    """
    words = ("--format=custom", f"--snapshot={snapshot}", *_at(endpoints, service))
    async with _running("pg_dump", words, password) as process:
        assert process.stdout
        while chunk := await process.stdout.read(CHUNK):
            yield chunk


async def restore(endpoints: Endpoints, password: str, database: str, chunks: Iterable[bytes]) -> None:
    """Fill an empty database from a dump. Raises `BackupFault` with what pg_restore said."""
    await _feed("pg_restore", ("--exit-on-error", *_at(endpoints, database)), password, chunks)


async def read_back(chunks: Iterable[bytes]) -> None:
    """Have pg_restore read a dump to its end. Raises `BackupFault` with what it said."""
    await _feed("pg_restore", (f"--file={os.devnull}",), "", chunks)


def _at(endpoints: Endpoints, database: str) -> tuple[str, ...]:
    host, _, port = endpoints.postgres.rpartition(":")
    return f"--host={host}", f"--port={port}", "--username=postgres", "--no-password", f"--dbname={database}"


async def _feed(program: str, words: Iterable[str], password: str, chunks: Iterable[bytes]) -> None:
    async with _running(program, words, password) as process:
        assert process.stdin
        with suppress(BrokenPipeError, ConnectionResetError):  # it has ended, and says why
            for chunk in chunks:
                process.stdin.write(chunk)
                await process.stdin.drain()
            process.stdin.close()
            await process.stdin.wait_closed()


@asynccontextmanager
async def _running(
    program: str, words: Iterable[str], password: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    process = await asyncio.create_subprocess_exec(
        postgres_program(program),
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**environment, "PGPASSWORD": password},
    )
    assert process.stderr
    complaints = asyncio.create_task(process.stderr.read())
    try:
        yield process
        code = await process.wait()
        if code:
            raise BackupFault(f"{program}: {(await complaints).decode(errors='replace').strip() or code}")
    finally:
        await to_the_end(_ended(process, complaints))


async def _ended(process: asyncio.subprocess.Process, complaints: asyncio.Task[bytes]) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
    await process.wait()
    complaints.cancel()
    await asyncio.wait([complaints])
