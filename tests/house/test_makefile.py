"""`make` on a machine that lacks something: one sentence with the way out, before anything is made."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OLD = "import sys; sys.version_info = (3, 9, 2)"
BARE = "import sys; sys.modules['ensurepip'] = None"
"""As on Debian without the package python3-venv."""


def _make(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    command = ["make", "demo", f"PYTHON={python}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _python(folder: Path, first: str) -> str:
    """A Python that does something else before what it is asked with -c."""
    fake = folder / "python"
    fake.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{first}; exec(sys.argv.pop(2))" "$@"\n')
    fake.chmod(0o755)
    return str(fake)


@pytest.mark.parametrize(
    ("first", "sentence"),
    [
        (OLD, "guanai needs Python 3.11 or newer, {python} is 3.9: make PYTHON=python3.12"),
        (BARE, "{python} has no venv: apt install python3-venv"),
        (None, "{python} is not there: install Python 3.11 or newer"),
    ],
)
def test_a_python_that_will_not_do(tmp_path: Path, first: str | None, sentence: str) -> None:
    """Too old, without venv, or not there: it is said, and no `.venv` is made."""
    tools, checkout = tmp_path / "tools", tmp_path / "checkout"
    tools.mkdir()
    checkout.mkdir()
    python = _python(tools, first) if first else "python-that-is-not-there"
    ended = _make(checkout, python)
    assert ended.returncode != 0
    assert sentence.format(python=python) in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (checkout / ".venv").exists()
