"""What the commands of backup and restore ask for, and how they show that they are at work."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn

from guanai.backup import making
from guanai.backup.manifest import BackupFault
from guanai.backup.sealed import SHORTEST, KeptSecrets, unseal
from guanai.commands.console import UNHEALTHY, err

PASSPHRASE = "GUANAI_BACKUP_PASSPHRASE"  # noqa: S105 -- the variable's name
STEPS = {
    "dump": "导出 / Dump",
    "check": "核对 / Compare",
    "read": "读回 / Read back",
    "restore": "恢复 / Restore",
}

PassphraseFileOption = Annotated[
    Path | None,
    typer.Option(help=f"口令文件；或环境变量 {PASSPHRASE} / File with the passphrase; or the variable"),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="不再询问 / Ask nothing")]


@contextmanager
def bars() -> Iterator[making.Progress]:
    """A bar for each step; none where standard error is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), DownloadColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as shown:
        tasks = {step: shown.add_task(text, visible=False) for step, text in STEPS.items()}

        def progress(step: str, done: int, total: int) -> None:
            shown.update(tasks[step], completed=done, total=total, visible=True)

        yield progress


def known_passphrase(file: Path | None) -> str | None:
    """From the file, the environment, or a question on a terminal; None where there is none of them."""
    given = _given(file)
    if given is None and _terminal():
        given = typer.prompt("口令 / Passphrase", hide_input=True, err=True)
    return given


def opened(file: Path, passphrase_file: Path | None) -> KeptSecrets:
    """The secrets of a backup. Raises `BackupFault`."""
    passphrase = known_passphrase(passphrase_file)
    if passphrase is None:
        raise BackupFault(
            f"{file} 需要口令：--passphrase-file 或环境变量 {PASSPHRASE}"
            f" / needs its passphrase: --passphrase-file, or {PASSPHRASE}"
        )
    return unseal(file, passphrase)


def new_passphrase(file: Path | None) -> str:
    """Like `known_passphrase`, asked for twice. Raises `BackupFault` where there is none, or a short one."""
    given = _given(file)
    if given is None and _terminal():
        given = typer.prompt(
            "为密钥设一个口令 / Choose a passphrase for the secrets",
            hide_input=True,
            confirmation_prompt="再输入一次 / Once more",
            err=True,
        )
    if given is None:
        raise BackupFault(
            f"密钥需要口令：--passphrase-file、环境变量 {PASSPHRASE}，或 --without-secrets"
            f" / The secrets need a passphrase: --passphrase-file, {PASSPHRASE}, or --without-secrets"
        )
    if len(given) < SHORTEST:
        raise BackupFault(f"口令至少 {SHORTEST} 个字符 / A passphrase has at least {SHORTEST} characters")
    return given


def confirmed(question: str, *, yes: bool) -> None:
    """Go on only when somebody says so. Raises `BackupFault` where nobody can be asked."""
    if yes:
        return
    if not _terminal():
        raise BackupFault("请加 --yes 确认 / Confirm with --yes")
    err.print(escape(question), soft_wrap=True)
    if not typer.confirm("继续？/ Go on?", err=True):
        raise typer.Exit(UNHEALTHY)


def size(number: int) -> str:
    """Bytes for people."""
    return f"{number / (1 << 20):.1f} MiB"


def _given(file: Path | None) -> str | None:
    if file is not None:
        try:
            return file.read_text().strip()
        except (OSError, UnicodeDecodeError) as failed:
            raise BackupFault(f"无法读取口令文件 / Cannot read the passphrase file {file}") from failed
    return os.environ.get(PASSPHRASE) or None


def _terminal() -> bool:
    return sys.stdin.isatty() and err.is_terminal
