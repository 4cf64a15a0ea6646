"""A stranger's child is no child: in no operation can it be told from one that does not exist."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from services.language import PartyKind
from services.registry.censuses.api import OpenCensus
from services.registry.checkups.api import OpenCheckupCampaign, ProposeCheckupCampaign
from services.registry.children.events import Address
from services.registry.organisations.api import FoundOrganisation
from shared.access import OPERATOR
from shared.testing.api import caller
from shared.testing.strangers import THE_ID, Strangers
from tests.registry.conftest import TOWNSHIP, VILLAGE

if TYPE_CHECKING:
    from tests.registry.conftest import Township
else:
    Township = object

DAY = "2025-05-12"
OF_A_FILE = {
    "name_guardian": {"guardian": {"relation": "grandparent", "name": "王桂花"}},
    "record_parent_away": {"parent": "mother", "since": DAY},
    "record_parent_return": {"parent": "mother", "on": DAY},
    "issue_contact_card": {"entries": [{"relation": "奶奶", "name": "王桂花", "phone": "13800138000"}]},
    "categorise_child": {"category": "ordinary", "since": DAY},
    "record_dropout": {"on": DAY},
    "record_return_to_school": {"on": DAY},
    "recheck_file": {"on": DAY},
    "exit_child": {"reason": "moved", "on": DAY},
}

A_CHILD = frozenset({"child_id", "children", "keeper"})
"""How operations name one."""


async def elsewhere(there: Township) -> UUID:
    """A child of another township."""
    division, village = "331082109", "331082109201"
    operator = there.of(caller(OPERATOR))
    party = FoundOrganisation(kind=PartyKind.TOWNSHIP, name="远镇", division=division)
    leader_id = (await operator.found_organisation(party)).id
    leader = there.of(caller(PartyKind.TOWNSHIP, division=division, organisation=leader_id))
    far = FoundOrganisation(kind=PartyKind.VILLAGE, name="远村", division=village)
    await leader.found_organisation(far)
    body = there.file(address=Address(village=village), school_id=None, birth_date="2021-03-08")
    return (await leader.open_child_file(body)).id


async def places(there: Township) -> tuple[dict[str, UUID], UUID]:
    """Ids for paths, with a campaign that is open; and one that is only proposed."""
    pupil, on = (await there.child()).id, date.fromisoformat(DAY)
    school_id, centre_id = there.organisation(there.school), there.organisation(there.health_centre)
    offer = ProposeCheckupCampaign(school_id=school_id, on=on)
    proposed = await there.of(there.health_centre).propose_checkup_campaign(offer)
    opening = OpenCheckupCampaign(school_id=school_id, health_centre_id=centre_id, on=on, children=(pupil,))
    opened = await there.of(there.school).open_checkup_campaign(opening)
    listing = (there.organisation(there.village),)
    census = OpenCensus(title="排摸", on=on, villages=listing, schools=(school_id,))
    census_id = (await there.of(there.township).open_census(census)).id
    for _ in range(2):
        await there.child(resident_id="331082201503080026")
    (dispute,) = (await there.of(there.township).list_number_disputes()).items
    ids = {"campaign_id": opened.id, "census_id": census_id, "dispute_id": dispute.id}
    return {**ids, "finding_id": uuid4()}, proposed.id


def bodies(there: Township) -> dict[str, Any]:
    """A request of each operation that takes a child's id in its body."""
    examined = {"child_id": THE_ID, "on": DAY}
    entry = {"name": "某某", "birth_date": DAY, "guardianship": "grandparent", "child_id": THE_ID}
    report = {"code": "missing", "division": TOWNSHIP, "child_id": THE_ID, "how_found": "路过"}
    return {
        **OF_A_FILE,
        "change_school": {"school_id": str(there.organisation(there.school)), "on": DAY},
        "offer_move": {"to_school": str(there.organisation(there.other_school)), "on": DAY},
        "settle_number": {"decision": "merged", "keeper": THE_ID},
        "open_checkup_campaign": {
            "school_id": str(there.organisation(there.school)),
            "health_centre_id": str(there.organisation(there.health_centre)),
            "on": DAY,
            "children": [THE_ID],
        },
        "confirm_checkup_campaign": {"children": [THE_ID]},
        "record_checkup": examined,
        "record_missed_checkup": {"child_id": THE_ID},
        "raise_finding": {**examined, "finding": "贫血"},
        "raise_danger_report": report,
        "submit_census_list": {"entries": [entry]},
    }


async def test_no_operation_tells_a_strangers_child_from_none(there: Township) -> None:
    """Every operation that takes a child's id, for every party that may call it: the same answer."""
    parties = (
        there.township,
        there.federation,
        there.village,
        there.school,
        there.health_centre,
        caller(PartyKind.MENTOR, person=uuid4()),
        caller(PartyKind.YOUTH_LEAGUE, organisation=uuid4(), division=TOWNSHIP),
        caller(PartyKind.COUNTY, division=TOWNSHIP[:6]),
    )
    foreign, asked = await elsewhere(there), bodies(there)
    ids, proposed = await places(there)
    assert await Strangers(there.registry, asked, A_CHILD, ids).told_apart(parties, foreign) == []
    of_village = {**asked["open_checkup_campaign"], "school_id": None, "village": VILLAGE}
    others = Strangers(
        there.registry,
        {**asked, "open_checkup_campaign": of_village},
        A_CHILD,
        {**ids, "campaign_id": proposed},
    )
    assert await others.told_apart(parties, foreign) == []
