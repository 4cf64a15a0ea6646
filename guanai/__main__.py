"""Starts the command `guanai`: what goes wrong before its code is there is told in a sentence as well."""

from __future__ import annotations

import sys

OWN = ("guanai", "services", "shared")
FAILED, INTERRUPTED = 1, 130


def main() -> None:
    """Entry point."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that knows no Chinese gets question marks
    try:
        from guanai.cli import app  # noqa: PLC0415 -- may be interrupted, and may miss packages
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] in OWN:
            raise
        sys.stderr.write(
            f"缺少软件包 / A package is missing: {missing.name}\n"
            "→ make install，或 / or pip install --require-hashes -r requirements/main.txt\n"
        )
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    app()


if __name__ == "__main__":
    main()
