"""Who arranges a checkup, for whom, and how long it lets a health centre read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from services.language import PartyKind
from services.registry.checkups.api import (
    CampaignStatus,
    CloseFinding,
    ConfirmCheckupCampaign,
    OpenCheckupCampaign,
    ProposeCheckupCampaign,
    RaiseFinding,
    RecordCheckup,
    RecordMissedCheckup,
    TreatFinding,
)
from services.registry.checkups.commands import OpenCheckupCampaign as Opening
from services.registry.checkups.reaction import LASTS, campaigns_over
from services.registry.checkups.rules import CHECKUP_DECIDER
from services.registry.children.api import ExitChild
from services.registry.children.events import Address, ExitReason
from services.registry.organisations.api import FoundOrganisation
from shared.access import OPERATOR, Caller
from shared.client import NotAllowed, NotFound, Refused
from shared.commands import Context, Decision
from shared.testing.api import caller
from tests.registry.conftest import OTHER_VILLAGE, TOWNSHIP, VILLAGE

if TYPE_CHECKING:
    from tests.registry.conftest import Township
else:
    Township = object

DAY = date(2025, 5, 12)


def of_school(there: Township, *children: UUID, **fields: Any) -> OpenCheckupCampaign:
    known = {
        "school_id": there.organisation(there.school),
        "health_centre_id": there.organisation(there.health_centre),
        "on": DAY,
        "children": children,
    }
    return OpenCheckupCampaign.model_validate({**known, **fields})


def of_village(there: Township, *children: UUID) -> OpenCheckupCampaign:
    return of_school(there, *children, school_id=None, village=VILLAGE)


async def founded(there: Township, kind: PartyKind, division: str) -> Caller:
    operator = there.of(caller(OPERATOR))
    party = FoundOrganisation(kind=PartyKind.TOWNSHIP, name="另一镇", division=division)
    leader = caller(
        PartyKind.TOWNSHIP,
        division=division,
        organisation=(await operator.found_organisation(party)).id,
    )
    other = FoundOrganisation(kind=kind, name="另一处", division=division)
    founded = await there.of(leader).found_organisation(other)
    return caller(kind, division=division, organisation=founded.id)


async def sees(there: Township, child_id: UUID, who: Caller | None = None) -> bool:
    """Whether the health centre reads the child's file, and finds it in its list."""
    centre = there.of(who or there.health_centre)
    listed = child_id in [one.id for one in (await centre.list_children(limit=500)).items]
    try:
        await centre.get_child(child_id)
    except NotFound:
        assert not listed
        return False
    assert listed
    return True


# -- who arranges it -------------------------------------------------------------------------------------


async def test_a_health_centre_arranges_nothing_by_itself(there: Township) -> None:
    """By its own campaign it would give itself any child's file."""
    child_id = (await there.child()).id
    with pytest.raises(NotAllowed):
        await there.of(there.health_centre).open_checkup_campaign(of_school(there, child_id))
    assert not await sees(there, child_id)


async def test_a_proposal_gives_no_child_until_it_is_confirmed(there: Township) -> None:
    """The centre offers a day, the school says for whom; not the other way round."""
    child_id = (await there.child()).id
    centre, school = there.of(there.health_centre), there.of(there.school)
    offer = ProposeCheckupCampaign(school_id=there.organisation(there.school), on=DAY)
    campaign_id = (await centre.propose_checkup_campaign(offer)).id
    assert (await school.get_checkup_campaign(campaign_id)).status is CampaignStatus.PROPOSED
    with pytest.raises(Refused) as early:
        await centre.record_checkup(campaign_id, RecordCheckup(child_id=child_id, on=DAY))
    assert early.value.code == "not-confirmed"
    with pytest.raises(NotAllowed):
        await centre.confirm_checkup_campaign(campaign_id, ConfirmCheckupCampaign(children=(child_id,)))
    assert not await sees(there, child_id)
    await school.confirm_checkup_campaign(campaign_id, ConfirmCheckupCampaign(children=(child_id,)))
    assert await sees(there, child_id)
    (listed,) = (await centre.get_checkup_campaign(campaign_id)).examinations
    assert listed.child_id == child_id


async def test_a_proposal_is_declined_or_withdrawn(there: Township) -> None:
    """By the school or by the centre; another school finds no such offer."""
    offer = ProposeCheckupCampaign(school_id=there.organisation(there.school), on=DAY)
    for party in (there.school, there.health_centre, there.township):
        campaign_id = (await there.of(there.health_centre).propose_checkup_campaign(offer)).id
        with pytest.raises(NotFound):
            await there.of(there.other_school).drop_checkup_proposal(campaign_id)
        await there.of(party).drop_checkup_proposal(campaign_id)
        dropped = await there.of(there.school).get_checkup_campaign(campaign_id)
        assert dropped.status is CampaignStatus.DROPPED


