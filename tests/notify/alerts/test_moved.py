"""A child moves while an alert about it is open: who answers for it now has it, who did has it no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.language import PartyKind
from services.notify.addresses.api import SetAddress
from services.notify.alerts.api import AlertState, RecipientView
from services.notify.client import NotifyClient
from services.notify.deliveries.api import DeliveryState
from services.notify.rulebook.events import RuleName
from services.registry import events as registry
from shared.client import NotFound
from shared.testing.api import caller
from tests.notify.county import OTHER_VILLAGE, VILLAGE, County, all_of, inbox
from tests.notify.test_alone import execute

ELSEWHERE, THEIR_VILLAGE = "331082105", "331082105001"
URGENT, WARNING = RuleName.NO_CAPABLE_GUARDIAN, RuleName.DROPPED_OUT


@dataclass(frozen=True)
class Elsewhere:
    """The school, village and township to which the child moves."""

    county: County
    school_id: UUID

    @property
    def school(self) -> NotifyClient:
        return self.county.as_caller(caller(PartyKind.SCHOOL, organisation=self.school_id))

    @property
    def village(self) -> NotifyClient:
        return self.county.area(PartyKind.VILLAGE, THEIR_VILLAGE)

    @property
    def township(self) -> NotifyClient:
        return self.county.area(PartyKind.TOWNSHIP, ELSEWHERE)


@pytest.fixture
async def elsewhere(county: County) -> Elsewhere:
    school_id = uuid4()
    await county.publish(
        registry.OrganisationFounded(
            organisation_id=school_id, kind=PartyKind.SCHOOL, name="某", division=ELSEWHERE
        )
    )
    return Elsewhere(county, school_id)


async def at_risk(county: County) -> UUID:
    """A child with nobody able to look after it, who has dropped out: its village, township, school know."""
    child_id, today = await county.child(), county.clock.now().date()
    nobody = registry.Guardian(relation=registry.GuardianRelation.NONE, capable=False)
    await county.publish(
        registry.GuardianNamed(child_id=child_id, guardian=nobody),
        registry.DroppedOut(child_id=child_id, on=today),
    )
    return child_id


async def moves(county: County, child_id: UUID, village: str, school_id: UUID | None = None) -> None:
    today, address = county.clock.now().date(), registry.Address(village=village)
    await county.publish(
        registry.VillageChanged(child_id=child_id, address=address, township=village[:9], on=today)
    )
    if school_id:
        await county.publish(registry.SchoolChanged(child_id=child_id, school_id=school_id, on=today))


async def test_who_answered_for_the_child_before_has_its_alerts_no_more(
    county: County, elsewhere: Elsewhere
) -> None:
    """Neither in its inbox nor in lists, nor by the alert's id; it can neither take it up nor put it off."""
    child_id = await at_risk(county)
    (urgent,) = await inbox(county.village, URGENT)
    (warning,) = await inbox(county.school, WARNING)
    assert await inbox(county.township, URGENT)
    await moves(county, child_id, THEIR_VILLAGE, elsewhere.school_id)
    former = ((county.village, urgent.id), (county.township, urgent.id), (county.school, warning.id))
    for client, alert_id in former:
        assert (await client.list_inbox()).items == ()
        assert (await client.list_alerts(child_id=child_id)).items == ()
        assert (await client.list_deliveries(alert_id=alert_id)).items == ()
        for refused in (client.get_alert, client.acknowledge_alert):
            with pytest.raises(NotFound):
                await refused(alert_id)
    assert (await county.school.get_digest()).open_alerts == 0


async def test_who_answers_for_the_child_now_finds_its_alerts_with_where_it_is(
    county: County, elsewhere: Elsewhere
) -> None:
    """In the lists of its scope, at once."""
    child_id = await at_risk(county)
    await moves(county, child_id, THEIR_VILLAGE, elsewhere.school_id)
    for client in (elsewhere.village, elsewhere.township):
        (found,) = await all_of(client, URGENT, child_id=child_id)
        assert (found.division, found.school_id) == (THEIR_VILLAGE, elsewhere.school_id)
    assert len(await all_of(elsewhere.school, WARNING, child_id=child_id)) == 1


