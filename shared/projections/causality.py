"""What a decision may have seen of other services: read from the database, after it was taken.

The views stand in the database, and another replica may have moved them further than this process knows.
A position from memory could then lie before what the decision was shown.
"""

from __future__ import annotations

from collections.abc import Iterable

import asyncpg

_FURTHEST = """
    SELECT source, max(position) AS position FROM feeds.checkpoint
    WHERE projection = ANY($1::text[]) AND source <> $2 AND position > 0 GROUP BY source
"""


async def furthest(connection: asyncpg.Connection, readers: Iterable[str], service: str) -> dict[str, int]:
    """By service other than `service`: the furthest position that any of the readers has reached."""
    rows = await connection.fetch(_FURTHEST, list(readers), service)
    return {row["source"]: row["position"] for row in rows}
