"""What figures leave of one another: numbers that nobody is shown, and everybody can work out.

Whatever happens, some figures are never more than others: because each of their lines is one of the other's,
or because what happened before the period, and nothing else, is missing. Where the difference is about one to
four, one of the figures is hidden. `Figure.of` and `Figure.within` say it of two figures; those that take
several stand here. A test looks for more of them in the figures of many villages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from services.pairing.events import ContactKind
from services.reporting.figures.figure import Figure
from services.reporting.figures.suppression import Rest, Term


def _all(*codes: str) -> tuple[Term, ...]:
    return tuple(Term(code) for code in codes)


def _key(code: str, *keys: str) -> tuple[Term, ...]:
    return (Term(code, frozenset(keys)),)


_PLACED = "children_with_teachers_and_relatives"

OF_SEVERAL: tuple[Rest, ...] = (
    # Neither with grandparents nor with teachers or relatives.
    Rest(_all("children"), _all("children_with_grandparents", _PLACED), (_PLACED,)),
    # Those on file before the period; earlier figures hide them where they are few.
    Rest(_all("children", "children_exited"), _all("files_opened"), ("files_opened",)),
    # Further mentors of children who have one.
    Rest(_all("pairings_active"), _all("children_paired"), ("pairings_active",)),
    # Contacts made that are neither a home visit nor a video call; the same with those that failed.
    Rest(_all("contacts_succeeded"), _all("home_visits", "video_calls"), ("video_calls",)),
    Rest(_all("contacts"), _all("home_visits", "video_calls"), ("video_calls",)),
    # Home visits and video calls that failed.
    Rest(_key("contacts_by_kind", ContactKind.HOME_VISIT), _all("home_visits"), ("contacts_by_kind",)),
    Rest(_key("contacts_by_kind", ContactKind.VIDEO_CALL), _all("video_calls"), ("contacts_by_kind",)),
    # Findings of earlier periods that are still open.
    Rest(_all("findings_open", "findings_closed"), _all("findings"), ("findings_open",)),
    # Neither at school nor dropped out in the period.
    Rest(_all("children"), _all("children_retained", "dropouts"), ("dropouts",)),
)
"""What is left of several figures, or by several."""


def rests(figures: Sequence[Figure]) -> tuple[Rest, ...]:
    """What these figures leave of one another, apart from what shares leave of their wholes."""
    codes = {figure.code for figure in figures}
    by_code = {figure.code: figure for figure in figures}
    of_two = (
        Rest(_all(whole), _all(figure.code), (figure.code,))
        for figure in figures
        for whole in sorted(set(_above(figure, by_code)) - {figure.of})
    )
    several = (
        rest for rest in OF_SEVERAL if codes.issuperset({term.code for term in (*rest.of, *rest.less)})
    )
    return (*of_two, *several)


def _above(figure: Figure, by_code: Mapping[str, Figure]) -> Iterator[str]:
    """The figures that it is never more than. What its whole is a share of hides it already."""
    if figure.of is not None:
        yield figure.of
    for code in figure.within:
        yield code
        if code in by_code:
            yield from _above(by_code[code], by_code)
