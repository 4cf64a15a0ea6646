"""Who may call what. Whether the thing itself is theirs is judged by `scope`."""

from __future__ import annotations

from services.language import RESPONSIBLE, PartyKind
from shared.access import OPERATOR, may_read, may_write
from shared.http import Open
from shared.texts import Bilingual

FOUND_ORGANISATION = may_write("found_organisation", OPERATOR, PartyKind.TOWNSHIP)
FORM_CLASS = may_write("form_class", PartyKind.SCHOOL, PartyKind.TOWNSHIP)
OPEN_PLACE = may_write("open_place", *RESPONSIBLE)

WRITE_FILE = may_write("write_child_file", *RESPONSIBLE)
RECORD_SCHOOLING = may_write("record_schooling", PartyKind.SCHOOL)
READ_FILE = may_read(
    "read_child_file", *RESPONSIBLE, PartyKind.HEALTH_CENTRE, PartyKind.MENTOR, PartyKind.YOUTH_LEAGUE
)
READ_CARD = may_read("read_contact_card", *RESPONSIBLE, PartyKind.MENTOR, PartyKind.YOUTH_LEAGUE)
FIND_CANDIDATES = may_read("find_candidates", *RESPONSIBLE)

OFFER_MOVE = may_write("offer_move", *RESPONSIBLE)
ANSWER_MOVE = may_write("answer_move", PartyKind.SCHOOL, PartyKind.VILLAGE)
READ_MOVES = may_read("read_moves", *RESPONSIBLE)

SETTLE_NUMBER = may_write("settle_number", PartyKind.TOWNSHIP, PartyKind.COUNTY)
READ_NUMBERS = may_read("read_number_disputes", PartyKind.TOWNSHIP, PartyKind.COUNTY)

LEAD_CENSUS = may_write("lead_census", PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION)
SUBMIT_LIST = may_write("submit_census_list", PartyKind.VILLAGE, PartyKind.SCHOOL)
READ_CENSUS = may_read("read_census", *RESPONSIBLE)

PROPOSE_CHECKUP = may_write("propose_checkup", PartyKind.HEALTH_CENTRE)
ARRANGE_CHECKUP = may_write("arrange_checkup", PartyKind.SCHOOL, PartyKind.VILLAGE, PartyKind.TOWNSHIP)
END_CHECKUP = may_write(
    "end_checkup", PartyKind.SCHOOL, PartyKind.VILLAGE, PartyKind.TOWNSHIP, PartyKind.HEALTH_CENTRE
)
RECORD_CHECKUP = may_write("record_checkup", PartyKind.HEALTH_CENTRE, PartyKind.SCHOOL)
CLOSE_FINDING = may_write(
    "close_finding", PartyKind.HEALTH_CENTRE, PartyKind.SCHOOL, PartyKind.VILLAGE, PartyKind.TOWNSHIP
)
READ_CHECKUP = may_read("read_checkup", PartyKind.HEALTH_CENTRE, *RESPONSIBLE)
READ_FINDINGS = may_read("read_findings", PartyKind.HEALTH_CENTRE, PartyKind.SCHOOL)

HELP_WITH_DANGER = may_write(
    "help_with_danger_report",
    PartyKind.TOWNSHIP,
    PartyKind.WOMENS_FEDERATION,
    PartyKind.VILLAGE,
    PartyKind.COUNTY,
)
HANDLE_DANGER = may_write("handle_danger_report", PartyKind.TOWNSHIP, PartyKind.COUNTY)
REPORT_DANGER = Open(
    "public", frozenset(), when_full=Bilingual("有危险请拨打 110 或 12345", "In danger call 110 or 12345")
)

REVOKE_TOKEN = may_write("revoke_token", OPERATOR)
