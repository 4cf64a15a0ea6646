"""doctor: is the machine, and the home, as a system needs them?"""

from __future__ import annotations

import typer
from rich.cells import cell_len
from rich.markup import escape

from guanai.commands.console import (
    UNHEALTHY,
    HomeOption,
    JsonOption,
    OffsetOption,
    out,
    run,
    running_home,
    show_json,
)
from guanai.doctor import examine
from guanai.findings import Finding, Verdict

app = typer.Typer()
SIGNS = {Verdict.OK: "[green]✓[/]", Verdict.WARNING: "[yellow]![/]", Verdict.FAULT: "[red]✗[/]"}


@app.command()
def doctor(home: HomeOption = None, port_offset: OffsetOption = 0, as_json: JsonOption = False) -> None:
    """检查版本、磁盘、权限、设置、端口、时钟、备份。 / Check the machine and the home; start nothing.

    Versions, disk, permissions, settings, ports, clock, backup: whether the system runs, is stopped or was
    never started. How the services are is said by guanai status.

    例 / Examples:

      guanai doctor

      guanai doctor --home /srv/guanai --json

    退出码 / Exit code: 0 没有故障 no fault (there may be warnings), 1 有故障 a fault.
    """
    findings = run(examine(running_home(home), port_offset))
    well = all(one.verdict is not Verdict.FAULT for one in findings)
    if as_json:
        show_json({"well": well, "findings": [one.model_dump(mode="json") for one in findings]})
    else:
        _show(findings, well=well)
    if not well:
        raise typer.Exit(UNHEALTHY)


def _show(findings: list[Finding], *, well: bool) -> None:
    widest = max(cell_len(one.check) for one in findings)
    for one in findings:
        padding = " " * (widest - cell_len(one.check))
        out.print(f"{SIGNS[one.verdict]} {one.check}{padding}  {escape(str(one.found))}", soft_wrap=True)
        if one.way_out:
            out.print(f"  {' ' * widest}→ {escape(str(one.way_out))}", soft_wrap=True)
    warnings = sum(one.verdict is Verdict.WARNING for one in findings)
    said = f"，{warnings} 处注意 / No fault, {warnings} to look after" if warnings else " / No fault"
    out.print(f"[green]没有故障{said}" if well else "[red]有故障 / There are faults")
