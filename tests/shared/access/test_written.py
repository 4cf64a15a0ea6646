"""Nobody writes what they may not read back: which fields of a body say something, and of which class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import pytest

from services.pairing import client
from services.pairing import events as paired
from services.registry import client as registry_client
from services.registry import events as registered
from shared.access import Personal, data_classes, written
from shared.messages import Event, Message


class Inner(Message):
    """Something within."""

    street: Annotated[str, Personal("contact")] = ""
    town: str = ""


class Outer(Message):
    """A body."""

    number: int = 0
    illness: Annotated[str | None, Personal("health")] = None
    poor: Annotated[bool, Personal("aid")] = False
    home: Inner = Inner()
    homes: tuple[Inner, ...] = ()


def test_what_is_sent_is_told_by_path() -> None:
    """Personal fields are found at every depth; what is free, is not."""
    body = Outer(number=1, illness="i", home=Inner(street="s", town="t"), homes=(Inner(), Inner(street="s")))
    assert dict(written(body)) == {"illness": "health", "home.street": "contact", "homes.1.street": "contact"}


def test_what_is_left_out_or_usual_says_nothing() -> None:
    """A form that sends its empty fields, too, writes nothing with them."""
    assert list(written(Outer())) == []
    assert list(written(Outer(illness=None, poor=False, homes=()))) == []
    assert dict(written(Outer(poor=True))) == {"poor": "aid"}


BECOMES: Mapping[type[Message], type[Event]] = {
    registry_client.OpenChildFile: registered.ChildRegistered,
    registry_client.NameGuardian: registered.GuardianReplaced,
    registry_client.RecordParentAway: registered.ParentMovedAway,
    registry_client.IssueContactCard: registered.ContactCardIssued,
    registry_client.CategoriseChild: registered.ChildCategorised,
    registry_client.RecordDropout: registered.DroppedOut,
    registry_client.RejectMove: registered.MoveRejected,
    registry_client.AcceptMove: registered.MoveAccepted,
    registry_client.SettleDifference: registered.DifferenceSettled,
    registry_client.RecordCheckup: registered.CheckupDone,
    registry_client.RecordMissedCheckup: registered.CheckupMissed,
    registry_client.RaiseFinding: registered.FindingRaised,
    registry_client.ReferFinding: registered.FindingReferred,
    registry_client.TreatFinding: registered.FindingTreated,
    registry_client.CloseFinding: registered.FindingClosed,
    client.ProposePairing: paired.PairingProposed,
    client.DeclinePairing: paired.PairingDeclined,
    client.LogContact: paired.ContactLogged,
    client.StartSponsorship: paired.SponsorshipStarted,
    client.PayInstalment: paired.InstalmentPaid,
    client.RecordCondolenceVisit: paired.CondolenceVisitMade,
    client.EndSponsorship: paired.SponsorshipEnded,
}
"""What is asked of a child's records, and the fact that it becomes."""


@pytest.mark.parametrize("body", BECOMES, ids=lambda body: body.__name__)
def test_a_body_is_marked_like_its_fact(body: type[Message]) -> None:
    """A field has one class, when it is written as when it is kept."""
    kept = {name: mark for name, mark in data_classes(BECOMES[body]).items() if name in body.model_fields}
    asked = {name: mark for name, mark in data_classes(body).items() if name in BECOMES[body].model_fields}
    assert asked == kept
