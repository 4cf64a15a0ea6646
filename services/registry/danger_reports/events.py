"""A danger to a child: reported, handled, its result given back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from services.events import Description, DomainEvent, of_no_file
from services.language import ChildId, DataClass, Division, OrganisationId, PartyAddress, Text, Title
from services.words import Code
from shared import Personal


class DangerCode(Code):
    """What the child is in danger of (mandatory reporting)."""

    LIVING_ALONE = "living_alone", "独居", "Living alone"
    MISSING = "missing", "失踪", "Missing"
    ABUSE = "abuse", "虐待", "Abuse"
    INJURY = "injury", "受伤", "Injury"
    SEXUAL_HARM = "sexual_harm", "性侵害", "Sexual harm"
    GUARDIAN_LOST_CAPACITY = "guardian_lost_capacity", "监护人丧失能力", "Guardian lost capacity"
    DROPOUT = "dropout", "辍学", "Dropped out"
    OTHER = "other", "其他", "Other"


class DangerReported(DomainEvent):
    """Somebody reported a child in danger. Anyone may; nothing stands in between."""

    type: ClassVar[str] = "danger_report.reported"
    description: ClassVar[Description] = of_no_file("危险报告", "Danger reported", reveals=DataClass.RIGHTS)

    report_id: UUID
    code: DangerCode
    division: Division
    child_id: ChildId | None = None
    school_id: OrganisationId | None = None
    who: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None
    where: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None
    how_found: Annotated[Text, Personal(DataClass.RIGHTS)]
    reporter: Annotated[Title | None, Personal(DataClass.REPORTER)] = None
    raised_by: Annotated[str, Personal(DataClass.REPORTER)] = ""
    """Party that raised it, `<kind>:<id>`; `public` = without an account."""
    at: datetime
    raised_by_person: Annotated[str | None, Personal(DataClass.REPORTER)] = None
    """Who raised it for the party: the token's subject."""
    accused: tuple[PartyAddress, ...] = ()
    """Parties that it accuses; none of them hears of it."""
    receipt: Annotated[str | None, Personal(DataClass.REPORTER)] = None
    """SHA-256 of the code by which the reporter learns the result."""


class DangerAcknowledged(DomainEvent):
    """A responsible party has taken the report up."""

    type: ClassVar[str] = "danger_report.acknowledged"
    description: ClassVar[Description] = of_no_file(
        "受理报告", "Danger report acknowledged", reveals=DataClass.RIGHTS
    )

    report_id: UUID
    by_party: str
    at: datetime
    by_handler: bool = True
    """Whether a township or county did: a village or federation helps, and the clock goes on."""


class DangerReferred(DomainEvent):
    """The report was passed to police, civil affairs, education or a hospital."""

    type: ClassVar[str] = "danger_report.referred"
    description: ClassVar[Description] = of_no_file(
        "转交报告", "Danger report referred", reveals=DataClass.RIGHTS
    )

    report_id: UUID
    referred_to: Annotated[Title, Personal(DataClass.RIGHTS)]
    at: datetime
    by_party: str | None = None


class DangerHandled(DomainEvent):
    """The danger was dealt with."""

    type: ClassVar[str] = "danger_report.handled"
    description: ClassVar[Description] = of_no_file("处置危险", "Danger handled", reveals=DataClass.RIGHTS)

    report_id: UUID
    outcome: Annotated[Text, Personal(DataClass.RIGHTS)]
    at: datetime
    by_party: str | None = None


class DangerResultReturned(DomainEvent):
    """The reporter was told what came of the report; it is closed."""

    type: ClassVar[str] = "danger_report.result_returned"
    description: ClassVar[Description] = of_no_file("反馈结果", "Result returned", reveals=DataClass.RIGHTS)

    report_id: UUID
    at: datetime
    answer: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None
    """What the reporter is told; None = the outcome."""


class DangerReopened(DomainEvent):
    """The report is open again: what was done was not enough, or not right. Its clock starts again."""

    type: ClassVar[str] = "danger_report.reopened"
    description: ClassVar[Description] = of_no_file(
        "重新处置", "Danger report reopened", reveals=DataClass.RIGHTS
    )

    report_id: UUID
    by_party: str
    reason: Annotated[Text, Personal(DataClass.RIGHTS)]
    at: datetime


class DangerWithheld(DomainEvent):
    """From now on these parties, and no others but the accused, neither read the report nor hear of it."""

    type: ClassVar[str] = "danger_report.withheld"
    description: ClassVar[Description] = of_no_file(
        "报告回避", "Danger report withheld", reveals=DataClass.RIGHTS
    )

    report_id: UUID
    by_party: str
    parties: tuple[PartyAddress, ...]
    at: datetime
