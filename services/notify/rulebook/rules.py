"""The rules as data: what is due when, who is told, and what happens if nobody acts. Source: domain, §4."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from services.language import Relation as ChildRelation
from services.language import Severity, readable_of_log
from services.notify.rulebook.clocks import OCCURRED, Signal, on
from services.notify.rulebook.events import RuleName, revealed_by
from services.notify.rulebook.rule import AT_ONCE, OUTSIDE, EscalationStep, Rule
from services.notify.terms import Relation, Until
from services.pairing import events as pairing
from services.registry import events as registry
from shared import Bilingual


def _days(number: int) -> timedelta:
    return timedelta(days=number)


def _unless_acknowledged(after: timedelta, *to: Relation) -> EscalationStep:
    return EscalationStep(after=after, until=Until.ACKNOWLEDGED, to=to)


def _unless_settled(after: timedelta, *to: Relation) -> EscalationStep:
    return EscalationStep(after=after, until=Until.SETTLED, to=to)


_VISITS = frozenset({pairing.ContactKind.HOME_VISIT, pairing.ContactKind.CONDOLENCE_VISIT})
_PARENTS = frozenset({pairing.ContactWith.MOTHER, pairing.ContactWith.FATHER})


def _contact(when: Callable[[pairing.ContactLogged], bool]) -> Signal:
    """A contact that succeeded and was such a one."""
    return on(pairing.ContactLogged, "at", when=lambda contact: contact.succeeded and when(contact))


def _in_key_support(event: registry.ChildCategorised) -> bool:
    return event.category is registry.CareCategory.KEY_SUPPORT


def _has_guardian(event: registry.GuardianNamed | registry.GuardianReplaced) -> bool:
    """Whether there is one, and one who is capable."""
    return event.guardian.capable and event.guardian.relation is not registry.GuardianRelation.NONE


_KEY_SUPPORT = on(registry.ChildCategorised, "since", when=_in_key_support)
_ORDINARY = on(registry.ChildCategorised, "since", when=lambda event: not _in_key_support(event))
_OPENED = on(registry.ChildRegistered, holder="file")
_PAIRED = on(pairing.PairingAccepted, "on", holder="pairing:{pairing_id}")
_UNPAIRED = on(pairing.PairingEnded, "on", holder="pairing:{pairing_id}")

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
        subject="child_id",
        starts=(on(registry.ParentMovedAway, "since", holder="{parent}", runs_from=OCCURRED),),
        ends=(on(registry.ParentReturned, "on", holder="{parent}"),),
        done=(_contact(lambda one: one.kind is pairing.ContactKind.VIDEO_CALL or one.with_whom in _PARENTS),),
    ),
    Rule(
        name=RuleName.MENTOR_CONTACT,
        title=Bilingual("该联系结对儿童了", "Contact with the paired child is due"),
        summary=Bilingual("请与孩子联系并记录。", "Get in touch with the child, and log it."),
        interval=_days(14),
        key_interval=_days(7),
        recipients=(_R.MENTOR,),
        escalation=(_unless_settled(_days(7), _R.SCHOOL),),
        subject="child_id",
        starts=(_PAIRED,),
        ends=(_UNPAIRED,),
        done=(_contact(lambda one: bool(one.mentor_id or one.pairing_id)),),
        to_key_support=(_KEY_SUPPORT,),
        to_ordinary=(_ORDINARY,),
    ),
    Rule(
        name=RuleName.HOME_VISIT,
        title=Bilingual("该家访了", "A home visit is due"),
        summary=Bilingual("本学期尚未家访，请安排。", "No home visit yet this term: arrange one."),
        interval=_days(150),
        key_interval=_days(30),
        recipients=(_R.MENTOR,),
        subject="child_id",
        starts=(_PAIRED,),
        ends=(_UNPAIRED,),
        done=(_contact(lambda one: one.kind in _VISITS),),
        to_key_support=(_KEY_SUPPORT,),
        to_ordinary=(_ORDINARY,),
    ),
    Rule(
        name=RuleName.DIARY_ENTRY,
        title=Bilingual("该写成长日记了", "A diary entry is due"),
        summary=Bilingual(
            "本月尚未记录孩子的成长，请补上。", "Nothing was written of the child this month: add an entry."
        ),
        interval=_days(30),
        recipients=(_R.MENTOR,),
        escalation=(_unless_settled(_days(14), _R.SCHOOL),),
        subject="child_id",
        starts=(_PAIRED,),
        ends=(_UNPAIRED,),
        done=(on(pairing.DiaryEntryWritten, "on"), on(pairing.ChildEntryWritten, "on")),
    ),
    Rule(
        name=RuleName.CONDOLENCE_VISIT,
        title=Bilingual("该慰问受资助儿童了", "A condolence visit is due"),
        summary=Bilingual("受资助儿童每半年慰问一次。", "A sponsored child is visited every half year."),
        interval=_days(183),
        recipients=(_R.FEDERATION,),
        subject="child_id",
        starts=(
            on(
                pairing.SponsorshipStarted,
                "since",
                holder="sponsorship:{sponsorship_id}",
                runs_from=OCCURRED,
            ),
        ),
        ends=(on(pairing.SponsorshipEnded, "on", holder="sponsorship:{sponsorship_id}"),),
        done=(
            on(pairing.CondolenceVisitMade, "on"),
            _contact(lambda one: one.kind is pairing.ContactKind.CONDOLENCE_VISIT),
        ),
    ),
    Rule(
        name=RuleName.CHECKUP,
        title=Bilingual("该体检了", "A health checkup is due"),
        summary=Bilingual(
            "请列入下一次免费体检名单。", "Put the child on the list of the next free checkup."
        ),
        interval=_days(365),
        recipients=(_R.SCHOOL,),
        subject="child_id",
        starts=(_OPENED,),
        done=(on(registry.CheckupDone, "on"),),
    ),
    Rule(
        name=RuleName.CHECKUP_PROPOSED,
        title=Bilingual("卫生院提出体检安排", "A health centre offers a checkup"),
        summary=Bilingual(
            "请确认受检儿童名单，或谢绝。", "Say which children are to be examined, or decline."
        ),
        interval=AT_ONCE,
        recipients=(_R.ITSELF,),
        subject="campaign_id",
        starts=(on(registry.CheckupCampaignProposed, holder="campaign"),),
        ends=(
            on(registry.CheckupProposalDropped, holder="campaign"),
            on(registry.CheckupCampaignOpened, holder="campaign"),
        ),
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
        subject="campaign_id",
        starts=(on(registry.CheckupCampaignOpened, holder="campaign"),),
        ends=(on(registry.CheckupCampaignClosed, holder="campaign"),),
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
        subject="finding_id",
        names=("child_id", "campaign_id"),
        starts=(on(registry.FindingRaised, "on", holder="finding"),),
        ends=(on(registry.FindingClosed, "on", holder="finding"),),
    ),
    Rule(
        name=RuleName.WITHOUT_MENTOR,
        title=Bilingual("儿童尚无结对人", "A child has no mentor"),
        summary=Bilingual("请安排结对。", "Find a mentor for the child."),
        interval=_days(14),
        recipients=(_R.SCHOOL, _R.FEDERATION),
        severity=Severity.WARNING,
        channels=OUTSIDE,
        subject="child_id",
        starts=(_OPENED,),
        covers=(_PAIRED,),
        uncovers=(_UNPAIRED,),
    ),
    Rule(
        name=RuleName.CONTACT_FAILED,
        title=Bilingual("联系未成功", "A contact failed"),
        summary=Bilingual("请按联系卡联系下一人。", "Try the next person on the contact card."),
        interval=AT_ONCE,
        recipients=(_R.MENTOR,),
        subject="child_id",
        starts=(
            on(pairing.ContactLogged, "at", holder="contact", when=lambda contact: not contact.succeeded),
        ),
        ends=(on(pairing.ContactLogged, "at", holder="contact", when=lambda contact: contact.succeeded),),
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
        subject="child_id",
        starts=(on(registry.GuardianReplaced, holder="card"),),
        ends=(on(registry.ContactCardIssued, holder="card"),),
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
        subject="child_id",
        starts=(
            on(registry.GuardianNamed, holder="guardian", when=lambda event: not _has_guardian(event)),
            on(registry.GuardianReplaced, holder="guardian", when=lambda event: not _has_guardian(event)),
        ),
        ends=(
            on(registry.GuardianNamed, holder="guardian", when=_has_guardian),
            on(registry.GuardianReplaced, holder="guardian", when=_has_guardian),
        ),
    ),
    Rule(
        name=RuleName.DROPPED_OUT,
        title=Bilingual("儿童辍学", "A child dropped out of school"),
        summary=Bilingual("请上门劝返。", "Visit the family and bring the child back to school."),
        interval=AT_ONCE,
        recipients=(_R.SCHOOL, _R.TOWNSHIP),
        severity=Severity.WARNING,
        channels=OUTSIDE,
        subject="child_id",
        starts=(on(registry.DroppedOut, "on", holder="school", runs_from=OCCURRED),),
        ends=(on(registry.ReturnedToSchool, "on", holder="school"),),
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
        # The report says which child it is, to those who may read it; the alert tells nobody.
        subject="report_id",
        starts=(
            on(registry.DangerReported, "at", holder="report", runs_from=OCCURRED, division="division"),
            on(registry.DangerReopened, "at", holder="report", runs_from=OCCURRED),
        ),
        ends=(on(registry.DangerHandled, "at", holder="report"),),
    ),
    Rule(
        name=RuleName.FILE_RECHECK,
        title=Bilingual("档案该复核了", "A file must be checked again"),
        summary=Bilingual("每半年核对一次档案。", "Files are checked against reality every half year."),
        interval=_days(183),
        recipients=(_R.VILLAGE, _R.SCHOOL),
        subject="child_id",
        starts=(_OPENED,),
        done=(on(registry.FileRechecked, "on"),),
    ),
    Rule(
        name=RuleName.RECORD_CHECK,
        title=Bilingual("结对人该作背景核查了", "A mentor's record check is due"),
        summary=Bilingual("每年核查一次。", "Records are checked every year."),
        interval=_days(365),
        recipients=(_R.MENTORS_PARTY,),
        severity=Severity.WARNING,
        subject="mentor_id",
        starts=(on(pairing.MentorEnrolled, holder="mentor"),),
        done=(on(pairing.MentorRecordChecked, "on"),),
        covers=(on(pairing.MentorLeft, holder="left"),),
    ),
    Rule(
        name=RuleName.HOME_NOT_OPENED,
        title=Bilingual("儿童之家上周开放不足", "A Children's Home was not open often enough"),
        summary=Bilingual("上周开放次数少于约定。", "It was open less often last week than agreed."),
        interval=AT_ONCE,
        recipients=(_R.FEDERATION,),
        subject="place_id",
    ),
    Rule(
        name=RuleName.WORK_SUMMARY,
        title=Bilingual("该写工作总结了", "The work summary is due"),
        summary=Bilingual("请核对数据并提交工作总结。", "Look through the figures and submit the summary."),
        interval=AT_ONCE,
        recipients=(_R.ITSELF,),
        subject="organisation_id",
    ),
    Rule(
        name=RuleName.WEEKLY_DIGEST,
        title=Bilingual("每周摘要", "The week in figures"),
        summary=Bilingual("各类逾期事项的数量。", "How much of each kind is overdue."),
        interval=AT_ONCE,
        recipients=(_R.ITSELF,),
        severity=Severity.INFO,
        channels=OUTSIDE,
        subject="organisation_id",
    ),
)
DEFAULTS: Mapping[RuleName, Rule] = {rule.name: rule for rule in _DEFAULTS}
"""Every rule as it holds where nobody set it otherwise. A term is taken as 150 days, half a year as 183."""


def rules_readable_by(kind: str) -> tuple[str, ...]:
    """The rules whose mere alert gives a party nothing that it may not read of a child in its scope."""
    classes = readable_of_log(kind, ChildRelation.IN_SCOPE)
    return tuple(name.value for name in DEFAULTS if revealed_by(name) in classes)
