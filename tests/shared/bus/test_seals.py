"""A seal is its service's own, and covers just what it was set to."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.keys import KeyFile
from shared.seals import Sealer, Seals
from shared.tokens import key_of_seed, new_key, public_keys

STOCK, LOANS = key_of_seed(b"s" * 32, "stock"), key_of_seed(b"l" * 32, "loans")
ENVELOPES = [b'{"position":4}', b'{"position":5}', b'{"position":6}']


@pytest.fixture
def seals(tmp_path: Path) -> Seals:
    keys = tmp_path / "services.jwks"
    keys.write_text(public_keys([STOCK, LOANS]))
    return Seals(KeyFile(keys))


def test_a_seal_covers_what_it_was_set_to(seals: Seals) -> None:
    """Just these envelopes at just this place; not one more, one less, another or elsewhere."""
    header = Sealer("stock", STOCK).seal(4, ENVELOPES)
    seal = seals.read("stock", header)
    assert seal is not None
    assert seal.covers(4, ENVELOPES)
    assert not seal.covers(5, ENVELOPES)
    assert not seal.covers(4, ENVELOPES[:2])
    assert not seal.covers(5, ENVELOPES[1:])
    assert not seal.covers(4, [*ENVELOPES[:2], b'{"position":7}'])
    assert not seal.covers(4, [ENVELOPES[0] + ENVELOPES[1], *ENVELOPES[2:]])


@pytest.mark.parametrize("service", ["loans", "stranger", ""])
def test_a_seal_is_one_services(seals: Seals, service: str) -> None:
    """What stock has sealed is nobody else's."""
    assert seals.read(service, Sealer("stock", STOCK).seal(1, ENVELOPES)) is None


def test_nobody_seals_for_another(seals: Seals) -> None:
    """Neither with an unknown key, nor with one's own key in another's name."""
    assert seals.read("stock", Sealer("stock", new_key()).seal(1, ENVELOPES)) is None
    assert seals.read("stock", Sealer("stock", LOANS).seal(1, ENVELOPES)) is None


@pytest.mark.parametrize("change", [(0, "5"), (1, "9"), (2, "0" * 64), (3, "AAAA"), (3, "ü"), (1, "x")])
def test_a_changed_header_is_no_seal(seals: Seals, change: tuple[int, str]) -> None:
    """Every part of it is signed."""
    parts = Sealer("stock", STOCK).seal(4, ENVELOPES).split(" ")
    parts[change[0]] = change[1]
    assert seals.read("stock", " ".join(parts)) is None


@pytest.mark.parametrize("header", ["", "seal", "1 2 3", "1 2 3 4 5"])
def test_garbage_is_no_seal(seals: Seals, header: str) -> None:
    """Whatever stands in the header, it is read without an error."""
    assert seals.read("stock", header) is None
