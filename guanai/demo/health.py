"""The free checkup in May, and a danger report in October."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from guanai.demo.stage import Stage, moment
from guanai.demo.township import ChildToBe, School
from services.registry.client import (
    CloseFinding,
    ConfirmCheckupCampaign,
    HandleDangerReport,
    OpenCheckupCampaign,
    ProposeCheckupCampaign,
    RaiseDangerReport,
    RaiseFinding,
    RecordCheckup,
    RecordMissedCheckup,
    ReferDangerReport,
    ReferFinding,
    ReturnDangerResult,
    TreatFinding,
)
from services.registry.events import DangerCode

CHECKUP = date(2025, 5, 20)
TREATED = date(2025, 5, 30)
TREATED_LATE = date(2025, 6, 16)
"""27 days after the checkup: the alert comes after 14."""
FINDINGS = {
    4: "视力低下",
    17: "龋齿",
    33: "贫血",
    58: "龋齿",
    90: "心脏杂音",
    121: "视力低下",
    150: "营养不良",
}
LATE_FINDING = 90
OFFERED = 4
"""The school to which the health centre offers the checkup; the others arrange it of their own accord."""
ABSENT = (12, 77, 140)
DANGER = date(2025, 10, 14)
CHILD_IN_DANGER = 45


async def examine(stage: Stage) -> None:
    """Every school's children, by the health centre; some are absent, a few things are found."""
    await stage.come_to(moment(CHECKUP, 8))
    await stage.together(
        "体检安排 / Checkups", [_open_campaign(stage, school) for school in stage.plan.schools]
    )
    await stage.come_to(moment(CHECKUP, 17))
    deeds = [_examine_school(stage, school) for school in stage.plan.schools]
    await stage.together("体检 / Examined", deeds)


async def treat(stage: Stage, day: date, *, late: bool) -> None:
    """The findings are referred, treated and closed."""
    found = [child for child in FINDINGS if (child == LATE_FINDING) is late]
    await stage.together("复查治疗 / Findings treated", [_treat(stage, child, day) for child in found])


async def end(stage: Stage) -> None:
    """Nothing is open any more: the schools end their campaigns, and the health centre's right to read."""
    for school in stage.plan.schools:
        registry = stage.registry(stage.school(school.index))
        campaign = stage.ids[f"campaign-{school.index}"]
        await registry.close_checkup_campaign(campaign, key=stage.key("campaign closed", school.index))


async def _open_campaign(stage: Stage, school: School) -> None:
    children = tuple(stage.ids[child.key] for child in stage.plan.of_school(school.index))
    registry = stage.registry(stage.school(school.index))
    key, school_id = stage.key("campaign", school.index), stage.ids[f"school-{school.index}"]
    if school.index == OFFERED:
        offer = ProposeCheckupCampaign(school_id=school_id, on=CHECKUP)
        opened = await stage.registry(stage.health_centre).propose_checkup_campaign(offer, key=key)
        confirmed = ConfirmCheckupCampaign(children=children)
        key = stage.key("campaign confirmed", school.index)
        await registry.confirm_checkup_campaign(opened.id, confirmed, key=key)
    else:
        body = OpenCheckupCampaign(
            school_id=school_id,
            health_centre_id=stage.ids["health_centre"],
            on=CHECKUP,
            children=children,
        )
        opened = await registry.open_checkup_campaign(body, key=key)
    stage.ids[f"campaign-{school.index}"] = opened.id


async def _examine_school(stage: Stage, school: School) -> None:
    for child in stage.plan.of_school(school.index):
        await _examine(stage, child)


async def _examine(stage: Stage, child: ChildToBe) -> None:
    registry = stage.registry(stage.health_centre)
    campaign, child_id = stage.ids[f"campaign-{child.school}"], stage.ids[child.key]
    if child.index in ABSENT:
        absent = RecordMissedCheckup(child_id=child_id, reason="请假 / On leave")
        await registry.record_missed_checkup(campaign, absent, key=stage.key("absent", child.index))
        return
    result = RecordCheckup(
        child_id=child_id,
        on=CHECKUP,
        height_cm=Decimal(110 + 6 * child.grade + child.index % 8),
        weight_kg=Decimal(19 + 3 * child.grade + child.index % 5),
        eyesight_left=Decimal("4.3") if child.index in FINDINGS else Decimal("5.0"),
        eyesight_right=Decimal("5.0"),
        decayed_teeth=child.index % 3,
    )
    await registry.record_checkup(campaign, result, key=stage.key("checkup", child.index))
    if child.index in FINDINGS:
        found = RaiseFinding(child_id=child_id, on=CHECKUP, finding=FINDINGS[child.index])
        receipt = await registry.raise_finding(campaign, found, key=stage.key("finding", child.index))
        stage.ids[f"finding-{child.index}"] = receipt.finding_id


async def _treat(stage: Stage, child: int, day: date) -> None:
    registry = stage.registry(stage.health_centre)
    campaign = stage.ids[f"campaign-{stage.plan.children[child].school}"]
    finding = stage.ids[f"finding-{child}"]
    refer = ReferFinding(referred_to="县人民医院", on=day - timedelta(days=3))
    await registry.refer_finding(campaign, finding, refer, key=stage.key("referred", child))
    treat_ = TreatFinding(on=day, treatment="门诊治疗")
    await registry.treat_finding(campaign, finding, treat_, key=stage.key("treated", child))
    close = CloseFinding(on=day, outcome="已好转 / Better")
    await registry.close_finding(campaign, finding, close, key=stage.key("closed", child))


async def rescue(stage: Stage) -> UUID:
    """A village finds a child alone; nobody answers at first and the county is told; then it is handled."""
    await stage.come_to(moment(DANGER, 8))
    child = stage.plan.children[CHILD_IN_DANGER]
    village = stage.plan.villages[child.village]
    body = RaiseDangerReport(
        code=DangerCode.LIVING_ALONE,
        division=village.division,
        child_id=stage.ids[child.key],
        who="照护人住院，孩子独自在家",
        where=village.name,
        how_found="入户走访 / On a household visit",
    )
    raised = await stage.registry(stage.village(child.village)).raise_danger_report(
        body, key=stage.key("danger")
    )
    await stage.come_to(moment(DANGER, 8, 30))
    await stage.swept()
    await stage.come_to(moment(DANGER, 10))
    await stage.swept()
    refer = ReferDangerReport(referred_to="民政 / Civil affairs")
    helping = stage.registry(stage.village(child.village))
    await helping.refer_danger_report(raised.id, refer, key=stage.key("danger referred"))
    registry = stage.registry(stage.township)
    await registry.acknowledge_danger_report(raised.id, key=stage.key("danger acknowledged"))
    await stage.come_to(moment(DANGER, 18))
    handled = HandleDangerReport(outcome="由姑姑临时照护，照护人出院后回家")
    await registry.handle_danger_report(raised.id, handled, key=stage.key("danger handled"))
    result = ReturnDangerResult(answer="孩子已由亲属照护 / The child is with relatives")
    await registry.return_danger_result(raised.id, result, key=stage.key("danger result"))
    return raised.id
