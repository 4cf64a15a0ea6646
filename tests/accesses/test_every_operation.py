"""No operation of any service can tell something personal without a record of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from types import NoneType, SimpleNamespace
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID, uuid4

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from pydantic import BaseModel

from services.notify.wiring import NOTIFY
from services.pairing.wiring import PAIRING
from services.registry.wiring import REGISTRY
from services.reporting.wiring import REPORTING
from shared.access import PUBLIC, About, PersonalParts, inner_marks, marks_of
from shared.accesses.holdings import may_hold
from shared.accesses.records import Access
from shared.clock import SystemClock
from shared.http import Document
from shared.http.answers import ContractResponse
from shared.http.app import check_routes, handlers
from shared.http.recorded import Recorder
from shared.http.request_context import KEY, RequestContext
from shared.service import ServiceDefinition
from shared.testing.api import caller
from shared.texts import Bilingual

SERVICES = (REGISTRY, PAIRING, NOTIFY, REPORTING)
WRITTEN_OUT = {"render_summary"}
"""Operations that answer with bytes; each has a test of its own."""
OF_MANY = {"child_id", "children"}
"""Names of fields that name children."""
SAMPLES: Mapping[type, Any] = {
    Bilingual: Bilingual("字", "word"),
    str: "字",
    int: 1,
    bool: True,
    float: 1.0,
    UUID: UUID(int=7),
    date: date(2025, 4, 1),
    datetime: datetime(2025, 4, 1, tzinfo=UTC),
    time: time(8),
    Decimal: Decimal(1),
}


@dataclass
class Seen:
    """Takes records in place of the log."""

    accesses: list[Access] = field(default_factory=list)

    def begin(self, access: Access) -> None:
        self.accesses.append(access)


def operations(definition: ServiceDefinition) -> Iterator[HTTPRouteHandler]:
    app = Litestar(list(definition.routes), openapi_config=None)
    check_routes(app)
    for _, handler in handlers(app):
        yield handler


def sample(annotation: Any) -> Any:
    """A value of this type that says something, in every field."""
    if annotation in SAMPLES:
        return SAMPLES[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return next(iter(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = {name: sample(info.annotation) for name, info in annotation.model_fields.items()}
        return annotation.model_construct(**fields)
    return _sample_of_many(annotation)


def _sample_of_many(annotation: Any) -> Any:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return sample(parts[0])
    if origin is Literal:
        return parts[0]
    if origin is tuple or (isinstance(origin, type) and issubclass(origin, Sequence)):
        return (sample(parts[0]),)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {sample(parts[0]): None if parts[1] is Any else sample(parts[1])}
    assert origin in {Union, type(int | None)}, annotation
    return sample(next(part for part in parts if part is not NoneType))


def recorded(handler: HTTPRouteHandler, answer: BaseModel) -> list[Access]:
    """The records that this answer of an operation leaves."""
    seen = Seen()
    recorder = Recorder(seen, REGISTRY.accesses, SystemClock())  # type: ignore[arg-type]
    context = RequestContext(uuid4().hex, caller=caller("township", division="331082103"), recorder=recorder)
    context.options, context.operation = handler.opt, str(handler.operation_id)
    scope = {KEY: context, "method": min(handler.http_methods), "path": "/x", "query_string": b""}
    request: Any = SimpleNamespace(scope=scope)
    ContractResponse(answer).to_asgi_response(None, request)
    return seen.accesses


@pytest.mark.parametrize("definition", SERVICES, ids=lambda one: one.name)
def test_each_answer_holds_nothing_or_leaves_a_record(definition: ServiceDefinition) -> None:
    """A full answer of each operation is recorded with every class that it can hold, or it can hold none."""
    told = 0
    for handler in operations(definition):
        answer = handler.parsed_fn_signature.return_type.annotation
        if (get_origin(answer) or answer) is Document:
            assert handler.operation_id in WRITTEN_OUT
            continue
        held = may_hold(answer)
        accesses = recorded(handler, sample(answer))
        if not held:
            assert accesses == [], handler.operation_id
            continue
        told += 1
        (access,) = accesses
        assert access.operation == handler.operation_id
        assert access.holdings.classes >= held.classes - _of_parts(answer), handler.operation_id
        assert bool(access.holdings.about) == bool(held.about), handler.operation_id
    assert told >= 4


def _of_parts(answer: Any) -> frozenset[str]:
    """What follows from the rest of an answer (an event's type, a rule) is in one sample, not in another."""
    marks = (
        mark
        for model in _models(answer, set())
        for info in model.model_fields.values()
        for mark in marks_of(info)
    )
    return frozenset(
        data_class
        for mark in marks
        if isinstance(mark, PersonalParts) and len(mark.at_most) > 1
        for data_class in mark.at_most
    )


@pytest.mark.parametrize("definition", SERVICES, ids=lambda one: one.name)
def test_nothing_is_told_to_nobody(definition: ServiceDefinition) -> None:
    """Whatever can hold something personal asks for a token."""
    for handler in operations(definition):
        assert handler.opt["permission"] is not PUBLIC or not may_hold(
            handler.parsed_fn_signature.return_type.annotation
        )


def _models(annotation: Any, seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation not in seen:
            seen.add(annotation)
            yield annotation
            for info in annotation.model_fields.values():
                yield from _models(info.annotation, seen)
    else:
        for part in get_args(annotation):
            yield from _models(part, seen)


@pytest.mark.parametrize("definition", SERVICES, ids=lambda one: one.name)
def test_every_child_s_id_is_marked(definition: ServiceDefinition) -> None:
    """A child is named by a `ChildId`, whose mark brings it into the record; by a bare UUID it would not."""
    bare = []
    for handler in operations(definition):
        for model in _models(handler.parsed_fn_signature.return_type.annotation, set()):
            for name, info in model.model_fields.items():
                holds_ids = "UUID" in str(info.annotation)
                if (
                    name in OF_MANY
                    and holds_ids
                    and not any(isinstance(one, About) for one in marks_of(info))
                ):
                    bare.append(f"{model.__name__}.{name}")
    assert bare == []


@pytest.mark.parametrize("definition", SERVICES, ids=lambda one: one.name)
def test_every_question_about_a_child_says_so(definition: ServiceDefinition) -> None:
    """A parameter that names a child is a `ChildId`: the record of an empty answer names the child by it."""
    for handler in operations(definition):
        for name, parameter in handler.parsed_fn_signature.parameters.items():
            if name in OF_MANY:
                assert any(isinstance(one, About) for one in inner_marks(parameter.raw)), handler.operation_id