async def test_centre_and_school_are_of_one_township(there: Township) -> None:
    """Refused with the field named, whoever arranges or offers it."""
    child_id = (await there.child()).id
    stranger = await founded(there, PartyKind.HEALTH_CENTRE, "331082105")
    body = of_school(there, child_id, health_centre_id=there.organisation(stranger))
    for party in (there.school, there.township):
        with pytest.raises(Refused) as refused:
            await there.of(party).open_checkup_campaign(body)
        assert (refused.value.code, refused.value.field) == ("centre-elsewhere", "health_centre_id")
    offer = ProposeCheckupCampaign(school_id=there.organisation(there.school), on=DAY)
    with pytest.raises(Refused) as refused:
        await there.of(stranger).propose_checkup_campaign(offer)
    assert refused.value.code == "centre-elsewhere"
    assert not await sees(there, child_id, stranger)


async def test_each_arranges_for_its_own_children(there: Township) -> None:
    """A school for its pupils, a village for its own, the township for both; the federation for none."""
    child_id = (await there.child()).id
    for stranger in (there.other_school, there.village, caller(PartyKind.TOWNSHIP, division="331082104")):
        with pytest.raises(NotAllowed):
            await there.of(stranger).open_checkup_campaign(of_school(there, child_id))
    with pytest.raises(NotAllowed):
        await there.of(there.federation).open_checkup_campaign(of_school(there, child_id))
    await there.of(there.township).open_checkup_campaign(of_school(there, child_id))
    assert await sees(there, child_id)


async def test_of_other_children_nothing_is_said(there: Township) -> None:
    """A child of another school, one that has left and an unknown one are refused alike."""
    school, other = there.of(there.school), there.organisation(there.other_school)
    pupil, foreign = await there.child(), (await there.child(school_id=other)).id
    offer = ProposeCheckupCampaign(school_id=there.organisation(there.school), on=DAY)
    proposed = (await there.of(there.health_centre).propose_checkup_campaign(offer)).id
    answers = []
    for stranger in (foreign, uuid4()):
        with pytest.raises(Refused) as opening:
            await school.open_checkup_campaign(of_school(there, pupil.id, stranger))
        with pytest.raises(Refused) as confirming:
            await school.confirm_checkup_campaign(
                proposed, ConfirmCheckupCampaign(children=(pupil.id, stranger))
            )
        answers.append([(one.value.status, one.value.code, one.value.field) for one in (opening, confirming)])
    assert answers == [[(422, "not-a-pupil", "children.1")] * 2] * 2


async def test_a_village_arranges_for_those_too_young_for_school(there: Township) -> None:
    """Its children below school age, by village or township; no school child, and of no other village."""
    young = {"birth_date": date(2021, 4, 1), "school_id": None}
    small = (await there.child(**young)).id
    elsewhere = (
        await there.of(there.other_village).open_child_file(
            there.file(address=Address(village=OTHER_VILLAGE), **young)
        )
    ).id
    older = (await there.child(birth_date=date(2015, 4, 1), school_id=None)).id
    village = there.of(there.village)
    for stranger in (elsewhere, older, uuid4()):
        with pytest.raises(Refused) as refused:
            await village.open_checkup_campaign(of_village(there, stranger))
        assert (refused.value.code, refused.value.field) == ("not-too-young-for-school", "children.0")
    with pytest.raises(NotAllowed):
        await there.of(there.other_village).open_checkup_campaign(of_village(there, small))
    campaign_id = (await village.open_checkup_campaign(of_village(there, small))).id
    assert await sees(there, small)
    for party in (there.village, there.township):
        found = await there.of(party).get_checkup_campaign(campaign_id)
        assert (found.village, found.school_id, found.listed) == (VILLAGE, None, 1)


async def test_a_campaign_has_a_school_or_a_village(there: Township) -> None:
    """Both, or neither, is refused."""
    child_id = (await there.child()).id
    for place in ({"village": VILLAGE}, {"school_id": None}):
        with pytest.raises(Refused) as refused:
            await there.of(there.township).open_checkup_campaign(of_school(there, child_id, **place))
        assert refused.value.code == "school-or-village"


# -- how far and how long it reads -----------------------------------------------------------------------


