"""The drill: a township at work is backed up, lost, and restored on another machine."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from faults.cluster import Cluster
from faults.evidence import Evidence, gather_evidence
from faults.folds import tables_equal_a_fold
from faults.history import History
from faults.invariants import log_is_sound
from faults.people import People
from faults.workload import Workload
from guanai.backup import sealed, tools
from guanai.backup.making import Target, make_backup
from guanai.backup.manifest import BackupFault, Manifest, misfits
from guanai.backup.restoring import RESTORING, replaced_databases
from guanai.backup.snapshots import connect, snapshots, stand_of
from guanai.cli import app
from guanai.home import Home
from guanai.ops import OpsClient
from guanai.servers import alone
from guanai.stack import SERVICES, Endpoints
from services.language import PartyKind
from services.registry.client import FoundOrganisation, RegistryClient
from shared.embedded import EmbeddedPostgres

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PASSPHRASE = "correct horse battery"
ENOUGH = 40
"""Acknowledged commands before the backup."""


def nobody(step: str, done: int, total: int) -> None:
    """Tells nobody."""


def guanai(*words: object, passphrase: str = PASSPHRASE) -> Result:
    env = {"GUANAI_BACKUP_PASSPHRASE": passphrase}
    return CliRunner().invoke(app, [str(word) for word in words], env=env)


@dataclass
class Lost:
    """What is left of a township whose machine is gone, and what was known of it."""

    backup: Path
    manifest: Manifest
    acknowledged_before: dict[str, int]
    """By service: the furthest position that was answered before the backup began."""
    evidence: Evidence
    token: str
    """Held by an operator."""
    misfits: list[str]
    """What did not fit together in snapshots taken under load."""


@asynccontextmanager
async def at_work(system: Cluster) -> AsyncIterator[History]:
    """A township whose parties work for as long as the block lasts."""
    people, history = People(system), History()
    workload = Workload(people, history, Random(7))
    await workload.set_up()
    working = asyncio.create_task(workload.run())
    try:
        yield history
        assert not working.done()
        workload.stop()
        await working
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await people.close()


@pytest.fixture(scope="module")
async def lost(tmp_path_factory: pytest.TempPathFactory) -> Lost:
    """The township has worked, was backed up meanwhile, and is gone."""
    place = tmp_path_factory.mktemp("township")
    system, target = Cluster(place / "home"), Target(place / "night.guanai", PASSPHRASE)
    async with system.running():
        async with at_work(system) as history:
            await _more(history, ENOUGH)
            found = await _misfits_under_load(system)
            before = dict.fromkeys(SERVICES, 0)
            for deed in history.acknowledged:
                before[deed.service] = max(before[deed.service], deed.position)
            manifest = await make_backup(system.home, target, nobody)
            await _more(history, 5)
        assert not history.wrong
        await system.caught_up()
        evidence = await gather_evidence(system, streams=False)
    token = system.secrets.operator_token(timedelta(days=1))
    return Lost(target.file, manifest, before, evidence, token, found)


async def _more(history: History, count: int) -> None:
    """Wait until so many more commands have been answered."""
    aim = len(history.acknowledged) + count
    while True:
        await asyncio.sleep(0.05)
        if len(history.acknowledged) >= aim:
            return


async def _misfits_under_load(system: Cluster) -> list[str]:
    found: list[str] = []
    for _ in range(10):
        async with snapshots(system.endpoints, system.secrets.postgres) as taken:
            await asyncio.sleep(0.02)
            stands = {service: await stand_of(one.connection) for service, one in taken.items()}
            found += misfits(stands)
    return found


@pytest.fixture(scope="module")
def restored(lost: Lost, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty home on another machine, into which the backup was restored."""
    home = tmp_path_factory.mktemp("machine") / "home"
    told = guanai("restore", lost.backup, "--home", home)
    assert told.exit_code == 0, told.stderr
    assert "guanai up" in told.stdout
    return home


def test_snapshots_under_load_fit_together(lost: Lost) -> None:
    """No database has ever read what the log of its source does not hold, however busy they are."""
    assert lost.misfits == []
    assert list(misfits(lost.manifest.databases)) == []


def test_the_load_was_real(lost: Lost) -> None:
    """Events were written before the backup and after it, in all services that people write to."""
    for service in ("registry", "pairing"):
        head = lost.manifest.databases[service].head
        assert 0 < head < len(lost.evidence.logs[service])


def test_what_was_acknowledged_before_is_in_the_backup(lost: Lost) -> None:
    """A command that was answered before the backup began is restored."""
    for service, position in lost.acknowledged_before.items():
        assert position <= lost.manifest.databases[service].head


async def test_the_restored_system_is_the_one_that_was_backed_up(lost: Lost, restored: Path) -> None:
    """Logs equal up to the backup's positions, views a fold of them, old tokens valid, new commands taken."""
    system = Cluster(restored)
    async with system.running():
        await system.caught_up()
        evidence = await gather_evidence(system)
        for service, stand in lost.manifest.databases.items():
            expected = list(lost.evidence.logs[service][: stand.head])
            assert list(evidence.logs[service][: stand.head]) == expected
        assert list(log_is_sound(evidence)) == []
        assert await tables_equal_a_fold(system, evidence) == []
        async with OpsClient(system.url("registry"), lost.token) as client:
            assert (await client.show_status()).ready
        operator = system.secrets.operator_token()
        async with RegistryClient(system.url("registry"), operator) as client:
            county = FoundOrganisation(kind=PartyKind.COUNTY, name="另一县", division="339902")
            receipt = await client.found_organisation(county, key=uuid4())
    head = lost.manifest.databases["registry"].head
    assert int(receipt.position.partition(":")[2]) > head


