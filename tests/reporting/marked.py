"""A child whose every personal text is a marker that names its class of data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from services.language import DataClass
from services.pairing import events as pairing
from services.registry import events as registry
from shared.messages import Event
from tests.reporting.township import SCHOOLS, TOWNSHIP, VILLAGES, named

CHILD, OTHER_CHILD, MENTOR = named("marked-child"), named("other-child"), named("marked-mentor")
PAIRING, CAMPAIGN, FINDING = named("marked-pairing"), named("marked-campaign"), named("marked-finding")
AT = datetime(2025, 4, 10, 1, tzinfo=UTC)
ON = date(2025, 4, 10)
_CODES = {data_class: f"90{number:02}" for number, data_class in enumerate(DataClass)}


def text(data_class: DataClass, salt: str = "") -> str:
    """A marker as text."""
    return f"密{data_class.value}{salt}"


def phone(data_class: DataClass) -> str:
    """A marker as a phone number."""
    return f"{_CODES[data_class]}55512"


def markers(data_class: DataClass) -> tuple[str, str]:
    """What betrays a value of this class."""
    return f"密{data_class.value}", phone(data_class)


def marked_child(salt: str = "") -> Iterator[tuple[str, Event]]:
    """The child's history by service: every event type that says something about a child or its mentor."""
    D = DataClass  # noqa: N806
    t = partial(text, salt=salt)
    guardian = registry.Guardian(
        relation=registry.GuardianRelation.RELATIVE,
        name=t(D.GUARDIANSHIP),
        age=70,
        phone=phone(D.CONTACT),
        health=t(D.GUARDIANSHIP),
        literate=False,
        languages=(t(D.GUARDIANSHIP),),
    )
    card = registry.CardEntry(relation="母亲", name=t(D.CONTACT), phone=phone(D.CONTACT))
    child: dict[str, Any] = {"child_id": CHILD}
    finding = {**child, "campaign_id": CAMPAIGN, "finding_id": FINDING, "on": ON}
    yield (
        "registry",
        registry.ChildRegistered(
            child_id=CHILD,
            file_number="331082101-9999",
            name=t(D.IDENTITY),
            sex=registry.Sex.MALE,
            birth_date=date(2015, 2, 1),
            resident_id=t(D.IDENTITY),
            ethnicity=t(D.IDENTITY),
            address=registry.Address(village=VILLAGES[0], group=t(D.CONTACT), line=t(D.CONTACT)),
            township=TOWNSHIP,
            school_id=SCHOOLS[0],
            health_status=t(D.HEALTH),
            hobbies=t(D.IDENTITY),
            family_situation=t(D.GUARDIANSHIP),
        ),
    )
    told: tuple[Event, ...] = (
        registry.GuardianNamed(child_id=CHILD, guardian=guardian),
        registry.GuardianReplaced(
            child_id=CHILD,
            guardian=guardian,
            former_relation=registry.GuardianRelation.FRIEND,
            reason=t(D.GUARDIANSHIP),
        ),
        registry.ParentMovedAway(
            child_id=CHILD,
            parent=registry.Parent.MOTHER,
            since=date(2023, 1, 1),
            name=t(D.GUARDIANSHIP),
            phone=phone(D.CONTACT),
            place=t(D.GUARDIANSHIP),
            employer=t(D.GUARDIANSHIP),
        ),
        registry.ContactCardIssued(child_id=CHILD, edition=1, entries=(card,)),
        registry.DroppedOut(child_id=CHILD, on=ON, reason=t(D.SCHOOLING)),
        registry.CheckupCampaignOpened(
            campaign_id=CAMPAIGN, school_id=SCHOOLS[0], health_centre_id=named("hc"), on=ON, children=(CHILD,)
        ),
        registry.CheckupMissed.model_validate({"campaign_id": CAMPAIGN, **child, "reason": t(D.HEALTH)}),
        registry.CheckupDone.model_validate({"campaign_id": CAMPAIGN, **child, "on": ON, "height_cm": 133}),
        registry.FindingRaised.model_validate({**finding, "finding": t(D.HEALTH)}),
        registry.FindingTreated.model_validate({**finding, "treatment": t(D.HEALTH)}),
        registry.FindingClosed.model_validate({**finding, "outcome": t(D.HEALTH)}),
        registry.DangerReported(
            report_id=named("marked-report"),
            code=registry.DangerCode.ABUSE,
            division=VILLAGES[0],
            child_id=CHILD,
            who=t(D.RIGHTS),
            where=t(D.RIGHTS),
            how_found=t(D.RIGHTS),
            reporter=t(D.REPORTER),
            raised_by=f"school:{SCHOOLS[0]}",
            at=AT,
        ),
    )
    yield from (("registry", event) for event in told)
    yield from (("pairing", event) for event in _cared_for(salt))


