"""What routes require of their caller: that the child, the division is theirs."""

from __future__ import annotations

from sqlalchemy import RowMapping

from services.language import ChildId
from services.reach import Reach
from services.registry.children.commands import ChildUnknown
from services.registry.children.views import one_child
from services.registry.reach import sees_children
from shared import Bilingual, Denied
from shared.projections import Views


class OutsideScope(Denied, title_zh="只能办理本地区、本校的事项"):
    """You act only for your own division and school."""

    way_out = Bilingual("请由该地区或该校的人员登记", "Ask the party whose child or division it is")


async def own_child(views: Views, reach: Reach, child_id: ChildId) -> RowMapping:
    """A child's row, if the child is the caller's. Raises `ChildUnknown`: a stranger's child is no child."""
    row = await one_child(views, child_id, sees_children(reach))
    if row is None:
        raise ChildUnknown
    return row


def require_own_division(reach: Reach, division: str) -> None:
    """Raise `OutsideScope` unless the division lies in the caller's."""
    if not reach.covers(division):
        raise OutsideScope(division)
