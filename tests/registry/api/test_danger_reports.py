"""Danger reports over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from services.language import PartyKind
from services.registry.contracts import DangerStatus, HandleDangerReport, RaiseDangerReport, ReferDangerReport
from services.registry.events import DangerCode
from shared.client import NotAllowed, NotFound, Refused
from shared.testing.api import caller
from tests.callers import fitting

if TYPE_CHECKING:
    from tests.registry.api.conftest import Township
else:
    Township = object

ALONE = RaiseDangerReport(
    code=DangerCode.LIVING_ALONE, division="331082103201", how_found="邻居发现", reporter="邻居王某"
)


async def test_anyone_raises_a_report(there: Township) -> None:
    """A mentor, a reader, the youth league: nothing stands between them and the report."""
    for kind, role in (
        (PartyKind.MENTOR, "officer"),
        (PartyKind.VILLAGE, "reader"),
        (PartyKind.YOUTH_LEAGUE, "officer"),
        (PartyKind.COUNTY, "officer"),
    ):
        who = fitting(kind, township="331082103", organisation=uuid4(), role=role)
        receipt = await there.of(who).raise_danger_report(ALONE)
        assert (await there.of(who).get_danger_report(receipt.id)).status is DangerStatus.RAISED


async def test_a_report_is_dealt_with(there: Township) -> None:
    """Acknowledged by the village, referred, handled, and the result given back."""
    reporter = caller(PartyKind.SCHOOL, division="331082103", organisation=uuid4())
    report_id = (await there.of(reporter).raise_danger_report(ALONE)).id
    village = there.of(there.village)
    with pytest.raises(Refused) as early:
        await village.handle_danger_report(report_id, HandleDangerReport(outcome="已接回"))
    assert early.value.code == "not-acknowledged"
    await village.acknowledge_danger_report(report_id)
    await village.refer_danger_report(report_id, ReferDangerReport(referred_to="派出所"))
    await there.of(there.federation).handle_danger_report(report_id, HandleDangerReport(outcome="已接回"))
    await there.of(there.township).return_danger_result(report_id)
    report = await there.of(reporter).get_danger_report(report_id)
    assert (report.status, report.outcome, report.referred_to) == (
        DangerStatus.CLOSED,
        "已接回",
        ("派出所",),
    )
    assert report.acknowledged_by == there.village.party
    listed = await village.list_danger_reports(status=DangerStatus.CLOSED)
    assert report_id in [one.id for one in listed.items]


async def test_a_report_is_read_by_its_party_and_those_who_answer(there: Township) -> None:
    """Another village, another township and another school find no such report."""
    report_id = (await there.of(there.school).raise_danger_report(ALONE)).id
    for reader in (there.school, there.village, there.township, there.federation):
        assert (await there.of(reader).get_danger_report(report_id)).how_found == "邻居发现"
    for stranger in (
        there.other_village,
        there.other_school,
        there.health_centre,
        caller(PartyKind.TOWNSHIP, division="331082104"),
        caller(PartyKind.MENTOR, person=uuid4()),
    ):
        with pytest.raises(NotFound):
            await there.of(stranger).get_danger_report(report_id)
        assert report_id not in [one.id for one in (await there.of(stranger).list_danger_reports()).items]


async def test_only_those_who_answer_act(there: Township) -> None:
    """The reporter reads the report but does not acknowledge it; another village knows nothing of it."""
    report_id = (await there.of(there.school).raise_danger_report(ALONE)).id
    with pytest.raises(NotAllowed):
        await there.of(there.school).acknowledge_danger_report(report_id)
    with pytest.raises(NotFound):
        await there.of(there.other_village).acknowledge_danger_report(report_id)


async def test_a_known_child_tells_where(there: Township) -> None:
    """The division follows from the child's file; without either it is asked for."""
    child_id = (await there.child()).id
    mentor = there.of(caller(PartyKind.MENTOR, person=uuid4()))
    told = RaiseDangerReport(code=DangerCode.ABUSE, child_id=child_id, how_found="身上有伤")
    report_id = (await mentor.raise_danger_report(told)).id
    assert (await there.of(there.village).get_danger_report(report_id)).child_id == child_id
    with pytest.raises(Refused) as nowhere:
        await mentor.raise_danger_report(RaiseDangerReport(code=DangerCode.OTHER, how_found="路上哭"))
    assert (nowhere.value.code, nowhere.value.field) == ("where-needed", "division")