async def test_who_answers_for_the_child_now_is_told_and_the_clock_begins_again(
    county: County, elsewhere: Elsewhere
) -> None:
    """An urgent alert that nobody there took up climbs there; what was taken up here is open again."""
    child_id = await at_risk(county)
    (urgent,) = await inbox(county.village, URGENT)
    await county.village.acknowledge_alert(urgent.id)
    await county.settled()
    await county.tick(hours=20)
    await moves(county, child_id, THEIR_VILLAGE, elsewhere.school_id)
    federation = county.area(PartyKind.WOMENS_FEDERATION, ELSEWHERE)
    for client in (elsewhere.village, elsewhere.township):
        (told,) = await inbox(client, URGENT)
        assert (told.id, told.state, told.level) == (urgent.id, AlertState.OPEN, 0)
        assert (told.subject.child_id, told.division) == (child_id, THEIR_VILLAGE)
    assert len(await inbox(elsewhere.school, WARNING)) == 1
    await county.tick(hours=20)
    assert await inbox(federation, URGENT) == []
    await county.tick(hours=5)
    assert len(await inbox(federation, URGENT)) == 1
    assert await inbox(county.federation, URGENT) == []
    handed_over = {one.party: one.handed_over_at for one in await told_of(elsewhere.township, urgent.id)}
    assert handed_over[f"village:{VILLAGE}"] is not None
    assert handed_over[f"village:{THEIR_VILLAGE}"] is None
    await elsewhere.village.acknowledge_alert(urgent.id)


async def told_of(client: NotifyClient, alert_id: UUID) -> tuple[RecipientView, ...]:
    return (await client.get_alert(alert_id)).recipients


async def test_messages_go_to_who_answers_for_the_child_now(county: County, elsewhere: Elsewhere) -> None:
    """The new village gets one; what was not yet sent to the old one is dropped, and it is told again."""
    new, old = f"village:{THEIR_VILLAGE}", f"village:{VILLAGE}"
    operator = county.as_caller(caller("operator"))
    for party in (new, old):
        await operator.set_address(party, SetAddress(email="village@example.org"))
    await county.settled()
    county.clock.set(county.clock.now() + timedelta(hours=12))  # quiet: messages wait until the morning
    child_id = await county.child()
    guardian = registry.Guardian(relation=registry.GuardianRelation.RELATIVE, capable=True)
    replaced = registry.GuardianReplaced(
        child_id=child_id, guardian=guardian, former_relation=registry.GuardianRelation.GRANDPARENT
    )
    await county.publish(replaced)
    await moves(county, child_id, THEIR_VILLAGE)
    assert await states(operator) == {(old, DeliveryState.DROPPED), (new, DeliveryState.PENDING)}
    await moves(county, child_id, VILLAGE)
    assert await states(operator) == {
        *((party, DeliveryState.DROPPED) for party in (old, new)),
        (old, DeliveryState.PENDING),
    }
    assert len(await inbox(county.village, RuleName.GUARDIAN_CHANGED)) == 1


async def states(client: NotifyClient) -> set[tuple[str, DeliveryState]]:
    return {(one.party, one.state) for one in (await client.list_deliveries(limit=500)).items}


async def test_within_the_township_only_the_village_changes(county: County) -> None:
    """The township keeps the alert, and what it took up stays taken up; the new village is told."""
    child_id = await at_risk(county)
    (urgent,) = await inbox(county.township, URGENT)
    await county.township.acknowledge_alert(urgent.id)
    await county.settled()
    await moves(county, child_id, OTHER_VILLAGE)
    (kept,) = await inbox(county.township, URGENT)
    (told,) = await inbox(county.area(PartyKind.VILLAGE, OTHER_VILLAGE), URGENT)
    assert kept.state is told.state is AlertState.ACKNOWLEDGED
    assert await inbox(county.village, URGENT) == []


async def test_a_move_that_no_reaction_saw_is_made_up_for(county: County, elsewhere: Elsewhere) -> None:
    """The sweep compares where children are with where their open alerts were told."""
    child_id = await at_risk(county)
    statement = "UPDATE people.children SET village = :village WHERE child_id = :child_id"
    await execute(county, statement, village=THEIR_VILLAGE, child_id=child_id)
    await county.tick(minutes=1)
    assert len(await inbox(elsewhere.village, URGENT)) == 1
