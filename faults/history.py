"""What the clients asked and were told: the known history that the log is compared with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shared.client import ClientError, Refused
from shared.contracts import Receipt

Call = Callable[[UUID], Awaitable[Receipt]]
"""Sends the command under this idempotency key."""


@dataclass
class Operation:
    """One command and what became of it."""

    number: int
    service: str
    name: str
    key: UUID
    call: Call = field(repr=False)
    answer: Receipt | None = None
    refused: str | None = None
    """The code of the rule that refused it."""
    lost: str | None = None
    """Nobody answered: it happened once or not at all."""
    repeats: int = 0

    @property
    def position(self) -> int:
        """Where the log stood after it, by the first answer."""
        assert self.answer is not None
        return int(self.answer.position.rpartition(":")[2])


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that held something personal, as whoever got it knows it."""

    service: str
    trace_id: UUID
    """Its header `Trace-Id`."""
    kind: str
    """The reader's party kind."""
    asked: str
    """Method and path."""
    classes: frozenset[str]
    """The classes of data whose marks stood in it."""


@dataclass
class History:
    """All deeds of a trial, and what was wrong with their answers."""

    deeds: list[Operation] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    facts: dict[str, list[Any]] = field(default_factory=dict)
    """What the acknowledged commands said, by kind of fact, for the oracles of alerts and pairings."""

    @property
    def acknowledged(self) -> list[Operation]:
        """Deeds that were answered as done."""
        return [operation for operation in self.deeds if operation.answer is not None]

    async def do(self, service: str, name: str, key: UUID, call: Call, *, twice: bool = False) -> Operation:
        """Send a command, note the outcome; `twice` = and send it again."""
        operation = Operation(len(self.deeds), service, name, key, call)
        self.deeds.append(operation)
        try:
            operation.answer = await call(key)
        except Refused as refused:
            operation.refused = refused.code
        except ClientError as error:
            operation.lost = f"{type(error).__name__}: {error}"[:300]
        if twice and operation.answer is not None:
            await self.repeat(operation)
        return operation

    async def repeat(self, operation: Operation) -> None:
        """Send an answered command again: the answer must be the first one."""
        operation.repeats += 1
        try:
            again = await operation.call(operation.key)
        except ClientError as error:
            self.wrong.append(
                f"I1 {operation.service} {operation.name}: repeated, got {type(error).__name__} {error}"[:300]
            )
            return
        if again != operation.answer:
            self.wrong.append(
                f"I1 {operation.service} {operation.name}:"
                f" repeated, got {again!r}, first {operation.answer!r}"
            )

    def note(self, kind: str, fact: Any) -> None:
        """Remember something that was acknowledged."""
        self.facts.setdefault(kind, []).append(fact)

    def counts(self) -> dict[str, int]:
        """How the deeds ended."""
        refused = Counter(f"refused by {operation.refused}" for operation in self.deeds if operation.refused)
        return {
            "acknowledged": len(self.acknowledged),
            **refused,
            "lost": sum(operation.lost is not None for operation in self.deeds),
            "repeated": sum(operation.repeats for operation in self.deeds),
        }
