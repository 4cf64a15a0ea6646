"""Tokens carry a caller unchanged, and only as long and as far as they were signed for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey

from shared.access import Caller, Scope
from shared.tokens import (
    ALGORITHM,
    CLOCK_SKEW,
    LONGEST,
    TokenExpired,
    TokenInvalid,
    issue,
    new_key,
    private_key,
    public_keys,
    verify,
)

KEY = new_key()
KEYS = KeySet([KEY])
NOW = datetime(2025, 6, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)

callers = st.builds(
    Caller,
    subject=st.text(min_size=1, max_size=40),
    kind=st.sampled_from(["township", "school", "mentor", "operator"]),
    role=st.sampled_from(["officer", "reader"]),
    scope=st.builds(
        Scope,
        division=st.none() | st.from_regex(r"\A[0-9]{6}([0-9]{3}([0-9]{3})?)?\Z"),
        organisation=st.none() | st.uuids(),
        person=st.none() | st.uuids(),
    ),
    name=st.text(max_size=20),
    token_id=st.uuids(),
)


@given(callers)
def test_a_caller_comes_back_as_issued(caller: Caller) -> None:
    """Whatever a token was issued for, verifying gives it back."""
    back = verify(KEYS, issue(KEY, caller, HOUR, NOW), NOW)
    assert (back.subject, back.kind, back.role, back.scope) == (
        caller.subject,
        caller.kind,
        caller.role,
        caller.scope,
    )
    assert (back.name, back.token_id, back.expires_at) == (caller.name, caller.token_id, NOW + HOUR)


TIMES = {"iat": int(NOW.timestamp()), "exp": int((NOW + HOUR).timestamp())}
SOMEBODY = Caller("li", "school", "officer", Scope(organisation=uuid4()))


def test_a_token_ends_with_its_time() -> None:
    """After its time, and the difference that clocks may have, a token is worn out."""
    token = issue(KEY, SOMEBODY, HOUR, NOW)
    verify(KEYS, token, NOW + HOUR + CLOCK_SKEW)
    with pytest.raises(TokenExpired):
        verify(KEYS, token, NOW + HOUR + CLOCK_SKEW + timedelta(seconds=1))


def test_a_token_lasts_only_so_long() -> None:
    """One that was made to last longer than any may, or that begins later, opens nothing."""
    verify(KEYS, issue(KEY, SOMEBODY, LONGEST, NOW), NOW)
    with pytest.raises(TokenInvalid, match="longer"):
        verify(KEYS, issue(KEY, SOMEBODY, LONGEST + HOUR, NOW), NOW)
    claims = {"sub": "x", "kind": "school", "role": "officer", "jti": str(uuid4())}
    times = {"iat": int(NOW.timestamp()), "nbf": int((NOW + HOUR).timestamp())}
    ends = int((NOW + 2 * HOUR).timestamp())
    later = jwt.encode({"alg": "Ed25519", "kid": KEY.kid}, {**claims, **times, "exp": ends}, KEY, ["Ed25519"])
    with pytest.raises(TokenInvalid, match="not valid yet"):
        verify(KEYS, later, NOW)
    assert verify(KEYS, later, NOW + HOUR).subject == "x"


@pytest.mark.parametrize(
    ("iat", "exp"),
    [
        (timedelta(days=1000), timedelta(days=1400)),
        (CLOCK_SKEW + timedelta(seconds=1), HOUR),
        (2 * HOUR, HOUR),
        (timedelta(0), timedelta(0)),
        (-HOUR, -2 * HOUR),
        (-HOUR, LONGEST),
    ],
)
def test_a_token_begins_before_now_and_before_its_end(iat: timedelta, exp: timedelta) -> None:
    """What it says of its making lets it last no longer: not from a day to come, nor backwards."""
    with pytest.raises(TokenInvalid):
        verify(KEYS, _dated(NOW + iat, NOW + exp), NOW)


@given(
    st.integers(-900, 900).map(lambda days: NOW + timedelta(days=days)),
    st.integers(-900, 900).map(lambda days: NOW + timedelta(days=days)),
)
def test_no_honoured_token_lasts_longer_than_any_may(iat: datetime, exp: datetime) -> None:
    """From the moment at which it is honoured, whatever it says: a revocation then outlives it."""
    try:
        verify(KEYS, _dated(iat, exp), NOW)
    except TokenInvalid:
        return
    assert NOW - CLOCK_SKEW <= exp <= NOW + LONGEST


def _dated(iat: datetime, exp: datetime) -> str:
    claims = {"sub": "x", "kind": "school", "role": "officer", "jti": str(uuid4())}
    times = {"iat": int(iat.timestamp()), "exp": int(exp.timestamp())}
    return jwt.encode({"alg": ALGORITHM, "kid": KEY.kid}, {**claims, **times}, KEY, [ALGORITHM])


def test_every_token_has_an_id() -> None:
    """A token can be revoked, because it has an id of its own."""
    tokens = [verify(KEYS, issue(KEY, SOMEBODY, HOUR, NOW), NOW).token_id for _ in range(2)]
    assert all(tokens)
    assert tokens[0] != tokens[1]


def test_two_keys_while_rotating() -> None:
    """Tokens of the old and of the new key are both good while both are listed, and not after."""
    new = new_key()
    both = KeySet.import_key_set(json.loads(public_keys([KEY, new])))
    for key in (KEY, new):
        assert verify(both, issue(key, SOMEBODY, HOUR, NOW), NOW).subject == "li"
    only_new = KeySet.import_key_set(json.loads(public_keys([new])))
    with pytest.raises(TokenInvalid):
        verify(only_new, issue(KEY, SOMEBODY, HOUR, NOW), NOW)


def test_the_public_file_holds_no_private_part() -> None:
    """What services verify with cannot sign."""
    assert '"d"' not in public_keys([KEY])
    assert private_key(json.dumps(KEY.as_dict(private=True))).is_private


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_no_other_algorithm_is_taken(algorithm: str) -> None:
    """A token signed otherwise, with the public key as a secret or not at all, is refused."""
    claims = {"sub": "x", "kind": "operator", "role": "officer", "jti": str(uuid4()), **TIMES}
    secret = OctKey.import_key(json.dumps(KEY.as_dict(private=False)))
    forged = jwt.encode({"alg": algorithm, "kid": KEY.kid}, claims, secret, [algorithm])
    with pytest.raises(TokenInvalid):
        verify(KEYS, forged, NOW)


@pytest.mark.parametrize("missing", ["sub", "kind", "role", "jti", "exp", "iat"])
def test_a_token_says_all_that_it_must(missing: str) -> None:
    """A signed token without subject, kind, role, id or end is refused."""
    claims = {"sub": "x", "kind": "school", "role": "officer", "jti": str(uuid4()), **TIMES}
    del claims[missing]
    with pytest.raises(TokenInvalid):
        verify(KEYS, jwt.encode({"alg": ALGORITHM, "kid": KEY.kid}, claims, KEY, [ALGORITHM]), NOW)


@pytest.mark.parametrize(
    "claim",
    [
        {"sub": 5},
        {"organisation": "x"},
        {"exp": "soon"},
        {"exp": 1e300},
        {"jti": 7},
        {"division": 331082},
        {"division": ""},
    ],
)
def test_a_claim_of_another_kind_is_refused(claim: dict[str, object]) -> None:
    """Claims of a wrong type make no caller."""
    claims = {
        "sub": "x",
        "kind": "school",
        "role": "officer",
        "jti": str(uuid4()),
        **TIMES,
        **claim,
    }
    with pytest.raises(TokenInvalid):
        verify(KEYS, jwt.encode({"alg": ALGORITHM, "kid": KEY.kid}, claims, KEY, [ALGORITHM]), NOW)


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_anything_else_is_no_token(text: str) -> None:
    """Any other text is refused, and breaks nothing."""
    with pytest.raises(TokenInvalid):
        verify(KEYS, text, NOW)
