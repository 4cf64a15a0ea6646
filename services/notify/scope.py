"""What notify's routes ask about their caller and their question."""

from __future__ import annotations

from services.reach import Reach
from shared import Bilingual, Denied, Invalid
from shared.projections import Views


class NobodyInParticular(Denied, title_zh="令牌未注明所代表的区划、单位或人员"):
    """The token names no division, organisation or person to act for."""

    way_out = Bilingual("请使用带有范围的令牌", "Use a token with a scope")


class OnlyThePresent(Invalid, title_zh="提醒只显示当前情况，往日情况请查报表"):
    """Alerts are shown as of now; reporting shows the past."""

    field = "as_of"
    way_out = Bilingual("请向 reporting 查询往日情况", "Ask reporting how things stood")


def own_address(reach: Reach) -> str:
    """Where the caller is told things. Raises `NobodyInParticular`."""
    address = reach.address
    if address is None:
        raise NobodyInParticular
    return address


def present(views: Views) -> Views:
    """The views, if they are asked about now. Raises `OnlyThePresent`."""
    if views.at is not None:
        raise OnlyThePresent
    return views