async def test_the_right_ends_with_the_campaign_and_its_findings(there: Township) -> None:
    """After the end the centre reads those with an open finding, and of the campaign the figures."""
    healthy, ill = (await there.child()).id, (await there.child()).id
    school, centre = there.of(there.school), there.of(there.health_centre)
    campaign_id = (await school.open_checkup_campaign(of_school(there, healthy, ill))).id
    for child_id in (healthy, ill):
        await centre.record_checkup(campaign_id, RecordCheckup(child_id=child_id, on=DAY))
    found = RaiseFinding(child_id=ill, on=DAY, finding="贫血")
    finding_id = (await centre.raise_finding(campaign_id, found)).finding_id
    await school.close_checkup_campaign(campaign_id)
    assert [await sees(there, child_id) for child_id in (healthy, ill)] == [False, True]
    (left,) = (await centre.get_checkup_campaign(campaign_id)).examinations
    assert left.child_id == ill
    with pytest.raises(Refused) as late:
        await centre.raise_finding(campaign_id, found)
    assert late.value.code == "campaign-is-closed"
    await centre.treat_finding(campaign_id, finding_id, TreatFinding(on=DAY, treatment="补铁"))
    await centre.close_finding(campaign_id, finding_id, CloseFinding(on=DAY, outcome="已好转"))
    assert not await sees(there, ill)
    assert (await centre.list_findings(child_id=ill)).items == ()
    over = await centre.get_checkup_campaign(campaign_id)
    assert (over.status, over.done, over.examinations) == (CampaignStatus.CLOSED, 2, ())
    (kept,) = (await school.list_findings(child_id=ill)).items
    assert kept.outcome == "已好转"


async def test_a_child_that_leaves_the_school_leaves_the_list(there: Township) -> None:
    """Its new school has confirmed nothing; what was found is still the centre's to follow."""
    healthy, ill, gone = [(await there.child()).id for _ in range(3)]
    school, centre = there.of(there.school), there.of(there.health_centre)
    campaign_id = (await school.open_checkup_campaign(of_school(there, healthy, ill, gone))).id
    await centre.record_checkup(campaign_id, RecordCheckup(child_id=ill, on=DAY))
    await centre.raise_finding(campaign_id, RaiseFinding(child_id=ill, on=DAY, finding="贫血"))
    for child_id in (healthy, ill):
        await there.moved(child_id, there.other_school)
    await school.exit_child(gone, ExitChild(reason=ExitReason.MOVED, on=DAY))
    assert [await sees(there, child_id) for child_id in (healthy, ill, gone)] == [False, True, False]
    assert [one.child_id for one in (await centre.get_checkup_campaign(campaign_id)).examinations] == [ill]


async def test_nothing_is_recorded_of_a_child_that_left_the_list(there: Township) -> None:
    """Neither by its former school nor by the centre; of a closed file by nobody."""
    moved, gone = [(await there.child()).id for _ in range(2)]
    school, centre = there.of(there.school), there.of(there.health_centre)
    campaign_id = (await school.open_checkup_campaign(of_school(there, moved, gone))).id
    await there.moved(moved, there.other_school)
    await school.exit_child(gone, ExitChild(reason=ExitReason.MOVED, on=DAY))
    for party in (school, centre):
        for child_id in (moved, gone):
            with pytest.raises(Refused) as result:
                await party.record_checkup(campaign_id, RecordCheckup(child_id=child_id, on=DAY))
            with pytest.raises(Refused) as absence:
                await party.record_missed_checkup(campaign_id, RecordMissedCheckup(child_id=child_id))
            raised = RaiseFinding(child_id=child_id, on=DAY, finding="贫血")
            with pytest.raises(Refused) as found:
                await party.raise_finding(campaign_id, raised)
            assert {one.value.code for one in (result, absence, found)} == {"not-on-list"}
    assert [await sees(there, child_id) for child_id in (moved, gone)] == [False, False]


async def ill(there: Township, campaign_id: UUID, child_id: UUID) -> UUID:
    """A finding of the child's, raised in the campaign."""
    centre = there.of(there.health_centre)
    await centre.record_checkup(campaign_id, RecordCheckup(child_id=child_id, on=DAY))
    raised = RaiseFinding(child_id=child_id, on=DAY, finding="贫血")
    return (await centre.raise_finding(campaign_id, raised)).finding_id


