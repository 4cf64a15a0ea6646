"""Who may call what. Whether the thing itself is theirs is judged by the projections' conditions."""

from __future__ import annotations

from services.language import PartyKind
from shared.access import may_read, may_write

_TOWNSHIP, _FEDERATION = PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION
_SCHOOL, _VILLAGE = PartyKind.SCHOOL, PartyKind.VILLAGE
_LEAGUE, _MENTOR = PartyKind.YOUTH_LEAGUE, PartyKind.MENTOR
_RESPONSIBLE = (_TOWNSHIP, _FEDERATION, _SCHOOL, _VILLAGE)

MANAGE_MENTORS = may_write("manage_mentors", *_RESPONSIBLE, _LEAGUE)
READ_MENTORS = may_read("read_mentors", *_RESPONSIBLE, _LEAGUE, _MENTOR)

PROPOSE_PAIRING = may_write("propose_pairing", *_RESPONSIBLE)
ANSWER_PAIRING = may_write("answer_pairing", *_RESPONSIBLE, _LEAGUE, _MENTOR)
END_PAIRING = may_write("end_pairing", *_RESPONSIBLE, _MENTOR)
READ_PAIRINGS = may_read("read_pairings", *_RESPONSIBLE, _LEAGUE, _MENTOR)

LOG_CONTACT = may_write("log_contact", _FEDERATION, _SCHOOL, _VILLAGE, _MENTOR)
READ_CONTACTS = may_read("read_contacts", *_RESPONSIBLE, _LEAGUE, _MENTOR)
READ_TREND = may_read("read_contact_trend", *_RESPONSIBLE, _MENTOR)

SPONSOR = may_write("sponsor", _TOWNSHIP, _FEDERATION, _SCHOOL)
READ_SPONSORSHIPS = may_read("read_sponsorships", *_RESPONSIBLE)

HOLD_HOME_SESSION = may_write("hold_home_session", *_RESPONSIBLE)
READ_HOME_SESSIONS = may_read("read_home_sessions", *_RESPONSIBLE)

HOLD_ACTIVITY = may_write("hold_activity", *_RESPONSIBLE, _LEAGUE)
READ_ACTIVITIES = may_read("read_activities", *_RESPONSIBLE, _LEAGUE)

PUBLISH = may_write("publish_publicity", *_RESPONSIBLE, _LEAGUE)
READ_PUBLICITY = may_read("read_publicity", *_RESPONSIBLE, _LEAGUE)
