"""Leaves out of events what a reader has not declared that it reads.

A reader declares classes of data (`contact`), or single fields (`Owner.insured`) where it needs one of a
class and nothing else of it.

What is left out is replaced by a value that the event's model takes and that says nothing (its default, where
it has one), so that the reader decodes it like any other event and never sees the difference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from shared.access import Personal, marks_of, models_in
from shared.messages import EventTypes, Recorded

EVERYTHING = "*"
"""Stands for all classes of data."""
_SAYING_NOTHING: tuple[Any, ...] = (
    *(None, "", "•", (), {}, 0, 1, 20, 60, False),
    *("1900-01-01", "1900-01-01T00:00:00Z", "00:00:00", "00000000-0000-0000-0000-000000000000", "000000"),
)
"""Tried in this order as JSON until the field takes one; after them its enumeration's first member."""


class NothingToSay(TypeError):
    """No value that says nothing fits a personal field; it needs a default."""


def classes_of(types: EventTypes) -> frozenset[str]:
    """The classes of personal data that a service's events may hold."""
    return frozenset().union(*(classes_within(cls) for cls in types.classes))


def granted(types: EventTypes, reads: Collection[str]) -> frozenset[str]:
    """Of which classes a reader gets anything at all."""
    if EVERYTHING in reads:
        return classes_of(types)
    return frozenset().union(*(_granted(cls, frozenset(reads)) for cls in types.classes))


def unknown(types: EventTypes, reads: Collection[str]) -> frozenset[str]:
    """What of a declaration is neither a class of these events nor a field of theirs: it grants nothing."""
    fields = frozenset().union(*(_fields_within(cls) for cls in types.classes))
    return frozenset(reads) - classes_of(types) - fields - {EVERYTHING}


def fields_withheld(model: type[BaseModel], reads: Collection[str]) -> frozenset[str]:
    """The names of the model's own fields that a reader of these does not get."""
    known = frozenset(reads)
    if EVERYTHING in known:
        return frozenset()
    return frozenset(step.name for step in _plan_of(model) if not step.is_in(known))


def may_read_all(types: EventTypes, reads: Collection[str]) -> bool:
    """Whether nothing of these events is withheld."""
    return EVERYTHING in reads or classes_of(types) <= frozenset(reads)


class Withholding:
    """The events of one service as a reader gets them."""

    def __init__(self, types: EventTypes, reads: Collection[str]) -> None:
        self._types = types
        self._reads = frozenset(reads)
        self._all = may_read_all(types, reads)

    def apply(self, recorded: Recorded) -> Recorded:
        """The event without the rest, in its newest shape. Of one of an unknown type nothing is left."""
        cls = self._types.by_name.get(recorded.type)
        if self._all:
            return recorded
        if cls is None:
            return replace(recorded, data={})
        data = {**self._types.lifted(recorded)}
        _blank(cls, data, self._reads)
        return replace(recorded, data=data, schema_version=max(recorded.schema_version, cls.schema_version))


def _blank(model: type[BaseModel], data: dict[str, Any], reads: frozenset[str]) -> None:
    for step in _plan_of(model):
        if step.name not in data:
            continue
        if not step.is_in(reads):
            if step.has_default:
                del data[step.name]
            else:
                data[step.name] = step.nothing
        elif step.models:
            data[step.name] = _without(step.models, data[step.name], reads)


def _without(models: tuple[type[BaseModel], ...], value: Any, reads: frozenset[str]) -> Any:
    match value:
        case list() | tuple():
            return [_without(models, one, reads) for one in value]
        case dict() if any(model.model_fields.keys() & value.keys() for model in models):
            copy = {**value}
            for model in models:
                _blank(model, copy, reads)
            return copy
        case dict():
            return {key: _without(models, one, reads) for key, one in value.items()}
        case _:
            return value


@dataclass(frozen=True, slots=True)
class _Step:
    """One field of a model that is personal, or holds models that may have such fields."""

    path: str
    """As a reader declares it: `Owner.insured`."""
    name: str
    classes: frozenset[str]
    """Those that it is marked with itself."""
    models: tuple[type[BaseModel], ...]
    has_default: bool
    nothing: Any = None
    """What stands in its place where it has no default."""

    def is_in(self, reads: frozenset[str]) -> bool:
        """Whether a reader of these gets the field."""
        return self.classes <= reads or self.path in reads


@cache
def _plan_of(model: type[BaseModel]) -> tuple[_Step, ...]:
    return tuple(_steps(model))


def _steps(model: type[BaseModel]) -> Iterator[_Step]:
    for name, field in model.model_fields.items():
        marked = frozenset(mark.data_class for mark in marks_of(field) if isinstance(mark, Personal))
        inner = tuple(models_in(field.annotation))
        if marked or inner:
            has_default = not field.is_required()
            nothing = None if has_default or not marked else _nothing(model, name, field)
            yield _Step(f"{model.__name__}.{name}", name, marked, inner, has_default, nothing)


def classes_within(model: type[BaseModel]) -> frozenset[str]:
    """The classes of personal data that a model may hold, however deep."""
    steps = _plan_of(model)
    return frozenset().union(*(step.classes for step in steps), *(_classes_of_step(step) for step in steps))


def _classes_of_step(step: _Step) -> frozenset[str]:
    return frozenset().union(*(classes_within(model) for model in step.models))


def _granted(model: type[BaseModel], reads: frozenset[str]) -> frozenset[str]:
    steps = [step for step in _plan_of(model) if step.is_in(reads)]
    inner = (_granted(one, reads) for step in steps for one in step.models)
    return frozenset().union(*(step.classes for step in steps), *inner)


def _fields_within(model: type[BaseModel]) -> frozenset[str]:
    inner = (_fields_within(one) for step in _plan_of(model) for one in step.models)
    return frozenset().union((step.path for step in _plan_of(model)), *inner)


def _nothing(model: type[BaseModel], name: str, field: FieldInfo) -> Any:
    """A value as JSON that the field takes."""
    takes: TypeAdapter[Any] = TypeAdapter(Annotated[field.annotation, field])  # type: ignore[arg-type]
    members = (
        [next(iter(field.annotation)).value]
        if isinstance(field.annotation, type) and issubclass(field.annotation, Enum)
        else []
    )
    for value in (*_SAYING_NOTHING, *members):
        try:
            taken = takes.validate_python(value)
        except ValidationError:
            continue
        dumped: Any = takes.dump_python(taken, mode="json")
        return dumped
    raise NothingToSay(f"{model.__name__}.{name}")
