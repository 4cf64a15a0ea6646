"""The command `guanai`."""

from __future__ import annotations

import os
from importlib.metadata import version
from typing import Annotated

import typer

from guanai.commands import (
    accesses,
    backup,
    demo,
    doctor,
    documents,
    operation,
    restore,
    settings,
    status,
    system,
    tokens,
)
from guanai.commands.console import Commands
from shared.processes import PRIVATE


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"guanai {version('guanai')}")
        raise typer.Exit


app = typer.Typer(
    cls=Commands,
    help="关爱：留守儿童关爱系统 / care for children left behind.\n\n先试：guanai demo；再用：guanai up。"
    " / Try it: guanai demo; use it: guanai up.",
    epilog="退出码 / Exit codes: 0 好 well · 1 不好、被拒绝 not well, refused · 2 用法错误 usage"
    " · 3 没有运行 nothing runs · 130 Ctrl-C · 141 管道已关 pipe closed",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(system.app)
app.add_typer(status.app)
app.add_typer(demo.app)
app.add_typer(operation.app)
app.add_typer(documents.app)
app.add_typer(accesses.app)
app.add_typer(settings.app)
app.add_typer(backup.app)
app.add_typer(restore.app)
app.add_typer(doctor.app)
app.add_typer(tokens.app, name="token")


@app.callback()
def root(
    *,
    show_version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="版本 / The version")
    ] = False,
) -> None:
    """Options of the command itself."""
    if not show_version:
        os.umask(PRIVATE)


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
