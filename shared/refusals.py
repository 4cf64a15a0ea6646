"""Why a command is refused. A subclass's docstring *is* the rule and becomes the problem's title."""

from __future__ import annotations

import inspect
from typing import ClassVar, Self

from shared.access import Holdings


class Refusal(Exception):
    """The command is refused."""

    field: ClassVar[str | None] = None
    """The field of the command that breaks the rule, if one does."""
    way_out: ClassVar[str] = ""
    """What the user can do, Chinese first."""

    def __init__(self, detail: str = "", *, field: str | None = None, way_out: str | None = None) -> None:
        super().__init__(detail or self.rule())
        self.detail = detail
        self.at_field = field or self.field
        self.what_to_do = way_out or self.way_out
        self.shows = Holdings()
        """What the refusal's own words give away of somebody, if they do; its access is recorded."""

    def showing(self, shows: Holdings) -> Self:
        """The same refusal, whose words hold something personal."""
        self.shows = shows
        return self

    @classmethod
    def rule(cls) -> str:
        """The rule's sentence."""
        return inspect.cleandoc(cls.__doc__ or cls.__name__)

    @classmethod
    def code(cls) -> str:
        """Stable code of the rule: the class name in kebab case."""
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("-")


class Conflict(Refusal):
    """The present state stands against the command."""


class Invalid(Refusal):
    """The command itself breaks a rule."""


class Unknown(Refusal):
    """There is no such thing, or it is not yours to see."""

    way_out = "请核对编号，或在列表中选择 / Check the id, or choose one from the list"


class Denied(Refusal):
    """You may not do this."""
