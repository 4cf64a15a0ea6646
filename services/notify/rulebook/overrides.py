"""The rules as they hold in each place: the defaults, and what was set otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from services.language import Severity
from services.notify.rulebook.events import RuleName, RuleSet
from services.notify.rulebook.rule import Rule
from services.notify.rulebook.rules import DEFAULTS
from services.notify.terms import Channel
from shared.reactions import Unable


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The defaults with what was set otherwise; the most specific division wins, field by field."""

    settings: tuple[RuleSet, ...] = ()
    unreadable: tuple[Unable, ...] = ()
    """Settings that are left out because they cannot be read."""

    def rule(self, name: RuleName, division: str) -> Rule:
        """The rule that holds in the division."""
        rule = DEFAULTS[name]
        for setting in self._settings(name):
            if division.startswith(setting.division):
                rule = overridden(rule, setting)
        return rule

    def divisions(self, name: RuleName) -> tuple[str, ...]:
        """Where the rule was set otherwise, the most specific first."""
        return tuple(setting.division for setting in reversed(self._settings(name)))

    def _settings(self, name: RuleName) -> list[RuleSet]:
        mine: Iterable[RuleSet] = (setting for setting in self.settings if setting.rule is name)
        return sorted(mine, key=lambda setting: (len(setting.division), setting.division))


def overridden(rule: Rule, setting: RuleSet) -> Rule:
    """The rule with what the setting says; what it leaves out stays. An urgent rule is never weakened."""
    changed = _changed(rule, setting)
    default = DEFAULTS[rule.name]
    return _at_least(changed, default) if default.severity is Severity.URGENT else changed


def _at_least(rule: Rule, default: Rule) -> Rule:
    """The rule where it is stricter than its default, else that: early settings could weaken it."""
    channels = tuple(one for one in Channel if one in {*rule.channels, *default.channels})
    chain = tuple(
        replace(step, after=min(step.after, usual.after))
        for step, usual in zip(rule.escalation, default.escalation, strict=True)
    )
    return replace(rule, enabled=True, severity=default.severity, channels=channels, escalation=chain)


def _changed(rule: Rule, setting: RuleSet) -> Rule:
    changes: dict[str, Any] = {"enabled": setting.enabled}
    if setting.interval_days is not None:
        changes["interval"] = timedelta(days=setting.interval_days)
    if setting.key_interval_days is not None:
        changes["key_interval"] = timedelta(days=setting.key_interval_days)
    for field in ("severity", "channels", "quiet_from", "quiet_to"):
        if (value := getattr(setting, field)) is not None:
            changes[field] = value
    if setting.escalate_after_hours is not None:
        hours = setting.escalate_after_hours
        changes["escalation"] = tuple(
            replace(step, after=timedelta(hours=hours[number])) if number < len(hours) else step
            for number, step in enumerate(rule.escalation)
        )
    return replace(rule, **changes)
