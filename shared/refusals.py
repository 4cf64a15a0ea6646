"""Why a command is refused. A subclass's docstring *is* the rule and becomes the problem's title."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar, Self

from shared.access import Holdings
from shared.texts import Bilingual


class Refusal(Exception):
    """The request is refused."""

    title_zh: ClassVar[str] = "请求被拒绝"
    """The rule in Chinese. Every subclass gives its own, as a class argument: type checking asks for it."""
    field: ClassVar[str | None] = None
    """The field of the command that breaks the rule, if one does."""
    way_out: ClassVar[Bilingual] = Bilingual("请修改后重试", "Change it and try again")
    """What the user can do."""

    def __init_subclass__(cls, *, title_zh: str, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.title_zh = title_zh

    def __init__(
        self,
        detail: str | Bilingual = "",
        *,
        field: str | None = None,
        way_out: Bilingual | None = None,
    ) -> None:
        """`detail` says what broke the rule this time: values alone, or words in both languages."""
        super().__init__(str(detail) or self.title().en)
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
    def title(cls) -> Bilingual:
        """The rule, one sentence in each language."""
        return Bilingual(cls.title_zh, inspect.cleandoc(cls.__doc__ or cls.__name__))

    @classmethod
    def code(cls) -> str:
        """Stable code of the rule: the class name in kebab case."""
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("-")


class Conflict(Refusal, title_zh="操作与当前状态不符"):
    """The command conflicts with the current state."""

    way_out = Bilingual("请刷新后重试", "Read it again, then decide")


class AlreadyExists(Conflict, title_zh="该记录已存在"):
    """There is a record with this id already."""

    way_out = Bilingual(
        "请核对已有的记录；另一条请用新的编号", "Check the existing record; use a new id for another one"
    )


class Invalid(Refusal, title_zh="提交的内容不符合规定"):
    """The command breaks a rule."""

    way_out = Bilingual("请修改后重新提交", "Correct it and send it again")


class Unknown(Refusal, title_zh="查无此项，或无权查看"):
    """There is no such thing, or you may not see it."""

    way_out = Bilingual("请核对编号，或在列表中选择", "Check the id, or choose one from the list")


class Denied(Refusal, title_zh="您无权进行此项操作"):
    """You may not do this."""

    way_out = Bilingual("请联系有权限的单位", "Ask a party that may do it")
