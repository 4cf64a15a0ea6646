"""token: who may come in."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID, uuid4

import typer

from guanai.commands.console import HOME, UNHEALTHY, HomeOption, err, operator, out, run, settled
from services.language import PartyKind
from services.parties import DIGITS
from shared.access import OFFICER, OPERATOR, READER, Caller, Scope
from shared.tokens import TokenInvalid, load_keys, verify

app = typer.Typer(help="访问令牌 / Access tokens", no_args_is_help=True)

Kind = StrEnum("Kind", {kind.value: kind.value for kind in PartyKind} | {OPERATOR: OPERATOR})  # type: ignore[misc]


class Role(StrEnum):
    """What the bearer may do with what they see."""

    OFFICER = OFFICER
    READER = READER


@app.command()
def issue(
    kind: Annotated[Kind, typer.Argument(help="哪一方 / Party kind")],
    *,
    subject: Annotated[str, typer.Option(help="何人：登录名 / Who: a login name")] = "clerk",
    name: Annotated[str, typer.Option(help="姓名 / Name to show")] = "",
    role: Annotated[Role, typer.Option(help="officer 可写 writes, reader 只读 reads")] = Role.OFFICER,
    division: Annotated[str | None, typer.Option(help="区划代码 / Division code: 6, 9 or 12 digits")] = None,
    organisation: Annotated[UUID | None, typer.Option(help="单位编号 / Id of the school, village, …")] = None,
    person: Annotated[UUID | None, typer.Option(help="结对人编号 / Id of the mentor")] = None,
    days: Annotated[int, typer.Option(min=1, max=400, help="有效天数 / Days that it is valid")] = 90,
    home: HomeOption = HOME,
) -> None:
    """签发令牌，打印在标准输出。 / Issue a token, printed on standard output.

    例 / Examples:

      guanai token issue township --division 331082105 --subject wang

      guanai token issue school --division 331082105 --organisation 0199… --days 180

      guanai token issue mentor --person 0199…
    """
    scope = Scope(division, organisation, person)
    if wrong := _wrong(kind.value, scope):
        err.print(f"[red]{wrong}")
        raise typer.Exit(UNHEALTHY)
    caller = Caller(subject, kind.value, role.value, scope, name, token_id=uuid4())
    typer.echo(settled(home).secrets().issue(caller, timedelta(days=days)))


def _wrong(kind: str, scope: Scope) -> str | None:
    """Why a token with this scope would let nobody in, or None."""
    if kind == OPERATOR:
        return None
    if kind == PartyKind.MENTOR:
        return None if scope.person else "结对人需要 --person / A mentor needs --person"
    digits = DIGITS.get(PartyKind(kind), DIGITS[PartyKind.TOWNSHIP])
    if not re.fullmatch(rf"[0-9]{{{digits}}}", scope.division or ""):
        return f"需要 --division，{digits} 位数字 / The party needs --division, {digits} digits"
    if kind in {PartyKind.SCHOOL, PartyKind.HEALTH_CENTRE} and scope.organisation is None:
        return "需要 --organisation，单位编号 / The party needs --organisation, its id"
    return None


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(help="令牌 / The token")],
    reason: Annotated[str, typer.Option(help="原因 / Why")] = "",
    home: HomeOption = HOME,
) -> None:
    """立即停用一个令牌，各服务都不再接受。 / No service honours the token any longer."""
    place = settled(home)
    place.secrets()
    try:
        caller = verify(load_keys(place.keys), token)
    except TokenInvalid as invalid:
        err.print(f"[red]不是有效的令牌 / Not a valid token: {invalid}")
        raise typer.Exit(UNHEALTHY) from invalid
    assert caller.token_id
    assert caller.expires_at
    token_id, expires_at = caller.token_id, caller.expires_at

    async def work() -> None:
        async with operator(place, "registry") as client:
            await client.revoke_token(token_id, expires_at, reason)

    run(work())
    out.print("[green]已停用 / Revoked")
