"""Both READMEs, line by line as printed, in a fresh clone: what a newcomer types works, in this order.

Packages come from the index that pip is set up for; where it cannot be reached, the test fails and says so.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from guanai.stack import free_offset

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
ENDED = "--- ended with"
RUNS = "Running; Ctrl-C stops it"
"""`make demo` goes on until Ctrl-C once it has said this."""
A_FEW_TESTS = "tests/house/test_ways_out.py tests/acceptance/test_token_command.py"
"""Instead of the whole suite, of which this is a part."""
NO_INDEX = re.compile(
    r"No matching distribution|Could not find a version|Failed to fetch|error sending request"
)


def blocks(page: Path, language: str) -> list[list[str]]:
    """The lines of each fenced block of this language."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return [block.splitlines() for block in found]


def commands(page: Path) -> list[list[str]]:
    """The command lines without their comments."""
    return [[re.sub(r"\s+# .*", "", line) for line in block] for block in blocks(page, "sh")]


def test_both_languages_say_the_same() -> None:
    """README.md and README.zh-CN.md have the same command lines and the same program."""
    chinese = ROOT / "README.zh-CN.md"
    assert commands(chinese) == commands(README)
    assert blocks(chinese, "python") == blocks(README, "python")


@pytest.mark.parametrize("page", [README, ROOT / "README.zh-CN.md", ROOT / "examples" / "README.md"])
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file that is there, every `make` target in the text is one."""
    text = page.read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`make ([a-z]+)", text)) <= set(targets)


class Shell:
    """One shell session, as a person has it open: what a line sets lasts."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._bash = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env=_clean_environment() | settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.type("trap : INT")  # as at a terminal: Ctrl-C ends what runs, not the shell

    def type(self, line: str) -> None:
        assert self._bash.stdin is not None
        self._bash.stdin.write(f"{line}\n")
        self._bash.stdin.flush()

    def run(self, line: str) -> str:
        """What the line printed. Fails unless it ended well."""
        said, code = self._until_it_ends(line)
        if NO_INDEX.search(said):
            pytest.fail(f"The package index cannot be reached: {line}\n{said[-3000:]}")
        assert code == 0, f"{line} ended with {code}\n{said[-5000:]}"
        return said

    def interrupt(self, line: str, at: str, meanwhile: Callable[[], None]) -> str:
        """Run a line that goes on until Ctrl-C, which comes when it has said `at`; what it printed."""
        said, _ = self._until_it_ends(line, at, meanwhile)
        assert at in said, f"{line} ended before\n{said[-5000:]}"
        return said

    def _until_it_ends(
        self, line: str, at: str | None = None, meanwhile: Callable[[], None] = lambda: None
    ) -> tuple[str, int]:
        self.type(f"{line}\necho {ENDED} $?")
        said: list[str] = []
        assert self._bash.stdout is not None
        for printed in self._bash.stdout:
            if printed.startswith(ENDED):
                return "".join(said), int(printed.removeprefix(ENDED))
            said.append(printed)
            if at is not None and at in printed:
                meanwhile()
                os.killpg(self._bash.pid, signal.SIGINT)
        raise AssertionError(f"the shell is gone: {line}\n{''.join(said)[-5000:]}")

    def close(self) -> None:
        assert self._bash.stdin is not None
        self._bash.stdin.close()
        self._bash.wait(60)


def _clean_environment() -> dict[str, str]:
    """Without the virtual environment of the tests, and what belongs to it."""
    own = (sys.prefix, os.environ.get("VIRTUAL_ENV", sys.prefix))
    path = [step for step in os.environ["PATH"].split(os.pathsep) if not step.startswith(own)]
    gone = re.compile(r"VIRTUAL_ENV.*|PYTHON.*|PYTEST.*|GUANAI_.*|ARGS|MAKE.*|MFLAGS|COV_.*")
    kept = {name: value for name, value in os.environ.items() if not gone.fullmatch(name)}
    return kept | {"PATH": os.pathsep.join([str(Path(sys.base_prefix) / "bin"), *path])}


def _clone(folder: Path) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


@pytest.fixture
def open_shell(tmp_path: Path) -> Iterator[Callable[[Path], Shell]]:
    """Shells on systems with ports of their own."""
    offset = str(free_offset())
    opened: list[Shell] = []

    def open_(folder: Path) -> Shell:
        opened.append(Shell(folder, GUANAI_PORT_OFFSET=offset))
        return opened[-1]

    yield open_
    for shell in opened:
        shell.type("[ ! -x .venv/bin/guanai ] || .venv/bin/guanai down")
        shell.close()


def test_the_first_hour(tmp_path: Path, open_shell: Callable[[Path], Shell]) -> None:
    """Quick start, then everyday use, with the examples on the demo and on the own system."""
    quick, _, everyday = blocks(README, "sh")
    own, on_the_demo = blocks(ROOT / "examples" / "README.md", "sh")
    checkout = _clone(tmp_path / "第一 小时" / "guanai 关爱")
    shell, another = open_shell(checkout), open_shell(checkout)

    def look_at_the_demo() -> None:
        another.run(". .venv/bin/activate")
        assert "下一位 / call next" in "".join([another.run(line) for line in on_the_demo])
        status = another.run("guanai status")
        assert "The demo's system" in status
        assert "Healthy: 4 services" in status

    make_demo, make_test = quick
    said = shell.interrupt(make_demo, RUNS, look_at_the_demo)
    screen = said[said.index("橘乡镇的") : said.index(RUNS)]
    assert "All figures are right" in screen
    assert sum(max(1, -(-cell_len(line) // 80)) for line in screen.splitlines()) <= 40
    if (known := ROOT / ".mypy_cache").exists():  # what it knows already need not be found out again
        shutil.copytree(known, checkout / ".mypy_cache")
    shell.type(f"export ARGS='{A_FEW_TESTS}'")
    shell.run(make_test)
    shell.type("unset ARGS")

    *lines, stop = everyday
    for line in lines:
        shell.run(line)
    assert "call next" in "".join([shell.run(line) for line in own])
    (program,) = blocks(README, "python")
    offset = int(shell.run("echo $GUANAI_PORT_OFFSET"))
    (checkout / "parties.py").write_text("\n".join(program).replace("8101", str(8101 + offset)))
    assert "school 示例小学" in shell.run('python parties.py "$(guanai token issue operator)"')
    assert "Stopped" in shell.run(stop)


def test_the_first_hour_without_make(tmp_path: Path, open_shell: Callable[[Path], Shell]) -> None:
    """The lines for those without make give a command that runs."""
    _, by_hand, _ = blocks(README, "sh")
    shell = open_shell(_clone(tmp_path / "没有 make"))
    for line in by_hand:
        shell.run(line)
    assert shell.run(".venv/bin/guanai --version").startswith("guanai ")
