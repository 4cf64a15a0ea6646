"""What a request says belongs to the same class of data as the fact that it leads to."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterator, Mapping
from typing import get_type_hints

import pytest
from pydantic import BaseModel

from shared.access import Personal, PersonalParts, marks_of
from tests.house.test_free_text import SERVICES, is_form, leaves

FACTS: Mapping[str, str] = {
    # registry
    "FoundOrganisation": "OrganisationFounded",
    "FormClass": "ClassFormed",
    "OpenPlace": "PlaceOpened",
    "ClosePlace": "PlaceClosed",
    "OpenChildFile": "ChildRegistered",
    "NameGuardian": "GuardianReplaced",
    "RecordParentAway": "ParentMovedAway",
    "RecordDropout": "DroppedOut",
    "AcceptMove": "Address",
    "RejectMove": "MoveRejected",
    "OpenCensus": "CensusOpened",
    "SettleDifference": "DifferenceSettled",
    "RecordMissedCheckup": "CheckupMissed",
    "RaiseFinding": "FindingRaised",
    "ReferFinding": "FindingReferred",
    "TreatFinding": "FindingTreated",
    "CloseFinding": "FindingClosed",
    "ReferDangerReport": "DangerReferred",
    "HandleDangerReport": "DangerHandled",
    "ReturnDangerResult": "DangerResultReturned",
    "ReopenDangerReport": "DangerReopened",
    "RevokeToken": "TokenRevoked",
    # pairing
    "LetMentorLeave": "MentorLeft",
    "ProposePairing": "PairingProposed",
    "DeclinePairing": "PairingDeclined",
    "LogContact": "ContactLogged",
    "WriteDiaryEntry": "DiaryEntryWritten",
    "WriteChildEntry": "ChildEntryWritten",
    "CorrectDiaryEntry": "DiaryEntryCorrected ChildEntryCorrected",
    "StartSponsorship": "SponsorshipStarted",
    "RecordCondolenceVisit": "CondolenceVisitMade",
    "EndSponsorship": "SponsorshipEnded",
    "HoldHomeSession": "HomeSessionHeld",
    "HoldActivity": "ActivityHeld",
    "PublishPublicity": "PublicityPublished",
    # notify
    "SnoozeAlert": "AlertSnoozed",
    # reporting
    "DraftSummary": "SummaryDrafted",
    "EditSummaryText": "SummaryTextEdited",
}
"""By body: the event, or the model within it, that what it says becomes."""
GIVEN_AWAY = {
    "ReturnSummary": "the county hands summaries back too, and must say why to who wrote them",
    "RaiseDangerReport": "anyone may report a child in danger, and the handlers alone read it all",
    "ReportDanger": "the same, without an account",
    "EnrolMentor": "of a grown-up, who is enrolled by the youth league too",
    "SetAddress": "an office's own address, which it reads back as far as that is safe",
}
"""Bodies whose senders need not read back what they say, and why."""


def bodies(service: str) -> Iterator[type[BaseModel]]:
    """The models that the service's operations take."""
    definition = getattr(importlib.import_module(f"services.{service}.wiring"), service.upper())
    for route in definition.routes:
        body = get_type_hints(getattr(route, "fn", route)).get("data")
        if isinstance(body, type) and issubclass(body, BaseModel):
            yield body


def classes(model: type[BaseModel]) -> dict[str, set[str]]:
    """Of each field the classes of data that it is marked with."""
    return {
        name: {one for mark in marks_of(info) for one in _marked(mark)}
        for name, info in model.model_fields.items()
    }


def _marked(mark: object) -> Collection[str]:
    match mark:
        case Personal(data_class):
            return (data_class,)
        case PersonalParts(at_most=several):
            return several
        case _:
            return ()


def has_text(model: type[BaseModel]) -> bool:
    fields = model.model_fields.values()
    return any(str in set(leaves(info.annotation)) and not is_form(info.metadata) for info in fields)


@pytest.mark.parametrize("service", SERVICES)
def test_a_request_is_marked_as_its_fact(service: str) -> None:
    """Else the guard of what is written unread would look past it, or refuse what may be read back."""
    events = importlib.import_module(f"services.{service}.events")
    differing = {}
    for body in bodies(service):
        if body.__name__ in FACTS:
            asked = classes(body)
            facts = [classes(getattr(events, fact)) for fact in FACTS[body.__name__].split()]
            for name in asked.keys() & facts[0].keys():
                recorded = set[str]().union(*(fact[name] for fact in facts))
                if asked[name] != recorded:
                    differing[f"{body.__name__}.{name}"] = (asked[name], recorded)
    assert differing == {}


@pytest.mark.parametrize("service", SERVICES)
def test_every_request_with_a_text_leads_to_a_fact(service: str) -> None:
    """A new body with free text has its fact in the table, or a reason why nobody need read it back."""
    named = {body.__name__ for body in bodies(service) if has_text(body)}
    assert named <= FACTS.keys() | GIVEN_AWAY.keys()


def test_the_tables_name_what_there_is() -> None:
    """No entry outlives its body."""
    there = {body.__name__ for service in SERVICES for body in bodies(service)}
    assert there >= (FACTS.keys() - {"ReturnDangerResult"}) | GIVEN_AWAY.keys()
