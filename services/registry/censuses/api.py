"""Census rounds: what is asked and answered, and who may ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Unpack
from uuid import UUID

from pydantic import Field

from services.language import (
    RESPONSIBLE,
    ChildId,
    Count,
    DataClass,
    Division,
    Name,
    OrganisationId,
    PartyKind,
    Text,
    Title,
)
from services.registry.censuses.events import CensusEntry, CensusLister, DifferenceKind, Settlement
from services.registry.children.events import GuardianRelation
from shared import Message, Personal, may_read, may_write
from shared.api import Listing, Write, get, post, put
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

LEAD_CENSUS = may_write("lead_census", PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION)
SUBMIT_LIST = may_write("submit_census_list", PartyKind.VILLAGE, PartyKind.SCHOOL)
READ_CENSUS = may_read("read_census", *RESPONSIBLE)
MAX_CENSUS_ENTRIES = 5000


class OpenCensus(Message):
    """Open a round in the caller's township; each village and school named hands in a list."""

    title: Title
    on: date
    villages: tuple[OrganisationId, ...] = Field(default=(), max_length=500)
    schools: tuple[OrganisationId, ...] = Field(default=(), max_length=500)


class SubmitCensusList(Message):
    """The caller's own list, as a village or a school; it replaces an earlier one."""

    entries: tuple[CensusEntry, ...] = Field(max_length=MAX_CENSUS_ENTRIES)


class SettleDifference(Message):
    """What is true where the lists disagree; a counted conflict needs the guardianship."""

    name: Annotated[Name, Personal(DataClass.IDENTITY)]
    birth_date: Annotated[date, Personal(DataClass.IDENTITY)]
    kind: DifferenceKind
    settlement: Settlement
    guardianship: Annotated[GuardianRelation | None, Personal(DataClass.GUARDIANSHIP)] = None
    reason: Annotated[Text, Personal(DataClass.IDENTITY)] = ""


class CensusListView(Message):
    """One organisation's list in a round."""

    organisation_id: OrganisationId
    lister: CensusLister
    submitted: bool
    entries: Count | None = None
    """None for the lists of others, to a village or a school."""


class CensusFigures(Message):
    """What a closed round came to; frozen."""

    children: Count
    by_guardianship: Mapping[GuardianRelation, int]
    on_both_lists: Count
    differences_settled: Count


class CensusRow(Message):
    """A round in a list."""

    id: UUID
    township: Division
    title: Title
    on: date
    closed: bool
    figures: CensusFigures | None = None


class CensusView(CensusRow):
    """One round."""

    version: int
    lists: tuple[CensusListView, ...]
    listed: Count
    """Children on any list, each once; to a village or a school, on its own."""
    differences: Count
    """What `list_census_differences` tells the reader."""
    unsettled: Count


class ListedLine(Message):
    """How one organisation lists the child."""

    organisation_id: OrganisationId
    lister: CensusLister
    guardianship: Annotated[GuardianRelation | None, Personal(DataClass.GUARDIANSHIP)] = None


class DifferenceView(Message):
    """A child about whom the lists disagree; to a village or a school, one of its own lines."""

    kind: DifferenceKind | None = None
    """None to a village or a school where its line is about no file of its own: whether others list such a
    child is for the township to know."""
    name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    birth_date: Annotated[date | None, Personal(DataClass.IDENTITY)] = None
    child_id: ChildId | None = None
    lines: tuple[ListedLine, ...]
    settlement: Settlement | None = None
    """None = still open."""
    guardianship: Annotated[GuardianRelation | None, Personal(DataClass.GUARDIANSHIP)] = None
    """As settled."""
    reason: Annotated[Text | None, Personal(DataClass.IDENTITY)] = None


class CensusesApi(ServiceClient):
    """Census rounds."""

    @post("/censuses", permission=LEAD_CENSUS)
    async def open_census(self, body: OpenCensus, **write: Unpack[Write]) -> Receipt:
        """Open a round in the caller's township; each village and school named hands in a list."""

    @put("/censuses/{census_id}/list", permission=SUBMIT_LIST)
    async def submit_census_list(
        self, census_id: UUID, body: SubmitCensusList, **write: Unpack[Write]
    ) -> Receipt:
        """Hand in the caller's own list, as a village or as a school; it replaces an earlier one."""

    @post("/censuses/{census_id}/settlements", permission=LEAD_CENSUS)
    async def settle_difference(
        self, census_id: UUID, body: SettleDifference, **write: Unpack[Write]
    ) -> Receipt:
        """Say what is true where the lists disagree."""

    @post("/censuses/{census_id}/closing", permission=LEAD_CENSUS)
    async def close_census(self, census_id: UUID, **write: Unpack[Write]) -> Receipt:
        """Freeze the figures; refused while a list is missing or a difference open."""

    @get("/censuses/{census_id}", permission=READ_CENSUS)
    async def get_census(self, census_id: UUID) -> CensusView:
        """One round: whose list is in, how much is unsettled, the figures once closed.

        A village or a school is told of its own list, and of the others' whether they are in.
        """

    @get("/censuses", permission=READ_CENSUS)
    async def list_censuses(self, **listing: Unpack[Listing]) -> Page[CensusRow]:
        """The rounds of the caller's scope, newest first."""

    @get("/censuses/{census_id}/differences", permission=READ_CENSUS)
    async def list_census_differences(
        self, census_id: UUID, *, settled: bool | None = None, **listing: Unpack[Listing]
    ) -> Page[DifferenceView]:
        """Where the lists disagree.

        A village or a school sees its own lines alone: those about its children that others list otherwise or
        not at all, and those about no file of its own. Of what others have listed it is told nothing.
        """
