"""The pages that explain a service: operations, events, problems. Served from vendored files only."""

from __future__ import annotations

import html
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from litestar import Litestar, MediaType, Request, Response, get
from litestar.types import ControllerRouterHandler

from shared.access import PUBLIC
from shared.http.asyncapi import asyncapi_document
from shared.http.openapi import openapi_document
from shared.http.problems import NotFound, every_rule, status_of
from shared.refusals import Refusal
from shared.runtime import Runtime

STATIC = Path(__file__).parent.parent / "static"
_FILES: Mapping[str, str] = {
    "swagger/swagger-ui-bundle.js": "text/javascript",
    "swagger/swagger-ui.css": "text/css",
    "swagger/favicon-32x32.png": "image/png",
    "docs.js": "text/javascript",
    "events.js": "text/javascript",
    "pages.css": "text/css",
}
_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
_PAGE = {"Cache-Control": "max-age=3600", "Content-Security-Policy": _POLICY}


def documentation_routes(runtime: Runtime, version: str) -> list[ControllerRouterHandler]:
    """The routes of the pages."""
    return [*_documents(runtime, version), _static(), *_pages(), _problems()]


def _documents(runtime: Runtime, version: str) -> list[ControllerRouterHandler]:
    made: dict[str, bytes] = {}

    @get("/openapi.json", permission=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def show_openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
        if "openapi" not in made:
            made["openapi"] = orjson.dumps(openapi_document(request.app))
        return Response(made["openapi"], media_type=MediaType.JSON)

    @get("/asyncapi.json", permission=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def show_asyncapi() -> Response[bytes]:
        if "asyncapi" not in made:
            made["asyncapi"] = orjson.dumps(asyncapi_document(runtime.types, version))
        return Response(made["asyncapi"], media_type=MediaType.JSON)

    return [show_openapi, show_asyncapi]


def _static() -> ControllerRouterHandler:
    @get("/static/{path:path}", permission=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def show_file(path: str) -> Response[bytes]:
        name = str(path).lstrip("/")
        if name not in _FILES:
            raise NotFound
        return Response(_file(name), media_type=_FILES[name], headers={"Cache-Control": "max-age=86400"})

    return show_file


def _pages() -> list[ControllerRouterHandler]:
    @get("/docs", permission=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def show_operations() -> Response[bytes]:
        return Response(_file("docs.html"), media_type=MediaType.HTML, headers=_PAGE)

    @get("/asyncapi", permission=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def show_events() -> Response[bytes]:
        return Response(_file("events.html"), media_type=MediaType.HTML, headers=_PAGE)

    return [show_operations, show_events]


def _problems() -> ControllerRouterHandler:
    @get("/problems/{code:str}", permission=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def show_problem(code: str) -> Response[str]:
        rule = next((rule for rule in every_rule() if rule.code() == code), None)
        if rule is None:
            raise NotFound
        return Response(_problem_page(rule), media_type=MediaType.HTML, headers=_PAGE)

    return show_problem


def _problem_page(rule: type[Refusal]) -> str:
    rows = {"规则 / Rule": rule.title(), "办法 / Way out": rule.way_out, "字段 / Field": rule.field}
    told = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(str(value))}</dd>"
        for name, value in rows.items()
        if value
    )
    return (
        _file("problem.html")
        .decode()
        .format(code=html.escape(rule.code()), status=status_of(rule), told=told)
    )


@cache
def _file(name: str) -> bytes:
    return (STATIC / name).read_bytes()


def operation_ids(app: Litestar) -> frozenset[str]:
    """The ids of all documented operations."""
    paths = openapi_document(app)["paths"].values()
    return frozenset(operation["operationId"] for item in paths for operation in item.values())
