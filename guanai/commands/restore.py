"""restore: a backup takes the place of what is there, which is kept."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from guanai.backup import sealed
from guanai.backup.adopting import adopt
from guanai.backup.container import BackupFile
from guanai.backup.making import read_back
from guanai.backup.manifest import BackupFault
from guanai.backup.restoring import drop, heads, replaced_databases, require_known, require_room, restore_into
from guanai.backup.sealed import KeptSecrets
from guanai.backup.snapshots import connect
from guanai.commands.asking import (
    PassphraseFileOption,
    YesOption,
    bars,
    confirmed,
    opened,
)
from guanai.commands.console import (
    DryRunOption,
    HomeOption,
    JsonOption,
    err,
    home_to_start,
    out,
    run,
    settled,
    show_json,
)
from guanai.failures import USAGE, Explained
from guanai.home import Home, NotRunning
from guanai.servers import alone, found_or_started
from shared.tasks import end_on
from shared.tokens import load_keys

app = typer.Typer()


@app.command()
def restore(
    file: Annotated[Path | None, typer.Argument(help="备份文件 / The backup's file")] = None,
    *,
    secrets: Annotated[
        Path | None, typer.Option(help="密钥文件 / File with the secrets; default: FILE.secrets")
    ] = None,
    passphrase_file: PassphraseFileOption = None,
    without_secrets: Annotated[
        bool,
        typer.Option("--without-secrets", help="新机器上换用新密钥 / On a new machine make new secrets"),
    ] = False,
    drop_replaced: Annotated[
        bool,
        typer.Option(
            "--drop-replaced", help="删除以前恢复时换下的数据库 / Drop what former restores replaced"
        ),
    ] = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """从备份恢复四个数据库；换下的会保留。 / Restore the four databases; what they replace is kept.

    Stop the services first. All of the file is checked before anything is touched; the databases are restored
    beside those that are there, and take their place in one step: interrupted, the old system is whole.
    Into an empty home the secrets come from FILE.secrets, so that tokens which people hold stay valid.

    例 / Examples:

      guanai restore /srv/backup/2026-11-26.guanai --dry-run

      guanai restore /srv/backup/2026-11-26.guanai

      guanai restore --drop-replaced

    退出码 / Exit code: 0 好 done, 1 没有恢复，系统照旧 not restored, all is as it was, 3 没有系统 no system.
    """
    if drop_replaced and file is None:
        _drop(settled(home), yes=yes, dry_run=dry_run, as_json=as_json)
    elif file is None or drop_replaced:
        raise Explained(
            "请给出备份文件，或只用 --drop-replaced / Name a file or use --drop-replaced", code=USAGE
        )
    else:
        place = home_to_start(home)
        _require_stopped(place)
        found = run(_checked(file))
        source = _Source(secrets or sealed.path_beside(file), secrets is not None, without=without_secrets)
        kept = _secrets(place, source, passphrase_file)
        replaced = None
        if not dry_run:
            replaced = run(_restore(place, found, kept, yes=yes))
        _show(_Answer(place, found, kept, replaced), as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Source:
    """Where secrets may come from."""

    file: Path
    named: bool
    """On the command line; else it may be missing."""
    without: bool

    @property
    def usable(self) -> bool:
        return self.file.exists() and not self.without


@dataclass(frozen=True, slots=True)
class _Answer:
    home: Home
    backup: BackupFile
    kept: KeptSecrets | None
    replaced: tuple[str, ...] | None
    """None: nothing was done."""

    @property
    def tokens_stay_valid(self) -> bool:
        """Whether tokens that were issued before the backup are honoured after it."""
        if self.kept is not None:
            return True
        if not self.home.keys.exists():
            return False
        keys = {str(key.kid) for key in load_keys(self.home.keys).keys}
        return keys >= set(self.backup.manifest.signing_keys)


def _require_stopped(home: Home) -> None:
    if home.deployed:
        return  # told by who is connected to the databases
    try:
        home.running()
    except NotRunning:
        return
    raise BackupFault("系统在运行，请先停止：guanai down / The system runs, stop it first: guanai down")


async def _checked(file: Path) -> BackupFile:
    end_on(signal.SIGTERM, signal.SIGHUP)
    found = BackupFile(file)
    require_known(found)
    with bars() as progress:
        await read_back(found, progress)
    return found


def _secrets(home: Home, source: _Source, passphrase_file: Path | None) -> KeptSecrets | None:
    """Those to take into an empty home; None where it keeps its own or shall have new ones."""
    if source.named and not source.file.exists():
        raise BackupFault(f"没有这个文件 / No such file: {source.file}")
    if home.kept_secrets.exists():
        if source.named:
            raise BackupFault(
                f"{home.path} 已有自己的密钥，会保留；要用备份的密钥，请恢复到空目录（--home）"
                " / This home keeps its own secrets; to use the backup's, restore into an empty --home"
            )
        return None
    if not source.usable:
        if (home.postgres / "PG_VERSION").exists():
            raise BackupFault(
                f"{home.path} 有数据库但没有 secrets.json，请换 --home 或给出 --secrets"
                " / There are databases here without their secrets.json: use another --home, or --secrets"
            )
        return None
    return opened(source.file, passphrase_file)


async def _restore(home: Home, backup: BackupFile, kept: KeptSecrets | None, *, yes: bool) -> tuple[str, ...]:
    end_on(signal.SIGTERM, signal.SIGHUP)
    require_room(home, backup)
    if kept is not None:
        adopt(home, kept)
    async with alone(home) as endpoints:
        present = await heads(endpoints, home.secrets().postgres)
        if any(head != 0 for head in present.values()):
            confirmed(_question(backup, present), yes=yes)
        with bars() as progress:
            return await restore_into(home, endpoints, backup, progress)


def _question(backup: BackupFile, present: Mapping[str, int | None]) -> str:
    manifest = backup.manifest
    steps = ", ".join(f"{name} {head} → {manifest.databases[name].head}" for name, head in present.items())
    return (
        f"将回到 {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC；此后的记录换下保留，不再显示"
        f" / Back to that moment; what was recorded since is kept aside, and shown no longer: {steps}"
    )


def _show(answer: _Answer, *, as_json: bool) -> None:
    manifest, done = answer.backup.manifest, answer.replaced is not None
    if as_json:
        show_json(
            {
                "file": str(answer.backup.path),
                "id": manifest.id,
                "made_at": manifest.made_at,
                "restored": done,
                "heads": {service: stand.head for service, stand in manifest.databases.items()},
                "replaced": answer.replaced,
                "tokens_stay_valid": answer.tokens_stay_valid,
            }
        )
        return
    when = f"{manifest.made_at:%Y-%m-%d %H:%M:%S} UTC"
    out.print(f"[green]{'已恢复到 / Restored to' if done else '备份完好 / The backup is good'} {when}")
    out.print("  " + ", ".join(f"{name}:{stand.head}" for name, stand in manifest.databases.items()))
    if not answer.tokens_stay_valid:
        err.print(
            "[yellow]密钥不同：以前签发的令牌作废，请重新签发 guanai token issue"
            " / Other secrets: tokens issued before are void, issue new ones",
            soft_wrap=True,
        )
    if answer.replaced:
        out.print(f"换下的保留为 / Replaced, and kept as: {', '.join(answer.replaced)}", soft_wrap=True)
        command = "deploy/guanai" if answer.home.deployed else "guanai"
        out.print(f"确认无误后删除 / When all is well, drop them: {command} restore --drop-replaced")
    if done:
        start = "docker compose up -d" if answer.home.deployed else "guanai up"
        out.print(f"下一步 / Next: {start}")


def _drop(home: Home, *, yes: bool, dry_run: bool, as_json: bool) -> None:
    there = run(_replaced(home, ()))
    if there and not dry_run:
        confirmed(f"将永久删除 / To be dropped for good: {', '.join(there)}", yes=yes)
        run(_replaced(home, there))
    if as_json:
        show_json({"dropped": [] if dry_run else there, "found": there})
        return
    word = "可删除 / Can be dropped" if dry_run else "已删除 / Dropped"
    said = f"{word}: {', '.join(there)}" if there else "没有换下的数据库 / Nothing was replaced"
    out.print(said, soft_wrap=True)


async def _replaced(home: Home, to_drop: tuple[str, ...] | list[str]) -> list[str]:
    """The databases that former restores have replaced, before any of them is dropped."""
    async with found_or_started(home) as endpoints:
        admin = await connect(endpoints, home.secrets().postgres, "postgres")
        try:
            there = await replaced_databases(admin)
            await drop(admin, [name for name in there if name in to_drop])
        finally:
            await admin.close()
    return there
