"""Who may call what. Which rows and figures are theirs is judged by `scope` and the reach of the party."""

from __future__ import annotations

from services.language import RESPONSIBLE, PartyKind
from shared.access import may_read, may_write

READ_ROWS = may_read("read_rows", *RESPONSIBLE, PartyKind.MENTOR)
READ_FIGURES = may_read(
    "read_figures", *RESPONSIBLE, PartyKind.MENTOR, PartyKind.COUNTY, PartyKind.YOUTH_LEAGUE
)
READ_CARE_MAP = may_read("read_care_map", *RESPONSIBLE, PartyKind.MENTOR, PartyKind.YOUTH_LEAGUE)

READ_SUMMARIES = may_read("read_summaries", *RESPONSIBLE, PartyKind.COUNTY)
WRITE_SUMMARY = may_write("write_summary", *RESPONSIBLE)
JUDGE_SUMMARY = may_write("judge_summary", PartyKind.TOWNSHIP, PartyKind.COUNTY)
