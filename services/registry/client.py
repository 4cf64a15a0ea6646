"""The typed client of the registry: one method for each operation, named like it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Unpack
from uuid import UUID

from services.accesses.client import AccessesClient
from services.language import ChildId, Division, FindingId, OrganisationId
from services.registry.censuses.api import (
    MAX_CENSUS_ENTRIES,
    CensusFigures,
    CensusListView,
    CensusRow,
    CensusView,
    DifferenceView,
    ListedLine,
    OpenCensus,
    SettleDifference,
    SubmitCensusList,
)
from services.registry.checkups.api import (
    MAX_CAMPAIGN_CHILDREN,
    CampaignRow,
    CampaignStatus,
    CampaignView,
    CloseFinding,
    ConfirmCheckupCampaign,
    ExaminationStatus,
    ExaminationView,
    FindingReceipt,
    FindingStage,
    FindingView,
    OpenCheckupCampaign,
    ProposeCheckupCampaign,
    RaiseFinding,
    RecordCheckup,
    RecordMissedCheckup,
    ReferFinding,
    TreatFinding,
)
from services.registry.children.api import (
    MAX_CARD_ENTRIES,
    CandidateReason,
    Candidates,
    CandidateView,
    CategoriseChild,
    ChangeSchool,
    ChildReceipt,
    ChildRow,
    ChildView,
    ContactCardView,
    ExitChild,
    FileStatus,
    IssueContactCard,
    NameGuardian,
    OpenChildFile,
    RecheckFile,
    RecordDropout,
    RecordParentAway,
    RecordParentReturn,
    RecordReturnToSchool,
    ResidentId,
    Whereabouts,
)
from services.registry.danger_reports.api import (
    DangerReceipt,
    DangerReportView,
    DangerResult,
    DangerStatus,
    HandleDangerReport,
    RaiseDangerReport,
    Received,
    ReferDangerReport,
    ReopenDangerReport,
    ReportDanger,
    ReturnDangerResult,
    WithholdDangerReport,
)
from services.registry.moves.api import AcceptMove, MovesApi, MoveStatus, MoveView, OfferMove, RejectMove
from services.registry.numbers.api import DisputedFile, NumberDisputeView, NumbersApi, SettleNumber
from services.registry.organisations.api import (
    ClassReceipt,
    ClassView,
    FormClass,
    FoundOrganisation,
    OrganisationsApi,
    OrganisationView,
)
from services.registry.places.api import ClosePlace, OpenPlace, PlacesApi, PlaceView
from services.registry.tokens.api import RevokeToken, TokensApi
from shared.api import Listing, Write
from shared.contracts import Page, Receipt


class RegistryClient(OrganisationsApi, PlacesApi, MovesApi, NumbersApi, TokensApi, AccessesClient):
    """Who the child is. Ids of new things come back in the receipt's `id`."""

    # -- child files ---------------------------------------------------------------------------------

    async def open_child_file(self, body: OpenChildFile, **write: Unpack[Write]) -> ChildReceipt:
        """Open a file; search `find_candidates` first."""
        return await self._command("POST", "/children", body, answer=ChildReceipt, **write)

    async def get_child(self, child_id: ChildId, *, as_of: datetime | None = None) -> ChildView:
        """One file, with what the caller may read of it."""
        return await self._query(f"/children/{child_id}", answer=ChildView, as_of=as_of)

    async def list_children(
        self,
        *,
        village: Division | None = None,
        school_id: OrganisationId | None = None,
        status: FileStatus | None = None,
        text: str | None = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[ChildRow]:
        """The files of the caller's scope; `text` looks in name and file number."""
        params = {"village": village, "school_id": school_id, "status": status, "text": text, **listing}
        return await self._query("/children", params, answer=Page[ChildRow], as_of=as_of)

    async def find_candidates(
        self, *, name: str | None = None, birth_date: date | None = None, resident_id: str | None = None
    ) -> Candidates:
        """The caller's files that may be the same child's: by resident ID, or by name and birth date.

        So many a person and day; beyond them 429.
        """
        params = {"name": name, "birth_date": birth_date, "resident_id": resident_id}
        return await self._query("/children/candidates", params, answer=Candidates)

    async def name_guardian(self, child_id: ChildId, body: NameGuardian, **write: Unpack[Write]) -> Receipt:
        """Name the guardian, or replace them."""
        return await self._command("PUT", f"/children/{child_id}/guardian", body, **write)

    async def record_parent_away(
        self, child_id: ChildId, body: RecordParentAway, **write: Unpack[Write]
    ) -> Receipt:
        """A parent works away."""
        return await self._command("POST", f"/children/{child_id}/parents/away", body, **write)

    async def record_parent_return(
        self, child_id: ChildId, body: RecordParentReturn, **write: Unpack[Write]
    ) -> Receipt:
        """A parent came back for good."""
        return await self._command("POST", f"/children/{child_id}/parents/return", body, **write)

    async def issue_contact_card(
        self, child_id: ChildId, body: IssueContactCard, **write: Unpack[Write]
    ) -> Receipt:
        """Issue or renew the contact card."""
        return await self._command("POST", f"/children/{child_id}/contact-card", body, **write)

    async def get_contact_card(self, child_id: ChildId, *, as_of: datetime | None = None) -> ContactCardView:
        """The contact card as it is printed."""
        return await self._query(f"/children/{child_id}/contact-card", answer=ContactCardView, as_of=as_of)

    async def categorise_child(
        self, child_id: ChildId, body: CategoriseChild, **write: Unpack[Write]
    ) -> Receipt:
        """Put the child into a care category."""
        return await self._command("POST", f"/children/{child_id}/category", body, **write)

    async def change_school(self, child_id: ChildId, body: ChangeSchool, **write: Unpack[Write]) -> Receipt:
        """Move the child to another class of its school; to another school it is offered."""
        return await self._command("POST", f"/children/{child_id}/school", body, **write)

    async def record_dropout(self, child_id: ChildId, body: RecordDropout, **write: Unpack[Write]) -> Receipt:
        """The child stopped going to school."""
        return await self._command("POST", f"/children/{child_id}/dropout", body, **write)

    async def record_return_to_school(
        self, child_id: ChildId, body: RecordReturnToSchool, **write: Unpack[Write]
    ) -> Receipt:
        """The child goes to school again."""
        return await self._command("POST", f"/children/{child_id}/return-to-school", body, **write)

    async def recheck_file(self, child_id: ChildId, body: RecheckFile, **write: Unpack[Write]) -> Receipt:
        """The file was checked against reality."""
        return await self._command("POST", f"/children/{child_id}/rechecks", body, **write)

    async def exit_child(self, child_id: ChildId, body: ExitChild, **write: Unpack[Write]) -> Receipt:
        """The child no longer counts as left behind."""
        return await self._command("POST", f"/children/{child_id}/exit", body, **write)

    # -- census --------------------------------------------------------------------------------------

    async def open_census(self, body: OpenCensus, **write: Unpack[Write]) -> Receipt:
        """Open a round in the caller's township."""
        return await self._command("POST", "/censuses", body, **write)

    async def submit_census_list(
        self, census_id: UUID, body: SubmitCensusList, **write: Unpack[Write]
    ) -> Receipt:
        """Hand in the caller's own list; a later one replaces it."""
        return await self._command("PUT", f"/censuses/{census_id}/list", body, **write)

    async def get_census(self, census_id: UUID) -> CensusView:
        """One round: whose list is in, how much is unsettled, the figures once closed."""
        return await self._query(f"/censuses/{census_id}", answer=CensusView)

    async def list_censuses(self, **listing: Unpack[Listing]) -> Page[CensusRow]:
        """The rounds of the caller's scope, newest first."""
        return await self._query("/censuses", listing, answer=Page[CensusRow])

    async def list_census_differences(
        self, census_id: UUID, *, settled: bool | None = None, **listing: Unpack[Listing]
    ) -> Page[DifferenceView]:
        """Where the lists disagree."""
        params = {"settled": settled, **listing}
        path = f"/censuses/{census_id}/differences"
        return await self._query(path, params, answer=Page[DifferenceView])

    async def settle_difference(
        self, census_id: UUID, body: SettleDifference, **write: Unpack[Write]
    ) -> Receipt:
        """Say what is true where the lists disagree."""
        return await self._command("POST", f"/censuses/{census_id}/settlements", body, **write)

    async def close_census(self, census_id: UUID, **write: Unpack[Write]) -> Receipt:
        """Freeze the figures; refused while a list is missing or a difference open."""
        return await self._command("POST", f"/censuses/{census_id}/closing", **write)

    # -- checkups ------------------------------------------------------------------------------------

    async def open_checkup_campaign(self, body: OpenCheckupCampaign, **write: Unpack[Write]) -> Receipt:
        """Arrange a checkup."""
        return await self._command("POST", "/checkups", body, **write)

    async def propose_checkup_campaign(self, body: ProposeCheckupCampaign, **write: Unpack[Write]) -> Receipt:
        """Offer a checkup, as the health centre."""
        return await self._command("POST", "/checkups/proposals", body, **write)

    async def confirm_checkup_campaign(
        self, campaign_id: UUID, body: ConfirmCheckupCampaign, **write: Unpack[Write]
    ) -> Receipt:
        """Take a health centre's offer up, and say for which children."""
        return await self._command("POST", f"/checkups/{campaign_id}/confirmation", body, **write)

    async def drop_checkup_proposal(self, campaign_id: UUID, **write: Unpack[Write]) -> Receipt:
        """Decline an offer; or withdraw it, as the health centre."""
        return await self._command("POST", f"/checkups/{campaign_id}/refusal", **write)

    async def close_checkup_campaign(self, campaign_id: UUID, **write: Unpack[Write]) -> Receipt:
        """End a campaign; its findings go on."""
        return await self._command("POST", f"/checkups/{campaign_id}/closing", **write)

    async def get_checkup_campaign(self, campaign_id: UUID) -> CampaignView:
        """One campaign with its list and results."""
        return await self._query(f"/checkups/{campaign_id}", answer=CampaignView)

    async def list_checkup_campaigns(self, **listing: Unpack[Listing]) -> Page[CampaignRow]:
        """The campaigns of the caller's scope, newest first."""
        return await self._query("/checkups", listing, answer=Page[CampaignRow])

    async def record_checkup(self, campaign_id: UUID, body: RecordCheckup, **write: Unpack[Write]) -> Receipt:
        """A child's result."""
        return await self._command("POST", f"/checkups/{campaign_id}/results", body, **write)

    async def record_missed_checkup(
        self, campaign_id: UUID, body: RecordMissedCheckup, **write: Unpack[Write]
    ) -> Receipt:
        """A listed child was absent."""
        return await self._command("POST", f"/checkups/{campaign_id}/absences", body, **write)

    async def raise_finding(
        self, campaign_id: UUID, body: RaiseFinding, **write: Unpack[Write]
    ) -> FindingReceipt:
        """Something abnormal."""
        path = f"/checkups/{campaign_id}/findings"
        return await self._command("POST", path, body, answer=FindingReceipt, **write)

    async def refer_finding(
        self, campaign_id: UUID, finding_id: FindingId, body: ReferFinding, **write: Unpack[Write]
    ) -> Receipt:
        """The child is referred for treatment."""
        path = f"/checkups/{campaign_id}/findings/{finding_id}/referral"
        return await self._command("POST", path, body, **write)

    async def treat_finding(
        self, campaign_id: UUID, finding_id: FindingId, body: TreatFinding, **write: Unpack[Write]
    ) -> Receipt:
        """The child was treated."""
        path = f"/checkups/{campaign_id}/findings/{finding_id}/treatment"
        return await self._command("POST", path, body, **write)

    async def close_finding(
        self, campaign_id: UUID, finding_id: FindingId, body: CloseFinding, **write: Unpack[Write]
    ) -> Receipt:
        """Treated, or found harmless."""
        path = f"/checkups/{campaign_id}/findings/{finding_id}/closing"
        return await self._command("POST", path, body, **write)

    async def list_findings(
        self,
        *,
        stage: FindingStage | None = None,
        child_id: ChildId | None = None,
        **listing: Unpack[Listing],
    ) -> Page[FindingView]:
        """The findings of the caller's scope."""
        params = {"stage": stage, "child_id": child_id, **listing}
        return await self._query("/findings", params, answer=Page[FindingView])

    # -- danger reports ------------------------------------------------------------------------------

    async def raise_danger_report(self, body: RaiseDangerReport, **write: Unpack[Write]) -> DangerReceipt:
        """Report a child in danger. Anyone may."""
        return await self._command("POST", "/danger-reports", body, answer=DangerReceipt, **write)

    async def report_danger(self, body: ReportDanger, **write: Unpack[Write]) -> Received:
        """Report a child in danger without an account: the client's token may be empty."""
        return await self._command("POST", "/public/danger-reports", body, answer=Received, **write)

    async def get_danger_result(self, code: str) -> DangerResult:
        """What came of a report, by the code on its receipt; without an account, too."""
        return await self._query(
            "/public/danger-results", answer=DangerResult, headers={"Receipt-Code": code}
        )

    async def acknowledge_danger_report(self, report_id: UUID, **write: Unpack[Write]) -> Receipt:
        """Take the report up."""
        return await self._command("POST", f"/danger-reports/{report_id}/acknowledgement", **write)

    async def refer_danger_report(
        self, report_id: UUID, body: ReferDangerReport, **write: Unpack[Write]
    ) -> Receipt:
        """Pass the report to police, civil affairs or education."""
        return await self._command("POST", f"/danger-reports/{report_id}/referrals", body, **write)

    async def handle_danger_report(
        self, report_id: UUID, body: HandleDangerReport, **write: Unpack[Write]
    ) -> Receipt:
        """Record what was done."""
        return await self._command("POST", f"/danger-reports/{report_id}/handling", body, **write)

    async def return_danger_result(
        self, report_id: UUID, body: ReturnDangerResult | None = None, **write: Unpack[Write]
    ) -> Receipt:
        """Give the result back to the reporter."""
        return await self._command("POST", f"/danger-reports/{report_id}/result", body, **write)

    async def reopen_danger_report(
        self, report_id: UUID, body: ReopenDangerReport, **write: Unpack[Write]
    ) -> Receipt:
        """Open again what was handled."""
        return await self._command("POST", f"/danger-reports/{report_id}/reopening", body, **write)

    async def withhold_danger_report(
        self, report_id: UUID, body: WithholdDangerReport, **write: Unpack[Write]
    ) -> Receipt:
        """Keep the report from parties below."""
        return await self._command("PUT", f"/danger-reports/{report_id}/withholding", body, **write)

    async def get_danger_report(self, report_id: UUID) -> DangerReportView:
        """One report."""
        return await self._query(f"/danger-reports/{report_id}", answer=DangerReportView)

    async def list_danger_reports(
        self, *, status: DangerStatus | None = None, **listing: Unpack[Listing]
    ) -> Page[DangerReportView]:
        """The reports that the caller may read, newest first."""
        return await self._query(
            "/danger-reports", {"status": status, **listing}, answer=Page[DangerReportView]
        )


__all__ = [
    "MAX_CAMPAIGN_CHILDREN",
    "MAX_CARD_ENTRIES",
    "MAX_CENSUS_ENTRIES",
    "AcceptMove",
    "CampaignRow",
    "CampaignStatus",
    "CampaignView",
    "CandidateReason",
    "CandidateView",
    "Candidates",
    "CategoriseChild",
    "CensusFigures",
    "CensusListView",
    "CensusRow",
    "CensusView",
    "ChangeSchool",
    "ChildReceipt",
    "ChildRow",
    "ChildView",
    "ClassReceipt",
    "ClassView",
    "CloseFinding",
    "ClosePlace",
    "ConfirmCheckupCampaign",
    "ContactCardView",
    "DangerReceipt",
    "DangerReportView",
    "DangerResult",
    "DangerStatus",
    "DifferenceView",
    "DisputedFile",
    "ExaminationStatus",
    "ExaminationView",
    "ExitChild",
    "FileStatus",
    "FindingReceipt",
    "FindingStage",
    "FindingView",
    "FormClass",
    "FoundOrganisation",
    "HandleDangerReport",
    "IssueContactCard",
    "ListedLine",
    "MoveStatus",
    "MoveView",
    "NameGuardian",
    "NumberDisputeView",
    "OfferMove",
    "OpenCensus",
    "OpenCheckupCampaign",
    "OpenChildFile",
    "OpenPlace",
    "OrganisationView",
    "PlaceView",
    "ProposeCheckupCampaign",
    "RaiseDangerReport",
    "RaiseFinding",
    "Received",
    "RecheckFile",
    "RecordCheckup",
    "RecordDropout",
    "RecordMissedCheckup",
    "RecordParentAway",
    "RecordParentReturn",
    "RecordReturnToSchool",
    "ReferDangerReport",
    "ReferFinding",
    "RegistryClient",
    "RejectMove",
    "ReopenDangerReport",
    "ReportDanger",
    "ResidentId",
    "ReturnDangerResult",
    "RevokeToken",
    "SettleDifference",
    "SettleNumber",
    "SubmitCensusList",
    "TreatFinding",
    "Whereabouts",
    "WithholdDangerReport",
]