async def closes(
    there: Township, who: Caller, campaign_id: UUID, finding_id: UUID, outcome: str = "已好转"
) -> int:
    """How the party's closing of the finding is answered."""
    await there.registry.caught_up()
    body = {"on": str(DAY), "outcome": outcome} if outcome else {"on": str(DAY)}
    path = f"/checkups/{campaign_id}/findings/{finding_id}/closing"
    return (await there.registry.request(who, "POST", path, json=body)).status_code


async def test_a_finding_goes_with_the_pupil(there: Township) -> None:
    """The new school treats and closes it, the former one no longer, though the campaign was its own."""
    child_id = (await there.child()).id
    campaign_id = (await there.of(there.school).open_checkup_campaign(of_school(there, child_id))).id
    finding_id = await ill(there, campaign_id, child_id)
    await there.moved(child_id, there.other_school)
    treat = TreatFinding(on=DAY, treatment="补铁")
    with pytest.raises(NotFound):
        await there.of(there.school).treat_finding(campaign_id, finding_id, treat)
    assert await closes(there, there.school, campaign_id, finding_id) == 404
    await there.of(there.other_school).treat_finding(campaign_id, finding_id, treat)
    assert await closes(there, there.township, campaign_id, finding_id, "") == 404
    assert await closes(there, there.other_school, campaign_id, finding_id) == 201


async def test_a_finding_of_a_child_without_school_is_closed_by_village_or_township(there: Township) -> None:
    """They say that it is over and not what came of it, which they do not read; the centre says both."""
    for who in (there.village, there.township):
        child_id = (await there.child(birth_date=date(2021, 4, 1), school_id=None)).id
        campaign_id = (await there.of(there.village).open_checkup_campaign(of_village(there, child_id))).id
        finding_id = await ill(there, campaign_id, child_id)
        assert await closes(there, there.other_village, campaign_id, finding_id, "") == 404
        assert await closes(there, there.school, campaign_id, finding_id) == 404
        assert await closes(there, there.federation, campaign_id, finding_id, "") == 403
        assert await closes(there, there.health_centre, campaign_id, finding_id, "") == 422
        assert await closes(there, who, campaign_id, finding_id) == 403  # writes no health
        assert await closes(there, who, campaign_id, finding_id, "") == 201


async def test_a_centres_right_by_a_finding_ends_where_the_child_leaves(there: Township) -> None:
    """With the file or with the township; who answers for the child then closes what is open."""
    stranger, young = await there.strangers(), {"birth_date": date(2021, 4, 1), "school_id": None}
    away, closed = (await there.child(**young)).id, (await there.child()).id
    of_away = (await there.of(there.village).open_checkup_campaign(of_village(there, away))).id
    of_closed = (await there.of(there.school).open_checkup_campaign(of_school(there, closed))).id
    findings = [await ill(there, of_away, away), await ill(there, of_closed, closed)]
    await there.moved(away, stranger.village)
    await there.of(there.school).exit_child(closed, ExitChild(reason=ExitReason.MOVED, on=DAY))
    for campaign_id, child_id, finding_id in zip((of_away, of_closed), (away, closed), findings, strict=True):
        assert not await sees(there, child_id)
        assert (await there.of(there.health_centre).list_findings(child_id=child_id)).items == ()
        assert await closes(there, there.health_centre, campaign_id, finding_id) == 404
    for former in (there.village, there.township):
        assert await closes(there, former, of_away, findings[0], "") == 404
    assert await closes(there, stranger.township, of_away, findings[0], "") == 201
    treat = TreatFinding(on=DAY, treatment="补铁")
    with pytest.raises(Refused) as refused:
        await there.of(there.school).treat_finding(of_closed, findings[1], treat)
    assert refused.value.code == "file-closed"
    assert await closes(there, there.township, of_closed, findings[1], "") == 201


async def test_a_pupil_who_lives_elsewhere_stays_the_centres(there: Township) -> None:
    """A child that moves to a village of another township and keeps its school is still followed."""
    stranger, child_id = await there.strangers(), (await there.child()).id
    campaign_id = (await there.of(there.school).open_checkup_campaign(of_school(there, child_id))).id
    finding_id = await ill(there, campaign_id, child_id)
    await there.moved(child_id, stranger.village)
    await there.of(there.school).close_checkup_campaign(campaign_id)
    assert await sees(there, child_id)
    assert await closes(there, there.health_centre, campaign_id, finding_id) == 201


