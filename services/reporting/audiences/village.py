"""What villages hold: identity, contact and guardianship of their children; no health, no marks, no aid."""

from __future__ import annotations

from services.language import PartyKind
from services.reporting.audiences.views import audience

VILLAGE = audience(PartyKind.VILLAGE)
