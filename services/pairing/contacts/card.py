"""Whom to call next: the order of the contact card, after those who could not be reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.pairing.contacts.events import ContactWith, FailureReason, NextContact
from services.registry.events import CardEntry

COMMON_LANGUAGE = "普通话"

MOTHER = frozenset({"母亲", "妈妈", "母", "mother"})
FATHER = frozenset({"父亲", "爸爸", "父", "father"})
"""How cards name the parents; anybody else on a card is reached through the guardian's household."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed contact: whom it was meant for, and whom the card named next."""

    with_whom: ContactWith
    named_next: NextContact | None = None


def next_on_card(
    card: Sequence[CardEntry],
    with_whom: ContactWith,
    reason: FailureReason,
    before: Iterable[Failure] = (),
) -> NextContact | None:
    """The card's next entry after a failed contact.

    `before` are this child's failed contacts since the last success, oldest first. Entries that failed since
    then are passed over; after a language barrier those who speak the common language come first. None when
    the card is exhausted: then somebody has to go there.
    """
    tried: set[int] = set()
    named: NextContact | None = None
    for failure in before:
        tried |= _meant(card, failure.with_whom, named)
        named = failure.named_next
    tried |= _meant(card, with_whom, named)
    left = [entry for place, entry in enumerate(card) if place not in tried]
    if reason is FailureReason.LANGUAGE_BARRIER:
        left.sort(key=lambda entry: COMMON_LANGUAGE not in entry.languages)
    return _named(left[0]) if left else None


def _meant(card: Sequence[CardEntry], with_whom: ContactWith, named: NextContact | None) -> set[int]:
    """The place on the card that a contact was meant for; empty when it was nobody on the card."""
    if named is not None:
        for place, entry in enumerate(card):
            if _named(entry) == named and with_whom in {who(entry), ContactWith.OTHER}:
                return {place}
    for place, entry in enumerate(card):
        if who(entry) is with_whom:
            return {place}
    return set()


def who(entry: CardEntry) -> ContactWith:
    """Whom the entry reaches: mother, father, or the household of the guardian."""
    relation = entry.relation.casefold()
    if relation in MOTHER:
        return ContactWith.MOTHER
    if relation in FATHER:
        return ContactWith.FATHER
    return ContactWith.GUARDIAN


def _named(entry: CardEntry) -> NextContact:
    return NextContact(relation=entry.relation, name=entry.name, phone=entry.phone)
