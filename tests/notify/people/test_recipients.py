"""Who is told, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import uuid4

from services.notify.addresses.events import AddressSet
from services.notify.people.recipients import IN_PLACE_OF_BELOW, Stakeholders, recipients
from services.notify.terms import Channel, Recipient, Relation

SCHOOL, MENTOR, OTHER_MENTOR, CENTRE = (uuid4() for _ in range(4))
CIRCLE = Stakeholders(
    division="331082104001",
    school_id=SCHOOL,
    mentors=(MENTOR, OTHER_MENTOR),
    mentors_party=f"school:{SCHOOL}",
    health_centres=(CENTRE,),
)
TODAY = date(2025, 5, 6)


def parties(
    *relations: Relation, circle: Stakeholders = CIRCLE, addresses: tuple[AddressSet, ...] = ()
) -> list[str]:
    return [one.party for one in told(*relations, circle=circle, addresses=addresses)]


def told(
    *relations: Relation, circle: Stakeholders = CIRCLE, addresses: tuple[AddressSet, ...] = ()
) -> tuple[Recipient, ...]:
    by_party = {one.party: one for one in addresses}
    return recipients(relations, circle, channels=tuple(Channel), addresses=by_party, today=TODAY)


def test_each_relation_leads_to_its_parties() -> None:
    """Mentors by person, schools and health centres by id, areas by their code."""
    assert parties(Relation.MENTOR) == [f"mentor:{MENTOR}", f"mentor:{OTHER_MENTOR}"]
    assert parties(Relation.SCHOOL, Relation.HEALTH_CENTRE) == [f"school:{SCHOOL}", f"health_centre:{CENTRE}"]
    assert parties(Relation.VILLAGE, Relation.TOWNSHIP, Relation.FEDERATION, Relation.COUNTY) == [
        "village:331082104001",
        "township:331082104",
        "womens_federation:331082104",
        "county:331082",
    ]


def test_a_party_is_told_once_by_its_first_relation() -> None:
    """A school that is both the mentor's and the child's gets one message."""
    one, *rest = told(Relation.MENTORS_PARTY, Relation.SCHOOL)
    assert (one.relation, rest) == (Relation.MENTORS_PARTY, [])


def test_somebody_is_always_told() -> None:
    """A child without a mentor or school known is the township's concern, beyond a township the county's."""
    alone = Stakeholders(division="331082104001")
    assert parties(Relation.MENTOR, Relation.SCHOOL, circle=alone) == ["township:331082104"]
    assert parties(Relation.VILLAGE, circle=Stakeholders(division="331082")) == ["county:331082"]


def test_in_place_of_who_must_not_hear_of_it_the_level_above_is_told() -> None:
    """For the village the township, for the township the county, which is told why; each once."""
    village, township, county = "village:331082104001", "township:331082104", "county:331082"
    federation = "womens_federation:331082104"
    asked = (Relation.TOWNSHIP, Relation.VILLAGE, Relation.FEDERATION)

    def without(*kept_from: str) -> list[str]:
        return parties(*asked, circle=replace(CIRCLE, kept_from=frozenset(kept_from)))

    assert without(village) == [township, federation]
    assert without(township) == [county, village, federation]
    assert without(village, township, federation) == [county]
    assert without(county) == [township, village, federation]
    (one, *_) = told(*asked, circle=replace(CIRCLE, kept_from=frozenset({township})))
    assert (one.party, one.relation, one.because) == (county, Relation.COUNTY, str(IN_PLACE_OF_BELOW))
    for relation, left in ((Relation.COUNTY, [township]), (Relation.VILLAGE, [county])):
        kept = frozenset({county} if relation is Relation.COUNTY else {village, township})
        assert parties(relation, circle=replace(CIRCLE, kept_from=kept)) == left


def test_no_stand_in_hears_what_it_must_not() -> None:
    """Neither the stand-in of one that is kept out, nor one that is itself."""
    village, township = "village:331082104001", "township:331082104"
    away = AddressSet(party=township, stand_in=village, stand_in_until=TODAY)
    kept = replace(CIRCLE, kept_from=frozenset({village}))
    assert parties(Relation.TOWNSHIP, circle=kept, addresses=(away,)) == [township]
    kept = replace(CIRCLE, kept_from=frozenset({township}))
    assert parties(Relation.TOWNSHIP, circle=kept, addresses=(away,)) == ["county:331082"]


def test_every_recipient_is_told_why() -> None:
    """The reason stands in the message, Chinese and English."""
    for recipient in told(*Relation):
        assert "因为" in recipient.because
        assert "because" in recipient.because


def test_channels_are_those_that_the_party_has_opened() -> None:
    """The inbox always; webhook and mail only where an address is set."""
    party = "township:331082104"
    mailed = AddressSet(party=party, email="office@example.org")
    assert told(Relation.TOWNSHIP)[0].channels == (Channel.INBOX,)
    assert told(Relation.TOWNSHIP, addresses=(mailed,))[0].channels == (Channel.INBOX, Channel.EMAIL)


def test_a_stand_in_is_told_as_well_until_the_last_day() -> None:
    """While a recipient is absent its stand-in gets the message too, and is told why."""
    party, stand_in = "township:331082104", "womens_federation:331082104"
    away = AddressSet(party=party, stand_in=stand_in, stand_in_until=TODAY)
    back = away.model_copy(update={"stand_in_until": date(2025, 5, 5)})
    assert parties(Relation.TOWNSHIP, addresses=(away,)) == [party, stand_in]
    assert told(Relation.TOWNSHIP, addresses=(away,))[1].relation is Relation.STAND_IN
    assert parties(Relation.TOWNSHIP, addresses=(back,)) == [party]
