"""The account that PostgreSQL runs as: it refuses root, so root lends it an unprivileged one."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_STATUS = Path("/proc/self/status")
_CAPABILITIES = {
    "chown": 0,
    "dac_override": 1,
    "dac_read_search": 2,
    "kill": 5,
    "setgid": 6,
    "setuid": 7,
    "setpcap": 8,
}
"""Numbers of capabilities(7)."""
_TO_BECOME = ("chown", "kill", "setgid", "setuid")
"""What root needs to hand files and a process to another account and to end it; a container may lack it."""
_TO_SEE = ("dac_read_search", "dac_override")
"""Either lets root look into what is the account's, and can be lent to the account; the lesser one first."""


class NoAccount(Exception):
    """PostgreSQL cannot run under any account here; the message says why, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Account:
    """Ours; or, where we are root, an unprivileged one."""

    ids: tuple[int, int] | None
    """User and group; None = ours."""
    reach: str | None = None
    """The capability lent to it, so that it gets through folders that are closed to it."""

    @classmethod
    def owning(cls, data: Path, program: Path) -> Account:
        """The account for a data directory, there already or to be made. Raises `NoAccount`."""
        owner = _owner(data)
        if os.geteuid() != 0:
            return cls._ours(data, owner)
        held = _held()
        missing = [name for name in _TO_BECOME if name not in held]
        if not held.intersection(_TO_SEE):
            missing += _TO_SEE[:1]
        if missing:
            raise NoAccount(_not_as_root(f"root 缺少权限 / root lacks {', '.join(missing)}"))
        ids = owner or _nobody()
        closed = next(_closed(_standing(data.parent), program), None)
        return cls(ids) if closed is None else cls(ids, _lent(closed, held))

    @classmethod
    def _ours(cls, data: Path, owner: tuple[int, int] | None) -> Account:
        us = os.geteuid()
        if owner is not None and owner[0] != us:
            raise NoAccount(
                f"{data} 属于另一个用户（{owner[0]}），本用户是 {us}；请用原来的用户运行 / it belongs to user"
                f" {owner[0]} and we are {us}: run as the user who made it (root, if root did)"
            )
        try:
            pwd.getpwuid(us)
        except KeyError as unknown:
            raise NoAccount(
                f"用户 {us} 没有名字，PostgreSQL 不能运行 / user {us} has no name, and PostgreSQL wants one:"
                " add it to /etc/passwd, or use a user that is there"
            ) from unknown
        return cls(None)

    def take(self, path: Path) -> None:
        """Make the file or folder the account's."""
        if self.ids:
            os.chown(path, *self.ids)

    def command(self, *words: object) -> list[str]:
        """The command line that runs these words under the account."""
        plain = [str(word) for word in words]
        if not (self.reach and self.ids):
            return plain
        user, group = self.ids
        return [
            *("setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"),
            # access(2), which initdb asks, knows of the lent capability only with this bit.
            "--securebits=+no_setuid_fixup",
            *(f"--inh-caps=+{self.reach}", f"--ambient-caps=+{self.reach}", "--", *plain),
        ]

    @property
    def switch(self) -> dict[str, Any]:
        """What `subprocess` is told besides the command."""
        if self.reach or not self.ids:
            return {}
        return {"user": self.ids[0], "group": self.ids[1], "extra_groups": ()}


def _owner(data: Path) -> tuple[int, int] | None:
    """Who owns the data directory, if somebody but root does."""
    try:
        found = data.stat()
    except FileNotFoundError:
        return None
    except PermissionError as refused:
        raise NoAccount(f"{data}: 没有权限 / no permission to look into it") from refused
    return (found.st_uid, found.st_gid) if found.st_uid else None


def _nobody() -> tuple[int, int]:
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as unknown:
        raise NoAccount(_not_as_root("没有用户 nobody / there is no user nobody")) from unknown
    return nobody.pw_uid, nobody.pw_gid


def _lent(closed: Path, held: frozenset[str]) -> str:
    if shutil.which("setpriv") is None:
        why = "没有 setpriv / there is no setpriv (util-linux)"
    elif "setpcap" not in held:
        why = "root 缺少权限 / root lacks setpcap"
    else:
        return next(name for name in _TO_SEE if name in held)
    raise NoAccount(
        _not_as_root(
            f"PostgreSQL 的用户进不了 {closed}，{why}；也可换到人人可进的目录，如 /srv / PostgreSQL's user"
            f" cannot enter {closed}, {why}; a folder that all may enter, e.g. /srv, will do as well"
        )
    )


def _not_as_root(why: str) -> str:
    return (
        f"PostgreSQL 不能以 root 运行：{why}。请换普通用户（容器：docker run --user） / PostgreSQL does not"
        f" run as root: {why}. Use an ordinary user (in a container: docker run --user)"
    )


def _held() -> frozenset[str]:
    """Our effective capabilities; all of them on a system that knows none."""
    try:
        lines = _STATUS.read_text().splitlines()
    except FileNotFoundError:
        return frozenset(_CAPABILITIES)
    mask = next(int(line.split()[1], 16) for line in lines if line.startswith("CapEff:"))
    return frozenset(name for name, number in _CAPABILITIES.items() if mask >> number & 1)


def _standing(path: Path) -> Path:
    """The path, or what is there of it already; what we make below it follows the umask."""
    return next(step for step in (path, *path.parents) if step.exists())


def _closed(*paths: Path) -> Iterator[Path]:
    """The steps on the way to these that not everybody may take."""
    for path in paths:
        for step in reversed((path, *path.parents)):
            if not step.stat().st_mode & 0o001:
                yield step
