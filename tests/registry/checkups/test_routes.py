"""Checkup campaigns over HTTP."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from services.language import PartyKind
from services.registry.checkups.api import (
    CloseFinding,
    ExaminationStatus,
    FindingStage,
    OpenCheckupCampaign,
    RaiseFinding,
    RecordCheckup,
    RecordMissedCheckup,
    ReferFinding,
    TreatFinding,
)
from services.registry.children.shown import ON_A_CHECKUP_LIST
from shared.client import NotAllowed, NotFound
from shared.testing.api import caller

if TYPE_CHECKING:
    from tests.registry.conftest import Township
else:
    Township = object

DAY = date(2025, 5, 12)


async def arranged(there: Township, *children: UUID) -> UUID:
    body = OpenCheckupCampaign(
        school_id=there.organisation(there.school),
        health_centre_id=there.organisation(there.health_centre),
        on=DAY,
        children=children,
    )
    return (await there.of(there.school).open_checkup_campaign(body)).id


async def test_a_campaign_is_recorded(there: Township) -> None:
    """Who was examined with which result, and who was absent, shows in the campaign."""
    seen, absent = (await there.child(name="体检甲")).id, (await there.child(name="体检乙")).id
    campaign_id = await arranged(there, seen, absent)
    centre = there.of(there.health_centre)
    await centre.record_checkup(
        campaign_id, RecordCheckup(child_id=seen, on=DAY, height_cm=Decimal("132.5"), decayed_teeth=2)
    )
    await centre.record_missed_checkup(campaign_id, RecordMissedCheckup(child_id=absent, reason="请假"))
    campaign = await centre.get_checkup_campaign(campaign_id)
    assert (campaign.listed, campaign.done, campaign.missed) == (2, 1, 1)
    done, missed = sorted(campaign.examinations, key=lambda one: str(one.status))
    assert (done.name, done.height_cm, done.decayed_teeth) == ("体检甲", Decimal("132.5"), 2)
    assert (missed.name, missed.status, missed.height_cm) == ("体检乙", ExaminationStatus.MISSED, None)
    assert campaign_id in [one.id for one in (await centre.list_checkup_campaigns()).items]


async def test_a_finding_is_followed_until_it_is_closed(there: Township) -> None:
    """Each step shows in the list of findings, for the health centre and for the school."""
    child_id = (await there.child()).id
    campaign_id = await arranged(there, child_id)
    centre, school = there.of(there.health_centre), there.of(there.school)
    await centre.record_checkup(campaign_id, RecordCheckup(child_id=child_id, on=DAY))
    raised = await centre.raise_finding(
        campaign_id, RaiseFinding(child_id=child_id, on=DAY, finding="视力低下")
    )
    finding_id = raised.finding_id
    await centre.refer_finding(
        campaign_id, finding_id, ReferFinding(referred_to="市医院", on=date(2025, 5, 14))
    )
    await school.treat_finding(campaign_id, finding_id, TreatFinding(on=date(2025, 5, 20), treatment="配镜"))
    (open_,) = (await school.list_findings(child_id=child_id)).items
    assert (open_.stage, open_.finding, open_.referred_to) == (FindingStage.TREATED, "视力低下", "市医院")
    await centre.close_finding(campaign_id, finding_id, CloseFinding(on=date(2025, 5, 26), outcome="已矫正"))
    (closed,) = (await centre.list_findings(child_id=child_id, stage=FindingStage.CLOSED)).items
    assert (closed.id, closed.outcome, closed.closed_on) == (finding_id, "已矫正", date(2025, 5, 26))


async def test_a_health_centre_reads_whom_it_examines(there: Township) -> None:
    """Name and health of the children on its lists, nobody else, and no phone."""
    listed, other = await there.child(health_status="哮喘", family_situation="离异"), await there.child()
    await arranged(there, listed.id)
    centre = there.of(there.health_centre)
    child = await centre.get_child(listed.id)
    assert (child.health_status, child.family_situation) == ("哮喘", None)
    with pytest.raises(NotFound):
        await centre.get_child(other.id)


async def test_a_health_centre_reads_nothing_of_a_childs_home(there: Township) -> None:
    """Who looks after the child, where its parents are, its resident ID and hobbies are not for a checkup."""
    child_id = (await there.child(hobbies="画画", ethnicity="汉族")).id
    await arranged(there, child_id)
    await there.registry.caught_up()
    whole = await there.registry.request(there.school, "GET", f"/children/{child_id}")
    answer = await there.registry.request(there.health_centre, "GET", f"/children/{child_id}")
    assert answer.json().keys() - ON_A_CHECKUP_LIST == set()
    assert {"parents", "hobbies", "ethnicity", "address"} <= whole.json().keys()
    (row,) = (await there.registry.request(there.health_centre, "GET", "/children?limit=1")).json()["items"]
    assert row.keys() - ON_A_CHECKUP_LIST == set()


async def test_a_township_sees_coverage_and_no_results(there: Township) -> None:
    """Who came is the township's business, what was found is not."""
    child_id = (await there.child()).id
    campaign_id = await arranged(there, child_id)
    await there.of(there.health_centre).record_checkup(
        campaign_id, RecordCheckup(child_id=child_id, on=DAY, height_cm=Decimal("132.5"))
    )
    await there.registry.caught_up()
    answer = await there.registry.request(there.township, "GET", f"/checkups/{campaign_id}")
    assert answer.json()["done"] == 1
    assert "132.5" not in answer.text


async def test_a_township_sees_how_many_and_not_who(there: Township) -> None:
    """A list of one, with what was found on its day, would name the child."""
    child_id = (await there.child()).id
    campaign_id = await arranged(there, child_id)
    for figures in (there.township, there.federation):
        campaign = await there.of(figures).get_checkup_campaign(campaign_id)
        assert (campaign.listed, campaign.examinations) == (1, ())
        with pytest.raises(NotAllowed):
            await there.of(figures).list_findings()


async def test_campaigns_are_the_schools_and_the_centres_own(there: Township) -> None:
    """Another school, a village and another township find nothing of it."""
    child_id = (await there.child()).id
    campaign_id = await arranged(there, child_id)
    elsewhere = caller(PartyKind.TOWNSHIP, division="331082104")
    for stranger in (there.other_school, there.village, elsewhere):
        with pytest.raises(NotFound):
            await there.of(stranger).get_checkup_campaign(campaign_id)
    with pytest.raises(NotFound):
        await there.of(there.other_school).record_checkup(
            campaign_id, RecordCheckup(child_id=child_id, on=DAY)
        )


async def test_many_clerks_record_one_campaign(there: Township) -> None:
    """Forty results of one campaign sent at once are all recorded."""
    children = [receipt.id for receipt in await asyncio.gather(*(there.child() for _ in range(40)))]
    campaign_id = await arranged(there, *children)
    centre = there.of(there.health_centre)
    await asyncio.gather(
        *(
            centre.record_checkup(campaign_id, RecordCheckup(child_id=child_id, on=DAY))
            for child_id in children
        )
    )
    assert (await centre.get_checkup_campaign(campaign_id)).done == 40
