"""What every service answers with: receipts, pages, problems. HTTP layer and typed clients share it."""

from __future__ import annotations

from typing import Generic, TypeVar
from uuid import UUID

from pydantic import ConfigDict

from shared.messages import Message
from shared.texts import Bilingual

T = TypeVar("T")


class Receipt(Message):
    """The answer to a command: where its first stream stands now. Services may extend it."""

    id: UUID
    """The thing that the command was about (its first step's stream)."""
    version: int
    """The thing's version after the command: send it back in `If-Match` with the next edit."""
    position: str
    """`<service>:<position>`: send it back in `Care-After`, and a query knows of this command."""


class Page(Message, Generic[T]):
    """One page of a list."""

    items: tuple[T, ...]
    next: str | None = None
    """Send it back as `cursor` for the next page; absent on the last one."""


class FieldProblem(Message):
    """One thing that is wrong with one field."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    field: str
    """Path of the field, `owner.phone` or `entries.2.name`; headers and query parameters by their name."""
    rule: Bilingual
    way_out: Bilingual | None = None


class ProblemAnswer(Message):
    """`application/problem+json` (RFC 9457)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: str
    """`/problems/<code>`: stable; the service shows the rule and the way out at that path."""
    title: str
    """The rule that was broken, in English."""
    title_zh: str = ""
    """The same in Chinese."""
    status: int
    detail: str = ""
    """What broke it this time: values, or a sentence in English."""
    detail_zh: str = ""
    """The sentence in Chinese, where `detail` is one."""
    field: str | None = None
    errors: tuple[FieldProblem, ...] = ()
    way_out: Bilingual | None = None
    """What to do."""
    trace_id: str | None = None
    """Names the request in the logs."""

    def text(self) -> str:
        """The rule and what broke it, as a person reads them: Chinese first."""
        zh = f"{self.title_zh} {self.detail_zh}".strip()
        en = f"{self.title} {self.detail}".strip()
        return str(Bilingual(zh, en)) if zh else en

    @property
    def code(self) -> str:
        """The last part of `type`."""
        return self.type.rsplit("/", 1)[-1]
