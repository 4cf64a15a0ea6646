"""Public keys in a file that may be replaced while the program runs."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

import structlog
from joserfc.jwk import KeySet

from shared.tokens import load_keys

KEYS_FRESH_SECONDS = 5.0
"""A rotated key is known at most this long after its file changed."""
_logger = structlog.get_logger(__name__)


class KeyFile:
    """The public keys in a JWKS file, read again when the file changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = path.stat().st_mtime_ns
        self._looked_at = monotonic()
        self.keys: KeySet = load_keys(path)

    def refresh(self) -> bool:
        """Look at the file, at most every few seconds. True when there are other keys now."""
        if monotonic() - self._looked_at < KEYS_FRESH_SECONDS:
            return False
        self._looked_at = monotonic()
        try:
            changed = self._path.stat().st_mtime_ns
            if changed == self._changed:
                return False
            self.keys = load_keys(self._path)
        except (OSError, ValueError) as error:
            _logger.warning("token keys not read", path=str(self._path), reason=str(error))
            return False
        self._changed = changed
        return True
