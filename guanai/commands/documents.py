"""openapi, asyncapi, events: what a service offers, publishes and has recorded."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import typer
from rich.markup import escape

from guanai.commands.console import (
    HomeOption,
    JsonOption,
    ServiceArgument,
    operator,
    out,
    run,
    settled,
    show_json,
)
from guanai.home import Home
from guanai.ops import OpsClient

app = typer.Typer()
PAGE = 500
FOLLOW_SECONDS = 0.5


@app.command()
def openapi(service: ServiceArgument, home: HomeOption = None) -> None:
    """服务的 OpenAPI 文档（JSON）。 / The service's OpenAPI document, as JSON.

    例 / Example: guanai openapi registry > registry.json
    """
    run(_document(settled(home), service.value, "openapi"))


@app.command()
def asyncapi(service: ServiceArgument, home: HomeOption = None) -> None:
    """服务所发布事件的 AsyncAPI 文档（JSON）。 / AsyncAPI of what the service publishes, as JSON.

    例 / Example: guanai asyncapi pairing | jq '.channels | keys'
    """
    run(_document(settled(home), service.value, "asyncapi"))


async def _document(home: Home, service: str, name: str) -> None:
    async with operator(home, service) as client:
        show_json(await client.document(name))


@app.command()
def events(
    service: ServiceArgument,
    *,
    after: Annotated[
        int | None, typer.Option(help="从此位置之后 / After this position; default: the last 20")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="最多几条 / At most so many")] = None,
    kind: Annotated[
        str | None, typer.Option("--type", help="类型前缀，如 child. / Prefix of the type")
    ] = None,
    stream: Annotated[str | None, typer.Option(help="只看一个流 / One stream's id")] = None,
    division: Annotated[str | None, typer.Option(help="区划前缀 / Prefix of the division")] = None,
    reveal: Annotated[
        str | None,
        typer.Option(
            metavar="REASON",
            help="也看内容：写明理由，会留下查阅记录 / Show what is in them: say why; it is recorded",
        ),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="持续输出 / Go on as they happen")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """查看事件日志；--json 每行一条。 / Read a service's event log; --json prints one a line.

    Without --reveal only envelopes are shown: position, type, time, by whom. With it the contents are, too,
    which holds what is known of children: the access is recorded with the reason, and the office that
    answers for the child can see it.

    例 / Examples:

      guanai events registry --follow

      guanai events pairing --after 0 --type contact. --json | jq .type

      guanai events registry --after 41 --limit 1 --reveal "乡镇来电核对 12 号档案"
    """

    def wanted(event: dict[str, Any]) -> bool:
        return (
            event["type"].startswith(kind or "")
            and stream in (None, str(event["stream_id"]))
            and event["metadata"]["division"].startswith(division or "")
        )

    async def work() -> None:
        shown = 0
        async with operator(settled(home), service.value) as client:
            position = await _start(client) if after is None else after
            while limit is None or shown < limit:
                page = await client.events(position, PAGE, reveal)
                for event in filter(wanted, page):
                    if limit is None or shown < limit:
                        _show(event, as_json=as_json)
                        shown += 1
                if not page:
                    if not follow:
                        return
                    await asyncio.sleep(FOLLOW_SECONDS)
                else:
                    position = page[-1]["position"]

    run(work())


async def _start(client: OpsClient) -> int:
    head = (await client.show_status()).head
    return max(0, head - 20)


def _show(event: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show_json(event, indent=None)
        return
    data = json.dumps(event["data"], ensure_ascii=False) if event["data"] else ""
    out.print(
        f"[bold]{event['position']:>7}[/] {event['occurred_at'][:19]} [cyan]{event['type']}[/] "
        f"{event['stream_id']} v{event['version']} {escape(data[:200])}"
    )
