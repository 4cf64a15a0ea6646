"""Every code carries its words; what is stored and sent is its value alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from enum import StrEnum
from types import ModuleType

import pytest
from pydantic import TypeAdapter

import services.notify.client
import services.notify.events
import services.pairing.client
import services.pairing.events
import services.registry.client
import services.registry.events
import services.reporting.client
import services.reporting.events
from services.notify.events import RuleName
from services.registry.events import Sex
from services.words import Code
from shared import Bilingual

PUBLISHED = (
    *(services.registry.client, services.registry.events),
    *(services.pairing.client, services.pairing.events),
    *(services.notify.client, services.notify.events),
    *(services.reporting.client, services.reporting.events),
)
HAN = re.compile(r"[\u4e00-\u9fff]")


def every_code(base: type[Code] = Code) -> Iterator[type[Code]]:
    for code in base.__subclasses__():
        yield code
        yield from every_code(code)


@pytest.mark.parametrize("code", sorted(every_code(), key=str))
def test_every_code_has_words_in_both_languages(code: type[Code]) -> None:
    """No member without Chinese and English, and no two of one code that read alike."""
    for member in code:
        assert HAN.search(member.zh), member
        assert re.search(r"[A-Za-z0-9]", member.en), member
    assert len({member.words for member in code}) == len(code)


def test_a_code_is_its_value_on_the_wire() -> None:
    """Words are neither stored nor sent, nor do they stand in a schema."""
    assert (Sex.FEMALE.value, str(Sex.FEMALE), json.dumps(Sex.FEMALE)) == ("female", "female", '"female"')
    assert Sex("female") is Sex.FEMALE
    adapter = TypeAdapter(Sex)
    assert adapter.dump_json(Sex.MALE) == b'"male"'
    assert adapter.validate_json('"male"') is Sex.MALE
    assert adapter.json_schema()["enum"] == ["female", "male"]
    assert Sex.FEMALE.words == Bilingual("女", "Girls")


@pytest.mark.parametrize("module", PUBLISHED, ids=[module.__name__ for module in PUBLISHED])
def test_what_a_service_publishes_is_a_code(module: ModuleType) -> None:
    """No enumeration of a contract or event is without words; those of a rule's name are the rule's title."""
    without = [
        name
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, StrEnum) and not issubclass(value, Code)
    ]
    assert set(without) <= {RuleName.__name__}
