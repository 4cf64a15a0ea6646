"""All figures there are, in the order in which a report shows them."""

from __future__ import annotations

from services.reporting.figures.activities import ACTIVITIES
from services.reporting.figures.figure import Figure
from services.reporting.figures.pairing import PAIRING
from services.reporting.figures.scope import FigureScope
from services.reporting.figures.situation import SITUATION
from services.reporting.figures.welfare import WELFARE
from services.reporting.summaries.events import SummarySection

_ORDER = list(SummarySection)

FIGURES: tuple[Figure, ...] = tuple(
    sorted((*SITUATION, *PAIRING, *ACTIVITIES, *WELFARE), key=lambda figure: _ORDER.index(figure.section))
)
"""Every figure, by section."""

BY_CODE = {figure.code: figure for figure in FIGURES}


def available(scope: FigureScope) -> tuple[Figure, ...]:
    """The figures that this scope's party has."""
    return tuple(figure for figure in FIGURES if figure.available(scope))
