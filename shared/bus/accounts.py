"""Accounts of nats-server, as its configuration writes them: who is in which, and what it shows to others.

NATS checks the subject that a client publishes, and not the subject at which it wants the answer: within an
account whoever may ask JetStream anything can have the answer written into any stream. Between accounts
nothing passes that is not exported by the one and imported by the other, and an answer goes back to whoever
asked, inside the asker's account.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BusUser:
    """A user of the bus and the subjects that it may publish and subscribe within its account."""

    name: str
    password: str
    """`$NAME` takes it from the server's environment."""
    publish: Sequence[str]
    subscribe: Sequence[str]

    def as_config(self) -> str:
        """The user as nats-server's configuration writes it."""
        password = self.password if self.password.startswith("$") else f'"{self.password}"'
        return (
            f'{{ user: "{self.name}", password: {password}, permissions: {{ '
            f"publish: {_quoted(self.publish)}, subscribe: {_quoted(self.subscribe)} }} }}"
        )


@dataclass(frozen=True, slots=True)
class Export:
    """Questions of one other account that this one answers."""

    subject: str
    asker: str
    """The only account that may import it."""
    many: bool = False
    """Whether a question gets more than one answer."""

    def as_config(self) -> str:
        """The export as nats-server's configuration writes it."""
        answers = ", response_type: stream" if self.many else ""
        return f'{{ service: "{self.subject}", accounts: ["{self.asker}"]{answers} }}'


@dataclass(frozen=True, slots=True)
class Import:
    """Questions to another account, and the subject at which they are asked in this one."""

    account: str
    subject: str
    asked_at: str

    def as_config(self) -> str:
        """The import as nats-server's configuration writes it."""
        asked = f'account: "{self.account}", subject: "{self.subject}"'
        return f'{{ service: {{ {asked} }}, to: "{self.asked_at}" }}'


@dataclass(frozen=True, slots=True)
class BusAccount:
    """An account with streams of its own."""

    name: str
    users: Sequence[BusUser]
    exports: Sequence[Export] = ()
    imports: Sequence[Import] = ()

    def as_config(self) -> str:
        """The account as nats-server's configuration writes it."""
        return (
            f"  {self.name}: {{\n    jetstream: enabled\n"
            f"    users: {_listed(self.users)}\n"
            f"    exports: {_listed(self.exports)}\n"
            f"    imports: {_listed(self.imports)}\n  }}\n"
        )


def as_config(accounts: Iterable[BusAccount]) -> str:
    """The block `accounts` of nats-server's configuration."""
    return "accounts {\n" + "".join(account.as_config() for account in accounts) + "}\n"


def _listed(parts: Sequence[BusUser | Export | Import]) -> str:
    lines = "".join(f"      {part.as_config()}\n" for part in parts)
    return f"[\n{lines}    ]" if lines else "[]"


def _quoted(subjects: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{subject}"' for subject in subjects) + "]"
