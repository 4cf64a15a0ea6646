"""Sponsorships and home sessions over HTTP."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.dates import day_of
from services.pairing.home_sessions.api import HoldHomeSession
from services.pairing.sponsorships.api import (
    EndSponsorship,
    PayInstalment,
    RecordCondolenceVisit,
    StartSponsorship,
)
from services.registry.events import Address, PlaceClosed, PlaceKind, PlaceOpened
from shared.client import NotFound, Refused
from shared.testing.api import caller
from tests.pairing.township import OTHER_TOWNSHIP, OTHER_VILLAGE, TOWNSHIP, Township


def today_of(township: Township) -> date:
    return day_of(township.clock.now())


async def sponsored(township: Township) -> tuple[UUID, UUID]:
    child_id = await township.child()
    body = StartSponsorship(
        child_id=child_id, sponsor="某公司", yearly_amount=Decimal(1000), since=date(2020, 1, 1)
    )
    return child_id, (await township.federation.start_sponsorship(body)).id


async def test_a_sponsorship_in_full(township: Township) -> None:
    """Payments and visits are listed in order; the end closes it."""
    child_id, sponsorship_id = await sponsored(township)
    today = today_of(township)
    federation = township.federation
    await federation.pay_instalment(sponsorship_id, PayInstalment(amount=Decimal("400.50"), on=today))
    await federation.pay_instalment(sponsorship_id, PayInstalment(amount=Decimal(1000), on=date(2021, 5, 1)))
    await federation.record_condolence_visit(sponsorship_id, RecordCondolenceVisit(on=today, note="慰问"))
    await federation.end_sponsorship(sponsorship_id, EndSponsorship(on=today))
    (seen,) = (await federation.list_sponsorships(child_id=child_id)).items
    assert [one.amount for one in seen.instalments] == [Decimal(1000), Decimal("400.50")]
    assert [one.note for one in seen.condolence_visits] == ["慰问"]
    assert (seen.until, seen.sponsor, seen.organisation_id) == (today, "某公司", township.federation_id)
    assert not (await federation.list_sponsorships(child_id=child_id, running=True)).items


async def test_never_above_the_yearly_amount(township: Township) -> None:
    """A payment that exceeds the year's amount is refused with the figures."""
    _, sponsorship_id = await sponsored(township)
    today = today_of(township)
    await township.federation.pay_instalment(sponsorship_id, PayInstalment(amount=Decimal(600), on=today))
    with pytest.raises(Refused) as refused:
        await township.federation.pay_instalment(sponsorship_id, PayInstalment(amount=Decimal(500), on=today))
    assert (refused.value.code, refused.value.field) == ("above-yearly-amount", "amount")
    assert "400" in refused.value.problem.detail


async def test_money_is_not_for_everybody(township: Township) -> None:
    """A village sees that its child is sponsored, not by whom nor how much; others see nothing."""
    child_id, sponsorship_id = await sponsored(township)
    await township.federation.pay_instalment(
        sponsorship_id, PayInstalment(amount=Decimal(1), on=today_of(township))
    )
    (seen,) = (await township.village.list_sponsorships(child_id=child_id)).items
    assert not {"sponsor", "yearly_amount"} & seen.model_fields_set
    assert "amount" not in seen.instalments[0].model_fields_set
    assert not (await township.other_village.list_sponsorships(child_id=child_id)).items
    with pytest.raises(NotFound):
        await township.other_school.pay_instalment(
            sponsorship_id, PayInstalment(amount=Decimal(1), on=today_of(township))
        )


def session(township: Township, **changes: Any) -> HoldHomeSession:
    usual: dict[str, Any] = {
        "place_id": township.home_id,
        "on": today_of(township),
        "minutes": 120,
        "staff": ("甲老师", "乙老师"),
    }
    return HoldHomeSession(**{**usual, **changes})


async def test_home_session(township: Township) -> None:
    """A session shows its attendance to all on the branch, and the children to those whose they are."""
    here = await township.child()
    there = await township.child(address=Address(village=OTHER_VILLAGE), school_id=township.other_school_id)
    receipt = await township.federation.hold_home_session(
        session(township, children=(here, there), programme="阅读")
    )

    async def seen_by(client: Any) -> Any:
        items = (await client.list_home_sessions(place_id=township.home_id)).items
        return next(one for one in items if one.session_id == receipt.id)

    village = await seen_by(township.village)
    assert (village.attendance, village.children, village.place_name) == (2, (here,), "儿童之家")
    assert (await seen_by(township.other_school)).children == (there,)
    assert set((await seen_by(township.federation)).children) == {here, there}


async def test_several_sessions_a_day(township: Township) -> None:
    """The same home opens more than once a day."""
    day = date(2025, 3, 3)
    for _ in range(2):
        await township.federation.hold_home_session(session(township, on=day))
    found = await township.federation.list_home_sessions(since=day, until=day)
    assert len(found.items) == 2


@pytest.mark.parametrize("day", ["20250401", "1735689600", "-1", "1e9"])
async def test_a_day_is_no_number(township: Township, day: str) -> None:
    """A number would be read as seconds since 1970: it is refused by name, not answered for another day."""
    who = caller("township", division=TOWNSHIP)
    answer = await township.service.request(who, "GET", f"/home-sessions?since={day}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "since"
    assert (await township.service.request(who, "GET", "/home-sessions?since=2025-04-01")).status_code == 200


async def test_a_session_that_breaks_a_rule(township: Township) -> None:
    """Too few staff, a book house, an unknown child or place, another township's place: each is named."""
    with pytest.raises(Refused) as few:
        await township.federation.hold_home_session(session(township, staff=("甲老师",)))
    assert (few.value.code, few.value.field) == ("too-few-staff", "staff")
    with pytest.raises(Refused) as book_house:
        await township.federation.hold_home_session(session(township, place_id=township.book_house_id))
    assert book_house.value.code == "not-a-childrens-home"
    with pytest.raises(NotFound) as nobody:
        await township.federation.hold_home_session(session(township, children=(uuid4(),)))
    assert nobody.value.field == "children.0"
    with pytest.raises(NotFound) as nowhere:
        await township.federation.hold_home_session(session(township, place_id=uuid4()))
    assert nowhere.value.field == "place_id"


async def test_a_closed_place(township: Township) -> None:
    """After a place closed no session is held there."""
    place_id = uuid4()
    await township.publish(
        PlaceOpened(place_id=place_id, kind=PlaceKind.CHILDRENS_HOME, name="旧址", division=OTHER_TOWNSHIP),
        PlaceOpened(
            place_id=(here := uuid4()),
            kind=PlaceKind.CHILDRENS_HOME,
            name="旧址",
            division="331082106",
        ),
    )
    with pytest.raises(NotFound):
        await township.federation.hold_home_session(session(township, place_id=place_id))
    await township.service.neighbours["registry"].publish(
        PlaceClosed(place_id=here), at=township.clock.now() - timedelta(days=3)
    )
    await township.service.caught_up()
    with pytest.raises(Refused) as closed:
        await township.federation.hold_home_session(session(township, place_id=here))
    assert closed.value.code == "place-has-closed"
