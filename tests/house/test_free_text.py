"""Every free text in a public event says whose it is."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from services.language import DataClass
from shared.access import Personal, Plain
from shared.messages import Event, EventTypes, Message

SERVICES = ("registry", "pairing", "notify", "reporting")
PARTIES = frozenset({"by_party", "party", "stand_in"})
"""Fields that hold a party's address: a kind and an id."""


def types_of(service: str) -> EventTypes:
    types: EventTypes = importlib.import_module(f"services.{service}.events").EVENTS
    return types


def models_in(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The model and those within it."""
    yield model
    for info in model.model_fields.values():
        for leaf in leaves(info.annotation):
            if isinstance(leaf, type) and issubclass(leaf, BaseModel):
                yield from models_in(leaf)


def leaves(annotation: Any) -> Iterator[Any]:
    """What a type is made of: `tuple[A | None, ...]` of A and None; texts of a fixed form are left out."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from (() if is_form(arguments[1:]) else leaves(arguments[0]))
    elif origin in {Union, UnionType} or arguments:
        for one in arguments:
            yield from leaves(one)
    else:
        yield annotation


def is_form(metadata: Any) -> bool:
    """Whether only texts of one form are taken, such as an administrative division's code."""
    return any(getattr(mark, "pattern", None) for mark in metadata)


def is_marked(name: str, info: FieldInfo) -> bool:
    marked = any(isinstance(mark, Personal | Plain) for mark in info.metadata)
    return marked or name in PARTIES or is_form(info.metadata)


def unmarked(model: type[BaseModel]) -> Iterator[str]:
    for one in models_in(model):
        for name, info in one.model_fields.items():
            if str in set(leaves(info.annotation)) and not is_marked(name, info):
                yield f"{one.__name__}.{name}"


@pytest.mark.parametrize("service", SERVICES)
def test_every_free_text_of_an_event_is_marked(service: str) -> None:
    """A text is `Personal` of a class of data, or `Plain`; else it would reach whoever reads the event."""
    found = {name for event in types_of(service).classes for name in unmarked(event)}
    assert found == set()


@pytest.mark.parametrize("service", SERVICES)
def test_every_mark_is_a_class_of_data(service: str) -> None:
    """A mark that no reading right knows would hide a text from everybody, or from nobody."""
    for event in types_of(service).classes:
        for model in models_in(event):
            for info in model.model_fields.values():
                marks = [mark.data_class for mark in info.metadata if isinstance(mark, Personal)]
                assert len(marks) <= 1
                assert set(marks) <= set(DataClass)


def test_an_unmarked_text_is_found() -> None:
    """Also within another model, in a list, and behind a name for texts."""

    class Inner(Message):
        words: tuple[Annotated[str, "any"], ...]

    class Said(Event):
        code: Annotated[str, Plain("a code")]
        secret: Annotated[str | None, Personal("care")] = None
        inner: tuple[Inner, ...] = ()
        note: str | None = None

    assert set(unmarked(Said)) == {"Inner.words", "Said.note"}
