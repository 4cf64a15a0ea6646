"""Danger reports over HTTP: who raises them, who reads them, and what of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from services.language import PartyKind
from services.registry.danger_reports.api import (
    DangerReportView,
    DangerStatus,
    HandleDangerReport,
    RaiseDangerReport,
    ReferDangerReport,
    ReopenDangerReport,
    ReturnDangerResult,
    WithholdDangerReport,
)
from services.registry.danger_reports.events import DangerCode
from shared.access import OPERATOR, Caller
from shared.client import NotAllowed, NotFound, Refused
from shared.testing.api import OPERATOR_CALLER, caller
from tests.callers import fitting

if TYPE_CHECKING:
    from tests.registry.conftest import Township
else:
    Township = object

ALONE = RaiseDangerReport(
    code=DangerCode.LIVING_ALONE, division="331082103201", how_found="邻居发现", reporter="邻居王某"
)
COUNTY = caller(PartyKind.COUNTY, division="331082")
DONE = HandleDangerReport(outcome="已接回")


def against(*accused: str) -> RaiseDangerReport:
    """The same, with somebody accused."""
    return ALONE.model_copy(update={"accused": accused})


async def raised(there: Township, who: Caller, report: RaiseDangerReport = ALONE) -> UUID:
    """The id of a report that somebody has raised."""
    return (await there.of(who).raise_danger_report(report)).id


async def handled(there: Township, report_id: UUID, who: Caller) -> None:
    """The report was taken up and handled."""
    await there.of(who).acknowledge_danger_report(report_id)
    await there.of(who).handle_danger_report(report_id, DONE)


async def finds(there: Township, who: Caller, report_id: UUID) -> bool:
    """Whether somebody finds the report; by its id as in the list."""
    listed = [one.id for one in (await there.of(who).list_danger_reports(limit=500)).items]
    try:
        found = await there.of(who).get_danger_report(report_id)
    except NotFound:
        assert report_id not in listed
        return False
    assert listed.count(found.id) == 1
    return True


async def test_anyone_raises_a_report(there: Township) -> None:
    """A mentor, a reader, the youth league: nothing stands between them and the report."""
    for kind, role in (
        (PartyKind.MENTOR, "officer"),
        (PartyKind.VILLAGE, "reader"),
        (PartyKind.YOUTH_LEAGUE, "officer"),
        (PartyKind.COUNTY, "officer"),
    ):
        who = fitting(kind, township="331082103", organisation=uuid4(), role=role)
        report_id = await raised(there, who)
        report = await there.of(who).get_danger_report(report_id)
        assert (report.status, report.how_found) == (DangerStatus.RAISED, "邻居发现")


async def test_a_report_is_dealt_with(there: Township) -> None:
    """Referred at once by the village, acknowledged and handled by the township, the result given back."""
    reporter = caller(PartyKind.SCHOOL, division="331082103", organisation=uuid4())
    report_id = await raised(there, reporter)
    village, township = there.of(there.village), there.of(there.township)
    await village.refer_danger_report(report_id, ReferDangerReport(referred_to="派出所"))
    with pytest.raises(Refused) as early:
        await township.handle_danger_report(report_id, DONE)
    assert early.value.code == "not-acknowledged"
    await township.acknowledge_danger_report(report_id)
    await township.handle_danger_report(report_id, DONE)
    report = await there.of(reporter).get_danger_report(report_id)
    assert (report.status, report.outcome, report.result) == (DangerStatus.HANDLED, None, None)
    await township.return_danger_result(report_id)
    report = await there.of(reporter).get_danger_report(report_id)
    assert (report.status, report.outcome, report.referred_to) == (
        DangerStatus.CLOSED,
        "已接回",
        ("派出所",),
    )
    assert report.acknowledged_by == there.township.party
    await there.of(there.federation).refer_danger_report(report_id, ReferDangerReport(referred_to="医院"))
    (listed,) = [
        one
        for one in (await village.list_danger_reports(status=DangerStatus.CLOSED, limit=500)).items
        if one.id == report_id
    ]
    assert listed.referred_to == ("派出所", "医院")


async def test_who_reported_is_known_to_the_handlers_alone(there: Township) -> None:
    """Neither the village nor the federation, nor the school that raised it, reads who reported."""
    report_id = await raised(there, there.school, against("village:331082103202"))
    known = await there.of(there.township).get_danger_report(report_id)
    assert (known.raised_by, known.raised_by_person, known.reporter, known.accused) == (
        there.school.party,
        there.school.subject,
        "邻居王某",
        ("village:331082103202",),
    )
    hidden = {"raised_by", "raised_by_person", "reporter", "accused", "withheld_from"}
    for reader in (there.village, there.federation, there.school):
        report = await there.of(reader).get_danger_report(report_id)
        (listed,) = [
            one
            for one in (await there.of(reader).list_danger_reports(limit=500)).items
            if one.id == report_id
        ]
        for told in (report, listed):
            assert told.how_found == "邻居发现"
            assert told.model_fields_set & hidden == set()


async def test_nothing_in_the_log_beside_the_report_says_who_raised_it(there: Township) -> None:
    """The envelope names nobody, and in the event all that does is marked as the reporter's."""
    receipt = await there.of(there.village).raise_danger_report(ALONE)
    position = int(receipt.position.partition(":")[2])
    (event,) = await there.of(OPERATOR_CALLER).read_events(after=position - 1, limit=1, reveal="测试")
    assert (event.metadata.actor, event.metadata.party) == ("-", "public:-")
    told = {name: said for name, said in event.data.items() if said is not None}
    assert told.keys() - {"raised_by", "raised_by_person", "reporter", "receipt"} == {
        *("report_id", "code", "division", "how_found", "at", "accused")
    }
    assert receipt.code not in str(event)


