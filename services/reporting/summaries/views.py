"""Work summaries as they are written and decided upon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    false,
    or_,
    select,
)

from services.language import PartyKind
from services.reporting.events import EVENTS as REPORTING
from services.reporting.summaries.events import (
    SummaryApproved,
    SummaryDrafted,
    SummaryReturned,
    SummarySubmitted,
    SummaryTextEdited,
)
from services.reporting.summaries.rules import JUDGES
from shared import Recorded
from shared.projections import (
    Change,
    Projection,
    Row,
    amend,
    patch,
    put,
    standing,
    table_of,
    tables_of,
)

TABLES = tables_of("summaries")

summaries = table_of(
    "summaries",
    TABLES,
    SummaryDrafted,
    key="summary_id",
    history=True,
    status=str,
    texts=dict[str, str],
    submitted_as_of=datetime | None,
    returned_reason=str | None,
    decided_by=str | None,
    figures=dict[str, Any] | None,
    version=int,
)
"""One row per summary; `status` is draft, submitted or frozen; `figures` stand once it is frozen."""

DRAFT, SUBMITTED, FROZEN = "draft", "submitted", "frozen"

SUMMARIES = Projection(name="summaries", tables=TABLES, sources=(REPORTING,))


@SUMMARIES.on(SummaryDrafted)
def drafted(event: SummaryDrafted, recorded: Recorded) -> Iterator[Change]:
    said = event.model_dump() | {"party_kind": event.party_kind.value, "period": event.period.value}
    yield put(summaries, status=DRAFT, texts={}, version=recorded.version, **said)


@SUMMARIES.on(SummaryTextEdited)
def text_edited(event: SummaryTextEdited, recorded: Recorded) -> Iterator[Change]:
    def edited(row: Row) -> Row:
        texts = {**row["texts"], event.section.value: event.text}
        return {"texts": texts, "version": recorded.version}

    yield amend(summaries, {"summary_id": event.summary_id}, edited)


@SUMMARIES.on(SummarySubmitted)
def submitted(event: SummarySubmitted, recorded: Recorded) -> Iterator[Change]:
    yield patch(
        summaries,
        {"summary_id": event.summary_id},
        status=SUBMITTED,
        submitted_as_of=event.as_of,
        returned_reason=None,
        version=recorded.version,
    )


@SUMMARIES.on(SummaryReturned)
def returned(event: SummaryReturned, recorded: Recorded) -> Iterator[Change]:
    yield patch(
        summaries,
        {"summary_id": event.summary_id},
        status=DRAFT,
        submitted_as_of=None,
        returned_reason=event.reason,
        decided_by=event.by_party,
        version=recorded.version,
    )


@SUMMARIES.on(SummaryApproved)
def approved(event: SummaryApproved, recorded: Recorded) -> Iterator[Change]:
    yield patch(
        summaries,
        {"summary_id": event.summary_id},
        status=FROZEN,
        decided_by=event.by_party,
        figures=[figure.model_dump(mode="json", exclude_none=True) for figure in event.figures],
        version=recorded.version,
    )


def summary_of(summary_id: UUID, at: datetime | None) -> Select[tuple[object, ...]]:
    """One summary, whoever asks."""
    return select(summaries).where(standing(summaries, at), summaries.c.summary_id == summary_id)


def own_summaries(
    kind: str, division: str | None, organisation_id: UUID | None, at: datetime | None
) -> Select[tuple[object, ...]]:
    """The summaries of one party, and those that were handed in to it."""
    return select(summaries).where(
        standing(summaries, at),
        or_(_of_party(kind, division, organisation_id), _handed_to(kind, division)),
    )


def _of_party(kind: str, division: str | None, organisation_id: UUID | None) -> ColumnElement[bool]:
    of_kind = summaries.c.party_kind == kind
    if kind == PartyKind.SCHOOL:
        return and_(of_kind, summaries.c.organisation_id == organisation_id)
    return and_(of_kind, summaries.c.division == division)


def _handed_to(kind: str, division: str | None) -> ColumnElement[bool]:
    if division is None or kind not in JUDGES:
        return false()
    return and_(
        summaries.c.status != DRAFT,
        summaries.c.party_kind.in_(JUDGES[PartyKind(kind)]),
        summaries.c.division.startswith(division, autoescape=True),
    )
