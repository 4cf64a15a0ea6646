"""A replica of a service: `python -m benchmarks.peers.replica registry [--unrecorded | --committed]`.

Both sides of a comparison are replicas: the first instance has the relay, and its neighbours' questions.
"""

from __future__ import annotations

import runpy
import sys
from typing import Any

from shared.http.recorded import Recorder


def _nothing(*_: Any) -> None:
    """What `Recorder.begin` does for an answer that is no access."""


if __name__ == "__main__":
    if "--unrecorded" in sys.argv:
        Recorder.begin = _nothing  # type: ignore[method-assign,assignment]
    runpy.run_module(f"services.{sys.argv[1]}", run_name="__main__")
