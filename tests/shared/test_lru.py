"""A mapping that remembers a bounded number of things."""

from __future__ import annotations

from shared.lru import Lru


def test_what_was_used_longest_ago_is_forgotten_first() -> None:
    """Reading and writing are use; asking whether it is there is not."""
    lru: Lru[str, int] = Lru(2)
    lru["a"], lru["b"] = 1, 2
    assert lru.get("a") == 1
    assert "b" in lru
    lru["c"] = 3
    assert ("a" in lru, "b" in lru, "c" in lru) == (True, False, True)
    assert len(lru) == 2


def test_what_is_not_remembered_is_none() -> None:
    """Neither reading nor forgetting the unknown is an error."""
    lru: Lru[str, int] = Lru(2)
    assert lru.get("a") is None
    lru.forget("a")
    lru["a"] = 1
    lru.forget("a")
    assert "a" not in lru
