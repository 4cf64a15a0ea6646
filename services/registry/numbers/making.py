"""File numbers: readable, unique per township, made without asking anybody.

A number is the township's division code and 40 random bits, in letters and digits that nobody confuses.
Uniqueness needs no counter, which every new file of a township would have to queue for, and which a school
with a bad line could not reach: a number is held by a stream of its own (`file_numbers.py`). It says
nothing of the file's id, nor the id of it: the number is printed on cards that many people see.
"""

from __future__ import annotations

import secrets

from services.language import Division

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""


def file_number(township: Division) -> str:
    """E.g. `331082103-7KQ4-M2XP`; another one each time."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{township}-{letters[:4]}-{letters[4:]}"
