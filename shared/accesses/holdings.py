"""What an answer holds: whom it is about and which classes of personal data, read off its fields' marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar, get_args
from uuid import UUID

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shared.access import About, Holdings, Personal, PersonalParts, marks_of, models_in


def holdings(answer: BaseModel) -> Holdings:
    """What this very answer holds: fields that were not set, and empty ones, are not in it."""
    about: dict[UUID, None] = {}
    classes: set[str] = set()
    _look(answer, about, classes)
    return Holdings(tuple(about), frozenset(classes))


def may_hold(annotation: Any) -> Holdings:
    """What an answer of this type can hold at most. Ids stand as nil: it is enough that there may be some.

    Raises `TypeError` for one that can hold anything (`Any`) and says nothing of its classes.
    """
    named, classes = False, set[str]()
    for mark in _reachable(annotation, set()):
        if isinstance(mark, About):
            named = True
        else:
            classes.add(mark)
    return Holdings((UUID(int=0),) if named else (), frozenset(classes))


def classes_in(model: type[BaseModel], fields: Mapping[str, Any]) -> frozenset[str]:
    """The classes that these fields of a model hold, as stored JSON has them."""
    classes: set[str] = set()
    for name, value in fields.items():
        field = model.model_fields.get(name)
        if field is None or not _says_something(value):
            continue
        classes.update(mark.data_class for mark in marks_of(field) if isinstance(mark, Personal))
        for inner in models_in(field.annotation):
            for one in value if isinstance(value, list | tuple) else (value,):
                if isinstance(one, dict):
                    classes.update(classes_in(inner, one))
    return frozenset(classes)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where to look in the answers of one model."""

    about: tuple[str, ...]
    """Fields that hold ids of those whom it is about: one, or a collection of them."""
    personal: tuple[tuple[str, str], ...]
    """Fields with their class of data."""
    parts: tuple[tuple[str, PersonalParts], ...]
    """Fields whose classes follow from the whole answer, where they say something."""
    nested: tuple[str, ...]
    """Fields that hold, or may hold, further models."""


def _look(answer: BaseModel, about: dict[UUID, None], classes: set[str]) -> None:
    plan = _plan_of(type(answer))
    values, given = answer.__dict__, answer.model_fields_set
    for name in plan.about:
        if (value := values.get(name)) is not None:
            _note_ids(value, about)
    for name, data_class in plan.personal:
        if data_class not in classes and name in given and _says_something(values[name]):
            classes.add(data_class)
    for name, parts in plan.parts:
        if name in given and _says_something(values[name]):
            classes.update(parts.classes(answer))
    for name in plan.nested:
        _look_into(values.get(name), about, classes)


def _says_something(value: Any) -> bool:
    """Nothing, no text and no items say nothing; no and nought do."""
    return bool(value) or value == 0


def _look_into(value: Any, about: dict[UUID, None], classes: set[str]) -> None:
    if isinstance(value, BaseModel):
        _look(value, about, classes)
    elif isinstance(value, tuple | list | set | frozenset):
        for one in value:
            _look_into(one, about, classes)
    elif isinstance(value, dict):
        for one in value.values():
            _look_into(one, about, classes)


def _note_ids(value: Any, about: dict[UUID, None]) -> None:
    if isinstance(value, UUID):
        about[value] = None
    elif isinstance(value, tuple | list | set | frozenset | dict):
        for one in value:  # of a mapping its keys
            _note_ids(one, about)


@lru_cache(maxsize=1024)
def _plan_of(model: type[BaseModel]) -> _Plan:
    about, personal, parts, nested = [], [], [], []
    for name, field in model.model_fields.items():
        marks = list(marks_of(field))
        if any(isinstance(mark, About) for mark in marks):
            about.append(name)
        personal += [(name, mark.data_class) for mark in marks if isinstance(mark, Personal)]
        parts += [(name, mark) for mark in marks if isinstance(mark, PersonalParts)]
        if _may_nest(field.annotation):
            nested.append(name)
    return _Plan(tuple(about), tuple(personal), tuple(parts), tuple(nested))


def _may_nest(annotation: Any) -> bool:
    """Whether models with something to find can stand there."""
    if isinstance(annotation, TypeVar) or annotation is Any:
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _is_worth_a_look(annotation)
    return any(_may_nest(part) for part in get_args(annotation))


@lru_cache(maxsize=1024)
def _is_worth_a_look(model: type[BaseModel]) -> bool:
    plan = _plan_of(model)
    return bool(plan.about or plan.personal or plan.parts or plan.nested)


def _reachable(annotation: Any, seen: set[type]) -> Iterator[Any]:
    """Every mark of an answer of this type: `About`, or the name of a class of data."""
    if annotation is Any or isinstance(annotation, TypeVar):
        raise TypeError("an answer that can hold anything says nothing of its classes of data")
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation in seen:
            return
        seen.add(annotation)
        for field in annotation.model_fields.values():
            yield from _of_field(field, seen)
        return
    for part in get_args(annotation):
        yield from _reachable(part, seen)


def _of_field(field: FieldInfo, seen: set[type]) -> Iterator[Any]:
    marks = list(marks_of(field))
    yield from (mark for mark in marks if isinstance(mark, About))
    yield from (mark.data_class for mark in marks if isinstance(mark, Personal))
    parts = [mark for mark in marks if isinstance(mark, PersonalParts)]
    for mark in parts:
        yield from mark.at_most
    if not parts:
        yield from _reachable(field.annotation, seen)