async def test_a_village_closes_nothing(there: Township) -> None:
    """It may help and refer; what comes of the report is for the township, and so for the federation."""
    report_id = await raised(there, there.school)
    for helper in (there.village, there.federation):
        await there.of(helper).acknowledge_danger_report(report_id)
        with pytest.raises(NotAllowed):
            await there.of(helper).handle_danger_report(report_id, DONE)
    assert (await there.of(there.township).get_danger_report(report_id)).status is DangerStatus.RAISED
    await handled(there, report_id, there.township)
    for helper in (there.village, there.federation):
        for close in (
            there.of(helper).return_danger_result(report_id),
            there.of(helper).reopen_danger_report(report_id, ReopenDangerReport(reason="不对")),
            there.of(helper).withhold_danger_report(report_id, WithholdDangerReport(parties=())),
        ):
            with pytest.raises(NotAllowed):
                await close
    report = await there.of(there.township).get_danger_report(report_id)
    assert set(report.helped_by) == {there.village.party, there.federation.party}


async def test_who_is_accused_neither_reads_nor_acts(there: Township) -> None:
    """Village, federation and township, each accused, find no such report; the others do."""
    parties = {
        "village:331082103201": there.village,
        "womens_federation:331082103": there.federation,
        "township:331082103": there.township,
    }
    for accused, who in parties.items():
        report_id = await raised(there, there.school, against(accused))
        assert not await finds(there, who, report_id)
        for other in {*parties.values()} - {who}:
            assert await finds(there, other, report_id)
        client = there.of(who)
        for act in (
            client.acknowledge_danger_report(report_id),
            client.refer_danger_report(report_id, ReferDangerReport(referred_to="派出所")),
        ):
            with pytest.raises(NotFound):
                await act
        assert await finds(there, COUNTY, report_id) is (who is there.township)
    with pytest.raises(NotFound):
        await there.of(there.township).handle_danger_report(report_id, DONE)


async def test_an_accuser_that_is_accused_finds_it_no_more(there: Township) -> None:
    """A colleague reports the own village: it is kept from the village all the same."""
    report_id = await raised(there, there.village, against("village:331082103201"))
    assert not await finds(there, there.village, report_id)
    assert await finds(there, there.township, report_id)


async def test_a_report_is_withheld(there: Township) -> None:
    """The township keeps it from the village, and lets it in again; never from the county."""
    report_id = await raised(there, there.school)
    township = there.of(there.township)
    keep = WithholdDangerReport(parties=("village:331082103201", f"school:{there.school.scope.organisation}"))
    await township.withhold_danger_report(report_id, keep)
    for kept_from in (there.village, there.school):
        assert not await finds(there, kept_from, report_id)
    with pytest.raises(NotFound):
        await there.of(there.village).refer_danger_report(report_id, ReferDangerReport(referred_to="民政"))
    assert (await township.get_danger_report(report_id)).withheld_from == keep.parties[::-1]
    await township.withhold_danger_report(report_id, WithholdDangerReport(parties=()))
    assert await finds(there, there.village, report_id)
    for above in ("county:331082", "township:331082103"):
        with pytest.raises(NotAllowed):
            await township.withhold_danger_report(report_id, WithholdDangerReport(parties=(above,)))


