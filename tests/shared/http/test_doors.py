"""Routes that are open to everybody: budgets by address and in all, and what they leave behind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from litestar.datastructures import Headers

from shared.http.doors import HOUR, Doors
from shared.settings import KernelSettings


def doors(header: str | None = None, each: int = 4, everybody: int = 10) -> tuple[Doors, list[float]]:
    """Doors with these budgets, and the clock that they look at."""
    now = [0.0]
    settings = KernelSettings.model_construct(
        public_requests_per_hour=each,
        public_requests_per_hour_in_all=everybody,
        public_address_header=header,
    )
    return Doors(settings, now=lambda: now[0]), now


def knock(at: Doors, host: str | None = "192.0.2.1", route: str = "/open", **headers: str) -> bool:
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    client = None if host is None else SimpleNamespace(host=host)
    connection: Any = SimpleNamespace(headers=Headers(given), client=client)
    return at.take(route, connection)


def test_half_an_hours_budget_may_come_at_once() -> None:
    """Then one for each quarter of an hour; another address has its own budget, another route too."""
    some, now = doors()
    assert [knock(some) for _ in range(3)] == [True, True, False]
    assert knock(some, route="/other")
    assert knock(some, host="192.0.2.2")
    now[0] = HOUR / 4
    assert [knock(some), knock(some)] == [True, False]


def test_all_addresses_together_have_a_budget() -> None:
    """And who has used up their own takes nothing from it."""
    some, _ = doors()
    assert [knock(some) for _ in range(10)].count(True) == 2
    assert [knock(some, host=f"192.0.2.{number}") for number in range(2, 7)] == [True] * 3 + [False] * 2


def test_behind_a_proxy_its_word_counts() -> None:
    """The last address of the last such header; what a client writes itself comes before it."""
    some, _ = doors("X-Forwarded-For", everybody=100)
    for forged in range(6):
        taken = knock(some, host="10.0.0.1", x_forwarded_for=f"203.0.113.{forged}, 198.51.100.7")
        assert taken == (forged < 2)
    assert knock(some, host="10.0.0.1", x_forwarded_for="198.51.100.8")
    plain, _ = doors(everybody=100)
    assert [knock(plain, x_forwarded_for=f"198.51.100.{number}") for number in range(3)][-1] is False


def test_who_has_no_address_shares_one_budget() -> None:
    """A connection without a client (a socket file) is one address like another."""
    some, _ = doors()
    assert [knock(some, host=None) for _ in range(3)] == [True, True, False]
