"""Resident IDs and file numbers: who holds each, and who disputes it."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from services.language import ChildId
from shared import Event


class FileNumberReserved(Event):
    """A file number belongs to this child's file, for ever. The number is known by its stream alone."""

    type: ClassVar[str] = "file_number.reserved"

    child_id: ChildId


class ResidentIdReserved(Event):
    """A resident ID belongs to this child's open file. The number is known by its stream alone."""

    type: ClassVar[str] = "resident_id.reserved"

    child_id: ChildId


class ResidentIdDisputed(Event):
    """A second file bears a resident ID that another holds; the township settles whose it is."""

    type: ClassVar[str] = "resident_id.disputed"

    child_id: ChildId
    held_by: ChildId


class NumberDecision(StrEnum):
    """What a township found out about two files with one resident ID."""

    MERGED = "merged"
    """The same child: one file stays, the other is closed."""
    BELONGS_TO = "belongs_to"
    """Two children: the number is one's, the other's was wrong."""
    NOT_A_DUPLICATE = "not_a_duplicate"
    """Two children, and both files keep the number until somebody knows better."""


class ResidentIdSettled(Event):
    """A township decided about two files with one resident ID."""

    type: ClassVar[str] = "resident_id.settled"

    child_id: ChildId
    """The file that came second."""
    decision: NumberDecision
    keeper: ChildId
    """The file that stays, or whose number it is."""


class ResidentIdReleased(Event):
    """The file that held the resident ID was closed; the child may be registered again one day."""

    type: ClassVar[str] = "resident_id.released"

    child_id: ChildId
