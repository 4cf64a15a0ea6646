"""Who may call what. Whether the thing itself is theirs is judged by `scope`."""

from __future__ import annotations

from services.language import RESPONSIBLE, PartyKind
from shared.access import OPERATOR, may_read, may_write

_EVERY_PARTY = tuple(PartyKind)

READ_INBOX = may_read("read_inbox", *_EVERY_PARTY)
READ_ALERTS = may_read("read_alerts", *_EVERY_PARTY)
ACT_ON_ALERTS = may_write("act_on_alerts", *_EVERY_PARTY)
READ_DUES = may_read("read_dues", *_EVERY_PARTY)
READ_DIGEST = may_read("read_digest", *RESPONSIBLE)
READ_RULES = may_read("read_rules", *_EVERY_PARTY, OPERATOR)
SET_RULES = may_write("set_rules", PartyKind.TOWNSHIP, PartyKind.COUNTY, OPERATOR)
READ_ADDRESSES = may_read("read_addresses", *_EVERY_PARTY, OPERATOR)
SET_ADDRESSES = may_write("set_addresses", *_EVERY_PARTY, OPERATOR)
READ_DELIVERIES = may_read("read_deliveries", *_EVERY_PARTY, OPERATOR)
