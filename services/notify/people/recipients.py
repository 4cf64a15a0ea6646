"""Who is told, by relation to the subject, and why; from facts about who is around a child."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, assert_never
from uuid import UUID

from services.language import PartyKind
from services.notify.addresses.events import AddressSet
from services.notify.terms import Channel, Recipient, Relation
from services.parties import DIGITS, area_address, mentor_address
from shared import Bilingual

BECAUSE: Mapping[Relation, Bilingual] = {
    Relation.MENTOR: Bilingual("因为您是这名儿童的结对人", "because you are this child's mentor"),
    Relation.MENTORS_PARTY: Bilingual("因为这位结对人属于贵单位", "because this mentor belongs to you"),
    Relation.SCHOOL: Bilingual("因为这名儿童在贵校就读", "because this child goes to your school"),
    Relation.VILLAGE: Bilingual("因为这是贵村的事项", "because it concerns your village"),
    Relation.TOWNSHIP: Bilingual("因为这是本镇的事项", "because it concerns your township"),
    Relation.FEDERATION: Bilingual("因为这是本镇妇联负责的事项", "because it is in the federation's care"),
    Relation.HEALTH_CENTRE: Bilingual("因为体检由贵院承担", "because you do the checkups here"),
    Relation.COUNTY: Bilingual("因为逾期未办结，逐级上报", "because it was not settled in time below"),
    Relation.ITSELF: Bilingual("因为这是贵单位自己的事项", "because it is about your own work"),
    Relation.STAND_IN: Bilingual("因为您正在代理缺勤的同事", "because you stand in for an absent recipient"),
}
"""Why did I get this? For every relation."""

UNKNOWN_RECIPIENT = Bilingual("因为没有查到其他接收人", "because no other recipient is known")
Named: TypeAlias = tuple[str, Relation, Bilingual]
"""A party, how it stands to the subject, and why it is told."""
IN_PLACE_OF_BELOW = Bilingual("因为下级须回避，由贵单位办理", "because a party below must stand aside")
_ABOVE: Mapping[Relation, Relation] = {
    Relation.VILLAGE: Relation.TOWNSHIP,
    Relation.FEDERATION: Relation.TOWNSHIP,
    Relation.TOWNSHIP: Relation.COUNTY,
}
"""Who is told in place of one that must not hear of it."""


@dataclass(frozen=True, slots=True)
class Stakeholders:
    """Who is around the subject of an alert."""

    division: str
    """The most specific division known, up to the village."""
    school_id: UUID | None = None
    mentors: tuple[UUID, ...] = ()
    """Whose pairing with the child is active, or the one mentor that it is about."""
    mentors_party: str | None = None
    health_centres: tuple[UUID, ...] = ()
    itself: str | None = None
    kept_from: frozenset[str] = frozenset()
    """Parties that must not hear of it."""


def recipients(
    relations: Iterable[Relation],
    circle: Stakeholders,
    *,
    channels: tuple[Channel, ...],
    addresses: Mapping[str, AddressSet],
    today: date,
) -> tuple[Recipient, ...]:
    """Those who are told: each party once, by the first relation that names it, with its stand-in.

    In place of one that must not hear of it the level above is told. Where no relation leads to anybody the
    township is (the county, where no township is known).
    """
    named = [*_named(relations, circle)] or [*_last_resort(circle)]
    absent = [addresses[party] for party, _, _ in named if party in addresses]
    named += [
        (away.stand_in, Relation.STAND_IN, BECAUSE[Relation.STAND_IN])
        for away in absent
        if away.stand_in and away.stand_in_until and away.stand_in_until >= today
        if away.stand_in not in circle.kept_from
    ]
    first: dict[str, Recipient] = {}
    for party, relation, because in named:
        if party not in first:
            open_to = _open_channels(channels, addresses.get(party))
            why = str(because)
            first[party] = Recipient(party=party, relation=relation, because=why, channels=open_to)
    return tuple(first.values())


def _named(relations: Iterable[Relation], circle: Stakeholders) -> Iterator[Named]:
    for relation in relations:
        for party in parties_of(relation, circle):
            yield from _or_above((party, relation, BECAUSE[relation]), circle)


def _or_above(named: Named, circle: Stakeholders) -> Iterator[Named]:
    party, relation, _ = named
    if party not in circle.kept_from:
        yield named
    elif above := _ABOVE.get(relation):
        for one in parties_of(above, circle):
            yield from _or_above((one, above, IN_PLACE_OF_BELOW), circle)


def _last_resort(circle: Stakeholders) -> Iterator[Named]:
    for relation in (Relation.TOWNSHIP, Relation.COUNTY):
        for party in parties_of(relation, circle):
            if party not in circle.kept_from:
                yield party, relation, UNKNOWN_RECIPIENT
                return


def _open_channels(channels: tuple[Channel, ...], address: AddressSet | None) -> tuple[Channel, ...]:
    reachable = {Channel.INBOX}
    if address is not None and address.webhook_url is not None:
        reachable.add(Channel.WEBHOOK)
    if address is not None and address.email is not None:
        reachable.add(Channel.EMAIL)
    return tuple(channel for channel in Channel if channel in reachable & {*channels, Channel.INBOX})


def parties_of(relation: Relation, circle: Stakeholders) -> Iterator[str]:
    """The parties that stand so to the subject."""
    match relation:
        case Relation.MENTOR:
            yield from map(mentor_address, circle.mentors)
        case Relation.SCHOOL:
            if circle.school_id:
                yield f"{PartyKind.SCHOOL}:{circle.school_id}"
        case Relation.HEALTH_CENTRE:
            yield from (f"{PartyKind.HEALTH_CENTRE}:{centre}" for centre in circle.health_centres)
        case Relation.MENTORS_PARTY | Relation.ITSELF:
            party = circle.itself if relation is Relation.ITSELF else circle.mentors_party
            if party:
                yield party
        case Relation.VILLAGE | Relation.TOWNSHIP | Relation.FEDERATION | Relation.COUNTY:
            kind = _AREAS[relation]
            if len(circle.division) >= DIGITS[kind]:
                yield area_address(kind, circle.division)
        case Relation.STAND_IN:
            return
        case _:
            assert_never(relation)


_AREAS: Mapping[Relation, PartyKind] = {
    Relation.VILLAGE: PartyKind.VILLAGE,
    Relation.TOWNSHIP: PartyKind.TOWNSHIP,
    Relation.FEDERATION: PartyKind.WOMENS_FEDERATION,
    Relation.COUNTY: PartyKind.COUNTY,
}
