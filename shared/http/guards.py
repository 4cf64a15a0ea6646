"""Before a route handler runs: who calls, whether they may, and whether what they ask is well formed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from shared.access import PUBLIC, Caller, Open, Permission
from shared.contracts import FieldProblem
from shared.http.authentication import Authentication
from shared.http.bodies import EARLIEST_YEAR, LATEST_YEAR, NO_UNSEEN, UNSEEN, YEARS
from shared.http.doors import Doors
from shared.http.permissions import NOBODY
from shared.http.problems import InvalidParameter, NotPermitted, PublicQuotaExceeded, TooManyRequests
from shared.http.rates import RateLimit
from shared.http.request_context import request_context_of
from shared.texts import Bilingual

PARAMETERS = "query_parameters"
"""Key in a route's `opt`: the query parameters that it knows, put there when the application is made."""
MOMENTS = "moments"
"""Key in a route's `opt`: those of them that are days or moments."""
UNNAMED = "unnamed"
"""Key in a route's `opt`: nothing that is left behind says who called it."""
_NUMBER = re.compile(r"[+-]?[0-9.]+(e[+-]?[0-9]+)?", re.IGNORECASE)
_YEAR = re.compile(r"\s*([+-]?[0-9]{1,9})-")
_NO_PARAMETER = Bilingual("没有这个参数，可用的有：{}", "There is no such parameter; those known are: {}")
_NO_NUMBER = Bilingual("应为 2025-04-01 这样的日期", "A date like 2025-04-01, no number")


UNREAD = "may_write_unread"
"""Key in a route's `opt`: its body may hold what its sender may not read back."""
Writable = Callable[[Caller], Collection[str] | None]
"""The classes of personal data that a caller may write: those that it reads somewhere. None = any."""


def guard(authentication: Authentication, rates: RateLimit, doors: Doors, writable: Writable) -> Guard:
    """The guard of all routes. Raises the refusals of HTTP."""

    async def authorise(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        context = request_context_of(connection.scope)
        context.route = connection.scope.get("path_template", "")
        context.options, context.operation = handler.opt, _operation(handler)
        context.unnamed = bool(handler.opt.get(UNNAMED))
        permission: Permission = handler.opt.get("permission", PUBLIC)
        if isinstance(permission, Open):
            context.caller = NOBODY
            if not doors.take(context.route, connection):
                raise PublicQuotaExceeded(way_out=permission.when_full)
        elif permission is not PUBLIC:
            caller = await authentication.caller(connection.headers.get("authorization"))
            context.caller = caller
            if not rates.take(caller.token_id or caller.subject):
                raise TooManyRequests
            if not permission.allows(caller):
                raise NotPermitted(f"{permission.name}: {caller.kind}, {caller.role}")
            context.writable = None if handler.opt.get(UNREAD) else writable(caller)
        _check_query(connection, handler)

    return authorise


def _operation(handler: BaseRouteHandler) -> str:
    named = getattr(handler, "operation_id", None)
    return named if isinstance(named, str) else ""


def _check_query(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    if not connection.scope["query_string"]:
        return
    known = handler.opt.get(PARAMETERS)
    errors = []
    for name, value in connection.query_params.multi_items():
        if known is not None and name not in known:
            rule = _NO_PARAMETER.format(", ".join(sorted(known)) or "—")
            errors.append(FieldProblem(field=name[:60], rule=rule))
        elif UNSEEN.search(str(value)):
            errors.append(FieldProblem(field=name, rule=NO_UNSEEN))
        elif name in handler.opt.get(MOMENTS, ()) and (odd := _odd_moment(str(value))):
            errors.append(FieldProblem(field=name, rule=odd))
    if errors:
        raise InvalidParameter(errors)


def _odd_moment(text: str) -> Bilingual | None:
    """Why the text is no day or moment that people speak of, where it may look like one; else None."""
    if _NUMBER.fullmatch(text):
        # Read as seconds since 1970, 20250401 would be a day in August of that year.
        return _NO_NUMBER
    year = _YEAR.match(text)
    return YEARS if year and not EARLIEST_YEAR <= int(year[1]) <= LATEST_YEAR else None
