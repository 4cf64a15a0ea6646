"""What pairing knows of a child when it decides. The child itself belongs to the registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from services.language import ChildId, Division, OrganisationId
from services.registry.events import CardEntry
from shared import Bilingual, Invalid, Message, Unknown


class ChildUnknown(Unknown, title_zh="没有该儿童档案，或无权查看"):
    """There is no such child file, or you may not see it."""

    field = "child_id"
    way_out = Bilingual("请先建立儿童档案，或核对编号", "Open the child's file first, or check the id")


class ChildHasExited(Invalid, title_zh="该儿童的档案在此日期前已关闭"):
    """The child's file was closed before that day."""

    field = "child_id"
    way_out = Bilingual("请核对日期或儿童", "Check the date or the child")


class ChildTwice(Invalid, title_zh="名单中每名儿童只列一次"):
    """A list names each child once."""

    field = "children"
    way_out = Bilingual("请删去重复的一行", "Remove the repeated line")


class ChildFacts(Message):
    """The facts of a child that pairing's rules need, as its projection knows them."""

    child_id: ChildId
    birth_date: date
    village: Division
    township: Division
    school_id: OrganisationId | None = None
    exited_on: date | None = None
    card: tuple[CardEntry, ...] = ()
    """Whom to call, in order."""


def require_listed(child: ChildFacts, on: date, field: str = "child_id") -> None:
    """Raises `ChildHasExited` when the file was closed before the day `on`."""
    if child.exited_on is not None and child.exited_on < on:
        raise ChildHasExited(f"before {on}", field=field)


def require_all_listed(children: Sequence[ChildId], known: Mapping[ChildId, ChildFacts], on: date) -> None:
    """Each child once, known, and not exited before `on`. The refusal names the line."""
    for line, child_id in enumerate(children):
        if child_id not in known:
            raise ChildUnknown(f"line {line + 1}: {child_id}", field=f"children.{line}")
        require_listed(known[child_id], on, field=f"children.{line}")
    if len(set(children)) < len(children):
        raise ChildTwice(f"{len(children)} lines name {len(set(children))} children")
