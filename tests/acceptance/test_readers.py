"""What each service gets of the others' events: the classes of personal data that it declares, no others."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from guanai.stack import FOLLOWS
from services.language import DataClass
from services.notify.events import EVENTS as NOTIFY
from services.pairing.events import EVENTS as PAIRING
from services.registry.events import EVENTS as REGISTRY
from services.reporting.events import EVENTS as REPORTING
from shared.access import Personal
from shared.messages import EventTypes
from shared.testing.golden import Golden, decoded, golden_files, recorded
from shared.withholding import EVERYTHING, Withholding, classes_of, classes_within, granted

TESTS = Path(__file__).parents[1]
TYPES = {types.service: types for types in (REGISTRY, PAIRING, NOTIFY, REPORTING)}
SAMPLES = [
    (source, golden) for source in TYPES for golden in golden_files(TESTS / source / "events" / "golden")
]
PAIRS = [(reader, source) for reader, sources in FOLLOWS.items() for source in sources]


def replayed(reader: str, source: str, golden: Golden) -> tuple[EventTypes, Any]:
    """The event as the reader gets it of the source's log."""
    types = TYPES[source]
    return types, Withholding(types, FOLLOWS[reader][source]).apply(recorded(types, golden))


@pytest.mark.parametrize(("reader", "source"), PAIRS)
def test_a_reader_gets_the_classes_that_it_declares(reader: str, source: str) -> None:
    """Every event of every released shape is read, and holds nothing of another class."""
    for golden in (golden for name, golden in SAMPLES if name == source):
        types, event = replayed(reader, source, golden)
        read = types.decode(event)
        withheld = frozenset(DataClass) - granted(types, FOLLOWS[reader][source])
        original = decoded(types, golden)
        if not withheld & classes_within(type(original)) and reader != "notify":
            assert read == original
        for value in _texts(original, withheld):
            assert value not in json.dumps(dict(event.data), ensure_ascii=False), golden.type


@pytest.mark.parametrize("source", ["registry", "pairing"])
def test_notify_gets_no_name_phone_or_number(source: str) -> None:
    """Whom to tell is decided by ids; who they are is nobody's to know there."""
    private = {DataClass.IDENTITY, DataClass.CONTACT, DataClass.GUARDIANSHIP, DataClass.HEALTH}
    hidden = 0
    for golden in (golden for name, golden in SAMPLES if name == source):
        types, event = replayed("notify", source, golden)
        values = set(_texts(decoded(types, golden), private))
        text = json.dumps(dict(event.data), ensure_ascii=False)
        assert not [value for value in values if value in text], golden.type
        hidden += len(values)
    assert hidden > 3  # there was something to hide


def test_everything_may_be_read_by_who_reads_all() -> None:
    """Nothing is touched for a reader of all classes."""
    for source, golden in SAMPLES:
        types = TYPES[source]
        event = recorded(types, golden)
        assert Withholding(types, (EVERYTHING,)).apply(event) == event
        assert types.decode(Withholding(types, [*classes_of(types)]).apply(event)) == decoded(types, golden)


def test_of_what_nobody_knows_nothing_is_left() -> None:
    """An event of a type that this release does not know may hold anything."""
    event = recorded(REGISTRY, Golden("child.unheard_of", 1, {"name": "林小禾"}, {}))
    assert Withholding(REGISTRY, [DataClass.IDENTITY]).apply(event).data == {}


def _fields(model: type[BaseModel]) -> dict[str, str]:
    return {
        name: mark.data_class
        for name, field in model.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, Personal)
    }


def _texts(value: Any, classes: Collection[str]) -> Iterator[str]:
    """Every text of two letters or more in fields of these classes, however deep."""
    if isinstance(value, BaseModel):
        marks = _fields(type(value))
        for name in value.model_fields_set:
            inner = getattr(value, name)
            if name not in marks:
                yield from _texts(inner, classes)
            elif marks[name] in classes:
                yield from _said(inner)
            else:
                yield from _texts(inner, classes)
    elif isinstance(value, Mapping):
        yield from chain.from_iterable(_texts(one, classes) for one in value.values())
    elif isinstance(value, list | tuple):
        yield from chain.from_iterable(_texts(one, classes) for one in value)


def _said(value: Any) -> Iterator[str]:
    match value:
        case str() if (len(value) > 1 and not value.isascii()) or str(value).replace("-", "").isdigit():
            yield str(value)
        case BaseModel():
            for name in type(value).model_fields:
                yield from _said(getattr(value, name))
        case Mapping():
            yield from chain.from_iterable(map(_said, value.values()))
        case list() | tuple():
            yield from chain.from_iterable(map(_said, value))
