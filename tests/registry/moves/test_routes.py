"""Moves over HTTP: a child is offered by one side and taken by the other, and nothing changes in between."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from services.registry.children.api import ChangeSchool, ExitChild
from services.registry.children.events import ExitReason
from services.registry.moves.api import AcceptMove, MoveStatus, MoveView, OfferMove, RejectMove
from services.registry.organisations.api import FormClass
from shared.access import Caller
from shared.client import NotAllowed, NotFound, Refused

if TYPE_CHECKING:
    from tests.registry.conftest import Township
else:
    Township = object

DAY = date(2025, 4, 1)
TOLD = {"id", "version", "status", "name", "sex", "birth_date", "from_school", "from_village"}


async def open_offers(there: Township, who: Caller) -> dict[UUID, MoveView]:
    page = await there.of(who).list_moves(status=MoveStatus.OFFERED, limit=500)
    return {one.id: one for one in page.items}


async def test_a_village_gives_no_child_to_a_school_that_has_not_agreed(there: Township) -> None:
    """To another school a child is offered; until that school accepts, either side reads what it read."""
    receipt, stranger = await there.child(name="转学娃"), await there.strangers()
    village, school = there.of(there.village), there.of(stranger.school)
    direct = ChangeSchool(school_id=there.organisation(stranger.school), on=DAY)
    with pytest.raises(Refused) as refused:
        await village.change_school(receipt.id, direct)
    assert (refused.value.status, refused.value.code) == (409, "move-is-offered")
    offer = OfferMove(to_school=there.organisation(stranger.school), on=DAY)
    move = await village.offer_move(receipt.id, offer)
    assert (await there.of(there.school).get_child(receipt.id)).name == "转学娃"
    with pytest.raises(NotFound):
        await school.get_child(receipt.id)
    seen = (await open_offers(there, stranger.school))[move.id]
    assert seen.name == "转学娃"
    assert seen.model_fields_set == TOLD | {"to_school", "on", "offered_by"}
    await school.accept_move(move.id)
    assert (await school.get_child(receipt.id)).school_id == there.organisation(stranger.school)
    with pytest.raises(NotFound):
        await there.of(there.school).get_child(receipt.id)


async def test_a_file_that_names_a_school_is_an_offer_to_it(there: Township) -> None:
    """Who closes a file and opens one anew gives no child away: the school is asked, and may refuse."""
    first = await there.child(name="换校娃")
    village, other = there.of(there.village), there.of(there.other_school)
    await village.exit_child(first.id, ExitChild(reason=ExitReason.MOVED, on=DAY))
    body = there.file(name="换校娃", school_id=there.organisation(there.other_school), hobbies="画画")
    for opener in (village, there.of(there.township), there.of(there.federation)):
        receipt = await opener.open_child_file(body)
        assert receipt.move_id is not None
        with pytest.raises(NotFound):
            await other.get_child(receipt.id)
        assert (await opener.get_child(receipt.id)).school_id is None
        seen = (await open_offers(there, there.other_school))[receipt.move_id]
        assert seen.name == "换校娃"
        assert seen.model_fields_set == (TOLD | {"to_school", "on", "offered_by"}) - {"from_school"}
        await other.reject_move(receipt.move_id, RejectMove(reason="不在本校就读"))
        assert (await opener.get_move(receipt.move_id)).reason == "不在本校就读"
        with pytest.raises(NotFound):
            await other.get_child(receipt.id)


async def test_a_school_takes_the_child_of_a_file_that_named_it(there: Township) -> None:
    """It says the class, which nobody else does; the child counts as its pupil from then on."""
    school = there.of(there.school)
    formed = await school.form_class(there.organisation(there.school), FormClass(name="三(2)班", grade=3))
    with pytest.raises(Refused) as refused:
        await there.of(there.village).open_child_file(there.file(class_id=formed.class_id))
    assert (refused.value.code, refused.value.field) == ("class-is-the-schools", "class_id")
    receipt = await there.of(there.village).open_child_file(there.file())
    assert receipt.move_id is not None
    await school.accept_move(receipt.move_id, AcceptMove(class_id=formed.class_id))
    child = await school.get_child(receipt.id)
    assert (child.school_id, child.class_id) == (there.organisation(there.school), formed.class_id)
    assert (await there.child()).move_id is None


async def test_an_acceptance_is_answered_alike_when_repeated(there: Township) -> None:
    """A retry gets the first answer, also from who has the child no longer."""
    receipt, key = await there.child(), uuid4()
    offer = OfferMove(to_school=there.organisation(there.other_school), on=DAY)
    first = await there.of(there.school).offer_move(receipt.id, offer, key=key)
    await there.of(there.other_school).accept_move(first.id)
    assert await there.of(there.school).offer_move(receipt.id, offer, key=key) == first


async def test_who_is_asked_answers(there: Township) -> None:
    """Neither who offered the child nor anybody else accepts for the school that is asked."""
    receipt = await there.child()
    offer = OfferMove(to_school=there.organisation(there.other_school), on=DAY)
    move = await there.of(there.village).offer_move(receipt.id, offer)
    for who in (there.village, there.school):
        with pytest.raises(NotAllowed) as denied:
            await there.of(who).accept_move(move.id)
        assert denied.value.code == "not-offered-to-you"
    with pytest.raises(NotFound):
        await there.of(there.other_village).accept_move(move.id)
    with pytest.raises(NotAllowed) as denied:
        await there.of(there.school).withdraw_move(move.id)
    assert denied.value.code == "not-offered-by-you"


async def test_a_rejected_child_is_a_strangers_again(there: Township) -> None:
    """Who rejects says why to the side that offered, reads it back, and sees no name any more."""
    receipt = await there.child()
    offer = OfferMove(to_school=there.organisation(there.other_school), on=DAY)
    move = await there.of(there.village).offer_move(receipt.id, offer)
    await there.of(there.other_school).reject_move(move.id, RejectMove(reason="学位已满"))
    told = await there.of(there.village).get_move(move.id)
    assert (told.status, told.reason, told.child_id) == (MoveStatus.REJECTED, "学位已满", receipt.id)
    left = await there.of(there.other_school).get_move(move.id)
    assert not {"name", "birth_date", "child_id"} & left.model_fields_set
    assert left.reason == "学位已满"
    with pytest.raises(Refused) as over:
        await there.of(there.other_school).accept_move(move.id)
    assert over.value.code == "move-not-open"


async def test_a_withdrawn_offer_is_gone(there: Township) -> None:
    """Until it is answered the offering side takes it back."""
    receipt = await there.child()
    offer = OfferMove(to_school=there.organisation(there.other_school), on=DAY)
    move = await there.of(there.village).offer_move(receipt.id, offer)
    await there.of(there.village).withdraw_move(move.id)
    assert move.id not in await open_offers(there, there.other_school)
    with pytest.raises(Refused):
        await there.of(there.other_school).accept_move(move.id)


async def test_a_child_moves_to_another_village(there: Township) -> None:
    """The new village says where it lives; the former one knows it no longer, its school still does."""
    receipt = await there.child()
    offer = OfferMove(to_village=there.other_village.scope.division, on=DAY)
    move = await there.of(there.village).offer_move(receipt.id, offer)
    with pytest.raises(NotFound):
        await there.of(there.other_village).get_child(receipt.id)
    await there.of(there.other_village).accept_move(move.id, AcceptMove(group="二组", line="村口3号"))
    child = await there.of(there.other_village).get_child(receipt.id)
    assert child.village == there.other_village.scope.division
    assert child.address is not None
    assert child.address.group == "二组"
    with pytest.raises(NotFound):
        await there.of(there.village).get_child(receipt.id)
    assert (await there.of(there.school).get_child(receipt.id)).id == receipt.id


async def test_a_child_is_taken_from_where_it_was_offered(there: Township) -> None:
    """Of two schools that accept one child the second comes too late; a closed file goes nowhere."""
    receipt, stranger = await there.child(), await there.strangers()
    offers = [
        await there.of(there.village).offer_move(
            receipt.id, OfferMove(to_school=there.organisation(who), on=DAY)
        )
        for who in (there.other_school, stranger.school)
    ]
    await there.of(there.other_school).accept_move(offers[0].id)
    with pytest.raises(Refused) as late:
        await there.of(stranger.school).accept_move(offers[1].id)
    assert late.value.code == "moved-meanwhile"
    await there.of(there.village).exit_child(receipt.id, ExitChild(reason=ExitReason.MOVED, on=DAY))
    with pytest.raises(Refused) as closed:
        await there.of(there.village).offer_move(
            receipt.id, OfferMove(to_school=there.organisation(stranger.school), on=DAY)
        )
    assert closed.value.code == "file-closed"


async def test_a_strangers_child_is_not_offered(there: Township) -> None:
    """A child outside one's scope is none, and a destination must be there."""
    receipt = await there.child()
    offer = OfferMove(to_school=there.organisation(there.other_school), on=DAY)
    with pytest.raises(NotFound):
        await there.of(there.other_village).offer_move(receipt.id, offer)
    with pytest.raises(Refused) as unknown:
        await there.of(there.village).offer_move(receipt.id, OfferMove(to_school=uuid4(), on=DAY))
    assert unknown.value.field == "to_school"
    with pytest.raises(Refused) as nowhere:
        await there.of(there.village).offer_move(receipt.id, OfferMove(to_village="331082103999", on=DAY))
    assert nowhere.value.field == "to_village"
