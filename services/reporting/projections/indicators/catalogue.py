"""All figures there are, in the order in which a report shows them."""

from __future__ import annotations

from services.reporting.events import SummarySection
from services.reporting.projections.indicators.activities import ACTIVITIES
from services.reporting.projections.indicators.figure import Figure
from services.reporting.projections.indicators.frame import Frame
from services.reporting.projections.indicators.pairing import PAIRING
from services.reporting.projections.indicators.situation import SITUATION
from services.reporting.projections.indicators.welfare import WELFARE

_ORDER = list(SummarySection)

FIGURES: tuple[Figure, ...] = tuple(
    sorted((*SITUATION, *PAIRING, *ACTIVITIES, *WELFARE), key=lambda figure: _ORDER.index(figure.section))
)
"""Every figure, by section."""

BY_CODE = {figure.code: figure for figure in FIGURES}


def available(frame: Frame) -> tuple[Figure, ...]:
    """The figures that this frame's party has."""
    return tuple(figure for figure in FIGURES if figure.available(frame))
