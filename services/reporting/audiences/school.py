"""What schools hold of their own pupils: everything but rights cases."""

from __future__ import annotations

from services.language import PartyKind
from services.reporting.audiences.views import audience

SCHOOL = audience(PartyKind.SCHOOL)
