"""Every event says itself whom it is about, what it reveals and what it is called."""

from __future__ import annotations

import re

import pytest

from services.events import Description, DomainEvent
from services.notify.events import EVENTS as NOTIFY
from services.pairing.events import EVENTS as PAIRING
from services.registry.events import EVENTS as REGISTRY
from services.registry.events import DangerReported
from services.reporting.events import EVENTS as REPORTING
from shared.messages import Event

EVERY_TYPE = [
    event_type for types in (REGISTRY, PAIRING, NOTIFY, REPORTING) for event_type in types.by_name.values()
]
HAN = re.compile(r"[\u4e00-\u9fff]")


def by_type(event_type: type[Event]) -> str:
    return event_type.type


@pytest.mark.parametrize("event_type", EVERY_TYPE, ids=by_type)
def test_every_event_describes_itself(event_type: type[DomainEvent]) -> None:
    """No event type of any service is without names in both languages, or names a field it has not."""
    described = event_type.description
    assert isinstance(described, Description)
    assert HAN.search(described.name.zh)
    assert described.name.en.isascii()
    named = {*described.subjects, *([described.timeline] if described.timeline else [])}
    assert named <= event_type.model_fields.keys()


@pytest.mark.parametrize("event_type", EVERY_TYPE, ids=by_type)
def test_an_event_about_a_child_belongs_to_a_file(event_type: type[DomainEvent]) -> None:
    """An event that names a child belongs to its file or timeline; a danger report alone to neither."""
    names_a_child = any("About()" in repr(field) for field in event_type.model_fields.values())
    described = event_type.description
    if event_type is DangerReported:
        assert (described.subjects, described.timeline) == ((), None)
    elif names_a_child:
        assert described.subjects or described.timeline
