"""What may be expected to fail, as sentences: what happened, the way out, the exit code.

A failure that is not known here is a mistake of ours: it stays a traceback.
"""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

import asyncpg
from nats.errors import Error as NatsError
from sqlalchemy.exc import DBAPIError

from guanai.home import AlreadyRunning, NotRunning
from guanai.kept import FileBroken
from guanai.settings import SettingsWrong
from guanai.supervisor import NotReady
from shared.accounts import NoAccount
from shared.client import ClientError, Refused
from shared.embedded import ServerDidNotStart

UNHEALTHY = 1
"""The answer is no: unhealthy, figures wrong, refused, failed."""
USAGE = 2
"""The command line cannot be understood."""
NOT_RUNNING = 3
"""There is no running system to ask."""
INTERRUPTED = 130
"""Ctrl-C."""
PIPE_CLOSED = 141
"""Whoever read the output has stopped reading (`| head`)."""

_DISK = {
    errno.ENOSPC: ("磁盘已满 / The disk is full", "腾出空间后再试 / make room and try again"),
    errno.EDQUOT: ("磁盘配额已满 / The disk quota is used up", "腾出空间后再试 / make room and try again"),
}
_CANNOT = {
    errno.EACCES: "没有权限 / permission denied",
    errno.EPERM: "没有权限 / permission denied",
    errno.EROFS: "文件系统只读 / the file system is read-only",
    errno.ENOENT: "不存在 / there is no such file or folder",
    errno.ENOTDIR: "路径中有一段不是目录 / a part of the path is no folder",
    errno.EEXIST: "已有同名文件 / there is a file of this name",
    errno.EISDIR: "这是目录，不是文件 / this is a folder, not a file",
    errno.ENAMETOOLONG: "名称太长 / the name is too long",
}
_OTHER_PLACE = "换一个可写的目录，或改权限 / Name a folder that you can write to, or change its rights"
_SERVERS = "看 guanai status，或核对 --postgres、--nats / See guanai status, or check --postgres, --nats"


class Explained(Exception):
    """Ends a command with a sentence, a way out and an exit code."""

    def __init__(self, what: str, way_out: str = "", code: int = UNHEALTHY) -> None:
        super().__init__(what)
        self.way_out = way_out
        self.code = code


@dataclass(frozen=True, slots=True)
class Failure:
    """An expected failure as it is told."""

    what: str
    way_out: str = ""
    code: int = UNHEALTHY


def explain(error: BaseException) -> Failure | None:  # noqa: C901, PLR0911 -- a table of kinds
    """How this failure is told; None for one that nobody expects."""
    match error:
        case Explained():
            return Failure(str(error), error.way_out, error.code)
        case BaseExceptionGroup():
            told = [explain(one) for one in error.exceptions]
            return None if None in told else told[0]
        case NotRunning():
            return Failure(str(error), code=NOT_RUNNING)
        case AlreadyRunning():
            return Failure(
                "已有一个在运行 / Already running in this home", "先 guanai down / guanai down first"
            )
        case FileBroken() | Refused():
            return Failure(str(error), str(error.way_out or ""))
        case ClientError() | NotReady() | ServerDidNotStart() | NoAccount() | SettingsWrong():
            return Failure(str(error))
        case DBAPIError(orig=BaseException(__cause__=BaseException() as cause)):
            return explain(cause)
        case asyncpg.PostgresError() | asyncpg.InterfaceError() | DBAPIError():
            return Failure(f"数据库拒绝 / The database refused: {_first_line(error)}", _SERVERS)
        case NatsError():
            return Failure(f"消息总线不应答 / The bus does not answer: {_first_line(error)}", _SERVERS)
        case OSError():
            return _of_the_system(error)
        case _:
            return None


def _of_the_system(error: OSError) -> Failure | None:
    where = f"{error.filename}: " if error.filename is not None else ""
    if error.errno in _DISK:
        what, way_out = _DISK[error.errno]
        return Failure(f"{where}{what}", way_out)
    if where:
        why = _CANNOT.get(error.errno or 0, error.strerror)
        return Failure(f"无法使用 / Cannot use {where}{why}", _OTHER_PLACE)
    if isinstance(error, ConnectionError | TimeoutError | socket.gaierror) or error.errno is None:
        return Failure(f"连接不上 / Cannot connect: {_first_line(error)}", _SERVERS)
    return None


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0] or type(error).__name__
