"""accesses: who read which child, merged from the four services."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from guanai.commands.console import (
    OPERATORS_DEADLINE,
    HomeOption,
    JsonOption,
    err,
    out,
    run,
    settled,
    show_json,
    table,
)
from guanai.failures import Explained
from guanai.home import Home
from guanai.stack import SERVICES
from services.accesses.api import AccessAlarmView, AccessView
from services.accesses.client import AccessesClient
from services.dates import CHINA

app = typer.Typer()
PAGE = 200
Found = tuple[str, AccessView | AccessAlarmView]
"""The service, and what it recorded."""
TokenOption = Annotated[
    str | None,
    typer.Option(
        envvar="GUANAI_TOKEN",
        help="县级或镇级的令牌 / A county's or township's token; or the variable GUANAI_TOKEN",
        show_default=False,
    ),
]


@app.command()
def accesses(
    *,
    child: Annotated[UUID | None, typer.Option(help="哪个孩子 / Which child: its id")] = None,
    subject: Annotated[str | None, typer.Option(help="哪个人：登录名 / Which person: a login name")] = None,
    since: Annotated[datetime | None, typer.Option(help="从何时起 / From this day or moment on")] = None,
    until: Annotated[
        datetime | None, typer.Option(help="到何时止（不含）/ Before this day or moment")
    ] = None,
    alarms: Annotated[bool, typer.Option("--alarms", help="只看查阅异常 / Unusual reading alone")] = False,
    limit: Annotated[
        int, typer.Option(min=1, help="最多几条，最新在前 / At most so many, newest first")
    ] = 100,
    token: TokenOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """谁看过哪个孩子：四个服务的查阅记录。 / Who read which child: the records of the four services.

    记录由县级和孩子所在乡镇查看；查看本身也会留下记录。本级无权查看的信息，只显示何人、何日、几名儿童（次日起）。
    / For the county and the child's township; looking is recorded as well. Of what they may not read
    themselves they are shown who, on which day and of how many children, from the next day on.

    例 / Examples:

      guanai accesses --child 0199… --since 2026-11-01 --token "$TOKEN"

      export GUANAI_TOKEN=$(guanai token issue county --division 331082 --subject wang)

      guanai accesses --subject clerk --json | jq '.[].query'

      guanai accesses --alarms
    """
    if not token:
        raise Explained(
            "查阅记录须以县级或镇级身份查看 / Records of accesses are read by a county or township",
            "--token，或先 / or first: export GUANAI_TOKEN=$(guanai token issue county --division …)",
        )
    asked: dict[str, Any] = {"subject": subject, "since": _moment(since), "until": _moment(until)}
    if not alarms:
        asked["child_id"] = child
    found = run(_ask_all(settled(home), token, asked, limit, alarms=alarms))
    if as_json:
        show_json(
            [{"service": name, **one.model_dump(mode="json", exclude_unset=True)} for name, one in found]
        )
    elif not found:
        out.print("没有记录 / No records")
    else:
        out.print(_alarms(found) if alarms else _accesses(found))
        if len(found) == limit:
            err.print("[dim]更早的未列出：--limit、--until / Older ones are left out: --limit, --until")


def _moment(given: datetime | None) -> datetime | None:
    """As clocks in China show it."""
    return given.replace(tzinfo=CHINA) if given and given.tzinfo is None else given


async def _ask_all(
    home: Home, token: str, asked: dict[str, Any], limit: int, *, alarms: bool
) -> Sequence[Found]:
    """The newest of all services. Raises `ClientError`."""

    async def ask(name: str) -> list[Found]:
        url, found, cursor = home.endpoints().services[name], list[Found](), None
        async with AccessesClient(url, token, deadline=OPERATORS_DEADLINE) as client:
            listed = client.list_access_alarms if alarms else client.list_accesses
            while len(found) < limit:
                page = await listed(**asked, cursor=cursor, limit=min(PAGE, limit))
                found += [(name, one) for one in page.items]
                cursor = page.next
                if cursor is None:
                    break
        return found

    answers = await asyncio.gather(*(ask(name) for name in SERVICES))
    merged = sorted((one for answer in answers for one in answer), key=lambda one: one[1].at, reverse=True)
    return merged[:limit]


def _accesses(found: Sequence[Found]) -> Any:
    columns = (
        "时间 at",
        "谁 who",
        "身份 party",
        "操作 operation",
        "孩子 children",
        "信息 classes",
        "依据 why",
    )
    return table("查阅记录 / Accesses", columns, (_row(one) for _, one in found))


def _row(one: AccessView | AccessAlarmView) -> tuple[object, ...]:
    assert isinstance(one, AccessView)
    who = f"{one.name} ({one.subject})" if one.name else one.subject
    number = len(one.children) + one.unnamed
    children = str(one.children[0]) if len(one.children) == number == 1 else str(number)
    more = f" +{one.elsewhere}" if one.elsewhere else ""
    if one.operation is None:  # the day alone, and not what was read
        return (_shown(one.at)[:10], who, one.party, "•", children + more, "", "")
    why = f"{one.permission} {one.relation}"
    what = f"{one.operation}\n{one.query}"
    return (_shown(one.at), who, one.party, what, children + more, " ".join(one.classes), why)


def _alarms(found: Sequence[Found]) -> Any:
    columns = (
        "日期 day",
        "谁 who",
        "身份 party",
        "服务 service",
        "孩子 children",
        "平日 usual",
        "上限 allowed",
    )
    rows = (
        (one.day, one.subject, one.party, name, one.children, one.usual, one.allowed)
        for name, one in found
        if isinstance(one, AccessAlarmView)
    )
    return table("查阅异常 / Unusual reading", columns, rows)


def _shown(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
