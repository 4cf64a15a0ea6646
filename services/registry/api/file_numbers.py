"""File numbers: readable, unique per township, made without asking anybody.

A number is the township's division code and 40 bits of the request's idempotency key, in letters and
digits that nobody confuses. The file's id follows from its number, so that a number taken twice would be the
same stream, and the second file is refused: uniqueness needs no counter, which every new file of a township
would have to queue for, and which a school with a bad line could not reach.
"""

from __future__ import annotations

from uuid import UUID, uuid5

from services.language import ChildId, Division

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""
NAMESPACE = UUID("0f6c1c56-0d1e-5f5e-9a55-6f0f5f0b6a02")


def file_number(township: Division, key: UUID) -> str:
    """E.g. `331082103-7KQ4-M2XP`; the same key gives the same number."""
    bits = uuid5(NAMESPACE, str(key)).int
    letters = "".join(ALPHABET[(bits >> (5 * place)) & 31] for place in range(8))
    return f"{township}-{letters[:4]}-{letters[4:]}"


def child_id_of(number: str) -> ChildId:
    """The id of the file with this number."""
    return uuid5(NAMESPACE, number)
