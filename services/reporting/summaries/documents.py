"""Writes a work summary out: HTML that prints well, or Markdown. Chinese first, every figure a link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from services.dates import CHINA
from services.reporting.figures.api import FigureView, Part
from services.reporting.summaries.api import DocumentFormat, SummaryView
from services.reporting.summaries.events import SummarySection

_ANYWHERE = re.compile(r"([\\`*_\[\]<>#|~&$^])")
"""What Markdown reads wherever it stands: escapes, code, emphasis, links, HTML, cells, entities, formulas."""
_AT_ITS_START = re.compile(r"(?:[-+=:]|[0-9]+(?=[.)]))")
"""What Markdown reads at a line's start: lists, underlines of headings, rules, rows of tables."""
_ADDRESSES = re.compile(r"(?i)(?<=[a-z0-9]):(?=//[^\s/]*\.)|(?<=\bwww)\.|(?<=[\w.+-])@(?=[\w-])")
"""What many readers of Markdown make links of without being asked."""


def written_out(summary: SummaryView, party: str, document_format: DocumentFormat) -> str:
    """The whole document."""
    html = document_format is DocumentFormat.HTML
    template = _environment(html=html).get_template("summary.html.j2" if html else "summary.md.j2")
    return template.render(
        summary=summary,
        party=party,
        status=summary.status,
        sections=SummarySection,
        figures=Figures(summary, html=html),
    )


@lru_cache(maxsize=2)
def _environment(*, html: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("services.reporting.summaries"),
        autoescape=html,  # noqa: S701  # Markdown is no HTML; its texts go through `plain`
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"plain": plain, "line": line, "civil": civil}
    return environment


def plain(text: str) -> str:
    """Text that Markdown shows as it was typed: one paragraph, whatever its lines begin with."""
    return "\n".join(_escaped(one.strip()) for one in text.splitlines() if one.strip())


def _escaped(line: str) -> str:
    """One line, with no spaces around it."""
    inside = _ADDRESSES.sub(lambda found: f"\\{found[0]}", _ANYWHERE.sub(r"\\\1", line))
    begins = _AT_ITS_START.match(line)
    if begins is None:
        return inside
    sign = begins.end() if begins[0].isdigit() else 0
    return f"{inside[:sign]}\\{inside[sign:]}"


def civil(moment: datetime) -> str:
    """A moment as clocks in China show it."""
    return moment.astimezone(CHINA).isoformat(" ", timespec="minutes")


def line(text: str) -> str:
    """The same on one line: a heading or a table's cell."""
    return plain(" ".join(text.split()))


def digits(value: Decimal | None) -> str:
    """A number with its thousands apart; what was suppressed says so."""
    return "（数小不列）" if value is None else f"{value:,f}"


class Figures:
    """A summary's figures as the templates use them."""

    def __init__(self, summary: SummaryView, *, html: bool) -> None:
        self._by_code = {figure.code: figure for figure in summary.figures}
        self._html = html

    def has(self, code: str) -> bool:
        """Whether the party has this figure and it is not nothing."""
        figure = self._by_code.get(code)
        return figure is not None and bool(figure.parts or figure.suppressed or figure.value)

    def number(self, code: str) -> str:
        """The figure as a link to its records; a dash where an older summary did not have it yet."""
        figure = self._by_code.get(code)
        return "—" if figure is None else self.shown(figure)

    def shown(self, answer: FigureView | Part) -> str:
        """Its number as a link to its records."""
        return self.link(digits(answer.value), answer.records)

    def percent(self, code: str) -> str:
        """Its share, `80%`; nothing where it has none."""
        figure = self._by_code.get(code)
        if figure is not None and figure.suppressed:
            return digits(None)
        return "" if figure is None or figure.percent is None else f"{figure.percent}%"

    def parts(self, code: str) -> str:
        """A breakdown in words: `家访30次、电话12次`, each number a link."""
        figure = self._by_code[code]
        if figure.suppressed and not figure.parts:
            return digits(None)
        words = [self._joined(self._said(part.zh), self.shown(part), figure.unit) for part in figure.parts]
        return (Markup("、") if self._html else "、").join(words)

    def of_section(self, section: SummarySection) -> Iterator[tuple[FigureView, Part | None]]:
        """The lines of a section's table: figures, and the parts of breakdowns."""
        for figure in self._by_code.values():
            if figure.section is section:
                if not figure.parts and figure.value is None and not figure.suppressed:
                    continue
                if not figure.parts:
                    yield figure, None
                yield from ((figure, part) for part in figure.parts)

    def link(self, text: str, records: str | None) -> str:
        """The text, leading to the records where the reader may see them."""
        if records is None:
            return text
        if self._html:
            return Markup('<a href="{}">{}</a>').format(records, text)
        return f"[{text}]({records})"

    def _said(self, text: str) -> str:
        return escape(text) if self._html else line(text)

    def _joined(self, *words: str) -> str:
        return Markup("").join(words) if self._html else "".join(words)
