"""The backup's file: a plain tar that `tar` can list, in which no flipped byte goes unnoticed.

Its members: `manifest.json`, padded to a fixed size so that it can come first and be written last; the dumps;
and `checksum`, the SHA-256 of every byte before it.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from guanai.backup.manifest import BackupFault, Dump, Manifest

MANIFEST = "manifest.json"
CHECKSUM = "checksum"
CHUNK = 1 << 20
_ROOM = 64 * tarfile.BLOCKSIZE
"""Bytes kept for the manifest."""
_END = bytes(2 * tarfile.BLOCKSIZE)
Advance = Callable[[int], None]
"""Told how many bytes more are done."""


def nobody(_: int) -> None:
    """Tells nobody."""


class BackupWriter:
    """Writes the file from its beginning; the dumps in a row, then `finish`."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._made = int(time.time())
        file.write(bytes(tarfile.BLOCKSIZE + _ROOM))
        self._start = self._size = 0
        self._digest = hashlib.sha256()

    def begin(self) -> None:
        """A dump follows."""
        self._start, self._size, self._digest = self._file.tell(), 0, hashlib.sha256()
        self._file.write(bytes(tarfile.BLOCKSIZE))

    def write(self, chunk: bytes) -> None:
        """The dump's next bytes."""
        self._file.write(chunk)
        self._digest.update(chunk)
        self._size += len(chunk)

    def end(self, member: str) -> Dump:
        """The dump is whole."""
        self._file.write(_padding(self._size))
        self._put_header(self._start, member, self._size)
        return Dump(member=member, size=self._size, sha256=self._digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and the checksum."""
        text = manifest.model_dump_json(indent=2).encode()
        assert len(text) < _ROOM, "the room is for a dozen databases"
        self._put_header(0, MANIFEST, _ROOM)
        self._file.seek(tarfile.BLOCKSIZE)
        self._file.write(text.ljust(_ROOM - 1) + b"\n")
        self._file.flush()
        end = self._file.seek(0, 2)
        said = _digest(self._file, end, nobody)
        self._file.seek(end)
        self._file.write(_last_blocks(said))

    def _put_header(self, position: int, name: str, size: int) -> None:
        self._file.seek(position)
        self._file.write(_header(name, size, self._made))
        self._file.seek(0, 2)


class BackupFile:
    """A backup to read. Raises `BackupFault` for what is none, or is damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with tarfile.open(path, "r:") as tar:
                self._members = {one.name: one for one in tar.getmembers()}
                text = tar.extractfile(MANIFEST)
                self.manifest = _manifest(text.read() if text else b"")
        except OSError as failed:
            raise BackupFault(f"无法读取 / Cannot read {path}: {failed.strerror}") from failed
        except (tarfile.TarError, KeyError, ValidationError, ValueError) as failed:
            raise BackupFault(f"{path} 不是完好的备份 / is no intact backup") from failed

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self.path.stat().st_size

    def check(self, advance: Advance = nobody) -> None:
        """Compare every byte with the checksums. Raises `BackupFault`."""
        checksum = self._members.get(CHECKSUM)
        if checksum is None:
            raise self._damaged("不完整 / is not whole")
        with self.path.open("rb") as file:
            expected = _last_blocks(_digest(file, checksum.offset, advance))
            file.seek(checksum.offset)
            if file.read(len(expected) + 1) != expected:
                raise self._damaged("校验和不符 / differs from its checksum")

    def chunks(self, service: str) -> Iterator[bytes]:
        """A service's dump. Raises `BackupFault` at its end where it is not what was written."""
        dump = self.manifest.dumps[service]
        member = self._members.get(dump.member)
        if member is None or member.size != dump.size:
            raise self._damaged(f"缺少 / lacks {dump.member}")
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            file.seek(member.offset_data)
            for chunk in _chunks(file, dump.size):
                digest.update(chunk)
                yield chunk
        if digest.hexdigest() != dump.sha256:
            raise self._damaged(f"{dump.member} 校验和不符 / differs from its checksum")

    def _damaged(self, how: str) -> BackupFault:
        return BackupFault(f"{self.path} 已损坏，请用另一份备份 / is damaged, use another backup: {how}")


def _manifest(text: bytes) -> Manifest:
    fields = json.loads(text)
    if fields["format"] != 1:
        raise BackupFault(
            f"备份格式 {fields['format']}，请用更新版本的 guanai / Made by a newer guanai, restore with that"
        )
    return Manifest.model_validate(fields)


def _header(name: str, size: int, time: int) -> bytes:
    header = tarfile.TarInfo(name)
    header.size, header.mode, header.mtime = size, 0o600, time
    return header.tobuf(tarfile.GNU_FORMAT)


def _last_blocks(digest: str) -> bytes:
    """The checksum's member and the end of the archive."""
    text = f"{digest}\n".encode()
    return _header(CHECKSUM, len(text), 0) + text + _padding(len(text)) + _END


def _digest(file: BinaryIO, size: int, advance: Advance) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    for chunk in _chunks(file, size):
        digest.update(chunk)
        advance(len(chunk))
    return digest.hexdigest()


def _chunks(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size and (chunk := file.read(min(CHUNK, size))):
        size -= len(chunk)
        yield chunk


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)
