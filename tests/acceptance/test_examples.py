"""The examples when something is missing; that they work is shown with the READMEs (`test_readme.py`)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROGRAMS = sorted(EXAMPLES.glob("[0-9]*.py"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_an_example_without_arguments_says_what_it_needs(program: Path) -> None:
    """Usage and where to get the token, in a sentence; nothing on standard output."""
    ended = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "_TOKEN" in ended.stderr
    assert "→" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_examples_are_listed_on_their_page() -> None:
    """Every program stands in the table and in a command line of examples/README.md."""
    page = (EXAMPLES / "README.md").read_text()
    assert PROGRAMS
    for program in PROGRAMS:
        assert f"[{program.name}]({program.name})" in page
        assert f"python examples/{program.name} " in page


def test_a_mistyped_port_offset() -> None:
    """GUANAI_PORT_OFFSET is a number; anything else is said in a sentence."""
    ended = subprocess.run(
        [sys.executable, PROGRAMS[0], "token"],
        env={**os.environ, "GUANAI_PORT_OFFSET": "x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "GUANAI_PORT_OFFSET" in ended.stderr
    assert "Traceback" not in ended.stderr
