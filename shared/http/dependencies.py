"""What route handlers are given by name: `caller`, `commands`, `views`, `clock`, `settings` …"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from inspect import iscoroutinefunction
from typing import Annotated, Any
from uuid import UUID

from litestar import Request
from litestar.di import Provide
from litestar.params import HeaderParameter, QueryParameter
from litestar.types import Dependencies as Providers

from shared.access import Caller
from shared.accesses.log import AccessLog
from shared.clock import Clock
from shared.contracts import FieldProblem
from shared.http.budgets import Budgets
from shared.http.commands import Commands, expected_version, request_hash
from shared.http.problems import InvalidCareAfter, InvalidParameter, StaleView, Unauthenticated
from shared.http.request_context import request_context_of
from shared.keyed_ids import KeyedIds
from shared.runtime import Runtime
from shared.settings import KernelSettings
from shared.texts import Bilingual
from shared.views import Views

_POSITION = re.compile(r"^\s*([a-z_]+):(\d{1,18})\s*$")

Key = Annotated[
    UUID, HeaderParameter(name="Idempotency-Key", description="由提交方生成的 UUID / A UUID that you make")
]
IfMatch = Annotated[
    str | None, HeaderParameter(name="If-Match", description='读到的版本 / The version that you read: "3"')
]
CareAfter = Annotated[
    str | None, HeaderParameter(name="Care-After", description="写入后的位置 / Positions of your writes")
]
AsOf = Annotated[datetime | None, QueryParameter(name="as_of", description="截至时刻 / As of this moment")]


class Dependencies:
    """Makes the parts of a running service for one request."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._keyed_ids = KeyedIds(runtime.engine)

    def dependencies(self, further: Mapping[str, Callable[..., Any]]) -> Providers:
        """By the parameter names of route handlers; `further` are the service's own."""
        own = {
            name: Provide(make) if iscoroutinefunction(make) else Provide(make, sync_to_thread=False)
            for name, make in further.items()
        }
        return {
            "caller": Provide(_caller, sync_to_thread=False),
            "commands": Provide(self.commands),
            "views": Provide(self.views),
            "clock": Provide(self.clock, sync_to_thread=False),
            "accesses": Provide(self.accesses, sync_to_thread=False),
            "budgets": Provide(self.budgets, sync_to_thread=False),
            "keyed_ids": Provide(self.keyed_ids, sync_to_thread=False),
            "settings": Provide(self.settings, sync_to_thread=False),
            **own,
        }

    def clock(self) -> Clock:
        """The service's clock."""
        return self._runtime.clock

    def settings(self) -> KernelSettings:
        """What the environment says; a route names its service's own class of settings."""
        return self._runtime.settings

    def accesses(self) -> AccessLog:
        """The records of who read what."""
        return self._runtime.accesses

    def budgets(self) -> Budgets:
        """How often somebody may ask something in a day."""
        return Budgets(self._runtime.engine, self._runtime.metrics)

    def keyed_ids(self) -> KeyedIds:
        """Ids that nobody else can work out."""
        return self._keyed_ids

    async def commands(
        self, request: Request[Any, Any, Any], idempotency_key: Key, if_match: IfMatch = None
    ) -> Commands:
        """The request's commands. Raises `InvalidIfMatch`."""
        caller = _caller(request)
        asked = request_hash(request.method, request.url.path, await request.body(), caller.party)
        return Commands(
            self._runtime.handler,
            self._runtime.name,
            request_context_of(request.scope),
            caller=caller,
            key=idempotency_key,
            request_hash=asked,
            expected_version=expected_version(if_match),
        )

    async def views(
        self, request: Request[Any, Any, Any], care_after: CareAfter = None, as_of: AsOf = None
    ) -> Views:
        """The read models, once they know of the writes in `Care-After`. A write decides by what is now."""
        for source, position in positions(care_after).items():
            await self._wait_for(source, position)
        if as_of is not None:
            _check_moment(as_of, request.method)
        return self._runtime.views(as_of)

    async def _wait_for(self, source: str, position: int) -> None:
        subscriptions = self._runtime.subscriptions
        reached = subscriptions.positions().get(source)
        # A source that no view here follows holds nothing that could be missed.
        if reached is None or reached >= position:
            return
        timeout = self._runtime.settings.read_after_write_seconds
        if not await subscriptions.wait_for(source, position, timeout):
            now_at = subscriptions.positions().get(source, 0)
            raise StaleView(f"{source}: {now_at} / {position}")


def positions(care_after: str | None) -> dict[str, int]:
    """`one:12,other:7` by service. Raises `InvalidCareAfter`."""
    if not care_after or not care_after.strip():
        return {}
    matches = [_POSITION.match(part) for part in care_after.split(",")]
    if not all(matches):
        raise InvalidCareAfter
    return {match[1]: int(match[2]) for match in matches if match}


def _caller(request: Request[Any, Any, Any]) -> Caller:
    caller = request_context_of(request.scope).caller
    if caller is None:
        raise Unauthenticated
    return caller


def _check_moment(as_of: datetime, method: str) -> None:
    rule = None
    if method != "GET":
        rule = Bilingual("只有查询可以问过去", "Only queries can ask for a past moment")
    elif as_of.tzinfo is None:
        rule = Bilingual("时刻须带时区", "The moment needs its offset, e.g. 2025-04-01T08:00:00%2B08:00")
    if rule:
        raise InvalidParameter((FieldProblem(field="as_of", rule=rule),))
