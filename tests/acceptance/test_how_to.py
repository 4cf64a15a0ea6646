"""The page about adding a practice is true: its steps are followed to the letter."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to-add-a-practice.md"
_BLOCK = re.compile(
    r"(?:^`(?P<file>[^`\n]+)`(?:, after `(?P<after>[^`\n]+)`)?:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_NOT_COPIED = shutil.ignore_patterns(".*_cache", ".git", ".venv*", ".guanai", ".hypothesis", "__pycache__")

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Step:
    """A file to write, lines to add below another, or commands to run."""

    kind: str
    file: str | None
    after: str | None
    text: str

    def follow(self, project: Path) -> None:
        """Do what the page says."""
        if self.file is None:
            _run(self.text, project)
            return
        path = project / self.file
        if self.after is None:
            assert not path.exists(), f"{self.file} is there already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text, encoding="utf-8")
            return
        before = path.read_text(encoding="utf-8")
        assert f"{self.after}\n" in before, f"{self.file} has no line {self.after!r}"
        path.write_text(before.replace(f"{self.after}\n", f"{self.after}\n{self.text}"), encoding="utf-8")


def steps() -> Iterator[Step]:
    for block in _BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        yield Step(block["kind"], block["file"], block["after"], block["text"])


def _run(commands: str, project: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(project)}
    done = subprocess.run(
        ["sh", "-e", "-c", commands], cwd=project, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_practice_is_added_by_the_page(tmp_path: Path) -> None:
    """Every file and line of it, in a copy of the project; its checks and tests then pass."""
    project = tmp_path / "guanai"
    shutil.copytree(ROOT, project, ignore=_NOT_COPIED)
    followed = list(steps())
    assert {step.kind for step in followed} >= {"python", "json", "sh"}
    for step in followed:
        step.follow(project)
