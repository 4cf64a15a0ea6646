"""backup: everything that must not be lost, in one file."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from guanai.backup import sealed
from guanai.backup.container import BackupFile
from guanai.backup.making import Target, make_backup, read_back, stands_in
from guanai.backup.manifest import Manifest, Stand
from guanai.backup.snapshots import snapshots
from guanai.commands.asking import (
    PassphraseFileOption,
    bars,
    known_passphrase,
    new_passphrase,
    size,
)
from guanai.commands.console import (
    DryRunOption,
    HomeOption,
    JsonOption,
    err,
    out,
    run,
    settled,
    show_json,
    table,
)
from guanai.home import Home, NotRunning
from guanai.servers import found_or_started
from shared.tasks import end_on

app = typer.Typer()


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="备份文件 / The backup's file")],
    *,
    passphrase_file: PassphraseFileOption = None,
    without_secrets: Annotated[
        bool,
        typer.Option("--without-secrets", help="不含密钥 / Leave the secrets out"),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="覆盖已有的备份 / Replace a backup of this name")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="检查已有的备份 / Check a backup that is there")
    ] = False,
    dry_run: DryRunOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """备份四个数据库到一个文件，密钥另存为 FILE.secrets（加密）。 / Back up: one file, the secrets apart.

    The system may go on working; where it is stopped, PostgreSQL is started for it alone. What was written
    is read back before it counts. The secrets are encrypted with a passphrase: keep FILE.secrets and the
    passphrase in different places. FILE itself holds all that is known of the children: let nobody read it.

    例 / Examples:

      guanai backup /srv/backup/2026-11-26.guanai

      guanai backup /srv/backup/night.guanai --force --passphrase-file /root/passphrase

      guanai backup /srv/backup/2026-11-26.guanai --check

    退出码 / Exit code: 0 好 good, 1 没有备份或已损坏 no backup, or a damaged one, 3 没有系统 no system.
    """
    if check:
        manifest, read = run(_check(file, passphrase_file, secrets=not without_secrets))
        _show(file, manifest, with_secrets=read, as_json=as_json)
        return
    place = settled(home)
    target = Target(file.absolute(), None, force)
    target.check()
    if dry_run:
        _show_plan(target, run(_plan(place, target)), as_json=as_json)
        return
    passphrase = None if without_secrets else new_passphrase(passphrase_file)
    manifest = run(_make(place, Target(target.file, passphrase, force)))
    _show(file, manifest, with_secrets=passphrase is not None, as_json=as_json)


async def _make(home: Home, target: Target) -> Manifest:
    end_on(signal.SIGTERM, signal.SIGHUP)
    with bars() as progress:
        return await make_backup(home, target, progress)


async def _check(file: Path, passphrase_file: Path | None, *, secrets: bool) -> tuple[Manifest, bool]:
    """What the file says of itself, and whether its secrets were decrypted as well."""
    end_on(signal.SIGTERM, signal.SIGHUP)
    kept = sealed.path_beside(file)
    passphrase = known_passphrase(passphrase_file) if secrets and kept.exists() else None
    if passphrase is not None:
        sealed.unseal(kept, passphrase)
    with bars() as progress:
        found = BackupFile(file)
        await read_back(found, progress)
    return found.manifest, passphrase is not None


async def _plan(home: Home, target: Target) -> dict[str, Stand] | None:
    """How far the databases are; None where the system is stopped."""
    try:
        home.endpoints()
    except NotRunning:
        return None
    async with (
        found_or_started(home) as endpoints,
        snapshots(endpoints, home.secrets().postgres) as taken,
    ):
        return await stands_in(taken, target.file.parent)


def _show(file: Path, manifest: Manifest, *, with_secrets: bool, as_json: bool) -> None:
    secrets = sealed.path_beside(file)
    if as_json:
        answer: dict[str, Any] = manifest.model_dump(mode="json")
        show_json({"file": str(file), "secrets": str(secrets) if with_secrets else None, **answer})
        return
    rows = [
        (
            service,
            stand.head,
            size(manifest.dumps[service].size),
            _last(stand),
        )
        for service, stand in manifest.databases.items()
    ]
    columns = ("服务 service", "位置 head", "大小 size", "最后一条 last event (UTC)")
    out.print(table(f"{manifest.made_at:%Y-%m-%d %H:%M:%S} UTC", columns, rows))
    out.print(f"[green]备份完好 / The backup is good: {escape(str(file))}", soft_wrap=True)
    if with_secrets:
        out.print(f"密钥（已加密）/ Secrets, encrypted: {escape(str(secrets))}", soft_wrap=True)
    elif secrets.exists():
        err.print(
            f"[yellow]密钥没有打开 / The secrets were not opened: {escape(str(secrets))}", soft_wrap=True
        )
    else:
        err.print(
            "[yellow]不含密钥：请另行保管 secrets.json，否则新机器上所有令牌作废"
            " / Without secrets: keep secrets.json elsewhere, else on a new machine every token ends",
            soft_wrap=True,
        )


def _last(stand: Stand) -> str | None:
    return f"{stand.recorded_at:%Y-%m-%d %H:%M:%S}" if stand.head else None


def _show_plan(target: Target, stands: dict[str, Stand] | None, *, as_json: bool) -> None:
    if as_json:
        found = {service: stand.model_dump(mode="json") for service, stand in (stands or {}).items()}
        show_json({"file": str(target.file), "running": stands is not None, "databases": found})
        return
    if stands is None:
        out.print("系统已停止，将单独启动 PostgreSQL / Stopped: PostgreSQL will be started for it alone")
    else:
        rows = [(service, stand.head, size(stand.size)) for service, stand in stands.items()]
        out.print(table("将备份 / To back up", ("服务 service", "位置 head", "数据库 database"), rows))
    out.print(f"→ {escape(str(target.file))}", soft_wrap=True)
