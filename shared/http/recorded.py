"""Makes the record of an access from a request and what its answer holds."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from shared.access import Holdings, Permission
from shared.accesses.holdings import holdings
from shared.accesses.log import AccessLog
from shared.accesses.records import Access, AccessPolicy
from shared.clock import Clock
from shared.http.request_context import RequestContext
from shared.messages import Command

NAMES = "names"
"""Key in a route's `opt`: its parameters that say whom it is about."""
SEARCHES = "searches"
"""Key in a route's `opt`: its parameters that are personal themselves."""
LONGEST_QUERY = 600
_HIDDEN = "•"


class Recorder:
    """Records the accesses of one service's HTTP application."""

    def __init__(self, log: AccessLog, policy: AccessPolicy, clock: Clock) -> None:
        self._log = log
        self._policy = policy
        self._clock = clock

    def begin(self, context: RequestContext, held: Holdings, scope: Mapping[str, Any]) -> Future[None] | None:
        """Have the access recorded; None where there is none.

        A query about somebody is one even where there was nothing to tell; a write only where its answer
        tells something.
        """
        caller = context.caller
        reads = scope["method"] == "GET"
        named = tuple(_named(context, scope)) if reads or held else ()
        if caller is None or not (held or named):
            return None
        if not reads:
            named += tuple(_named_by(context.commands))
        about = tuple(dict.fromkeys((*named, *held.about))) if named else held.about
        permission: Permission = context.options["permission"]
        access = Access(
            at=self._clock.now(),
            trace_id=context.correlation_id,
            caller=caller,
            operation=context.operation,
            query=_query(scope, context.options),
            permission=permission.name,
            relation=self._policy.relation(caller, context.operation),
            holdings=Holdings(about, held.classes),
        )
        return self._log.begin(access)


def _named(context: RequestContext, scope: Mapping[str, Any]) -> Iterator[UUID]:
    names = context.options.get(NAMES, ())
    if not names:
        return
    given = scope.get("path_params") or {}
    yield from (value for name in names if isinstance(value := given.get(name), UUID))
    for name, value in _asked(scope):
        if name in names:
            with suppress(ValueError):
                yield UUID(value)


def _asked(scope: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    given: bytes = scope["query_string"]
    return parse_qsl(given.decode("latin-1"), keep_blank_values=True) if given else ()


def _named_by(commands: Sequence[Command]) -> Iterator[UUID]:
    for command in commands:
        yield from holdings(command).about


def _query(scope: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    """What was asked, as it was sent; but the words that somebody searched by stay out of the records."""
    asked = scope["path"] if scope["method"] == "GET" else f"{scope['method']} {scope['path']}"
    if pairs := _asked(scope):
        hidden = options.get(SEARCHES, ())
        asked += "?" + "&".join(f"{name}={_HIDDEN if name in hidden else value}" for name, value in pairs)
    return str(asked)[:LONGEST_QUERY]
