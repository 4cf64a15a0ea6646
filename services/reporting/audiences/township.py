"""What townships hold: identity, care and aid of their children; no health, no contact data."""

from __future__ import annotations

from services.language import PartyKind
from services.reporting.audiences.views import audience

TOWNSHIP = audience(PartyKind.TOWNSHIP)