async def test_a_centre_reads_no_other_centres_findings(there: Township) -> None:
    """Each its own, though they examine the same child."""
    child_id = (await there.child()).id
    party = FoundOrganisation(kind=PartyKind.HEALTH_CENTRE, name="第二卫生院", division=TOWNSHIP)
    second_id = (await there.of(there.township).found_organisation(party)).id
    second = caller(PartyKind.HEALTH_CENTRE, division=TOWNSHIP, organisation=second_id)
    for centre in (there.health_centre, second):
        body = of_school(there, child_id, health_centre_id=there.organisation(centre))
        campaign_id = (await there.of(there.school).open_checkup_campaign(body)).id
        await there.of(centre).record_checkup(campaign_id, RecordCheckup(child_id=child_id, on=DAY))
        finding = RaiseFinding(child_id=child_id, on=DAY, finding=str(centre.scope.organisation))
        await there.of(centre).raise_finding(campaign_id, finding)
    for centre in (there.health_centre, second):
        found = (await there.of(centre).list_findings(child_id=child_id)).items
        assert [one.finding for one in found] == [str(centre.scope.organisation)]


async def test_a_centre_neither_reads_nor_asks_where_a_child_lives(there: Township) -> None:
    """No card, no village in the file, and no search by village, which would tell it piece by piece."""
    child_id = (await there.child()).id
    await there.of(there.school).open_checkup_campaign(of_school(there, child_id))
    centre = there.of(there.health_centre)
    assert (await centre.get_child(child_id)).village is None
    with pytest.raises(NotAllowed):
        await centre.get_contact_card(child_id)
    with pytest.raises(NotAllowed):
        await centre.list_children(village=VILLAGE)


async def test_of_a_child_off_the_list_nothing_is_said(there: Township) -> None:
    """A child of the school that is not on the list, and an unknown one, are refused alike."""
    listed, other = (await there.child()).id, (await there.child()).id
    campaign_id = (await there.of(there.school).open_checkup_campaign(of_school(there, listed))).id
    for party in (there.health_centre, there.school):
        answers = set()
        for stranger in (other, uuid4()):
            with pytest.raises(Refused) as refused:
                await there.of(party).record_checkup(campaign_id, RecordCheckup(child_id=stranger, on=DAY))
            answers.add((refused.value.status, refused.value.code, refused.value.field))
        assert answers == {(409, "not-on-list", "child_id")}


async def test_what_a_centre_arranged_alone_gives_it_nothing(there: Township) -> None:
    """In logs of the first releases there are such campaigns: they stay, and let nobody read."""
    child_id, campaign_id = (await there.child()).id, uuid4()
    party = there.health_centre.party
    opening = Opening(campaign_id=campaign_id, **dict(of_school(there, child_id)))
    context = Context(
        command_id=uuid4(),
        request_hash=b"",
        actor="doctor",
        party=party,
        division=TOWNSHIP,
        correlation_id=uuid4(),
    )
    await there.registry.runtime.handler.handle(context, Decision(CHECKUP_DECIDER, campaign_id, opening))
    await there.registry.caught_up()
    assert not await sees(there, child_id)
    centre = there.of(there.health_centre)
    assert (await centre.get_checkup_campaign(campaign_id)).examinations == ()
    with pytest.raises(Refused) as refused:
        await centre.record_checkup(campaign_id, RecordCheckup(child_id=child_id, on=DAY))
    assert refused.value.code == "not-confirmed"
    await there.of(there.school).close_checkup_campaign(campaign_id)


async def test_a_forgotten_campaign_ends_by_itself(there: Township) -> None:
    """Sixty days after its day, or after it was arranged, it is closed, and an offer dropped."""
    child_id, on = (await there.child()).id, datetime.now(UTC).date() + timedelta(days=3)
    body = of_school(there, child_id, on=on)
    campaign_id = (await there.of(there.school).open_checkup_campaign(body)).id
    offer = ProposeCheckupCampaign(school_id=there.organisation(there.school), on=on)
    offered = (await there.of(there.health_centre).propose_checkup_campaign(offer)).id
    await there.registry.caught_up()
    views, begun = there.registry.runtime.views(), datetime.combine(on, datetime.min.time(), UTC)
    own = {f"over:{campaign_id}", f"over:{offered}"}
    in_time = await campaigns_over.sweep(views, begun + LASTS)
    too_late = await campaigns_over.sweep(views, begun + LASTS + timedelta(days=1))
    assert own & {order.key for order in in_time} == set()
    assert own <= {order.key for order in too_late}
    assert campaigns_over.next_time is not None
    first = await campaigns_over.next_time(views, begun)
    assert first is not None
    assert first <= begun + LASTS + timedelta(days=1)
