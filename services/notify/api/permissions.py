"""Who may call what. Whether the thing itself is theirs is judged by `scope`."""

from __future__ import annotations

from services.language import RESPONSIBLE, PartyKind
from shared.access import OPERATOR, may_read, may_write

READ_INBOX = may_read("read_inbox", *PartyKind)
READ_ALERTS = may_read("read_alerts", *PartyKind)
ACT_ON_ALERTS = may_write("act_on_alerts", *PartyKind)
READ_DUES = may_read("read_dues", *PartyKind)
READ_DIGEST = may_read("read_digest", *RESPONSIBLE)
READ_RULES = may_read("read_rules", *PartyKind, OPERATOR)
SET_RULES = may_write("set_rules", PartyKind.TOWNSHIP, PartyKind.COUNTY, OPERATOR)
READ_ADDRESSES = may_read("read_addresses", *PartyKind, OPERATOR)
SET_ADDRESSES = may_write("set_addresses", *PartyKind, OPERATOR)
READ_DELIVERIES = may_read("read_deliveries", *PartyKind, OPERATOR)
