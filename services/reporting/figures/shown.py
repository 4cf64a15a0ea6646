"""Counts a scope's figures and writes them as answers, each with the address of the records behind it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar
from urllib.parse import quote_plus, urlencode
from uuid import UUID

from sqlalchemy import RowMapping, select

from services.language import DataClass, PartyKind
from services.reach import Reach
from services.reporting.figures.api import FigureView, Indicators, Part
from services.reporting.figures.cache import Counted
from services.reporting.figures.catalogue import BY_CODE, FIGURES
from services.reporting.figures.disclosure import Shown
from services.reporting.figures.figure import UNKNOWN, Breakdown, Figure, Measure, is_hidden
from services.reporting.figures.scope import FigureScope
from services.reporting.figures.sql import Value
from services.reporting.figures.suppression import Node
from services.reporting.periods import percent
from services.reporting.places.views import organisations
from services.reporting.reach import FIGURES_ONLY, share_of
from services.reporting.scope import Counts
from services.reporting.summaries.events import FrozenFigure
from shared import Bilingual
from shared.projections import Query, Views, standing

F = TypeVar("F", FigureView, Part)


async def figures_of(views: Views, counts: Counts, scope: FigureScope, today: date) -> tuple[FigureView, ...]:
    """The scope's figures with links to their records, as its party may see them on this day."""
    counted = await counts.figure_cache.count(views, scope)
    withheld = await counts.disclosure.withheld(views, scope, today)
    names = await _names(views, scope.at)
    return tuple(
        _withheld(BY_CODE[code])
        if withheld.hides(code)
        else _figure_view(BY_CODE[code], counted, names, _Address(scope))
        for code in counted
        if withheld.hides(code) or _is_shown(code, counted)
    )


async def indicators_of(
    views: Views, counts: Counts, scope: FigureScope, reach: Reach, today: date
) -> Indicators:
    """The scope's figures, as this caller may see them."""
    figures = await figures_of(views, counts, scope, today)
    if reach.kind in FIGURES_ONLY:
        figures = suppressed(figures, await counts.disclosure.shown(views, scope, share_of(reach), today))
    moment = {} if scope.at is None else {"as_of": scope.at}
    return Indicators(
        first_day=scope.period.first_day,
        last_day=scope.period.last_day,
        figures=figures,
        **moment,
    )


def _is_shown(code: str, counted: Counted) -> bool:
    # The least of no sessions, the mean of no reports and the kinds of nothing are no figures.
    figure = BY_CODE[code]
    if figure.by is None and figure.measure in {Measure.COUNT, Measure.SUM}:
        return True
    return any(value.lines for value in counted[code])


class _Address:
    """Where the records of a scope's figures are listed."""

    def __init__(self, scope: FigureScope, as_of: datetime | None = None) -> None:
        moment = as_of or scope.at
        asked = {
            "first_day": scope.period.first_day,
            "last_day": scope.period.last_day,
            "division": scope.share.division,
            "school_id": scope.share.school_id,
            "as_of": moment and moment.isoformat(),
        }
        self._asked = urlencode({name: value for name, value in asked.items() if value is not None})

    def of(self, code: str, key: str | None = None) -> str:
        """Path and query."""
        line = quote_plus(code) if key is None else f"{quote_plus(code)}&key={quote_plus(key)}"
        return f"/records?figure={line}&{self._asked}"


def _figure_view(
    figure: Figure, counted: Counted, names: Mapping[str, Bilingual], address: _Address
) -> FigureView:
    whole = counted[figure.of][0].amount if figure.of else None
    common = _named(figure)
    if figure.by is not None:
        values = sorted(counted[figure.code], key=lambda value: (-value.amount, value.key or ""))
        return FigureView(**common, parts=tuple(_part(one, whole, names, address) for one in values))
    value = counted[figure.code][0]
    share = {"of": rounded(whole), "percent": percent(value.amount, whole)} if whole else {}
    shown = {"value": rounded(value.amount), "lines": value.lines, "records": address.of(figure.code)}
    return FigureView(**common, **shown, **share)


def _named(figure: Figure) -> dict[str, Any]:
    return {name: getattr(figure, name) for name in ("code", "section", "zh", "en", "unit")}


def _withheld(figure: Figure) -> FigureView:
    return FigureView(**_named(figure), suppressed=True)


def _part(value: Value, whole: Decimal | None, names: Mapping[str, Bilingual], address: _Address) -> Part:
    key = value.key or ""
    by_code = value.figure.by is Breakdown.CODE or key == UNKNOWN
    words = value.figure.words(key) if by_code else names.get(key, Bilingual(key, key))
    share = {"percent": percent(value.amount, whole)} if whole else {}
    return Part(
        key=key,
        zh=words.zh,
        en=words.en,
        value=rounded(value.amount),
        lines=value.lines,
        records=address.of(value.figure.code, key),
        **share,
    )


def rounded(amount: Decimal) -> Decimal:
    """Whole numbers as such; money and means with at most two digits, half up."""
    cut = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return cut.quantize(Decimal(1)) if cut == cut.to_integral_value() else cut.normalize()


_CALLED = select(
    organisations.c.organisation_id, organisations.c.kind, organisations.c.division, organisations.c.name
)
_CALLED_NOW = Query(_CALLED.where(standing(organisations)))


