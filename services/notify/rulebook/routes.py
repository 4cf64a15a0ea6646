"""The rules as they hold, and setting them otherwise."""

from __future__ import annotations

import re

from services.language import DIVISION_PATTERN
from services.notify.people.views import division_of_party
from services.notify.rulebook import setting as rules
from services.notify.rulebook.api import ChainView, RulebookApi, RuleView, SetRule
from services.notify.rulebook.events import RuleName, RuleSet
from services.notify.rulebook.overrides import Rulebook
from services.notify.rulebook.views import read_rulebook
from services.notify.scope import present
from services.parties import caller_address
from shared import OPERATOR, Bilingual, Caller, Denied, Invalid, Unknown
from shared.commands import Decision
from shared.http import Commands, Page, Receipt, serves
from shared.projections import Views

_DIVISION = re.compile(DIVISION_PATTERN)


class RuleUnknown(Unknown, title_zh="没有该规则"):
    """There is no such rule."""

    way_out = Bilingual("请用 list_rules 查看", "See list_rules")


class DivisionMalformed(Invalid, title_zh="区划代码应为 6、9 或 12 位数字"):
    """A division code has 6, 9 or 12 digits."""

    field = "division"
    way_out = Bilingual("请核对区划代码", "Check the division code")


class RuleNotYours(Denied, title_zh="只能为本级或下级区划设置规则"):
    """A rule is set for your own division or one within it."""

    field = "division"
    way_out = Bilingual("请填写本级或下级区划", "Give your own division or one within it")


@serves(RulebookApi.list_rules)
async def list_rules(caller: Caller, views: Views, division: str | None) -> Page[RuleView]:
    if division is not None and not _DIVISION.fullmatch(division):
        raise DivisionMalformed
    rulebook = await read_rulebook(present(views))
    where = division or await _own_division(caller, views)
    return Page(items=tuple(_rule_view(rulebook, name, where) for name in RuleName))


async def _own_division(caller: Caller, views: Views) -> str | None:
    address = caller_address(caller)
    return await division_of_party(views, address) if address else caller.scope.division


def _rule_view(rulebook: Rulebook, name: RuleName, division: str | None) -> RuleView:
    rule = rulebook.rule(name, division or "")
    known: dict[str, object] = {}
    if division:
        known["division"] = division
        if set_for := next(filter(division.startswith, rulebook.divisions(name)), None):
            known["set_for"] = set_for
    if rule.key_interval is not None:
        known["key_interval_days"] = rule.key_interval.days
    return RuleView.model_validate(
        {
            "rule": name,
            "title": rule.title,
            "summary": rule.summary,
            "enabled": rule.enabled,
            "interval_days": rule.interval.days,
            "recipients": rule.recipients,
            "severity": rule.severity,
            "channels": rule.channels,
            "escalation": tuple(
                ChainView(after_hours=step.after.total_seconds() / 3600, until=step.until, to=step.to)
                for step in rule.escalation
            ),
            "quiet_from": rule.quiet_from,
            "quiet_to": rule.quiet_to,
            **known,
        }
    )


@serves(RulebookApi.set_rule)
async def set_rule(rule: str, data: SetRule, caller: Caller, commands: Commands) -> Receipt:
    try:
        name = RuleName(rule)
    except ValueError as error:
        raise RuleUnknown from error
    if caller.kind != OPERATOR and not caller.scope.covers(data.division):
        raise RuleNotYours
    setting = RuleSet(rule=name, **dict(data))
    which = rules.setting_id(name, data.division)
    step = Decision(rules.RULE_DECIDER, which, rules.SetRule(setting=setting))
    return await commands.run(step, division=data.division)


ROUTES = (list_rules, set_rule)
