"""The routes that every service has: health, metrics, replay of its log, and its operators' tools."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from time import monotonic
from typing import Any

import structlog
from litestar import MediaType, Request, Response, get, post
from litestar.types import ControllerRouterHandler

from shared.access import PUBLIC
from shared.http.authentication import Authentication
from shared.http.permissions import MONITOR, OPERATE
from shared.http.problems import NotPermitted
from shared.http.replaying import replay_route
from shared.http.state import measure, readiness, service_state
from shared.ops_contracts import (
    ParkedList,
    Readiness,
    RebuildStarted,
    Replayed,
    ServiceState,
)
from shared.refusals import Conflict, Unknown
from shared.runtime import Runtime
from shared.texts import Bilingual

_OF_PROXIES = frozenset(
    {"forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip"}
    | {"cf-connecting-ip", "cdn-loop", "client-ip", "x-original-forwarded-for", "x-envoy-external-address"}
)
"""Headers that tell that somebody asks for another, besides all that begin with `X-Forwarded-`."""
READY_SECONDS = 1.0
"""So long what a stranger is told of the readiness stands: however many ask, the database is asked once."""
_logger = structlog.get_logger(__name__)


class ProjectionUnknown(Unknown, title_zh="本服务没有此名称的视图"):
    """This service has no projection of that name."""

    way_out = Bilingual("名称见 /ops/status", "The names are at /ops/status")


class RebuildUnderWay(Conflict, title_zh="视图正在重建，完成前不能再次重建或修复"):
    """A projection cannot be rebuilt or repaired while it is being rebuilt."""

    way_out = Bilingual(
        "进度见 /ops/status，完成后再试", "See its progress at /ops/status; try again when it is done"
    )


def kernel_routes(runtime: Runtime, authentication: Authentication) -> list[ControllerRouterHandler]:
    """The routes, bound to a running service."""
    return [*_health(runtime, authentication), replay_route(runtime), *_tools(runtime)]


def _health(runtime: Runtime, authentication: Authentication) -> list[ControllerRouterHandler]:
    known: frozenset[str] = frozenset()
    look = _Glance(runtime)

    @get("/healthz", permission=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def show_health() -> dict[str, str]:
        return {"service": runtime.name, "status": "alive"}

    @get("/readyz", permission=PUBLIC, include_in_schema=False)
    async def show_readiness(request: Request[Any, Any, Any]) -> Response[Readiness]:
        nonlocal known
        strange = await _stranger(request, authentication, runtime) is not None
        state = await (look.lately() if strange else look.now())
        failing = {check.name: str(check.detail or "") for check in state.checks if not check.ok}
        if failing.keys() != known:  # probes ask every few seconds: only a change gets a line
            known = frozenset(failing)
            (_logger.warning if failing else _logger.info)("readiness", ready=state.ready, failing=failing)
        headers = {} if state.ready else {"Retry-After": "1"}
        if strange:
            state = Readiness(service=state.service, ready=state.ready, checks=())
        body: Any = state.model_dump_json().encode()
        return Response(
            body, status_code=200 if state.ready else 503, media_type=MediaType.JSON, headers=headers
        )

    @get("/metrics", permission=PUBLIC, include_in_schema=False)
    async def show_metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        if (refusal := await _stranger(request, authentication, runtime)) is not None:
            raise refusal
        return Response(await measure(runtime), media_type="text/plain; version=0.0.4")

    return [show_health, show_readiness, show_metrics]


class _Glance:
    """Looks whether the service is ready: for each who may see the reasons, for strangers now and then."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._turn = asyncio.Lock()
        self._seen: tuple[float, Readiness] | None = None

    async def now(self) -> Readiness:
        state = await readiness(self._runtime)
        self._seen = (monotonic(), state)
        return state

    async def lately(self) -> Readiness:
        async with self._turn:
            if self._seen is not None and monotonic() < self._seen[0] + READY_SECONDS:
                return self._seen[1]
            return await self.now()


async def _stranger(
    request: Request[Any, Any, Any], authentication: Authentication, runtime: Runtime
) -> Exception | None:
    """Why somebody is shown no more than whether the service is ready; None for who may see the reasons.

    Those are operators, and whoever asks from the same machine or container, and no proxy for others. Where
    the settings name a proxy's header, there is a proxy, and nobody is known by where they ask from.
    """
    host = request.client.host if request.client else ""
    proxied = runtime.settings.public_address_header is not None or any(map(_is_of_proxy, request.headers))
    if _is_loopback(host) and not proxied:
        return None
    try:
        caller = await authentication.caller(request.headers.get("authorization"))
    except Exception as refused:  # noqa: BLE001 -- whatever it is, they are not known
        return refused
    return None if MONITOR.allows(caller) else NotPermitted(f"{MONITOR.name}: {caller.kind}, {caller.role}")


def _is_of_proxy(header: str) -> bool:
    return header.lower() in _OF_PROXIES or header.lower().startswith("x-forwarded-")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _tools(runtime: Runtime) -> list[ControllerRouterHandler]:
    known = {projection.name for projection in runtime.projections}

    async def check(name: str) -> None:
        if name not in known:
            raise ProjectionUnknown
        # Events that a rebuild could not take are parked for the new tables: before the swap a repair of the
        # old ones would find none.
        status = await runtime.subscriptions.status()
        if any(one.rebuilding for one in status.projections if one.projection == name):
            raise RebuildUnderWay

    @get("/ops/status", operation_id="show_status", permission=OPERATE, tags=["kernel"])
    async def show_status() -> ServiceState:
        """Readiness, relay, feeds and projections of this service."""
        return await service_state(runtime)

    @get("/ops/parked", operation_id="list_parked", permission=OPERATE, tags=["kernel"])
    async def list_parked() -> ParkedList:
        """Events that projections could not take."""
        return ParkedList(items=tuple(await runtime.subscriptions.parked()))

    @post(
        "/ops/projections/{name:str}/rebuild",
        operation_id="rebuild_projection",
        permission=OPERATE,
        tags=["kernel"],
        status_code=202,
    )
    async def rebuild_projection(name: str) -> RebuildStarted:
        """Build a projection anew beside the one that serves; it is swapped in when it has caught up."""
        await check(name)
        runtime.tasks.start(f"rebuild {name}", lambda: runtime.subscriptions.rebuild(name))
        return RebuildStarted(projection=name)

    @post(
        "/ops/projections/{name:str}/replay-parked",
        operation_id="replay_parked",
        permission=OPERATE,
        tags=["kernel"],
        status_code=200,
    )
    async def replay_parked(name: str) -> Replayed:
        """Take the parked events of a projection again, in order."""
        await check(name)
        return Replayed(projection=name, replayed=await runtime.subscriptions.replay_parked(name))

    return [show_status, list_parked, rebuild_projection, replay_parked]