async def _names(views: Views, at: datetime | None) -> Mapping[str, Bilingual]:
    """What villages and townships (by division) and schools (by id) are called."""
    named: dict[str, Bilingual] = {}
    rows: Iterable[RowMapping | Mapping[str, Any]] = (
        await views.run(_CALLED_NOW)
        if at is None
        else await views.all(_CALLED.where(standing(organisations, at)))
    )
    for row in rows:
        if row["kind"] in {PartyKind.VILLAGE, PartyKind.TOWNSHIP}:
            named[row["division"]] = Bilingual(row["name"], row["name"])
        named[str(row["organisation_id"])] = Bilingual(row["name"], row["name"])
    return named


# -- for those who see figures only ------------------------------------------------------------------


def suppressed(figures: Iterable[FigureView], shown: Shown) -> tuple[FigureView, ...]:
    """The figures without those that are hidden, and without links: these readers see no records.

    What is hidden is so where there is nothing, too: else its absence would say so.
    """
    views = {view.code: view for view in figures}
    return tuple(
        _disclosed(views[figure.code], figure, shown) if figure.code in views else _withheld(figure)
        for figure in FIGURES
        if figure.code in views or shown.hides(figure.code)
    )


def _disclosed(view: FigureView, figure: Figure, shown: Shown) -> FigureView:
    if not figure.sensitive:
        return _without_links(view)
    judged = figure.code if figure.judged else figure.of
    assert judged is not None, "a figure by place is one of a whole"
    if shown.hides(judged):
        return _withheld(figure)
    return _without_links(view) if figure.judged else _by_place(view, judged, shown)


def _by_place(view: FigureView, code: str, shown: Shown) -> FigureView:
    """The same figure at the places below, each shown as it would be there."""
    parts = tuple(
        Part(key=part.key, zh=part.zh, en=part.en)
        if shown.hides_at(code, _node(view.code, part.key))
        else _unlinked(part)
        for part in view.parts
    )
    hidden = any(part.value is None for part in parts)
    return view.model_copy(update={"parts": parts, "suppressed": hidden})


def _node(code: str, key: str) -> Node:
    if BY_CODE[code].by is not Breakdown.SCHOOL:
        return key
    return None if key == UNKNOWN else UUID(key)


def _without_links(view: FigureView) -> FigureView:
    return _unlinked(view.model_copy(update={"parts": tuple(_unlinked(part) for part in view.parts)}))


def _unlinked(answer: F) -> F:
    kept = {name: getattr(answer, name) for name in answer.model_fields_set if name != "records"}
    return type(answer)(**kept)


def handed_up(figures: Iterable[FigureView], reads: Collection[DataClass]) -> tuple[FigureView, ...]:
    """What a party reports to the level above: its figures, without links to what that may not look at."""
    return tuple(_without_links(view) if _tells_of_the_ill(view, reads) else view for view in figures)


def _tells_of_the_ill(view: FigureView, reads: Collection[DataClass]) -> bool:
    figure = BY_CODE[view.code]
    return figure.of_the_ill and is_hidden(figure, reads)


# -- frozen figures ----------------------------------------------------------------------------------


def frozen(figures: Iterable[FigureView]) -> tuple[FrozenFigure, ...]:
    """The figures as an approval keeps them."""
    kept: list[FrozenFigure] = []
    for figure in figures:
        if figure.value is not None or figure.suppressed:
            share = {"of": figure.of, "percent": figure.percent} if figure.of is not None else {}
            kept.append(FrozenFigure(code=figure.code, value=figure.value, **share))
        kept.extend(
            FrozenFigure(
                code=figure.code,
                key=part.key,
                label=part.zh,
                value=part.value,
                **({} if part.percent is None else {"percent": part.percent}),
            )
            for part in figure.parts
            if part.value is not None
        )
    return tuple(kept)


def thawed(figures: Iterable[FrozenFigure], scope: FigureScope, as_of: datetime) -> tuple[FigureView, ...]:
    """Frozen figures as answers; their links lead to the records as they were known then."""
    address = _Address(scope, as_of)
    by_code: dict[str, list[FrozenFigure]] = {}
    for one in figures:
        by_code.setdefault(one.code, []).append(one)
    return tuple(
        _thawed(figure, by_code[figure.code], address) for figure in FIGURES if figure.code in by_code
    )


def _thawed(figure: Figure, kept: Sequence[FrozenFigure], address: _Address) -> FigureView:
    common = _named(figure)
    if figure.by is not None:
        parts = tuple(
            Part(
                key=one.key or "",
                zh=one.label or figure.words(one.key or "").zh,
                en=one.label
                if figure.by is not Breakdown.CODE and one.label
                else figure.words(one.key or "").en,
                value=one.value,
                records=address.of(figure.code, one.key),
                **({} if one.percent is None else {"percent": one.percent}),
            )
            for one in kept
        )
        return FigureView(**common, parts=parts)
    one = kept[0]
    if one.value is None:
        return _withheld(figure)
    share = {} if one.of is None else {"of": one.of, "percent": one.percent}
    return FigureView(**common, value=one.value, records=address.of(figure.code), **share)
