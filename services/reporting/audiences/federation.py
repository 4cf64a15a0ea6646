"""What women's federations hold: identity, care and aid of their township's children; no marks."""

from __future__ import annotations

from services.language import PartyKind
from services.reporting.audiences.views import audience

FEDERATION = audience(PartyKind.WOMENS_FEDERATION)
