"""Setting a rule otherwise than its default, for a division and all below it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid5

from services.language import Severity
from services.notify.domain.rules import DEFAULTS, overridden
from services.notify.events import RuleName, RuleSet
from shared.decider import Decider
from shared.messages import Command
from shared.refusals import Invalid

_RULES = UUID("5f0e4b52-6a0f-5a44-9c0b-6a6f3b8f3f01")


class UrgentStaysUrgent(Invalid):
    """A child in danger or without a capable guardian is urgent; the rule may be tightened, not weakened."""

    way_out = "请保留“紧急”与默认渠道，并保持启用 / Leave it urgent, enabled and on its default channels"


class MoreDelaysThanSteps(Invalid):
    """A delay belongs to a step of the rule's escalation chain."""

    field = "escalate_after_hours"
    way_out = "请按规则的升级步骤逐一填写 / Give one delay for each step of the chain"


class DelaysOutOfOrder(Invalid):
    """Each step of the escalation chain comes after the one before it."""

    field = "escalate_after_hours"
    way_out = "请按先后顺序填写 / Give the delays in rising order"


class QuietHoursIncomplete(Invalid):
    """Quiet hours have a beginning and an end."""

    field = "quiet_to"
    way_out = "请同时填写起止时间 / Give both"


class IntervalMissing(Invalid):
    """A rule about what falls due needs an interval of at least one day; what is told at once has none."""

    field = "interval_days"
    way_out = (
        "到期类规则请填 1 天以上；即时类规则请留空 / At least 1 for what falls due, none for at-once rules"
    )


class SetRule(Command):
    """Set a rule; what is None stays as the default says."""

    setting: RuleSet


def setting_id(rule: RuleName, division: str) -> UUID:
    """The stream of a rule's setting in a division."""
    return uuid5(_RULES, f"{rule}:{division}")


def decide(command: SetRule, state: RuleSet | None) -> list[RuleSet]:
    """Check the setting against the rule it changes."""
    setting = command.setting
    default = DEFAULTS[setting.rule]
    _check_intervals(setting)
    delays = setting.escalate_after_hours or ()
    if len(delays) > len(default.escalation):
        raise MoreDelaysThanSteps
    chain = [step.after for step in overridden(default, setting).escalation]
    if chain != sorted(set(chain)):
        raise DelaysOutOfOrder
    if (setting.quiet_from is None) != (setting.quiet_to is None):
        raise QuietHoursIncomplete
    if default.severity is Severity.URGENT:
        _check_urgent(setting)
    return [] if setting == state else [setting]


def _check_intervals(setting: RuleSet) -> None:
    at_once = not DEFAULTS[setting.rule].interval
    for days in (setting.interval_days, setting.key_interval_days):
        if days is not None and (at_once or days == 0):
            raise IntervalMissing


def _check_urgent(setting: RuleSet) -> None:
    default = DEFAULTS[setting.rule]
    weakened = setting.severity not in {None, Severity.URGENT}
    silenced = setting.channels is not None and not set(default.channels) <= set(setting.channels)
    chain = default.escalation
    later = any(
        timedelta(hours=hours) > step.after
        for hours, step in zip(setting.escalate_after_hours or (), chain, strict=False)
    )
    if weakened or silenced or later or not setting.enabled:
        raise UrgentStaysUrgent


def evolve(_: RuleSet | None, event: RuleSet) -> RuleSet:
    """Apply one fact: the last setting holds, whole."""
    return event


rule_setting: Decider[SetRule, RuleSet | None, RuleSet] = Decider("rule", None, decide, evolve)
