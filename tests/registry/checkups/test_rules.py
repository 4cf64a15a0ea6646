"""The health checkup campaign."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from services.dates import BeforeItBegan, InTheFuture
from services.registry.checkups import commands as c
from services.registry.checkups.events import (
    CheckupCampaignClosed,
    CheckupCampaignOpened,
    CheckupCampaignProposed,
    CheckupDone,
    CheckupMissed,
    CheckupProposalDropped,
    FindingClosed,
    FindingRaised,
    FindingReferred,
    FindingTreated,
)
from services.registry.checkups.rules import CHECKUP_DECIDER
from shared.testing.scenarios import given

ID, SCHOOL, CENTRE, CHILD, OTHER, FINDING = (UUID(int=number) for number in range(1, 7))
ON, TODAY = date(2025, 5, 12), date(2025, 5, 20)
open_it = c.OpenCheckupCampaign(
    campaign_id=ID, school_id=SCHOOL, health_centre_id=CENTRE, on=ON, children=(CHILD,)
)
opened = CheckupCampaignOpened(
    campaign_id=ID, school_id=SCHOOL, health_centre_id=CENTRE, on=ON, children=(CHILD,)
)
examine = c.RecordCheckup(campaign_id=ID, child_id=CHILD, on=ON, height_cm=Decimal("132.5"), today=TODAY)
done = CheckupDone(campaign_id=ID, child_id=CHILD, on=ON, height_cm=Decimal("132.5"))
miss = c.RecordMissedCheckup(campaign_id=ID, child_id=CHILD, reason="请假")
missed = CheckupMissed(campaign_id=ID, child_id=CHILD, reason="请假")
find = c.RaiseFinding(
    campaign_id=ID, finding_id=FINDING, child_id=CHILD, on=ON, finding="视力低下", today=TODAY
)
raised = FindingRaised(campaign_id=ID, finding_id=FINDING, child_id=CHILD, on=ON, finding="视力低下")
refer = c.ReferFinding(
    campaign_id=ID, finding_id=FINDING, referred_to="市医院", on=date(2025, 5, 14), today=TODAY
)
referred = FindingReferred(
    campaign_id=ID, finding_id=FINDING, child_id=CHILD, referred_to="市医院", on=date(2025, 5, 14)
)
treat = c.TreatFinding(
    campaign_id=ID, finding_id=FINDING, on=date(2025, 5, 16), treatment="配镜", today=TODAY
)
treated = FindingTreated(
    campaign_id=ID, finding_id=FINDING, child_id=CHILD, on=date(2025, 5, 16), treatment="配镜"
)
close = c.CloseFinding(campaign_id=ID, finding_id=FINDING, on=TODAY, outcome="矫正", today=TODAY)
closed = FindingClosed(campaign_id=ID, finding_id=FINDING, child_id=CHILD, on=TODAY, outcome="矫正")


def test_a_campaign_is_opened_for_somebody() -> None:
    """A campaign lists at least one child, and opens once."""
    given(CHECKUP_DECIDER).when(open_it).then(opened)
    given(CHECKUP_DECIDER, opened).when(open_it).then_refused(c.CampaignAlreadyOpened)
    given(CHECKUP_DECIDER).when(open_it.model_copy(update={"children": ()})).then_refused(c.NobodyToExamine)


def test_a_listed_child_is_examined_once() -> None:
    """The same result again is no news, another one is refused."""
    given(CHECKUP_DECIDER, opened).when(examine).then(done)
    given(CHECKUP_DECIDER, opened, done).when(examine).then_nothing()
    taller = examine.model_copy(update={"height_cm": Decimal("152.5")})
    given(CHECKUP_DECIDER, opened, done).when(taller).then_refused(c.AlreadyExamined)
    given(CHECKUP_DECIDER).when(examine).then_refused(c.CampaignUnknown)


def test_only_listed_children_are_examined() -> None:
    """Who is not on the list is for the next campaign."""
    for command in (examine, miss, find):
        other = command.model_copy(update={"child_id": OTHER})
        given(CHECKUP_DECIDER, opened).when(other).then_refused(c.NotOnList)


def test_an_absent_child_is_recorded() -> None:
    """Absent twice is absent; who was examined was not absent; who was absent can come later."""
    given(CHECKUP_DECIDER, opened).when(miss).then(missed)
    given(CHECKUP_DECIDER, opened, missed).when(miss).then_nothing()
    given(CHECKUP_DECIDER, opened, done).when(miss).then_refused(c.AlreadyExamined)
    given(CHECKUP_DECIDER, opened, missed).when(examine).then(done)


def test_a_checkup_was_not_tomorrow() -> None:
    """Results are of today or before."""
    later = examine.model_copy(update={"on": date(2025, 5, 21)})
    given(CHECKUP_DECIDER, opened).when(later).then_refused(InTheFuture)


def test_a_finding_comes_from_a_checkup() -> None:
    """A finding needs the checkup that found it, and is not older."""
    given(CHECKUP_DECIDER, opened, done).when(find).then(raised)
    given(CHECKUP_DECIDER, opened).when(find).then_refused(c.NotExamined)
    early = find.model_copy(update={"on": date(2025, 5, 11)})
    given(CHECKUP_DECIDER, opened, done).when(early).then_refused(BeforeItBegan)


def test_a_finding_goes_on_until_it_is_closed() -> None:
    """Referred, treated, closed; harmless ones close at once."""
    given(CHECKUP_DECIDER, opened, done, raised).when(refer).then(referred)
    given(CHECKUP_DECIDER, opened, done, raised, referred).when(treat).then(treated)
    given(CHECKUP_DECIDER, opened, done, raised, referred, treated).when(close).then(closed)
    given(CHECKUP_DECIDER, opened, done, raised).when(close).then(closed)


def test_the_steps_of_a_finding_follow_each_other() -> None:
    """No step lies before the one that was recorded last, and an unknown finding has none."""
    before = treat.model_copy(update={"on": date(2025, 5, 13)})
    given(CHECKUP_DECIDER, opened, done, raised, referred).when(before).then_refused(BeforeItBegan)
    given(CHECKUP_DECIDER, opened, done).when(refer).then_refused(c.FindingUnknown)


def test_a_closed_finding_stays_closed() -> None:
    """What is new is a new finding."""
    for command in (refer, treat, close):
        given(CHECKUP_DECIDER, opened, done, raised, closed).when(command).then_refused(c.FindingIsClosed)


VILLAGE = "331082103201"
propose = c.ProposeCheckupCampaign(campaign_id=ID, school_id=SCHOOL, health_centre_id=CENTRE, on=ON)
proposed = CheckupCampaignProposed(campaign_id=ID, school_id=SCHOOL, health_centre_id=CENTRE, on=ON)
confirm = c.ConfirmCheckupCampaign(campaign_id=ID, children=(CHILD,))
drop = c.DropCheckupProposal(campaign_id=ID)
dropped = CheckupProposalDropped(campaign_id=ID)
end = c.CloseCheckupCampaign(campaign_id=ID, today=TODAY)
ended = CheckupCampaignClosed(campaign_id=ID, on=TODAY)


def test_a_proposal_holds_no_child_until_it_is_confirmed() -> None:
    """The health centre offers a day; who is examined is said by those who take the offer up."""
    given(CHECKUP_DECIDER).when(propose).then(proposed)
    given(CHECKUP_DECIDER, proposed).when(confirm).then(opened)
    for command in (examine, miss, find, refer, end):
        given(CHECKUP_DECIDER, proposed).when(command).then_refused(c.NotConfirmed)
    given(CHECKUP_DECIDER, proposed).when(propose).then_refused(c.CampaignAlreadyOpened)
    given(CHECKUP_DECIDER).when(confirm).then_refused(c.CampaignUnknown)
    nobody = confirm.model_copy(update={"children": ()})
    given(CHECKUP_DECIDER, proposed).when(nobody).then_refused(c.NobodyToExamine)


def test_a_dropped_proposal_is_not_taken_up() -> None:
    """Declined twice is declined; what was confirmed is closed instead."""
    given(CHECKUP_DECIDER, proposed).when(drop).then(dropped)
    given(CHECKUP_DECIDER, proposed, dropped).when(drop).then_nothing()
    given(CHECKUP_DECIDER, proposed, dropped).when(confirm).then_refused(c.ProposalDropped)
    given(CHECKUP_DECIDER, proposed, opened).when(drop).then_refused(c.AlreadyConfirmed)
    given(CHECKUP_DECIDER, proposed, opened).when(confirm).then_refused(c.CampaignAlreadyOpened)


def test_a_campaign_is_of_a_school_or_of_a_village() -> None:
    """Of one of them, and not of both."""
    of_village = {"school_id": None, "village": VILLAGE}
    given(CHECKUP_DECIDER).when(open_it.model_copy(update=of_village)).then(
        opened.model_copy(update=of_village)
    )
    for command in (open_it, propose):
        for neither_nor_both in ({"school_id": None}, {"village": VILLAGE}):
            given(CHECKUP_DECIDER).when(command.model_copy(update=neither_nor_both)).then_refused(
                c.SchoolOrVillage
            )


def test_a_child_is_listed_once() -> None:
    """Named twice is listed once."""
    twice = open_it.model_copy(update={"children": (CHILD, CHILD)})
    given(CHECKUP_DECIDER).when(twice).then(opened)


def test_a_closed_campaign_goes_on_with_its_findings_alone() -> None:
    """Nothing more is examined or found in it; what was found is followed until it is closed."""
    given(CHECKUP_DECIDER, opened).when(end).then(ended)
    given(CHECKUP_DECIDER, opened, ended).when(end).then_nothing()
    for command in (examine, miss, find):
        given(CHECKUP_DECIDER, opened, done, ended).when(command).then_refused(c.CampaignIsClosed)
    given(CHECKUP_DECIDER, opened, done, raised, ended).when(refer).then(referred)
    given(CHECKUP_DECIDER, opened, done, raised, ended).when(close).then(closed)
