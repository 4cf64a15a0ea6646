"""Makes a backup: four databases at one moment, the secrets apart, all of it read back before it counts."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid4

from guanai.backup import sealed, tools
from guanai.backup.container import Advance, BackupFile, BackupWriter
from guanai.backup.manifest import BackupFault, Dump, Manifest, Stand, misfits
from guanai.backup.sealed import KeptSecrets
from guanai.backup.snapshots import Snapshot, snapshots, stand_of
from guanai.home import Home
from guanai.secrets import write_private
from guanai.servers import found_or_started
from guanai.stack import Endpoints
from shared.messages import Message
from shared.tokens import load_keys

Progress = Callable[[str, int, int], None]
"""`(step, done, total)` in bytes, for whoever watches."""
COMPRESSED = 2
"""A dump takes at most this part of its database: it holds no index, and is compressed."""


class LastBackup(Message):
    """What the home remembers of its last good backup."""

    id: UUID
    made_at: datetime
    file: Path
    size: int
    """Bytes."""
    with_secrets: bool


@dataclass(frozen=True, slots=True)
class Target:
    """Where a backup goes."""

    file: Path
    passphrase: str | None
    """None leaves the secrets out."""
    force: bool = False

    @property
    def secrets(self) -> Path:
        """Where its secrets go."""
        return sealed.path_beside(self.file)

    def check(self) -> None:
        """Whether it can be written, before anything is done. Raises `BackupFault`."""
        folder = self.file.parent
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            raise BackupFault(f"文件夹不存在或不可写 / No folder to write in: {folder}")
        if self.file.is_dir():
            raise BackupFault(f"这是一个文件夹 / This is a folder: {self.file}")
        there = [path for path in (self.file, self.secrets) if path.exists()]
        if there and not self.force:
            raise BackupFault(
                f"文件已存在，换个名字或用 --force / It is there already, choose another name or --force:"
                f" {there[0]}"
            )


async def make_backup(home: Home, target: Target, progress: Progress) -> Manifest:
    """Make it, read it back, put it in place, and remember it.

    Raises `BackupFault`, `AlreadyRunning`, `ServerDidNotStart`; the target is then as it was before.
    """
    target.check()
    with _partial(target.file) as file, _full_disk_told(target.file):
        async with found_or_started(home) as endpoints:
            manifest = await _write(file, home, target, endpoints, progress)
        _to_disk(file)
        written = _partial_of(target.file)
        await read_back(BackupFile(written), progress)
        _write_secrets(home, target, manifest)
        written.replace(target.file)
        _names_to_disk(target.file.parent)
    last = LastBackup(
        id=manifest.id,
        made_at=manifest.made_at,
        file=target.file,
        size=target.file.stat().st_size,
        with_secrets=target.passphrase is not None,
    )
    write_private(home.last_backup, last.model_dump_json(indent=2))
    return manifest


async def read_back(backup: BackupFile, progress: Progress) -> None:
    """Compare every byte with its checksum and have pg_restore read each dump. Raises `BackupFault`."""
    backup.check(counted("check", backup.size, progress))
    advance = counted("read", sum(dump.size for dump in backup.manifest.dumps.values()), progress)
    for service in backup.manifest.dumps:
        await tools.read_back(watched(backup.chunks(service), advance))
    if wrong := list(misfits(backup.manifest.databases)):
        raise BackupFault(f"数据库之间不一致 / The databases do not fit together: {'; '.join(wrong)}")


async def stands_in(taken: Mapping[str, Snapshot], folder: Path) -> dict[str, Stand]:
    """How far each database is. Raises `BackupFault` where they do not fit together, or not into `folder`."""
    stands = {service: await stand_of(one.connection) for service, one in taken.items()}
    if wrong := list(misfits(stands)):
        raise BackupFault(
            "数据库之间不一致，见运行手册“恢复” / The databases do not fit together, see Restore in"
            f" docs/operations.md: {'; '.join(wrong)}"
        )
    needed = sum(stand.size for stand in stands.values()) // COMPRESSED
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BackupFault(
            f"空间不足：需要约 {needed >> 20} MiB，剩 {free >> 20} MiB"
            f" / Too little space: about {needed >> 20} MiB are needed, {free >> 20} MiB are free"
        )
    return stands


async def _write(
    file: BinaryIO, home: Home, target: Target, endpoints: Endpoints, progress: Progress
) -> Manifest:
    password = home.secrets().postgres
    async with snapshots(endpoints, password) as taken:
        stands = await stands_in(taken, target.file.parent)
        release = await next(iter(taken.values())).connection.fetchval("SHOW server_version")
        writer, dumps = BackupWriter(file), dict[str, Dump]()
        advance = _estimated(stands, progress)
        for service, snapshot in taken.items():
            writer.begin()
            async with aclosing(tools.dump(endpoints, password, service, snapshot.id)) as chunks:
                async for chunk in chunks:
                    writer.write(chunk)
                    advance(service, len(chunk))
            dumps[service] = writer.end(f"{service}.dump")
    keys = [str(key.kid) for key in load_keys(home.keys).keys]
    manifest = Manifest(
        id=uuid4(),
        made_at=datetime.now(UTC),
        guanai=version("guanai"),
        postgres=release,
        signing_keys=tuple(keys),
        databases=stands,
        dumps=dumps,
    )
    writer.finish(manifest)
    return manifest


def secrets_of(home: Home) -> KeptSecrets:
    """What a system needs besides its databases: its secrets, and what its operator has set."""
    settings = {path.name: path.read_text() for path in sorted(home.settings.folder.glob("*.env"))}
    return KeptSecrets(secrets=home.secrets(), public_keys=home.keys.read_text(), settings=settings)


def _write_secrets(home: Home, target: Target, manifest: Manifest) -> None:
    """Write them beside, decrypt them again, and only then let them stand."""
    if target.passphrase is None:
        return
    kept = secrets_of(home)
    partial = _partial_of(target.secrets)
    try:
        write_private(partial, sealed.seal(kept, target.passphrase, manifest.id, manifest.made_at))
        if sealed.unseal(partial, target.passphrase) != kept:
            raise BackupFault(f"密钥文件读回不符 / The secrets differ when read back: {partial}")
        partial.replace(target.secrets)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _partial(path: Path) -> Iterator[BinaryIO]:
    """A file beside the target that only its owner reads; gone after the block unless it was renamed."""
    partial = _partial_of(path)
    handle = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            raise BackupFault(f"另一个备份正在写 / Another backup is writing {path}") from held
        file.truncate()  # what a killed backup has left
        try:
            yield file
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def _partial_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial")


def _to_disk(file: BinaryIO) -> None:
    """Written to the disk, and to be read back from there rather than from memory."""
    file.flush()
    os.fsync(file.fileno())
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _names_to_disk(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # some network file systems know no such thing
            os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _full_disk_told(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as failed:
        if failed.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG}:
            raise
        raise BackupFault(f"写不下去，没有生成备份 / Not written: {failed.strerror}, {file}") from failed


def watched(chunks: Iterator[bytes], advance: Advance) -> Iterator[bytes]:
    """The chunks, each told of as it is taken."""
    for chunk in chunks:
        advance(len(chunk))
        yield chunk


def counted(step: str, total: int, progress: Progress) -> Advance:
    """Counts bytes up to `total`."""
    done = 0

    def advance(size: int) -> None:
        nonlocal done
        done += size
        progress(step, done, total)

    return advance


def _estimated(stands: Mapping[str, Stand], progress: Progress) -> Callable[[str, int], None]:
    """How large a dump will be is not known before: each counts as much as its database."""
    order = list(stands)
    total = sum(stand.size for stand in stands.values())
    written = dict.fromkeys(order, 0)

    def advance(service: str, size: int) -> None:
        written[service] += size
        before = sum(stands[one].size for one in order[: order.index(service)])
        progress("dump", before + min(COMPRESSED * written[service], stands[service].size), total)

    return advance
