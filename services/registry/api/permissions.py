"""Who may call what. Whether the thing itself is theirs is judged by `scope`."""

from __future__ import annotations

from services.language import RESPONSIBLE, PartyKind
from shared.access import OPERATOR, may_read, may_write
from shared.http import Open

_TOWNSHIP, _FEDERATION = PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION
_SCHOOL, _VILLAGE, _HEALTH = PartyKind.SCHOOL, PartyKind.VILLAGE, PartyKind.HEALTH_CENTRE
_CARING = (*RESPONSIBLE, _HEALTH, PartyKind.MENTOR, PartyKind.YOUTH_LEAGUE)

FOUND_ORGANISATION = may_write("found_organisation", OPERATOR, _TOWNSHIP)
FORM_CLASS = may_write("form_class", _SCHOOL, _TOWNSHIP)
OPEN_PLACE = may_write("open_place", *RESPONSIBLE)

WRITE_FILE = may_write("write_child_file", *RESPONSIBLE)
RECORD_SCHOOLING = may_write("record_schooling", _SCHOOL)
READ_FILE = may_read("read_child_file", *_CARING)
READ_CARD = may_read("read_contact_card", *RESPONSIBLE, PartyKind.MENTOR, PartyKind.YOUTH_LEAGUE)
FIND_CANDIDATES = may_read("find_candidates", *RESPONSIBLE)

OFFER_MOVE = may_write("offer_move", *RESPONSIBLE)
ANSWER_MOVE = may_write("answer_move", _SCHOOL, _VILLAGE)
READ_MOVES = may_read("read_moves", *RESPONSIBLE)

SETTLE_NUMBER = may_write("settle_number", _TOWNSHIP, PartyKind.COUNTY)
READ_NUMBERS = may_read("read_number_disputes", _TOWNSHIP, PartyKind.COUNTY)

LEAD_CENSUS = may_write("lead_census", _TOWNSHIP, _FEDERATION)
SUBMIT_LIST = may_write("submit_census_list", _VILLAGE, _SCHOOL)
READ_CENSUS = may_read("read_census", *RESPONSIBLE)

PROPOSE_CHECKUP = may_write("propose_checkup", _HEALTH)
ARRANGE_CHECKUP = may_write("arrange_checkup", _SCHOOL, _VILLAGE, _TOWNSHIP)
END_CHECKUP = may_write("end_checkup", _SCHOOL, _VILLAGE, _TOWNSHIP, _HEALTH)
RECORD_CHECKUP = may_write("record_checkup", _HEALTH, _SCHOOL)
CLOSE_FINDING = may_write("close_finding", _HEALTH, _SCHOOL, _VILLAGE, _TOWNSHIP)
READ_CHECKUP = may_read("read_checkup", _HEALTH, *RESPONSIBLE)
READ_FINDINGS = may_read("read_findings", _HEALTH, _SCHOOL)

HELP_WITH_DANGER = may_write("help_with_danger_report", _TOWNSHIP, _FEDERATION, _VILLAGE, PartyKind.COUNTY)
HANDLE_DANGER = may_write("handle_danger_report", _TOWNSHIP, PartyKind.COUNTY)
REPORT_DANGER = Open(
    "public", frozenset(), when_full="有危险请拨打 110 或 12345 / In danger call 110 or 12345"
)

REVOKE_TOKEN = may_write("revoke_token", OPERATOR)
