"""Resident IDs and file numbers: who holds each, and who disputes it."""

from __future__ import annotations

from typing import ClassVar

from services.events import Description, DomainEvent, of_child
from services.language import ChildId
from services.words import Code


class FileNumberReserved(DomainEvent):
    """A file number belongs to this child's file, for ever. The number is known by its stream alone."""

    type: ClassVar[str] = "file_number.reserved"
    description: ClassVar[Description] = of_child("编定档案号", "File number reserved", in_timeline=False)

    child_id: ChildId


class ResidentIdReserved(DomainEvent):
    """A resident ID belongs to this child's open file. The number is known by its stream alone."""

    type: ClassVar[str] = "resident_id.reserved"
    description: ClassVar[Description] = of_child("登记身份证号", "Resident ID reserved", in_timeline=False)

    child_id: ChildId


class ResidentIdDisputed(DomainEvent):
    """A second file bears a resident ID that another holds; the township settles whose it is."""

    type: ClassVar[str] = "resident_id.disputed"
    description: ClassVar[Description] = of_child("身份证号重复", "Resident ID disputed", in_timeline=False)

    child_id: ChildId
    held_by: ChildId


class NumberDecision(Code):
    """What a township found out about two files with one resident ID."""

    MERGED = "merged", "同一儿童，合并档案", "The same child"
    """The same child: one file stays, the other is closed."""
    BELONGS_TO = "belongs_to", "归其中一名儿童", "Belongs to one of two"
    """Two children: the number is one's, the other's was wrong."""
    NOT_A_DUPLICATE = "not_a_duplicate", "并非重复", "Not a duplicate"
    """Two children, and both files keep the number until somebody knows better."""


class ResidentIdSettled(DomainEvent):
    """A township decided about two files with one resident ID."""

    type: ClassVar[str] = "resident_id.settled"
    description: ClassVar[Description] = of_child("身份证号核定", "Resident ID settled", in_timeline=False)

    child_id: ChildId
    """The file that came second."""
    decision: NumberDecision
    keeper: ChildId
    """The file that stays, or whose number it is."""


class ResidentIdReleased(DomainEvent):
    """The file that held the resident ID was closed; the child may be registered again one day."""

    type: ClassVar[str] = "resident_id.released"
    description: ClassVar[Description] = of_child("身份证号释放", "Resident ID released", in_timeline=False)

    child_id: ChildId
