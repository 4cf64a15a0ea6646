"""Who may call what. Whether the thing itself is theirs is judged by the projections' conditions."""

from __future__ import annotations

from services.language import RESPONSIBLE, PartyKind
from shared.access import may_read, may_write

MANAGE_MENTORS = may_write("manage_mentors", *RESPONSIBLE, PartyKind.YOUTH_LEAGUE)
READ_MENTORS = may_read("read_mentors", *RESPONSIBLE, PartyKind.YOUTH_LEAGUE, PartyKind.MENTOR)

PROPOSE_PAIRING = may_write("propose_pairing", *RESPONSIBLE)
ANSWER_PAIRING = may_write("answer_pairing", *RESPONSIBLE, PartyKind.YOUTH_LEAGUE, PartyKind.MENTOR)
END_PAIRING = may_write("end_pairing", *RESPONSIBLE, PartyKind.MENTOR)
READ_PAIRINGS = may_read("read_pairings", *RESPONSIBLE, PartyKind.YOUTH_LEAGUE, PartyKind.MENTOR)

LOG_CONTACT = may_write(
    "log_contact", PartyKind.WOMENS_FEDERATION, PartyKind.SCHOOL, PartyKind.VILLAGE, PartyKind.MENTOR
)
READ_CONTACTS = may_read("read_contacts", *RESPONSIBLE, PartyKind.YOUTH_LEAGUE, PartyKind.MENTOR)
READ_TREND = may_read("read_contact_trend", *RESPONSIBLE, PartyKind.MENTOR)

SPONSOR = may_write("sponsor", PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION, PartyKind.SCHOOL)
READ_SPONSORSHIPS = may_read("read_sponsorships", *RESPONSIBLE)

HOLD_HOME_SESSION = may_write("hold_home_session", *RESPONSIBLE)
READ_HOME_SESSIONS = may_read("read_home_sessions", *RESPONSIBLE)
