"""token: who may come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID, uuid4

import typer

from guanai.commands.console import HomeOption, JsonOption, as_operator, out, run, settled, show_json
from guanai.failures import Explained
from services.language import PartyKind
from services.parties import misfit
from services.registry.client import RegistryClient, RevokeToken
from shared.access import OFFICER, OPERATOR, READER, Caller, Scope
from shared.tokens import TokenInvalid, verify

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
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """签发令牌，打印在标准输出。 / Issue a token, printed on standard output.

    例 / Examples:

      guanai token issue township --division 331082105 --subject wang

      guanai token issue school --division 331082105 --organisation 0199… --days 180

      guanai token issue mentor --person 0199…

      TOKEN=$(guanai token issue operator)
    """
    token_id, ttl = uuid4(), timedelta(days=days)
    scope = Scope(division, organisation, person)
    caller = Caller(subject, kind.value, role.value, scope, name, token_id=token_id)
    if wrong := misfit(caller):
        raise Explained(str(wrong), "见例 / See the examples: guanai token issue --help")
    token = settled(home).secrets().issue(caller, ttl)
    if as_json:
        until = datetime.now(UTC).replace(microsecond=0) + ttl
        show_json({"token": token, "token_id": token_id, "subject": subject, "expires_at": until.isoformat()})
        return
    typer.echo(token)


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(help="令牌 / The token")],
    reason: Annotated[str, typer.Option(help="原因 / Why")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """立即停用一个令牌，各服务都不再接受。 / No service honours the token any longer.

    例 / Example: guanai token revoke eyJ… --reason "手机丢失 / phone lost"
    """
    place = settled(home)
    place.secrets()
    try:
        caller = verify(place.token_keys(), token)
    except TokenInvalid as invalid:
        raise Explained(
            f"不是有效的令牌 / Not a valid token: {invalid}",
            "核对令牌与 --home；已过期的无须停用 / Check it and --home; one that ran out is void anyway",
        ) from invalid
    assert caller.token_id
    assert caller.expires_at
    token_id, expires_at = caller.token_id, caller.expires_at

    async def work() -> None:
        async with as_operator(RegistryClient, place, "registry") as client:
            await client.revoke_token(RevokeToken(token_id=token_id, expires_at=expires_at, reason=reason))

    run(work())
    if as_json:
        show_json({"revoked": token_id, "subject": caller.subject, "expires_at": expires_at.isoformat()})
        return
    out.print("[green]已停用 / Revoked")
