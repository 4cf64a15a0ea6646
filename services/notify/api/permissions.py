"""Who may ask notify for what; scope is judged against the alert, due or party itself."""

from __future__ import annotations

from services.language import PartyKind
from shared.access import OPERATOR, may_read, may_write

EVERY_PARTY = tuple(PartyKind)
SUPERVISORS = (PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION, PartyKind.SCHOOL, PartyKind.VILLAGE)

READ_INBOX = may_read("read_inbox", *EVERY_PARTY)
READ_ALERTS = may_read("read_alerts", *EVERY_PARTY, OPERATOR)
ACT_ON_ALERTS = may_write("act_on_alerts", *EVERY_PARTY)
READ_DUES = may_read("read_dues", *EVERY_PARTY, OPERATOR)
READ_DIGEST = may_read("read_digest", *SUPERVISORS)
READ_RULES = may_read("read_rules", *EVERY_PARTY, OPERATOR)
SET_RULES = may_write("set_rules", PartyKind.TOWNSHIP, PartyKind.COUNTY, OPERATOR)
READ_ADDRESSES = may_read("read_addresses", *EVERY_PARTY, OPERATOR)
SET_ADDRESSES = may_write("set_addresses", *EVERY_PARTY, OPERATOR)
READ_DELIVERIES = may_read("read_deliveries", *EVERY_PARTY, OPERATOR)