def _cared_for(salt: str) -> Iterator[Event]:
    D = DataClass  # noqa: N806
    pair: dict[str, Any] = {"pairing_id": PAIRING, "child_id": CHILD, "mentor_id": MENTOR}
    aid: dict[str, Any] = {"sponsorship_id": named("marked-sponsorship"), "child_id": CHILD}
    yield pairing.MentorEnrolled(
        mentor_id=MENTOR,
        kind=pairing.MentorKind.TEACHER,
        name=text(D.IDENTITY, salt),
        phone=phone(D.CONTACT),
        organisation_id=SCHOOLS[0],
        division=TOWNSHIP,
        capacity=2,
    )
    declined = {**pair, "pairing_id": named("marked-declined"), "reason": text(D.CARE, salt)}
    yield pairing.PairingProposed.model_validate(declined)
    yield pairing.PairingDeclined.model_validate(declined)
    yield pairing.PairingProposed.model_validate(pair)
    yield pairing.PairingAccepted.model_validate({**pair, "on": ON})
    yield pairing.ContactLogged(
        contact_id=named("marked-contact"),
        child_id=CHILD,
        kind=pairing.ContactKind.PHONE_CALL,
        with_whom=pairing.ContactWith.GUARDIAN,
        at=AT,
        pairing_id=PAIRING,
        mentor_id=MENTOR,
        succeeded=False,
        failure=pairing.FailureReason.NO_ANSWER,
        note=text(D.CARE, salt),
        next_step=text(D.CARE, salt),
        next_contact=pairing.NextContact(relation="母亲", name=text(D.CONTACT, salt), phone=phone(D.CONTACT)),
    )
    entry = {"child_id": CHILD, "on": ON, "written_by": f"mentor:{MENTOR}"}
    yield pairing.DiaryEntryWritten.model_validate(
        {**entry, "entry_id": named("marked-entry"), "text": text(D.DIARY, salt)}
    )
    yield pairing.ChildEntryWritten.model_validate(
        {**entry, "entry_id": named("marked-words"), "text": text(D.CHILD_AUTHORED, salt)}
    )
    put_right = {"child_id": CHILD, "on": ON, "corrected_by": f"mentor:{MENTOR}"}
    for which, kind, data_class in (
        ("marked-entry", pairing.DiaryEntryCorrected, D.DIARY),
        ("marked-words", pairing.ChildEntryCorrected, D.CHILD_AUTHORED),
    ):
        words = {"text": text(data_class, salt), "reason": text(data_class, salt)}
        yield kind.model_validate({**put_right, **words, "entry_id": named(which)})
    yield pairing.SponsorshipStarted.model_validate(
        {
            **aid,
            "sponsor": text(D.AID, salt),
            "organisation_id": named("federation"),
            "yearly_amount": Decimal("1234.56"),
            "since": ON,
        }
    )
    yield pairing.SponsorshipEnded.model_validate({**aid, "on": ON, "reason": text(D.AID, salt)})
    yield pairing.CondolenceVisitMade.model_validate({**aid, "on": ON, "note": text(D.CARE, salt)})
    yield pairing.HomeSessionHeld(
        session_id=named("marked-session"),
        place_id=named("home"),
        on=ON,
        minutes=60,
        staff=(text(D.IDENTITY, "教师"), text(D.IDENTITY, "教师二")),
        children=(CHILD, OTHER_CHILD),
    )
