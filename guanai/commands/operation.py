"""prepare, migrate, streams, secrets, rebuild, parked: what an operator does now and then."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from guanai.commands.console import (
    HOME,
    UNHEALTHY,
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
from guanai.deployment import SECRETS_VARIABLE, Deployment, unpacked
from guanai.home import Home
from guanai.provisioning import migrate_all, prepare, streams
from guanai.secrets import Secrets, write_private
from guanai.stack import SERVICES, Endpoints

app = typer.Typer()
parked_app = typer.Typer(
    help="停放的事件：视图处理不了的 / Events that a projection could not take", no_args_is_help=True
)
app.add_typer(parked_app, name="parked")

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
    home: Path, secrets: Path | None, postgres: str | None, nats: str | None
) -> tuple[Endpoints, Secrets]:
    packed = os.environ.get(SECRETS_VARIABLE)
    if secrets is None and packed is None:
        place = Home.at(home)
        return place.endpoints(), place.secrets()
    endpoints = Endpoints.embedded()
    return (
        Endpoints(postgres or endpoints.postgres, nats or endpoints.nats, endpoints.services),
        unpacked(packed or "") if secrets is None else Secrets.model_validate_json(secrets.read_bytes()),
    )


@app.command(name="prepare")
def prepare_(
    home: HomeOption = HOME,
    secrets: SecretsOption = None,
    postgres: PostgresOption = None,
    nats: NatsOption = None,
) -> None:
    """角色、数据库、迁移、消息流，可重复运行。 / Roles, databases, migrations, streams; safe to repeat.

    A deployment runs it before each start of the services: new passwords and new schemas take effect here.
    """

    async def work() -> None:
        await prepare(*_target(home, secrets, postgres, nats))

    run(work())
    out.print("[green]已准备好 / Prepared")


@app.command()
def migrate(
    home: HomeOption = HOME,
    secrets: SecretsOption = None,
    postgres: PostgresOption = None,
) -> None:
    """把四个数据库升级到最新结构。 / Bring the four databases to the newest schema."""

    async def work() -> tuple[Endpoints, Secrets]:
        return _target(home, secrets, postgres, None)

    migrate_all(*run(work()))
    out.print("[green]已升级 / Migrated")


@app.command(name="streams")
def streams_(
    home: HomeOption = HOME,
    secrets: SecretsOption = None,
    nats: NatsOption = None,
) -> None:
    """建立消息流（已有则核对）。 / Make the streams of the bus, or check them."""

    async def work() -> None:
        await streams(*_target(home, secrets, None, nats))

    run(work())
    out.print("[green]消息流已就绪 / Streams are there")


NewKeyOption = Annotated[
    bool,
    typer.Option("--new-key", help="也换签名密钥，所有令牌作废 / New signing key too: every token ends"),
]


@app.command(name="secrets")
def secrets_(
    folder: Annotated[Path, typer.Argument(help="写到哪里 / Where to write")] = Path("deploy/secrets"),
    rotate: Annotated[
        bool, typer.Option("--rotate", help="换掉全部密码，保留签名密钥 / New passwords, same signing key")
    ] = False,
    new_key: NewKeyOption = False,
) -> None:
    """为部署生成密钥与各服务的环境文件。 / Make a deployment's secrets and the services' env files.

    Nothing is overwritten unless --rotate is given. The files are readable by their owner alone.
    """
    try:
        files = Deployment(folder).write(rotate=rotate or new_key, new_key=new_key)
    except OSError as failed:
        where = failed.filename or folder
        err.print(f"[red]无法写入 / Cannot write {escape(str(where))}: {failed.strerror}")
        raise typer.Exit(UNHEALTHY) from failed
    for written in files:
        out.print(f"  {written}")


@app.command()
def rotate(home: HomeOption = HOME, new_key: NewKeyOption = False) -> None:
    """更换本机系统的密码；先停止，下次启动生效。 / New passwords for this machine's system.

    Stop it first; the next guanai up sets them. Tokens stay valid unless --new-key is given.
    A deployment: guanai secrets --rotate.
    """
    place = settled(home)

    async def work() -> None:
        with place.supervised():
            fresh = place.secrets().rotated(new_key=new_key)
            write_private(place.kept_secrets, fresh.model_dump_json(indent=2))
            write_private(place.keys, fresh.public_keys())

    run(work())
    out.print("[green]已更换，下次 guanai up 生效 / Changed; guanai up sets them")


@app.command()
def rebuild(
    service: ServiceArgument,
    projection: Annotated[str, typer.Argument(help="视图名，见 guanai status / Name, see guanai status")],
    home: HomeOption = HOME,
) -> None:
    """从头重建一个视图；旧的照常回答，建好后替换。 / Rebuild a projection beside the one that answers.

    例 / Example: guanai rebuild reporting township
    """

    async def work() -> None:
        async with operator(Home.at(home), service.value) as client:
            await client.rebuild(projection)
            out.print("[green]开始重建，进度见 guanai status / Rebuilding, see guanai status")

    run(work())


@parked_app.command(name="list")
def parked_list(
    service: Annotated[ServiceName | None, typer.Argument(help="服务；不填为全部 / Service, or all")] = None,
    home: HomeOption = HOME,
    as_json: JsonOption = False,
) -> None:
    """列出停放的事件及其错误。 / List them with their errors."""

    async def work() -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for name in (service.value,) if service else tuple(SERVICES):
            async with operator(Home.at(home), name) as client:
                parked = (await client.parked()).items
                found += [{"service": name, **one.model_dump(mode="json")} for one in parked]
        return found

    found = run(work())
    if as_json:
        show_json(found)
        return
    columns = ("service", "projection", "source", "position", "type", "error")
    out.print(
        table("停放的事件 / Parked", columns, ([event.get(name) for name in columns] for event in found))
    )


@parked_app.command(name="replay")
def parked_replay(
    service: ServiceArgument,
    projection: Annotated[str, typer.Argument(help="视图名 / Projection")],
    home: HomeOption = HOME,
) -> None:
    """修好并重启服务之后，按顺序重新处理。 / After the fix and a restart, hand them to the projection again.

    例 / Example: guanai parked replay pairing children
    """

    async def work() -> tuple[int, str | None]:
        async with operator(Home.at(home), service.value) as client:
            taken = (await client.replay_parked(projection)).replayed
            left = [one for one in (await client.parked()).items if one.projection == projection]
            return taken, left[0].error if left else None

    taken, error = run(work())
    out.print(f"已处理 {taken} 条 / {taken} taken")
    if error is not None:
        err.print(
            "[red]仍有停放；程序修好后须先重启该服务 / Some stay parked. A mended service must be restarted"
        )
        err.print(escape(error))
        raise typer.Exit(UNHEALTHY)
