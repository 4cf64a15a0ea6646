"""settings: what can be set, what is set, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from guanai.commands.console import (
    UNHEALTHY,
    HomeOption,
    JsonOption,
    err,
    out,
    running_home,
    show_json,
    table,
)
from guanai.settings import listed

app = typer.Typer()


@app.command()
def settings(
    given: Annotated[bool, typer.Option("--given", help="只列已写的 / Only those that are given")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """可设置什么、现在是什么、写在哪个文件。 / What can be set, what it is now, and in which file.

    The files are yours: <home>/settings/*.env, in a deployment deploy/settings/*.env. all.env is for every
    service, notify.env and so on for one. A change takes effect at the next start.

    退出码 / Exit code: 0 可用 usable, 1 有误 faulty (each fault with file and line).

    例 / Examples:

      guanai settings

      guanai settings --given --json
    """
    files = running_home(home).settings
    found = [one for one in listed(files) if one.file is not None or not given]
    faults = list(files.faults())
    if as_json:
        shown = [{"name": one.name, "value": one.value, "file": _path(one.file)} for one in found]
        show_json({"folder": str(files.folder), "settings": shown, "faults": [str(one) for one in faults]})
    else:
        columns = ("设置 name", "值 value", "文件 file", "说明 meaning")
        rows = ((one.name, one.value, one.file and one.file.name, one.meaning) for one in found)
        out.print(table(f"设置 / Settings: {files.folder}", columns, rows))
    for fault in faults:
        err.print(f"[red]{escape(str(fault))}")
    if faults:
        raise typer.Exit(UNHEALTHY)


def _path(file: Path | None) -> str | None:
    return None if file is None else str(file)