async def test_a_report_is_read_by_its_party_and_those_who_answer(there: Township) -> None:
    """Another village, another township and another school find no such report."""
    report_id = await raised(there, there.school)
    for reader in (there.school, there.village, there.township, there.federation):
        assert (await there.of(reader).get_danger_report(report_id)).how_found == "邻居发现"
    for stranger in (
        there.other_village,
        there.other_school,
        there.health_centre,
        caller(PartyKind.TOWNSHIP, division="331082104"),
        caller(PartyKind.MENTOR, person=uuid4()),
        caller(PartyKind.COUNTY, division="331083"),
        COUNTY,
        caller(OPERATOR),
    ):
        assert not await finds(there, stranger, report_id)


async def test_only_those_who_answer_act(there: Township) -> None:
    """The reporter reads the report but does not acknowledge it; another village knows nothing of it."""
    report_id = await raised(there, there.school)
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
    for nowhere in (
        RaiseDangerReport(code=DangerCode.OTHER, how_found="路上哭"),
        RaiseDangerReport(code=DangerCode.OTHER, how_found="路上哭", child_id=uuid4()),
    ):
        with pytest.raises(Refused) as refused:
            await mentor.raise_danger_report(nowhere)
        assert (refused.value.code, refused.value.field) == ("where-needed", "division")


async def test_a_report_goes_where_the_child_is(there: Township) -> None:
    """Not where its sender says: another township's code sends it to nobody else, and tells nobody where."""
    child_id = (await there.child()).id
    elsewhere = caller(PartyKind.SCHOOL, division="331082104", organisation=uuid4())
    for sender in (elsewhere, there.school):
        sent = ALONE.model_copy(update={"child_id": child_id, "division": "331082104201"})
        report_id = await raised(there, sender, sent)
        assert await finds(there, there.township, report_id)
        assert await finds(there, there.village, report_id)
        assert not await finds(there, caller(PartyKind.TOWNSHIP, division="331082104"), report_id)
    report_id = await raised(there, elsewhere, sent)
    assert (await there.of(elsewhere).get_danger_report(report_id)).division is None


async def test_an_unknown_child_is_no_reason_to_refuse(there: Township) -> None:
    """Whether there is such a file is not told: the report goes to the place that was given."""
    report_id = await raised(there, there.other_school, ALONE.model_copy(update={"child_id": uuid4()}))
    assert await finds(there, there.village, report_id)


async def test_a_place_that_nobody_here_serves_is_refused(there: Township) -> None:
    """The report would reach nobody; the way out is the police."""
    with pytest.raises(Refused) as refused:
        await raised(there, there.school, ALONE.model_copy(update={"division": "110101001001"}))
    assert refused.value.code == "place-not-served"
    assert "110" in str(refused.value.way_out)


async def test_the_result_is_given_back_as_the_handler_puts_it(there: Township) -> None:
    """What the reporter is told may be less than the outcome; then the outcome is not theirs to read."""
    report_id = await raised(there, there.other_school)
    await handled(there, report_id, there.township)
    told = ReturnDangerResult(answer="孩子已安全，谢谢")
    await there.of(there.township).return_danger_result(report_id, told)
    report = await there.of(there.other_school).get_danger_report(report_id)
    assert (report.result, report.outcome) == ("孩子已安全，谢谢", None)
    known: DangerReportView = await there.of(there.township).get_danger_report(report_id)
    assert (known.result, known.outcome) == ("孩子已安全，谢谢", "已接回")


async def test_a_retry_is_told_the_same_receipt(there: Township) -> None:
    """The code is made once, though it is random."""
    client, key = there.of(there.school), uuid4()
    first: Any = await client.raise_danger_report(ALONE, key=key)
    assert await client.raise_danger_report(ALONE, key=key) == first


async def test_no_log_line_says_who_reported(there: Township) -> None:
    """Raising is logged without its party and token; reading, by whom."""
    with capture_logs() as logged:
        await raised(there, there.school)
        await there.of(there.township).list_danger_reports()
    lines = {line["method"]: line for line in logged if line["event"] == "request"}
    assert (lines["POST"]["party"], lines["POST"]["token"]) == (None, None)
    assert lines["GET"]["party"] == there.township.party


async def test_an_accused_township_learns_nothing_from_who_read(there: Township) -> None:
    """The school that raised the report and the county read it: the county sees its own readers alone."""
    child_id = (await there.child()).id
    report = against("township:331082103").model_copy(update={"child_id": child_id})
    report_id = await raised(there, there.school, report)
    for reader in (there.school, COUNTY):
        await there.of(reader).get_danger_report(report_id)
    seen = (await there.of(there.township).list_accesses(child_id=child_id)).items
    assert not any("danger" in (one.operation or "") or "rights" in one.classes for one in seen)
    known = (await there.of(COUNTY).list_accesses(child_id=child_id)).items
    assert {one.party for one in known if one.operation == "get_danger_report"} == {COUNTY.party}
