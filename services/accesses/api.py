"""What is asked and answered about accesses; shared by the four services and their clients."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, TypeAlias, Unpack
from uuid import UUID

from services.language import ChildId, DataClass, Division, PartyKind
from shared import Message, Personal, may_read
from shared.api import Listing, Query, get
from shared.client import ServiceClient
from shared.contracts import Page

READ_ACCESSES = may_read("read_accesses", PartyKind.COUNTY, PartyKind.TOWNSHIP)
Subject: TypeAlias = Annotated[
    str | None, Query(description="读取人的登录名 / The reader's login name", max_length=200)
]


class AccessView(Message):
    """An answer that held something personal, or named a child: to whom it was given, and why."""

    at: datetime
    """Where what was read is not for who looks at the record, the day's beginning."""
    trace_id: UUID | None = None
    """Names the request in the service's log, and was the answer's header `Trace-Id`."""
    subject: str
    """Who read: the login name in the token."""
    name: Annotated[str | None, Personal(DataClass.IDENTITY)] = None
    """The person's name, where the token has it."""
    party: str
    """For whom: `<kind>:<id>`."""
    role: str
    token_id: UUID | None = None
    operation: str | None = None
    """Absent, with all that follows from it, where what was read is not for who looks at the record."""
    query: str | None = None
    """Path and parameters. What was searched by is not kept (`text=•`)."""
    children: tuple[ChildId, ...] = ()
    """The children whom it named; of another office's only how many."""
    unnamed: int = 0
    """How many of one's own it named where that would say what one may not read of them."""
    elsewhere: int = 0
    """Further children, who were another office's at that time."""
    classes: tuple[str, ...] = ()
    """The classes of data that it held, as far as one reads them oneself."""
    permission: str | None = None
    relation: str | None = None
    """How the reader stood to them."""
    division: Division | None = None
    """The reader's scope, by its token: a division,"""
    organisation: UUID | None = None
    """a school or another organisation,"""
    person: UUID | None = None
    """or the carer themself."""


class AccessAlarmView(Message):
    """Somebody read of far more children in one day than they usually do."""

    day: date
    at: datetime
    """When it was noticed."""
    subject: str
    name: Annotated[str | None, Personal(DataClass.IDENTITY)] = None
    party: str
    children: int
    """How many children they had read of by then, in this service."""
    usual: int
    """On the busiest of the thirty days before."""
    allowed: int
    """Beyond which it is an alarm."""


class AccessesApi(ServiceClient):
    """The records of accesses to one service, and the alarms."""

    @get("/accesses", permission=READ_ACCESSES)
    async def list_accesses(
        self,
        *,
        child_id: ChildId | None = None,
        subject: Subject = None,
        since: datetime | None = None,
        until: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[AccessView]:
        """Who read what in this service about the caller's children, newest first; `since` ≤ at < `until`.

        A township sees the records of children who were its own at the time, and those of its own readers
        that name no child; of danger reports those of its own readers. Where a record would say of a child
        what the caller may not read, it is shown from the next day on, with the reader, the day and how many
        children; it is not found by a child. This answer is an access itself.
        """

    @get("/accesses/alarms", permission=READ_ACCESSES)
    async def list_access_alarms(
        self,
        *,
        subject: Subject = None,
        since: datetime | None = None,
        until: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[AccessAlarmView]:
        """Who read of far more children than usual, once a person and day, newest first."""
