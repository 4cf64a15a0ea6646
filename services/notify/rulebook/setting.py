"""Setting a rule otherwise than its default, for a division and all below it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid5

from services.language import Severity
from services.notify.rulebook.events import RuleName, RuleSet
from services.notify.rulebook.overrides import overridden
from services.notify.rulebook.rules import DEFAULTS
from shared import Bilingual, Command, Decider, Invalid

_RULES = UUID("5f0e4b52-6a0f-5a44-9c0b-6a6f3b8f3f01")


class UrgentStaysUrgent(Invalid, title_zh="儿童遇险或无有效监护的规则只能从严，不能放宽"):
    """A rule on danger or a missing guardian can be tightened, not weakened."""

    way_out = Bilingual(
        "请保留“紧急”与默认渠道，并保持启用", "Leave it urgent, enabled and on its default channels"
    )


class MoreDelaysThanSteps(Invalid, title_zh="升级时限须与规则的升级步骤对应"):
    """Each escalation delay belongs to a step of the rule's chain."""

    field = "escalate_after_hours"
    way_out = Bilingual("请按规则的升级步骤逐一填写", "Give one delay for each step of the chain")


class DelaysOutOfOrder(Invalid, title_zh="各级升级时限须依次递增"):
    """Each escalation step comes later than the one before."""

    field = "escalate_after_hours"
    way_out = Bilingual("请按先后顺序填写", "Give the delays in rising order")


class QuietHoursIncomplete(Invalid, title_zh="免打扰时段须有起止时间"):
    """Quiet hours need a start and an end."""

    field = "quiet_to"
    way_out = Bilingual("请同时填写起止时间", "Give both")


class IntervalMissing(Invalid, title_zh="到期类规则须设至少 1 天的间隔，即时类规则不设"):
    """A due rule needs an interval of at least one day; an immediate rule has none."""

    field = "interval_days"
    way_out = Bilingual(
        "到期类规则请填 1 天以上；即时类规则请留空",
        "Give at least 1 for a due rule, nothing for an immediate one",
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
    _require_intervals(setting)
    delays = setting.escalate_after_hours or ()
    if len(delays) > len(default.escalation):
        raise MoreDelaysThanSteps
    chain = [step.after for step in overridden(default, setting).escalation]
    if chain != sorted(set(chain)):
        raise DelaysOutOfOrder
    if (setting.quiet_from is None) != (setting.quiet_to is None):
        raise QuietHoursIncomplete
    if default.severity is Severity.URGENT:
        _require_urgent(setting)
    return [] if setting == state else [setting]


def _require_intervals(setting: RuleSet) -> None:
    at_once = not DEFAULTS[setting.rule].interval
    for days in (setting.interval_days, setting.key_interval_days):
        if days is not None and (at_once or days == 0):
            raise IntervalMissing


def _require_urgent(setting: RuleSet) -> None:
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


RULE_DECIDER: Decider[SetRule, RuleSet | None, RuleSet] = Decider("rule", None, decide, evolve)
