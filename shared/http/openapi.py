"""The service's OpenAPI document: Litestar's paths, pydantic's schemas, and all that may be answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from shared.access import PUBLIC
from shared.contracts import ProblemAnswer
from shared.http.answers import PROBLEM_JSON

_REF = "#/components/schemas/{model}"
_OF_ALL = {
    400: "JSON 或参数有误 / Broken JSON",
    401: "令牌缺失、过期或已撤销 / No valid token",
    403: "无权限 / Not permitted",
    422: "内容不合规则 / A rule is broken",
    429: "请求过多 / Too many requests",
    500: "服务出错 / The service erred",
    503: "暂时无法提供服务 / The store is away",
    504: "等待超时 / It took too long",
}
_OF_WRITES = {
    409: "与现状冲突 / The present state stands against it",
    412: "版本已变 / Changed since you read it",
    413: "内容过大 / Too large",
    415: "须为 application/json / Must be application/json",
}
FINDS_ONE = "finds_one"
"""Key in a route's `opt`: it asks for one thing, though not by its path."""
_OF_ONE = {404: "不存在或不可见 / Unknown or not yours to see"}


def openapi_document(app: Litestar) -> dict[str, Any]:
    """The document that `/openapi.json` serves."""
    document: dict[str, Any] = app.openapi_schema.to_schema()
    handlers = dict(_operations(app))
    contracts = {model for handler in handlers.values() for model in _contracts(handler)}
    names, definitions = _schemas(contracts | {ProblemAnswer})
    components = document.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **definitions}
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            handler = handlers.get(operation.get("operationId", ""))
            if handler is not None:
                _complete(operation, method, path, handler, names)
    return document


def _operations(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if isinstance(handler.operation_id, str):
                    yield handler.operation_id, handler


def _contracts(handler: HTTPRouteHandler) -> Iterator[type[BaseModel]]:
    fields = [
        handler.parsed_return_field,
        *([handler.parsed_data_field] if handler.parsed_data_field else []),
    ]
    for field in fields:
        for one in (field, *field.inner_types):
            if isinstance(one.raw, type) and issubclass(one.raw, BaseModel):
                yield one.raw


def _schemas(
    contracts: Iterable[type[BaseModel]],
) -> tuple[Mapping[type[BaseModel], dict[str, Any]], dict[str, Any]]:
    mode: JsonSchemaMode = "validation"
    ordered = sorted(contracts, key=lambda contract: f"{contract.__module__}.{contract.__qualname__}")
    by_model, definitions = models_json_schema([(one, mode) for one in ordered], ref_template=_REF)
    return {model: by_model[model, mode] for model in ordered}, definitions.get("$defs", {})


def _complete(
    operation: dict[str, Any],
    method: str,
    path: str,
    handler: HTTPRouteHandler,
    schemas: Mapping[type[BaseModel], dict[str, Any]],
) -> None:
    permission = handler.opt["permission"]
    operation["x-permission"] = permission.name
    operation["security"] = [] if permission.name == PUBLIC.name else [{"token": []}]
    data = handler.parsed_data_field
    if data is not None and data.raw in schemas:
        operation["requestBody"]["content"] = {"application/json": {"schema": schemas[data.raw]}}
    answer = handler.parsed_return_field.raw
    for status, response in operation["responses"].items():
        if status.startswith("2") and answer in schemas:
            response["content"] = {"application/json": {"schema": schemas[answer]}}
    problem = {PROBLEM_JSON: {"schema": schemas[ProblemAnswer]}}
    for code, description in {
        **_OF_ALL,
        **(_OF_WRITES if method != "get" else {}),
        **(_OF_ONE if "{" in path or method != "get" or handler.opt.get(FINDS_ONE) else {}),
    }.items():
        operation["responses"][str(code)] = {"description": description, "content": problem}
