"""What the examples share: where the services listen, how a program ends when one refuses."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine
from typing import Any
from uuid import UUID, uuid5

from shared.client import ClientError, Refused

_offset = os.environ.get("GUANAI_PORT_OFFSET") or "0"
if not _offset.isdecimal():
    sys.exit(f"GUANAI_PORT_OFFSET 应为数字 / must be a number: {_offset}\n→ guanai up --port-offset")
OFFSET = int(_offset)
"""As of `guanai up --port-offset`."""
REGISTRY, PAIRING, REPORTING = (f"http://127.0.0.1:{port + OFFSET}" for port in (8101, 8102, 8104))

_NAMESPACE = UUID("0f6c3a52-7d0b-5b1e-9a44-3f1f6a1d2c90")


def key(*what: object) -> UUID:
    """An idempotency key: whoever runs the example again gets the first answer, and nothing happens twice."""
    return uuid5(_NAMESPACE, ":".join(str(part) for part in what))


def arguments(*names: str, hint: str) -> list[str]:
    """The program's arguments, or a sentence about how to get them. A name in brackets may be left out."""
    given = [text for text in sys.argv[1:] if text]
    needed = [name for name in names if not name.startswith("[")]
    if len(given) < len(needed):
        sys.exit(f"用法 / Usage: python {sys.argv[0]} {' '.join(names)}\n→ {hint}")
    return given


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run it; a refusal ends it with the rule and the way out."""
    try:
        asyncio.run(work)
    except Refused as refused:
        sys.exit(f"{refused.problem.text()}\n→ {refused.way_out}")
    except ClientError as failed:
        sys.exit(f"{failed}\n→ guanai up；端口见 GUANAI_PORT_OFFSET / for other ports set GUANAI_PORT_OFFSET")