def test_the_restored_system_has_the_secrets_of_the_lost_one(lost: Lost, restored: Path) -> None:
    """Tokens that people hold stay valid, since the signing key is the same."""
    kept = sealed.unseal(sealed.path_beside(lost.backup), PASSPHRASE)
    assert Home.at(restored).secrets() == kept.secrets
    assert Home.at(restored).keys.read_text() == kept.public_keys


def test_a_wrong_passphrase_restores_nothing(lost: Lost, tmp_path: Path) -> None:
    """It is said, and no home is made."""
    told = guanai("restore", lost.backup, "--home", tmp_path / "home", passphrase="wrong horse battery")
    assert told.exit_code == 1
    assert "Wrong passphrase" in told.stderr
    assert not (tmp_path / "home").exists()


def test_a_damaged_backup_restores_nothing(lost: Lost, restored: Path, tmp_path: Path) -> None:
    """One flipped byte, and the system stays as it is."""
    damaged = tmp_path / "night.guanai"
    content = bytearray(lost.backup.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    for words in (("restore", damaged, "--yes"), ("backup", damaged, "--check")):
        told = guanai(*words, "--home", restored)
        assert told.exit_code == 1
        assert "damaged" in told.stderr


def test_an_interrupted_restore_changes_nothing_and_can_be_repeated(lost: Lost, restored: Path) -> None:
    """Killed in its midst the old system is whole; run again it finishes, and what it replaced is kept."""
    home = Home.at(restored)
    before, _ = asyncio.run(_state(home))
    asyncio.run(_restore_and_kill(home, lost.backup))
    assert asyncio.run(_state(home)) == (before, [])

    told = guanai("restore", lost.backup, "--home", restored, "--yes", "--json")
    assert told.exit_code == 0, told.stderr
    heads, replaced = asyncio.run(_state(home))
    assert heads == {service: stand.head for service, stand in lost.manifest.databases.items()}
    assert sorted(json.loads(told.stdout)["replaced"]) == replaced
    assert len(replaced) == len(SERVICES)
    dropped = guanai("restore", "--drop-replaced", "--yes", "--home", restored)
    assert all(name in dropped.stdout for name in replaced)
    assert "Nothing was replaced" in guanai("restore", "--drop-replaced", "--home", restored).stdout


def test_what_was_recorded_is_not_set_aside_unasked(lost: Lost, restored: Path) -> None:
    """Where nobody can be asked `--yes` is wanted."""
    told = guanai("restore", lost.backup, "--home", restored)
    assert told.exit_code == 1
    assert "--yes" in told.stderr


def test_a_stopped_system_is_backed_up_or_nothing_is_changed(
    restored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL runs for as long as it takes; what fails on the way leaves a former backup as it was."""
    file, home = tmp_path / "night.guanai", Home.at(restored)
    assert guanai("backup", file, "--home", restored).exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert EmbeddedPostgres(home.postgres, 0, "").pid is None
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    async def broken(_: object) -> None:
        raise BackupFault("pg_restore: not so")

    monkeypatch.setattr(tools, "read_back", broken)
    told = guanai("backup", file, "--home", restored, "--force")
    assert told.exit_code == 1
    assert "pg_restore: not so" in told.stderr
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert EmbeddedPostgres(home.postgres, 0, "").pid is None


async def _restore_and_kill(home: Home, backup: Path) -> None:
    words = ("-m", "guanai.cli", "restore", str(backup), "--home", str(home.path), "--yes")
    silent = asyncio.subprocess.DEVNULL
    restoring = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=silent, stderr=silent)
    while not await _restoring_now(home):
        assert restoring.returncode is None
        await asyncio.sleep(0.02)
    restoring.kill()
    await restoring.wait()


async def _restoring_now(home: Home) -> bool:
    """Whether a restore has begun to fill a database."""
    try:
        port = (home.postgres / "postmaster.pid").read_text().splitlines()[3]
        endpoints = replace(Endpoints.embedded(), postgres=f"127.0.0.1:{port}")
        admin = await connect(endpoints, home.secrets().postgres, "postgres")
    except (OSError, IndexError, asyncpg.PostgresError):
        return False
    try:
        return bool(await replaced_databases(admin))
    finally:
        await admin.close()


async def _state(home: Home) -> tuple[dict[str, int], list[str]]:
    """The heads of the logs, and the databases that restores have replaced."""
    heads, password = {}, home.secrets().postgres
    async with alone(home, bus=False) as endpoints:
        for service in SERVICES:
            connection = await connect(endpoints, password, service)
            heads[service] = (await stand_of(connection)).head
            await connection.close()
        admin = await connect(endpoints, password, "postgres")
        replaced = await replaced_databases(admin)
        await admin.close()
    return heads, [name for name in replaced if not name.endswith(RESTORING)]
