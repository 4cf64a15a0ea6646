"""The rules as data: what is due when, who is told, and what happens if nobody acts. Source: domain, §4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from services.language import Relation as ChildRelation
from services.language import Severity, readable_of_log
from services.notify.calendar import after_quiet_hours
from services.notify.rulebook.events import RuleName, RuleSet, revealed_by
from services.notify.terms import Channel, PlannedEscalation, Relation, Subject, Until
from shared import Bilingual, Message
from shared.reactions import Unable

AT_ONCE = timedelta(0)
OUTSIDE = (Channel.INBOX, Channel.WEBHOOK, Channel.EMAIL)
INBOX_ONLY = (Channel.INBOX,)


class EscalationStep(Message):
    """After so long from the raising, unless stopped before, these are told as well."""

    after: timedelta
    until: Until
    to: tuple[Relation, ...]


class Rule(Message):
    """One row of the table of rules."""

    name: RuleName
    title: Bilingual
    summary: Bilingual
    """What to do, in words that name nobody."""
    interval: timedelta
    """From the last time it was done to the next; zero = told at once."""
    key_interval: timedelta | None = None
    """Shorter interval for children in key support."""
    recipients: tuple[Relation, ...]
    severity: Severity = Severity.REMINDER
    channels: tuple[Channel, ...] = INBOX_ONLY
    """Inbox only: the weekly digest carries it outside."""
    escalation: tuple[EscalationStep, ...] = ()
    quiet_from: time = time(21)
    quiet_to: time = time(7)
    """Local time; webhooks and mails wait, unless the rule is urgent."""
    enabled: bool = True

    def interval_for(self, *, key_support: bool) -> timedelta:
        """The interval that holds for a child in or out of key support."""
        return self.key_interval if key_support and self.key_interval is not None else self.interval

    def plan(self, raised_at: datetime) -> tuple[PlannedEscalation, ...]:
        """The chain with its moments."""
        return tuple(
            PlannedEscalation(at=raised_at + step.after, until=step.until, to=step.to)
            for step in self.escalation
        )

    def deliver_after(self, moment: datetime) -> datetime:
        """When messages may leave: now if urgent, else outside the quiet hours."""
        if self.severity is Severity.URGENT:
            return moment
        return after_quiet_hours(moment, self.quiet_from, self.quiet_to)


def _days(number: int) -> timedelta:
    return timedelta(days=number)


def _unless_acknowledged(after: timedelta, *to: Relation) -> EscalationStep:
    return EscalationStep(after=after, until=Until.ACKNOWLEDGED, to=to)


def _unless_settled(after: timedelta, *to: Relation) -> EscalationStep:
    return EscalationStep(after=after, until=Until.SETTLED, to=to)


_R = Relation
_DEFAULTS = (
    Rule(
        name=RuleName.PARENT_CONTACT,
        title=Bilingual("该安排亲子联系了", "Contact with the parents is due"),
        summary=Bilingual(
            "请协助孩子与父母视频或通话，并记录。", "Help the child call its parents, and log it."
        ),
        interval=_days(7),
        recipients=(_R.MENTOR, _R.VILLAGE),
    ),
    Rule(
        name=RuleName.MENTOR_CONTACT,
        title=Bilingual("该联系结对儿童了", "Contact with the paired child is due"),
        summary=Bilingual("请与孩子联系并记录。", "Get in touch with the child, and log it."),
        interval=_days(14),
        key_interval=_days(7),
        recipients=(_R.MENTOR,),
        escalation=(_unless_settled(_days(7), _R.SCHOOL),),
    ),
    Rule(
        name=RuleName.HOME_VISIT,
        title=Bilingual("该家访了", "A home visit is due"),
        summary=Bilingual("本学期尚未家访，请安排。", "No home visit yet this term: arrange one."),
        interval=_days(150),
        key_interval=_days(30),
        recipients=(_R.MENTOR,),
    ),
    Rule(
        name=RuleName.CONDOLENCE_VISIT,
        title=Bilingual("该慰问受资助儿童了", "A condolence visit is due"),
        summary=Bilingual("受资助儿童每半年慰问一次。", "A sponsored child is visited every half year."),
        interval=_days(183),
        recipients=(_R.FEDERATION,),
    ),
    Rule(
        name=RuleName.CHECKUP,
        title=Bilingual("该体检了", "A health checkup is due"),
        summary=Bilingual(
            "请列入下一次免费体检名单。", "Put the child on the list of the next free checkup."
        ),
        interval=_days(365),
        recipients=(_R.SCHOOL,),
    ),
    Rule(
        name=RuleName.CHECKUP_PROPOSED,
        title=Bilingual("卫生院提出体检安排", "A health centre offers a checkup"),
        summary=Bilingual(
            "请确认受检儿童名单，或谢绝。", "Say which children are to be examined, or decline."
        ),
        interval=AT_ONCE,
        recipients=(_R.ITSELF,),
    ),
    Rule(
        name=RuleName.CHECKUP_ARRANGED,
        title=Bilingual("体检已安排", "A checkup was arranged"),
        summary=Bilingual(
            "请按名单体检、登记结果，完成后结束该次体检。",
            "Examine the children on the list, record the results, then close the campaign.",
        ),
        interval=AT_ONCE,
        recipients=(_R.HEALTH_CENTRE,),
    ),
    Rule(
        name=RuleName.FINDING_OPEN,
        title=Bilingual("体检异常尚未办结", "A checkup finding is still open"),
        summary=Bilingual(
            "请联系监护人落实复查或治疗。", "See with the guardian that it is examined or treated."
        ),
        interval=_days(14),
        recipients=(_R.SCHOOL, _R.HEALTH_CENTRE),
        severity=Severity.WARNING,
        channels=OUTSIDE,
        escalation=(_unless_settled(_days(7), _R.TOWNSHIP),),
    ),
    Rule(
        name=RuleName.WITHOUT_MENTOR,
        title=Bilingual("儿童尚无结对人", "A child has no mentor"),
        summary=Bilingual("请安排结对。", "Find a mentor for the child."),
        interval=_days(14),
        recipients=(_R.SCHOOL, _R.FEDERATION),
        severity=Severity.WARNING,
        channels=OUTSIDE,
    ),
    Rule(
        name=RuleName.CONTACT_FAILED,
        title=Bilingual("联系未成功", "A contact failed"),
        summary=Bilingual("请按联系卡联系下一人。", "Try the next person on the contact card."),
        interval=AT_ONCE,
        recipients=(_R.MENTOR,),
    ),
    Rule(
        name=RuleName.GUARDIAN_CHANGED,
        title=Bilingual("监护人有变动", "The guardian changed"),
        summary=Bilingual(
            "请核实监护情况并更新联系卡。", "Check the care at home and renew the contact card."
        ),
        interval=AT_ONCE,
        recipients=(_R.VILLAGE, _R.TOWNSHIP),
        severity=Severity.WARNING,
        channels=OUTSIDE,
    ),
    Rule(
        name=RuleName.NO_CAPABLE_GUARDIAN,
        title=Bilingual("儿童无有能力的监护人", "A child has no capable guardian"),
        summary=Bilingual(
            "请立即落实临时监护或委托照护。", "Arrange for somebody to look after the child, now."
        ),
        interval=AT_ONCE,
        recipients=(_R.VILLAGE, _R.TOWNSHIP),
        severity=Severity.URGENT,
        channels=OUTSIDE,
        escalation=(_unless_acknowledged(_days(1), _R.FEDERATION), _unless_settled(_days(3), _R.COUNTY)),
    ),
    Rule(
        name=RuleName.DROPPED_OUT,
        title=Bilingual("儿童辍学", "A child dropped out of school"),
        summary=Bilingual("请上门劝返。", "Visit the family and bring the child back to school."),
        interval=AT_ONCE,
        recipients=(_R.SCHOOL, _R.TOWNSHIP),
        severity=Severity.WARNING,
        channels=OUTSIDE,
    ),
    Rule(
        name=RuleName.DANGER,
        title=Bilingual("有儿童处于危险的报告", "A child in danger was reported"),
        summary=Bilingual("请立即受理并处置。", "Take the report up and act, now."),
        interval=AT_ONCE,
        recipients=(_R.TOWNSHIP, _R.VILLAGE, _R.FEDERATION),
        severity=Severity.URGENT,
        channels=OUTSIDE,
        escalation=(
            _unless_acknowledged(timedelta(hours=1), _R.COUNTY),
            _unless_settled(timedelta(hours=24), _R.COUNTY),
        ),
    ),
    Rule(
        name=RuleName.FILE_RECHECK,
        title=Bilingual("档案该复核了", "A file must be checked again"),
        summary=Bilingual("每半年核对一次档案。", "Files are checked against reality every half year."),
        interval=_days(183),
        recipients=(_R.VILLAGE, _R.SCHOOL),
    ),
    Rule(
        name=RuleName.RECORD_CHECK,
        title=Bilingual("结对人该作背景核查了", "A mentor's record check is due"),
        summary=Bilingual("每年核查一次。", "Records are checked every year."),
        interval=_days(365),
        recipients=(_R.MENTORS_PARTY,),
        severity=Severity.WARNING,
    ),
    Rule(
        name=RuleName.HOME_NOT_OPENED,
        title=Bilingual("儿童之家上周开放不足", "A Children's Home was not open often enough"),
        summary=Bilingual("上周开放次数少于约定。", "It was open less often last week than agreed."),
        interval=AT_ONCE,
        recipients=(_R.FEDERATION,),
    ),
    Rule(
        name=RuleName.WORK_SUMMARY,
        title=Bilingual("该写工作总结了", "The work summary is due"),
        summary=Bilingual("请核对数据并提交工作总结。", "Look through the figures and submit the summary."),
        interval=AT_ONCE,
        recipients=(_R.ITSELF,),
    ),
    Rule(
        name=RuleName.WEEKLY_DIGEST,
        title=Bilingual("每周摘要", "The week in figures"),
        summary=Bilingual("各类逾期事项的数量。", "How much of each kind is overdue."),
        interval=AT_ONCE,
        recipients=(_R.ITSELF,),
        severity=Severity.INFO,
        channels=OUTSIDE,
    ),
)
DEFAULTS: Mapping[RuleName, Rule] = {rule.name: rule for rule in _DEFAULTS}
"""Every rule as it holds where nobody set it otherwise. A term is taken as 150 days, half a year as 183."""


def rules_readable_by(kind: str) -> tuple[str, ...]:
    """The rules whose mere alert gives a party nothing that it may not read of a child in its scope."""
    classes = readable_of_log(kind, ChildRelation.IN_SCOPE)
    return tuple(name.value for name in DEFAULTS if revealed_by(name) in classes)


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
        step.model_copy(update={"after": min(step.after, usual.after)})
        for step, usual in zip(rule.escalation, default.escalation, strict=True)
    )
    return rule.model_copy(
        update={"enabled": True, "severity": default.severity, "channels": channels, "escalation": chain}
    )


def _changed(rule: Rule, setting: RuleSet) -> Rule:
    changes: dict[str, object] = {"enabled": setting.enabled}
    if setting.interval_days is not None:
        changes["interval"] = _days(setting.interval_days)
    if setting.key_interval_days is not None:
        changes["key_interval"] = _days(setting.key_interval_days)
    for field in ("severity", "channels", "quiet_from", "quiet_to"):
        if (value := getattr(setting, field)) is not None:
            changes[field] = value
    if setting.escalate_after_hours is not None:
        hours = setting.escalate_after_hours
        changes["escalation"] = tuple(
            step.model_copy(update={"after": timedelta(hours=hours[number])}) if number < len(hours) else step
            for number, step in enumerate(rule.escalation)
        )
    return rule.model_copy(update=changes)


def subject_key(rule: RuleName, subject: Subject) -> str:
    """The one id that a rule's dues are kept by: the campaign, finding, report … or else the child."""
    own = {
        RuleName.CHECKUP_PROPOSED: subject.campaign_id,
        RuleName.CHECKUP_ARRANGED: subject.campaign_id,
        RuleName.FINDING_OPEN: subject.finding_id,
        RuleName.DANGER: subject.report_id,
        RuleName.RECORD_CHECK: subject.mentor_id,
        RuleName.HOME_NOT_OPENED: subject.place_id,
        RuleName.WORK_SUMMARY: subject.organisation_id,
        RuleName.WEEKLY_DIGEST: subject.organisation_id,
    }.get(rule, subject.child_id)
    if own is None:
        raise ValueError(f"{rule} needs another subject than {subject}")
    return str(own)
