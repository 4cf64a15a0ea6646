"""A service reads another's log by a token of its own making: for that source, for a day at most."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from shared.access import OFFICER, OPERATOR, READER, SERVICE, Caller, Scope
from shared.log_reader import ReaderTokens
from shared.tokens import (
    ALGORITHM,
    CLOCK_SKEW,
    READER_TTL,
    TokenExpired,
    TokenInvalid,
    issue,
    issue_reader,
    key_of_seed,
    new_key,
    verify,
    verify_reader,
)

STOCK, LOANS = key_of_seed(b"s" * 32, "stock"), key_of_seed(b"l" * 32, "loans")
PEOPLE = new_key()
KEYS = KeySet([STOCK, LOANS])
NOW = datetime(2025, 6, 1, 8, tzinfo=UTC)


def test_a_reader_is_known_by_its_key() -> None:
    """The caller is the service, with no scope, and may only read."""
    caller = verify_reader(KEYS, issue_reader(LOANS, "loans", "stock", now=NOW), "stock", NOW)
    assert (caller.subject, caller.kind, caller.role, caller.name) == (
        *("service:loans", SERVICE, READER),
        "loans",
    )
    assert caller.scope == Scope()
    assert caller.expires_at == NOW + READER_TTL


REFUSED: dict[str, Callable[[], str]] = {
    "for another source": lambda: issue_reader(LOANS, "loans", "reports", now=NOW),
    "in another's name": lambda: issue_reader(LOANS, "stock", "stock", now=NOW),
    "with an unknown key": lambda: issue_reader(key_of_seed(b"x" * 32, "loans"), "loans", "stock", now=NOW),
    "longer than a day": lambda: issue_reader(
        LOANS, "loans", "stock", READER_TTL + timedelta(seconds=1), now=NOW
    ),
    "made on a day to come": lambda: issue_reader(LOANS, "loans", "stock", now=NOW + timedelta(days=3650)),
    "ending before its making": lambda: _signed(exp=int(NOW.timestamp()) - 10),
    "not valid yet": lambda: _signed(nbf=int((NOW + timedelta(hours=1)).timestamp())),
    "without an audience": lambda: _signed(aud=None),
    "for several audiences": lambda: _signed(aud=["stock", "loans"]),
    "without an issuer": lambda: _signed(iss=None),
    "without an end": lambda: _signed(exp=None),
    "a person's": lambda: issue(PEOPLE, Caller("wang", "township", OFFICER, Scope("331082104")), READER_TTL),
}


def _signed(**changed: Any) -> str:
    seconds = int(NOW.timestamp())
    claims = {
        "iss": "loans",
        "aud": "stock",
        "iat": seconds,
        "exp": seconds + 3600,
        "jti": "01960000-0000-7000-8000-000000000012",
        **changed,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": ALGORITHM, "kid": LOANS.kid}, kept, LOANS, [ALGORITHM])


@pytest.mark.parametrize("what", REFUSED)
def test_a_token_reads_nothing(what: str) -> None:
    """That is not its reader's own, for this source and for a day at most."""
    assert verify_reader(KEYS, _signed(), "stock", NOW).name == "loans"
    with pytest.raises(TokenInvalid):
        verify_reader(KEYS, REFUSED[what](), "stock", NOW)


def test_a_worn_out_token_is_told_apart() -> None:
    """After a day, and the clocks' difference, it has expired."""
    token = issue_reader(LOANS, "loans", "stock", now=NOW)
    with pytest.raises(TokenExpired):
        verify_reader(KEYS, token, "stock", NOW + READER_TTL + CLOCK_SKEW + timedelta(seconds=1))


def test_the_people_s_key_makes_no_service() -> None:
    """Whoever can sign tokens of people cannot pass for a service, nor a service for a person."""
    caller = Caller("service:loans", SERVICE, OFFICER, Scope(), "loans")
    with pytest.raises(TokenInvalid):
        verify(KeySet([PEOPLE]), issue(PEOPLE, caller, timedelta(hours=1)))
    with pytest.raises(TokenInvalid):
        verify(KEYS, issue_reader(LOANS, "loans", "stock"))


@pytest.mark.parametrize(
    "claims",
    [{"iss": "elsewhere"}, {"aud": "elsewhere"}, {"aud": ["a", "b"]}, {"aud": 7}],
)
def test_another_system_s_token_is_refused(claims: dict[str, Any]) -> None:
    """Issuer and audience are ours where they are named, also if one key signs for several systems."""
    operator = Caller("operator", OPERATOR, OFFICER, Scope())
    mine = issue(PEOPLE, operator, timedelta(hours=1))
    assert verify(KeySet([PEOPLE]), mine).kind == OPERATOR
    said = {**jwt.decode(mine, PEOPLE, [ALGORITHM]).claims, **claims}
    other = jwt.encode({"alg": ALGORITHM, "kid": PEOPLE.kid}, said, PEOPLE, [ALGORITHM])
    with pytest.raises(TokenInvalid):
        verify(KeySet([PEOPLE]), other)


def test_a_token_is_made_again_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """One token is used for half a day, so that it never wears out on its way; each source has its own."""
    now = [0.0]
    monkeypatch.setattr("shared.log_reader.monotonic", lambda: now[0])
    tokens = ReaderTokens("loans", LOANS)
    first = tokens.token("stock")
    now[0] = READER_TTL.total_seconds() / 2 - 1
    assert tokens.token("stock") == first
    assert tokens.token("reports") != first
    now[0] += 2
    assert tokens.token("stock") != first
