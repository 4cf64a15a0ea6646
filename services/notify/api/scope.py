"""What notify's routes ask about their caller and their question."""

from __future__ import annotations

from services.parties import caller_address
from shared.access import Caller
from shared.refusals import Denied, Invalid
from shared.views import Views


class NobodyInParticular(Denied):
    """The token does not say whom you act for: a division, an organisation or a person."""

    way_out = "请使用带有范围的令牌 / Use a token with a scope"


class OnlyThePresent(Invalid):
    """Notify shows what stands now; for a past moment ask reporting."""

    field = "as_of"
    way_out = "请向 reporting 查询往日情况 / Ask reporting how things stood"


def own_address(caller: Caller) -> str:
    """Where the caller is told things. Raises `NobodyInParticular`."""
    address = caller_address(caller)
    if address is None:
        raise NobodyInParticular
    return address


def present(views: Views) -> Views:
    """The views, if they are asked about now. Raises `OnlyThePresent`."""
    if views.at is not None:
        raise OnlyThePresent
    return views
