"""What mentors hold; a mentor reaches the children paired with them, from the day of the pairing."""

from __future__ import annotations

from services.language import PartyKind, Relation
from services.reporting.audiences.views import audience

MENTOR = audience(PartyKind.MENTOR, Relation.PAIRED)
