"""What a refusal says: the rule and the way out, each in Chinese and in English."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

import services
import shared
from shared.http.problems import every_rule, status_of
from shared.refusals import Refusal, Unknown
from shared.texts import Bilingual

CJK = re.compile(r"[\u4e00-\u9fff]")
LONGEST_TITLE = 110
KINDS = frozenset(Refusal.__subclasses__())
"""What only says the status: the way out of a rule says more."""


def refusals() -> list[type[Refusal]]:
    """Every refusal of the kernel and of the services."""
    for package in (shared, services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__") and ".migrations" not in module.name:
                importlib.import_module(module.name)
    ours = {rule for rule in every_rule() if rule.__module__.startswith(("shared.", "services."))}
    return sorted(ours, key=lambda rule: (rule.__module__, rule.__name__))


EVERY = refusals()


def flaws(rule: type[Refusal]) -> Iterator[str]:
    """What is wrong with the words of a refusal."""
    title = rule.title()
    if "__doc__" not in vars(rule) or not vars(rule)["__doc__"]:
        yield "no docstring of its own"
    if not title.en.endswith(".") or "\n" in title.en or len(title.en) > LONGEST_TITLE:
        yield f"the docstring is no short sentence: {title.en}"
    if CJK.search(title.en):
        yield f"the English title is Chinese: {title.en}"
    if not CJK.search(title.zh) or title.zh.endswith("。"):
        yield f"the Chinese title is none: {title.zh}"
    giver = next(one for one in rule.__mro__ if "way_out" in vars(one))
    if rule not in KINDS and giver in KINDS | {Refusal} and giver is not Unknown:
        yield "no way out of its own"
    if not CJK.search(rule.way_out.zh) or CJK.search(rule.way_out.en) or not rule.way_out.en:
        yield f"the way out is not in both languages: {rule.way_out}"


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: f"{rule.__module__}.{rule.__name__}")
def test_a_refusal_says_the_rule_and_the_way_out_in_both_languages(rule: type[Refusal]) -> None:
    """One short sentence each, which users read as the problem's title and way out."""
    assert list(flaws(rule)) == []


def test_a_code_means_one_thing() -> None:
    """Within a service no two rules share a code, and between services it has one status."""
    within, status = defaultdict(set), defaultdict(set)
    for rule in EVERY:
        within[rule.code(), rule.__module__.split(".")[1]].add(rule)
        status[rule.code()].add(status_of(rule))
    assert {key: rules for key, rules in within.items() if len(rules) > 1} == {}
    assert {code: several for code, several in status.items() if len(several) > 1} == {}


def test_a_planted_refusal_without_words_is_found() -> None:
    """The check sees a title that is too long, and a way out that is missing or in one language."""

    class Planted(Refusal, title_zh="No Chinese"):
        """A rule that never comes to an end"""

    Planted.way_out = Bilingual("请看", "看")
    assert len(list(flaws(Planted))) == len(["docstring", "chinese", "way out"])


def test_a_refusal_without_a_chinese_title_is_no_class() -> None:
    """Python refuses the class itself, as type checking does."""
    with pytest.raises(TypeError, match="title_zh"):
        type("Planted", (Refusal,), {"__doc__": "A rule."})
