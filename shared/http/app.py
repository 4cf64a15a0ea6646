"""Makes a service's HTTP application, and refuses to where a route breaks a house rule."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from importlib.metadata import version
from typing import Any, get_origin

from litestar import Litestar
from litestar.config.app import AppConfig
from litestar.exceptions import LitestarDeprecationWarning
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins.pydantic import PydanticDIPlugin, PydanticPlugin, PydanticSchemaPlugin
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler, Guard
from litestar.types import Dependencies as Providers
from pydantic import BaseModel

from shared.access import PUBLIC, About, Permission, Personal, inner_marks
from shared.accesses.holdings import may_hold
from shared.http.answers import EXCEPTION_HANDLERS, ContractResponse, Document
from shared.http.authentication import Authentication
from shared.http.bodies import JsonRequest, read_contract
from shared.http.dependencies import Dependencies
from shared.http.documentation import documentation_routes
from shared.http.doors import Doors
from shared.http.guards import MOMENTS, PARAMETERS, Writable, guard
from shared.http.kernel_routes import kernel_routes
from shared.http.observability import ObservabilityMiddleware
from shared.http.rates import RateLimit
from shared.http.recorded import NAMES, SEARCHES, Recorder
from shared.http.serving import OPERATION, misfits
from shared.runtime import Runtime

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class RouteRefused(Exception):
    """A route breaks a house rule; the service does not start."""


class _Contracts(PydanticPlugin):
    """Pydantic in signatures and schemas; bodies and answers are read and written by the kernel."""

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        app_config.plugins.extend([PydanticSchemaPlugin(), PydanticDIPlugin()])
        return app_config


def create_app(
    runtime: Runtime,
    routes: Sequence[ControllerRouterHandler],
    authentication: Authentication,
    writable: Writable,
    injected: Mapping[str, Callable[..., Any]],
) -> ObservabilityMiddleware:
    """The ASGI application; `injected` makes what the service's own handlers take by name.

    Raises `RouteRefused` naming the route.
    """
    settings = runtime.settings
    release = version("guanai")
    with warnings.catch_warnings():
        # Handlers take parameters and dependencies by name, Litestar 2's usual way; its next major version
        # wants each one marked.
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        authorise = _guard(runtime, authentication, writable)
        dependencies = Dependencies(runtime).dependencies(injected)
        routes = [*routes, *kernel_routes(runtime, authentication)]
        app = _litestar(runtime, routes, release, authorise, dependencies)
    check_routes(app)
    check_declared(app)
    recorder = Recorder(runtime.accesses, runtime.access_policy, runtime.clock)
    return ObservabilityMiddleware(
        app, runtime.metrics, runtime.tracing, settings.request_timeout_seconds, recorder
    )


def _guard(runtime: Runtime, authentication: Authentication, writable: Writable) -> Guard:
    rates = RateLimit(runtime.settings.rate_limit_per_second)
    return guard(authentication, rates, Doors(runtime.settings), writable)


def _litestar(
    runtime: Runtime,
    routes: Sequence[ControllerRouterHandler],
    release: str,
    authorise: Guard,
    dependencies: Providers,
) -> Litestar:
    settings = runtime.settings
    return Litestar(
        route_handlers=[
            *routes,
            *documentation_routes(runtime, release),
        ],
        dependencies=dependencies,
        guards=[authorise],
        exception_handlers=EXCEPTION_HANDLERS,
        request_class=JsonRequest,
        response_class=ContractResponse,
        request_max_body_size=settings.body_limit,
        type_decoders=[(_is_contract, read_contract)],
        plugins=[_Contracts()],
        openapi_config=OpenAPIConfig(
            title=f"guanai {runtime.name}",
            version=release,
            use_handler_docstrings=True,
            path="/.litestar",
            # Its pages load scripts from elsewhere; ours are served from vendored files.
            render_plugins=[JsonRenderPlugin()],
        ),
        logging_config=None,
    )


def check_routes(app: Litestar) -> None:
    """Every route declares its permission, every operation has its own id, every write is idempotent."""
    ids: Counter[str] = Counter()
    for route, handler in handlers(app):
        name = f"{'/'.join(sorted(handler.http_methods))} {route.path}"
        if not isinstance(handler.opt.get("permission"), Permission):
            raise RouteRefused(f"{name}: declares no permission")
        model = route.route_handler_map[next(iter(handler.http_methods))][1]
        handler.opt[PARAMETERS] = frozenset(one.field_alias for one in model.expected_query_params)
        handler.opt[MOMENTS] = frozenset(_moments(handler))
        handler.opt[NAMES] = tuple(_marked(handler, About))
        handler.opt[SEARCHES] = frozenset(_marked(handler, Personal))
        if not handler.resolve_include_in_schema():
            continue
        if not isinstance(handler.operation_id, str):
            raise RouteRefused(f"{name}: has no operation_id")
        ids[handler.operation_id] += 1
        if ids[handler.operation_id] > 1:
            raise RouteRefused(f"{name}: operation_id {handler.operation_id} is taken")
        _check_write(name, handler)
    for route, handler in handlers(app):
        _check_answer(f"{'/'.join(sorted(handler.http_methods))} {route.path}", handler)


def check_declared(app: Litestar) -> None:
    """Every handler of a declared operation takes, with what is injected into it, what is declared."""
    for route, handler in handlers(app):
        if operation := handler.opt.get(OPERATION):
            model = route.route_handler_map[operation.verb][1]
            headers = frozenset(one.field_alias for one in model.expected_header_params)
            for problem in misfits(operation, handler.opt[PARAMETERS], headers):
                raise RouteRefused(f"{operation.name}: {problem}")


def _moments(handler: HTTPRouteHandler) -> Iterator[str]:
    """The names of the parameters that are days or moments; `as_of` comes with the views."""
    yield "as_of"
    for name, parameter in handler.parsed_fn_signature.parameters.items():
        if {date, datetime} & {parameter.annotation, *(one.annotation for one in parameter.inner_types)}:
            yield name


def _marked(handler: HTTPRouteHandler, mark: type[About | Personal]) -> Iterator[str]:
    """The names of the parameters that bear the mark, as requests give them."""
    for name, parameter in handler.parsed_fn_signature.parameters.items():
        if any(isinstance(one, mark) for one in inner_marks(parameter.raw)):
            yield name
            yield from (one.name for one in inner_marks(parameter.raw) if getattr(one, "name", None))


def _check_answer(name: str, handler: HTTPRouteHandler) -> None:
    """What an answer holds must be known, else nobody could record that it was given."""
    public = handler.opt["permission"] is PUBLIC
    answer = handler.parsed_fn_signature.return_type.annotation
    if (get_origin(answer) or answer) is Document:
        return
    if not public and not _is_contract(answer):
        raise RouteRefused(f"{name}: answers with {answer}, neither a contract nor a Document")
    try:
        held = may_hold(answer)
    except TypeError as error:
        raise RouteRefused(f"{name}: {error}") from error
    if public and held:
        raise RouteRefused(f"{name}: may tell something personal, and nobody knows who reads it")


def _check_write(name: str, handler: HTTPRouteHandler) -> None:
    writes = bool(handler.http_methods & WRITES)
    commands = "commands" in handler.parsed_fn_signature.parameters
    kernel = "kernel" in (handler.tags or ())
    if writes and not commands and not kernel:
        raise RouteRefused(f"{name}: writes without taking `commands`, so a retry would do it twice")
    if commands and not writes:
        raise RouteRefused(f"{name}: takes `commands`, but is no write")


def handlers(app: Litestar) -> Iterator[tuple[HTTPRoute, HTTPRouteHandler]]:
    """Every handler that was written down, without Litestar's own for OPTIONS and its documents."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or route.path.startswith("/.litestar"):
            continue
        for handler in route.route_handlers:
            if handler.http_methods != {"OPTIONS"}:
                yield route, handler


def _is_contract(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
