"""Tokens from the command line: only such as let somebody in."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from guanai.cli import app
from guanai.home import Home

SOMEBODY = str(uuid4())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with secrets; nothing runs in it."""
    Home.at(tmp_path).secrets()
    return tmp_path


def _issue(home: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["token", "issue", *arguments, "--home", str(home)])
    return result.exit_code, result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("township", "--division", "331082105"),
        ("village", "--division", "331082105201"),
        ("county", "--division", "331082"),
        ("school", "--division", "331082105", "--organisation", SOMEBODY),
        ("mentor", "--person", SOMEBODY),
        ("operator",),
    ],
)
def test_a_token_is_printed_alone(home: Path, arguments: tuple[str, ...]) -> None:
    """The token stands on standard output by itself, ready for a shell variable."""
    code, printed = _issue(home, *arguments)
    assert code == 0
    assert len(printed.strip().split(".")) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("township",),
        ("township", "--division", "331082"),
        ("village", "--division", "331082105"),
        ("village", "--division", "abc"),
        ("county", "--division", "3310"),
        ("school", "--division", "331082105"),
        ("health_centre", "--division", "331082105"),
        ("mentor", "--division", "331082105"),
    ],
)
def test_a_token_that_lets_nobody_in_is_not_made(home: Path, arguments: tuple[str, ...]) -> None:
    """A party's token needs the scope that the party's kind is known by."""
    assert _issue(home, *arguments) == (1, "")


def test_a_token_needs_a_system(tmp_path: Path) -> None:
    """A mistyped home gets no keys of its own."""
    nowhere = tmp_path / "nowhere"
    assert _issue(nowhere, "operator") == (3, "")
    assert not nowhere.exists()
