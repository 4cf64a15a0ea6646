"""Organisations, places and tokens over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from services.language import PartyKind
from services.registry.organisations.api import FormClass, FoundOrganisation
from services.registry.places.api import OpenPlace
from services.registry.places.events import PlaceKind
from services.registry.tokens.api import RevokeToken
from shared.client import NotAllowed, NotFound, Refused
from shared.clock import SystemClock
from shared.testing.api import OPERATOR_CALLER, caller
from shared.testing.waiting import eventually
from tests.registry.conftest import VILLAGE

if TYPE_CHECKING:
    from tests.registry.conftest import Township
else:
    Township = object


async def test_a_township_founds_below_itself(there: Township) -> None:
    """A township founds its villages and schools, no other township and nothing elsewhere."""
    leader = there.of(there.township)
    village = FoundOrganisation(
        kind=PartyKind.VILLAGE,
        name="山下村",
        division="331082103203",
        parent_id=there.organisation(there.township),
    )
    receipt = await leader.found_organisation(village)
    found = await leader.get_organisation(receipt.id)
    assert (found.name, found.parent_id) == ("山下村", there.organisation(there.township))
    for kind, division in ((PartyKind.VILLAGE, "331082104203"), (PartyKind.TOWNSHIP, "331082103")):
        with pytest.raises(NotAllowed) as denied:
            await leader.found_organisation(FoundOrganisation(kind=kind, name="别处", division=division))
        assert denied.value.code == "outside-scope"
    with pytest.raises(NotAllowed):
        await there.of(there.village).found_organisation(village)


async def test_the_parent_exists_and_holds_the_division(there: Township) -> None:
    """An unknown parent and one elsewhere are refused by field."""
    operator = there.of(OPERATOR_CALLER)
    for parent, division, code in (
        (uuid4(), "331082103", "organisation-not-known"),
        (there.organisation(there.township), "331082104", "outside-parent"),
    ):
        school = FoundOrganisation(kind=PartyKind.SCHOOL, name="学校", division=division, parent_id=parent)
        with pytest.raises(Refused) as refused:
            await operator.found_organisation(school)
        assert (refused.value.status, refused.value.code, refused.value.field) == (422, code, "parent_id")


async def test_a_school_forms_its_classes(there: Township) -> None:
    """Classes show with their school, and a pupil's file names one of them."""
    school_id = there.organisation(there.school)
    formed = await there.of(there.school).form_class(school_id, FormClass(name="三(1)班", grade=3))
    school = await there.of(there.village).get_organisation(school_id)
    assert formed.class_id in [one.class_id for one in school.classes]
    receipt = await there.of(there.school).open_child_file(there.file(class_id=formed.class_id))
    assert (await there.of(there.school).get_child(receipt.id)).class_id == formed.class_id
    with pytest.raises(NotFound):
        await there.of(there.other_school).form_class(school_id, FormClass(name="四(1)班", grade=4))


async def test_organisations_are_found_by_kind_and_division(there: Township) -> None:
    """Parties are public: the list takes a kind and a division prefix."""
    page = await there.of(there.school).list_organisations(kind=PartyKind.VILLAGE, division="331082103")
    names = [one.name for one in page.items]
    assert {"前村", "后村"} <= set(names)
    assert "中心校" not in names


async def test_places_open_and_close(there: Township) -> None:
    """A home opens with its sessions a week; a closed one is listed as closed."""
    leader = there.of(there.federation)
    home = OpenPlace(
        kind=PlaceKind.CHILDRENS_HOME,
        name="留守儿童之家",
        division="331082103",
        keeper="陈老师",
        sessions_per_week=2,
    )
    receipt = await leader.open_place(home)
    (listed,) = (await leader.list_places(kind=PlaceKind.CHILDRENS_HOME)).items
    assert (listed.id, listed.sessions_per_week, listed.closed, listed.keeper) == (
        receipt.id,
        2,
        False,
        "陈老师",
    )
    stranger = caller(PartyKind.TOWNSHIP, division="331082104")
    (seen,) = (await there.of(stranger).list_places(kind=PlaceKind.CHILDRENS_HOME)).items
    assert seen.keeper is None
    with pytest.raises(NotAllowed):
        await there.of(stranger).close_place(receipt.id)
    await leader.close_place(receipt.id)
    assert (await leader.list_places(kind=PlaceKind.CHILDRENS_HOME, closed=False)).items == ()


async def test_a_place_is_given_to_nobody_elsewhere(there: Township) -> None:
    """Who runs it is a party of the place: another township's school learns of no keeper by it, nor a village
    of another's; and a school opens none in another township."""
    stranger = await there.strangers()
    room = {"kind": PlaceKind.ACTIVITY_ROOM, "name": "活动室", "division": VILLAGE, "keeper": "王管理"}
    for elsewhere in (stranger.school, stranger.village, there.other_village):
        body = OpenPlace.model_validate({**room, "organisation_id": there.organisation(elsewhere)})
        with pytest.raises(Refused) as refused:
            await there.of(there.village).open_place(body)
        assert (refused.value.code, refused.value.field) == ("organisation-not-known", "organisation_id")
    for here in (there.village, there.school, there.federation):
        body = OpenPlace.model_validate({**room, "organisation_id": there.organisation(here)})
        assert (await there.of(there.village).open_place(body)).version == 1
    own = {**room, "division": stranger.township.scope.division}
    body = OpenPlace.model_validate({**own, "organisation_id": there.organisation(there.school)})
    with pytest.raises(Refused) as refused:
        await there.of(there.school).open_place(body)
    assert refused.value.code == "organisation-not-known"


async def test_thirty_nine_rights_stations_are_listed(there: Township) -> None:
    """Every one is there, page by page."""
    leader = there.of(there.township)
    for number in range(39):
        station = OpenPlace(kind=PlaceKind.RIGHTS_STATION, name=f"维权站{number}", division="331082103")
        await leader.open_place(station)
    first = await leader.list_places(kind=PlaceKind.RIGHTS_STATION, limit=30)
    second = await leader.list_places(kind=PlaceKind.RIGHTS_STATION, limit=30, cursor=first.next)
    assert (len(first.items), len(second.items), second.next) == (30, 9, None)
    assert len({one.id for one in (*first.items, *second.items)}) == 39


async def test_a_revoked_token_opens_nothing(there: Township) -> None:
    """Within moments the token is refused, though it has not expired."""
    thief = caller(PartyKind.VILLAGE, division="331082103201")
    assert thief.token_id is not None
    assert (await there.registry.request(thief, "GET", "/children")).status_code == 200
    until = SystemClock().now() + timedelta(hours=1)
    await there.of(OPERATOR_CALLER).revoke_token(RevokeToken(token_id=thief.token_id, expires_at=until))

    async def refused() -> bool:
        return (await there.registry.request(thief, "GET", "/children")).status_code == 401

    await eventually(refused)
    answer = await there.registry.request(thief, "GET", "/children")
    assert answer.json()["type"] == "/problems/token-revoked"
    with pytest.raises(NotAllowed):
        await there.of(there.township).revoke_token(RevokeToken(token_id=thief.token_id, expires_at=until))
