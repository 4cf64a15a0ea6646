"""What a count rests on: which tables, filled up to where; and whom the events since were about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CompoundSelect, bindparam, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.audiences.views import Audience
from services.reporting.care.views import pairings
from services.reporting.figures.changed_subjects import (
    CHANGED_BY_PAIRING,
    CHANGED_BY_REGISTRY,
    RECORDS,
    SUBJECTS,
)

_CHANGED = (CHANGED_BY_REGISTRY.name, CHANGED_BY_PAIRING.name)
_STATE = text("""
SELECT (SELECT json_agg(json_build_array(projection, source, version, position))
        FROM feeds.checkpoint WHERE projection = ANY(:names)) AS checkpoints,
       (SELECT string_agg(nspname || oid, ' ' ORDER BY nspname)
        FROM pg_namespace WHERE nspname = ANY(:names)) AS schemas,
       (SELECT md5(string_agg(concat_ws(' ', projection, source, position), ' '
                              ORDER BY projection, source, position))
        FROM feeds.parked WHERE projection = ANY(:names)) AS parked
""").columns(checkpoints=JSON)


@dataclass(frozen=True, slots=True)
class DataVersion:
    """The state of the tables at one moment."""

    history: tuple[object, ...]
    """Which tables, of which version, and what they could not take: else nothing is comparable."""
    positions: Mapping[str, int]
    """By source: up to where every table was filled."""
    known: bool
    """Whether all that the tables have taken is in the lists of changed subjects, too."""

    def follows(self, earlier: DataVersion) -> bool:
        """Whether the tables are the earlier ones, further on."""
        return self.history == earlier.history


def counted_from(audience: Audience) -> tuple[str, ...]:
    """The projections from whose tables an audience's figures are counted."""
    return (audience.projection.name, *(records.name for records in RECORDS))


async def data_version(connection: AsyncConnection, counted: Sequence[str]) -> DataVersion:
    """What the tables of these projections hold at the moment of the connection's snapshot."""
    found = await connection.execute(_STATE, {"names": [*counted, *_CHANGED]})
    state = found.mappings().one()
    versions: set[tuple[str, int]] = set()
    filled: dict[str, list[int]] = {source: [] for source in SUBJECTS}
    listed = dict.fromkeys(SUBJECTS, 0)
    for projection, source, version, position in state["checkpoints"] or ():
        versions.add((projection, version))
        if projection in _CHANGED:
            listed[source] = position
        else:
            filled[source].append(position)
    return DataVersion(
        history=(state["schemas"], state["parked"], frozenset(versions)),
        positions={source: min(positions, default=0) for source, positions in filled.items()},
        known=all(max(filled[source], default=0) <= listed[source] for source in SUBJECTS),
    )


async def changed_since(connection: AsyncConnection, since: DataVersion) -> set[UUID]:
    """The subjects of the events since then, and the mentors of the children among them."""
    return set(await connection.scalars(_changed(), since.positions))


@lru_cache(maxsize=1)
def _changed() -> CompoundSelect[tuple[UUID]]:
    changed = union_all(
        *(
            select(table.c.subject).where(table.c.position > bindparam(source, type_=BigInteger()))
            for source, table in SUBJECTS.items()
        )
    ).cte("changed")
    # Whether a mentor counts can depend on the children, who may have moved out of reach.
    mentors = select(pairings.c.mentor_id).join(changed, changed.c.subject == pairings.c.child_id)
    return union_all(select(changed.c.subject), mentors)
