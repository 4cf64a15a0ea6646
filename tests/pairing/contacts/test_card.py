"""Whom to call next."""

from __future__ import annotations

from services.pairing.contacts.card import Failure, next_on_card
from services.pairing.contacts.events import ContactWith, FailureReason, NextContact
from services.registry.events import CardEntry

GRANDMOTHER = CardEntry(relation="奶奶", name="林某", phone="13800000001", languages=("台州话",))
UNCLE = CardEntry(relation="叔叔", name="王某", phone="13800000002", languages=("台州话",))
MOTHER = CardEntry(relation="母亲", name="陈某", phone="13800000003", languages=("普通话", "台州话"))
CARD = (GRANDMOTHER, UNCLE, MOTHER)


def named(entry: CardEntry) -> NextContact:
    return NextContact(relation=entry.relation, name=entry.name, phone=entry.phone)


def test_the_next_in_order() -> None:
    """After the first entry failed, the card names the second."""
    assert next_on_card(CARD, ContactWith.GUARDIAN, FailureReason.NO_ANSWER) == named(UNCLE)


def test_language_barrier_prefers_a_speaker() -> None:
    """Where the grandmother speaks only dialect, the mother is called, though later in order."""
    assert next_on_card(CARD, ContactWith.GUARDIAN, FailureReason.LANGUAGE_BARRIER) == named(MOTHER)


def test_those_who_failed_are_passed_over() -> None:
    """Who failed since the last success is not named again."""
    before = [Failure(ContactWith.GUARDIAN, named(UNCLE))]
    assert next_on_card(CARD, ContactWith.OTHER, FailureReason.NO_ANSWER, before) == named(MOTHER)
    assert next_on_card(CARD, ContactWith.GUARDIAN, FailureReason.NO_ANSWER, before) == named(MOTHER)


def test_skipping_the_order() -> None:
    """When somebody else than the one named was called and failed, the one named still comes next."""
    before = [Failure(ContactWith.GUARDIAN, named(UNCLE))]
    assert next_on_card(CARD, ContactWith.MOTHER, FailureReason.NO_ANSWER, before) == named(UNCLE)


def test_the_card_is_exhausted() -> None:
    """When all on the card have failed, it names nobody."""
    before = [Failure(ContactWith.GUARDIAN, named(UNCLE)), Failure(ContactWith.OTHER, named(MOTHER))]
    assert next_on_card(CARD, ContactWith.MOTHER, FailureReason.NO_ANSWER, before) is None


def test_the_child_is_not_on_the_card() -> None:
    """After a failed talk with the child, the first on the card is next; an empty card names nobody."""
    assert next_on_card(CARD, ContactWith.CHILD, FailureReason.NOT_AT_HOME) == named(GRANDMOTHER)
    assert next_on_card((), ContactWith.GUARDIAN, FailureReason.NO_ANSWER) is None
