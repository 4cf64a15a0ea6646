"""Who may call: a valid token of a kind and role that the route names, and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from shared.access import READER, SERVICE
from shared.messages import Recorded
from shared.projections.folding import fold_rows
from shared.revocations import revocations
from shared.testing.api import ServiceUnderTest, caller
from shared.testing.envelopes import as_recorded
from shared.tokens import LONGEST, issue, new_key, public_keys
from tests.shared.http.jars import TYPES, JarClient, KeyWithdrawn

TOWNSHIP = caller("township", division="331082104")
OPERATOR = caller("operator")


async def _get(service: ServiceUnderTest, authorization: str | None) -> tuple[int, str]:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = await service.http.get("/jars", headers=headers)
    if answer.status_code == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    problem = answer.json().get("type", "").rsplit("/", 1)[-1]
    return answer.status_code, problem


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer ", "Basic eDp5", "Bearer x.y.z"])
async def test_no_token_no_answer(service: ServiceUnderTest, given: str | None) -> None:
    """Without a token that can be read nothing is shown."""
    assert await _get(service, given) == (401, "unauthenticated")


async def test_a_token_of_another_key_is_refused(service: ServiceUnderTest) -> None:
    """Only the keys in the file sign tokens."""
    forged = issue(new_key(), TOWNSHIP, timedelta(hours=1))
    assert await _get(service, f"Bearer {forged}") == (401, "unauthenticated")


async def test_an_altered_token_is_refused(service: ServiceUnderTest) -> None:
    """A token with another claim than the signed one is worth nothing."""
    head, claims, signature = service.token(TOWNSHIP).split(".")
    other = service.token(caller("operator")).split(".")[1]
    assert claims != other
    assert await _get(service, f"Bearer {head}.{other}.{signature}") == (401, "unauthenticated")


async def test_an_expired_token_is_told_so(service: ServiceUnderTest) -> None:
    """A worn-out token has a problem of its own, so that a program can get a new one."""
    old = issue(service.key, TOWNSHIP, timedelta(minutes=5), datetime.now(UTC) - timedelta(hours=1))
    assert await _get(service, f"Bearer {old}") == (401, "token-expired")


async def test_a_revoked_token_is_honoured_no_longer(service: ServiceUnderTest) -> None:
    """Once the revoking event is projected, the token opens nothing, at most a second later."""
    victim = caller("township", division="331082104")
    token = service.token(victim)
    assert (await _get(service, f"Bearer {token}"))[0] == 200
    assert victim.token_id is not None
    await service.client(JarClient, TOWNSHIP).withdraw(victim.token_id)
    await service.caught_up()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.revocations.FRESH_SECONDS", 0.0)
        assert await _get(service, f"Bearer {token}") == (401, "token-revoked")


@pytest.mark.parametrize("said", [timedelta(0), timedelta(days=-1), timedelta(days=3650)])
def test_a_revocation_stands_whatever_its_revoker_says_of_the_end(said: timedelta) -> None:
    """It never runs out before the longest token that was there, and a later one does not shorten it."""
    now = datetime(2026, 3, 2, tzinfo=UTC)
    projection, which = revocations(KeyWithdrawn, TYPES), uuid4()
    (change,) = projection.project(_revoked(KeyWithdrawn(token_id=which, expires_at=now + said), now))
    row = change.apply(None)
    assert row is not None
    assert row["expires_at"] >= now + LONGEST
    (again,) = projection.project(_revoked(KeyWithdrawn(token_id=which, expires_at=now), now))
    assert again.apply(row) == row


@pytest.mark.parametrize("said", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_an_end_that_no_clock_reaches_stops_no_revocation(said: str) -> None:
    """An event of a former program may hold one: the token is refused all the same."""
    now = datetime(2026, 3, 2, tzinfo=UTC)
    event = KeyWithdrawn(token_id=uuid4(), expires_at=datetime.fromisoformat(said))
    (row,) = fold_rows(revocations(KeyWithdrawn, TYPES), [_revoked(event, now)])["revoked_token"].values()
    assert row["expires_at"] >= now + LONGEST


def _revoked(event: KeyWithdrawn, at: datetime) -> Recorded:
    return as_recorded("registry", event, stream_id=event.token_id, recorded_at=at)


async def test_what_is_made_up_makes_no_series(service: ServiceUnderTest) -> None:
    """Neither paths nor methods that nobody knows grow the metrics."""
    await service.request(None, "MADEUP-FIRST", "/healthz")
    before = len((await service.http.get("/metrics")).text.splitlines())
    for number in range(5):
        await service.request(None, f"MADEUP{number}", f"/nowhere/{number}")
        await service.request(None, f"MADEUP{number}", "/healthz")
    assert "MADEUP" not in (await service.http.get("/metrics")).text
    after = len((await service.http.get("/metrics")).text.splitlines())
    assert after - before < 60


@pytest.mark.parametrize("page", ["swagger", "redoc", "elements", "rapidoc", "oauth2-redirect.html"])
async def test_no_page_loads_scripts_from_elsewhere(service: ServiceUnderTest, page: str) -> None:
    """The framework's own pages, which take scripts from a CDN, are not there."""
    assert (await service.http.get(f"/.litestar/{page}")).status_code == 404
    for path in ("/docs", "/.litestar"):
        assert "cdn" not in (await service.http.get(path)).text


async def test_a_new_key_is_taken_up(service: ServiceUnderTest) -> None:
    """Keys rotate without a restart: the file may list the old one and the new one."""
    added = new_key()
    service.runtime.settings.token_keys.write_text(public_keys([service.key, added]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.keys.KEYS_FRESH_SECONDS", 0.0)
        for key in (service.key, added):
            token = issue(key, TOWNSHIP, timedelta(hours=1))
            assert (await _get(service, f"Bearer {token}"))[0] == 200


async def test_the_matrix_of_permissions(service: ServiceUnderTest) -> None:
    """Each operation turns away exactly the kinds and roles that its permission does not name."""
    kinds = ("township", "school", "village", "mentor", "county", "operator", "nobody")
    callers = [caller(kind, role=role) for kind in kinds for role in ("officer", READER, "guest")]
    callers.append(caller(SERVICE, role=READER))
    for operation in service.operations():
        if operation.operation_id == "make_mistake":
            continue
        for who in callers:
            refused = await service.is_refused(operation, who)
            assert refused is not operation.permission.allows(who), (operation, who)


async def test_a_refused_caller_is_told_the_permission(service: ServiceUnderTest) -> None:
    """403 names what would have been needed."""
    answer = await service.request(caller("mentor", person=uuid4()), "GET", "/jars")
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-permitted")
    assert "read jars" in answer.json()["detail"]


async def test_the_gate_stands_before_the_content(service: ServiceUnderTest) -> None:
    """Who may not write learns nothing about the body's rules."""
    answer = await service.request(caller("mentor"), "POST", "/jars", content=b"{")
    assert answer.status_code == 403
