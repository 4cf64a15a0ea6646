"""HTTP as every service speaks it: permissions, problems, commands, pages. What services import from here."""

from shared.contracts import FieldProblem, Page, ProblemAnswer, Receipt
from shared.http.answers import Document
from shared.http.commands import Commands, asked
from shared.http.listings import days, lists, moments
from shared.http.paging import DEFAULT_LIMIT, Cursor, Limit, paged, reached
from shared.http.serving import serves

__all__ = [
    "DEFAULT_LIMIT",
    "Commands",
    "Cursor",
    "Document",
    "FieldProblem",
    "Limit",
    "Page",
    "ProblemAnswer",
    "Receipt",
    "asked",
    "days",
    "lists",
    "moments",
    "paged",
    "reached",
    "serves",
]
