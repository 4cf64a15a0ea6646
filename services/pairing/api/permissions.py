"""Who may call what. Whether the thing itself is theirs is judged by the projections' conditions."""

from __future__ import annotations

from services.language import RESPONSIBLE, PartyKind
from shared.access import may_read, may_write

_TOWNSHIP, _FEDERATION = PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION
_SCHOOL, _VILLAGE = PartyKind.SCHOOL, PartyKind.VILLAGE
_LEAGUE, _MENTOR = PartyKind.YOUTH_LEAGUE, PartyKind.MENTOR

MANAGE_MENTORS = may_write("manage_mentors", *RESPONSIBLE, _LEAGUE)
READ_MENTORS = may_read("read_mentors", *RESPONSIBLE, _LEAGUE, _MENTOR)

PROPOSE_PAIRING = may_write("propose_pairing", *RESPONSIBLE)
ANSWER_PAIRING = may_write("answer_pairing", *RESPONSIBLE, _LEAGUE, _MENTOR)
END_PAIRING = may_write("end_pairing", *RESPONSIBLE, _MENTOR)
READ_PAIRINGS = may_read("read_pairings", *RESPONSIBLE, _LEAGUE, _MENTOR)

LOG_CONTACT = may_write("log_contact", _FEDERATION, _SCHOOL, _VILLAGE, _MENTOR)
READ_CONTACTS = may_read("read_contacts", *RESPONSIBLE, _LEAGUE, _MENTOR)
READ_TREND = may_read("read_contact_trend", *RESPONSIBLE, _MENTOR)

SPONSOR = may_write("sponsor", _TOWNSHIP, _FEDERATION, _SCHOOL)
READ_SPONSORSHIPS = may_read("read_sponsorships", *RESPONSIBLE)

HOLD_HOME_SESSION = may_write("hold_home_session", *RESPONSIBLE)
READ_HOME_SESSIONS = may_read("read_home_sessions", *RESPONSIBLE)

HOLD_ACTIVITY = may_write("hold_activity", *RESPONSIBLE, _LEAGUE)
READ_ACTIVITIES = may_read("read_activities", *RESPONSIBLE, _LEAGUE)

PUBLISH = may_write("publish_publicity", *RESPONSIBLE, _LEAGUE)
READ_PUBLICITY = may_read("read_publicity", *RESPONSIBLE, _LEAGUE)
