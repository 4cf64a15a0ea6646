"""prepare, migrate, streams, secrets, rebuild, parked: what an operator does now and then."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from guanai.backup.adopting import adopt_for_deployment
from guanai.commands.asking import PassphraseFileOption, opened
from guanai.commands.console import (
    UNHEALTHY,
    DryRunOption,
    HomeOption,
    JsonOption,
    ServiceArgument,
    ServiceName,
    err,
    operator,
    out,
    run,
    settled,
    show_json,
    table,
)
from guanai.deployment import Deployment
from guanai.kept import read_kept
from guanai.provisioning import (
    Pending,
    migrate_all,
    missing_streams,
    pending,
    pending_migrations,
    prepare,
    streams,
)
from guanai.secrets import WAY_OUT, Secrets, write_private
from guanai.stack import SERVICES, Endpoints
from shared.accesses.schema import LEAST_YEARS
from shared.ops_contracts import ParkedEvent, RebuildStarted

app = typer.Typer()
parked_app = typer.Typer(
    help="停放的事件：视图处理不了的 / Events that a projection could not take", no_args_is_help=True
)
app.add_typer(parked_app, name="parked")

LAST_PORT = 65_535
SecretsOption = Annotated[
    Path | None,
    typer.Option("--secrets", help="部署的密钥文件 / A deployment's secrets.json, instead of --home"),
]
PostgresOption = Annotated[
    str | None, typer.Option("--postgres", envvar="GUANAI_POSTGRES", help="数据库 host:port / With --secrets")
]
NatsOption = Annotated[
    str | None, typer.Option("--nats", envvar="GUANAI_NATS", help="消息总线 URL / With --secrets")
]


def _target(
    home: Path | None, secrets: Path | None, postgres: str | None = None, nats: str | None = None
) -> tuple[Endpoints, Secrets]:
    if secrets is None:
        place = settled(home)
        return place.endpoints(), place.secrets()
    endpoints = Endpoints.embedded()
    return (
        Endpoints(_address(postgres) or endpoints.postgres, nats or endpoints.nats, endpoints.services),
        read_kept(secrets, Secrets, WAY_OUT),
    )


def _address(text: str | None) -> str | None:
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not re.fullmatch(r"[^\s/@]+", host) or not port.isdecimal() or int(port) > LAST_PORT:
        raise typer.BadParameter(f"{text}: 应为 host:port / must be host:port", param_hint="--postgres")
    return text


@app.command(name="prepare")
def prepare_(
    *,
    home: HomeOption = None,
    secrets: SecretsOption = None,
    postgres: PostgresOption = None,
    nats: NatsOption = None,
    access_years: Annotated[
        int | None,
        typer.Option(
            envvar="GUANAI_ACCESS_YEARS",
            min=LEAST_YEARS,
            help="查阅记录保留几年 / Years for which records of accesses are kept; left out: for ever",
            show_default=False,
        ),
    ] = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """角色、数据库、迁移、消息流，可重复运行。 / Roles, databases, migrations, streams; safe to repeat.

    A deployment runs it before each start of the services: new passwords and new schemas take effect here.

    例 / Examples:

      guanai prepare --dry-run              看缺什么 / what is missing

      guanai prepare --secrets deploy/secrets/secrets.json --postgres db:5432 --nats nats://bus:4222
    """

    async def work() -> Pending:
        target = _target(home, secrets, postgres, nats)
        missing = await pending(*target)
        if not dry_run:
            await prepare(*target, access_years)
        return missing

    _show_pending(run(work()), "已准备好 / Prepared", dry_run=dry_run, as_json=as_json)


@app.command()
def migrate(
    *,
    home: HomeOption = None,
    secrets: SecretsOption = None,
    postgres: PostgresOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """把四个数据库升级到最新结构。 / Bring the four databases to the newest schema.

    例 / Examples:

      guanai migrate --dry-run              看有哪些未做 / which are not done yet

      guanai migrate --json
    """
    target = _target(home, secrets, postgres)
    missing = Pending(migrations=run(pending_migrations(*target)))
    if not dry_run:
        migrate_all(*target)
    _show_pending(missing, "已升级 / Migrated", dry_run=dry_run, as_json=as_json)


@app.command(name="streams")
def streams_(
    *,
    home: HomeOption = None,
    secrets: SecretsOption = None,
    nats: NatsOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """建立消息流（已有则核对）。 / Make the streams of the bus, or check them.

    例 / Example: guanai streams --dry-run
    """

    async def work() -> Pending:
        target = _target(home, secrets, None, nats)
        missing = Pending(streams=await missing_streams(*target))
        if not dry_run:
            await streams(*target)
        return missing

    _show_pending(run(work()), "消息流已就绪 / Streams are there", dry_run=dry_run, as_json=as_json)


def _show_pending(missing: Pending, done: str, *, dry_run: bool, as_json: bool) -> None:
    """What was missing, and that it is there now."""
    if as_json:
        show_json({"dry_run": dry_run, "pending" if dry_run else "done": missing.model_dump(mode="json")})
        return
    for line in missing.lines():
        out.print(f"  {'将做 would: ' if dry_run else ''}{line}", soft_wrap=True)
    if dry_run:
        out.print("什么也没改 / Nothing was changed")
    else:
        out.print(f"[green]{done}")


NewKeyOption = Annotated[
    bool,
    typer.Option("--new-key", help="也换签名密钥，所有令牌作废 / New signing key too: every token ends"),
]


@app.command(name="secrets")
def secrets_(
    folder: Annotated[Path, typer.Argument(help="写到哪里 / Where to write")] = Path("deploy/secrets"),
    *,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="换掉全部密码，保留签名密钥 / New passwords, same signing key")
    ] = False,
    new_key: NewKeyOption = False,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="新机器：取自备份的 FILE.secrets / New machine: from a backup's FILE.secrets",
        ),
    ] = None,
    passphrase_file: PassphraseFileOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """为部署生成密钥与各服务的环境文件。 / Make a deployment's secrets and the services' env files.

    Nothing is overwritten unless --rotate is given. The files are readable by their owner alone.

    例 / Examples:

      guanai secrets deploy/secrets

      guanai secrets --rotate --dry-run     看会重写哪些文件 / which files would be written

      guanai secrets deploy/secrets --from /srv/backup/night.guanai.secrets
    """
    kept = []
    if source is not None:
        kept = adopt_for_deployment(folder, opened(source, passphrase_file), dry_run=dry_run)
    files = Deployment(folder).write(rotate=rotate or new_key, new_key=new_key, dry_run=dry_run)
    files = [*dict.fromkeys((*kept, *files))]
    if as_json:
        show_json({"dry_run": dry_run, "files": [str(path) for path in files]})
        return
    for written in files:
        out.print(f"  {'将写 would write ' if dry_run else ''}{escape(str(written))}", soft_wrap=True)


@app.command()
def rotate(
    *,
    new_key: NewKeyOption = False,
    dry_run: DryRunOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """更换本机系统的密码；先停止，下次启动生效。 / New passwords for this machine's system.

    Stop it first; the next guanai up sets them. Tokens stay valid unless --new-key is given.
    A deployment: guanai secrets --rotate.

    例 / Examples:

      guanai rotate --dry-run

      guanai rotate --new-key               所有令牌作废 / every token ends
    """
    place = settled(home)
    with place.supervised():
        former = place.secrets()
        if not dry_run:
            fresh = former.rotated(new_key=new_key)
            write_private(place.kept_secrets, fresh.model_dump_json(indent=2))
            write_private(place.keys, fresh.public_keys())
    if as_json:
        changed = {"owners": [*former.owners], "apps": [*former.apps], "bus": [*former.bus]}
        show_json({"dry_run": dry_run, "passwords": changed, "signing_key": new_key})
        return
    count = len(former.owners) + len(former.apps) + len(former.bus)
    key = (
        "签名密钥也换，令牌作废 / signing key too, tokens end"
        if new_key
        else "签名密钥不变 / signing key stays"
    )
    out.print(f"{'将换 would change: ' if dry_run else ''}{count} 个密码 passwords；{key}")
    if not dry_run:
        out.print("[green]已更换，下次 guanai up 生效 / Changed; guanai up sets them")


@app.command()
def rebuild(
    service: ServiceArgument,
    projection: Annotated[
        str, typer.Argument(help="视图名，见 guanai status -v / Name, see guanai status -v")
    ],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """从头重建一个视图；旧的照常回答，建好后替换。 / Rebuild a projection beside the one that answers.

    例 / Example: guanai rebuild reporting township
    """

    async def work() -> RebuildStarted:
        async with operator(settled(home), service.value) as client:
            return await client.rebuild_projection(projection)

    started = run(work())
    if as_json:
        show_json(started.model_dump(mode="json"))
        return
    out.print("[green]开始重建，进度见 guanai status -v / Rebuilding, see guanai status -v")


@parked_app.command(name="list")
def parked_list(
    service: Annotated[ServiceName | None, typer.Argument(help="服务；不填为全部 / Service, or all")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """列出停放的事件及其错误。 / List them with their errors.

    例 / Examples:

      guanai parked list

      guanai parked list pairing --json | jq '.[].error.en'
    """

    async def work() -> list[tuple[str, ParkedEvent]]:
        found: list[tuple[str, ParkedEvent]] = []
        place = settled(home)
        for name in (service.value,) if service else tuple(SERVICES):
            async with operator(place, name) as client:
                found += [(name, one) for one in (await client.list_parked()).items]
        return found

    found = run(work())
    if as_json:
        show_json([{"service": name, **one.model_dump(mode="json")} for name, one in found])
        return
    if not found:
        out.print("没有停放的事件 / Nothing is parked")
        return
    columns = ("service", "projection", "source", "position", "type", "error")
    rows = ((name, *(getattr(one, column) for column in columns[1:])) for name, one in found)
    out.print(table("停放的事件 / Parked", columns, rows))


@parked_app.command(name="replay")
def parked_replay(
    service: ServiceArgument,
    projection: Annotated[str, typer.Argument(help="视图名 / Projection")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """修好并重启服务之后，按顺序重新处理。 / After the fix and a restart, hand them to the projection again.

    例 / Example: guanai parked replay pairing children
    """

    async def work() -> tuple[int, list[ParkedEvent]]:
        async with operator(settled(home), service.value) as client:
            taken = (await client.replay_parked(projection)).replayed
            return taken, [one for one in (await client.list_parked()).items if one.projection == projection]

    taken, left = run(work())
    if as_json:
        show_json({"replayed": taken, "left": [one.model_dump(mode="json") for one in left]})
    else:
        out.print(f"已处理 {taken} 条 / {taken} taken")
    if left:
        err.print(
            "[red]仍有停放；程序修好后须先重启该服务 / Some stay parked. A mended service must be restarted"
        )
        err.print(escape(str(left[0].error)))
        raise typer.Exit(UNHEALTHY)
