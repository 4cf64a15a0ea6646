"""The backup's file and the file of its secrets: what is damaged or wrong is found."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import pytest

from guanai.backup import sealed
from guanai.backup.container import BackupFile, BackupWriter
from guanai.backup.manifest import BackupFault, Manifest, Stand, misfits
from guanai.backup.sealed import KeptSecrets
from guanai.secrets import Secrets

NOW = datetime(2026, 11, 26, 20, tzinfo=UTC)
DUMPS = {"registry": Random(1).randbytes(3_000_000), "pairing": b"", "notify": b"n" * 512, "reporting": b"r"}
PASSPHRASE = "橘子节 11 月 26 日"


def stand(head: int = 7, **checkpoints: int) -> Stand:
    return Stand(
        head=head, recorded_at=NOW, events=head, checkpoints=checkpoints, revision="0001", size=1 << 20
    )


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    path = tmp_path / "one.guanai"
    with path.open("w+b") as file:
        writer, dumps = BackupWriter(file), {}
        for service, content in DUMPS.items():
            writer.begin()
            for start in range(0, len(content), 100_000):
                writer.write(content[start : start + 100_000])
            dumps[service] = writer.end(f"{service}.dump")
        writer.finish(
            Manifest(
                id=uuid4(),
                made_at=NOW,
                guanai="0.1.0",
                postgres="18.6 (Debian 18.6-1)",
                signing_keys=("a",),
                databases={service: stand() for service in DUMPS},
                dumps=dumps,
            )
        )
    return path


def test_what_was_written_is_read(backup: Path) -> None:
    """Manifest and dumps come back as they were."""
    found = BackupFile(backup)
    found.check()
    assert found.manifest.postgres_major == 18
    assert {service: b"".join(found.chunks(service)) for service in DUMPS} == DUMPS


def test_the_file_is_a_plain_archive(backup: Path) -> None:
    """`tar` lists it, the manifest first."""
    if (tar := shutil.which("tar")) is None:
        pytest.skip("no tar here")
    listed = subprocess.run([tar, "tf", backup], capture_output=True, text=True, check=True).stdout
    assert listed.split() == ["manifest.json", *(f"{name}.dump" for name in DUMPS), "checksum"]


def test_a_flipped_byte_is_found_wherever_it_is(backup: Path) -> None:
    """Headers, manifest, dumps, padding, checksum, end: no byte may differ."""
    whole, rng = backup.read_bytes(), Random(2)
    edges = [*range(0, 1024, 37), *range(len(whole) - 4096, len(whole), 61), len(whole) - 1]
    for place in [*edges, *(rng.randrange(len(whole)) for _ in range(40))]:
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        backup.write_bytes(damaged)
        with pytest.raises(BackupFault):
            BackupFile(backup).check()


@pytest.mark.parametrize("kept", [0, 100, 40_000, -1, -1024])
def test_a_file_that_was_cut_short_is_found(backup: Path, kept: int) -> None:
    """Whatever is missing at its end."""
    backup.write_bytes(backup.read_bytes()[:kept])
    with pytest.raises(BackupFault):
        BackupFile(backup).check()


def test_databases_that_do_not_fit_together_are_named() -> None:
    """A reader that is ahead of its source's log, and a log with holes."""
    fitting = {"registry": stand(7), "pairing": stand(3, registry=7)}
    assert list(misfits(fitting)) == []
    ahead = {"registry": stand(7), "pairing": stand(3, registry=8)}
    assert list(misfits(ahead)) == ["pairing has read registry:8, whose log ends at 7"]
    holed = {"registry": stand(7).model_copy(update={"events": 6})}
    assert list(misfits(holed)) == ["registry: 6 events, head 7"]


@pytest.fixture(scope="module")
def kept() -> KeptSecrets:
    secrets = Secrets.make()
    return KeptSecrets(secrets=secrets, public_keys=secrets.public_keys(), settings={"notify.env": "A=b\n"})


@pytest.fixture
def secrets_file(tmp_path: Path, kept: KeptSecrets) -> Path:
    path = tmp_path / "one.guanai.secrets"
    path.write_text(sealed.seal(kept, PASSPHRASE, UUID(int=1), NOW))
    return path


def test_secrets_come_back_with_the_passphrase(secrets_file: Path, kept: KeptSecrets) -> None:
    """All of them, and none of them can be read without it."""
    assert sealed.unseal(secrets_file, PASSPHRASE) == kept
    text = secrets_file.read_text()
    assert not any(password in text for password in (kept.secrets.postgres, *kept.secrets.apps.values()))


def test_a_wrong_passphrase_opens_nothing(secrets_file: Path) -> None:
    """It is refused in a sentence."""
    with pytest.raises(BackupFault, match="Wrong passphrase"):
        sealed.unseal(secrets_file, PASSPHRASE + "!")


def test_secrets_that_were_tampered_with_are_refused(secrets_file: Path) -> None:
    """The readable part is bound to the encrypted one."""
    secrets_file.write_text(secrets_file.read_text().replace(str(UUID(int=1)), str(UUID(int=2))))
    with pytest.raises(BackupFault):
        sealed.unseal(secrets_file, PASSPHRASE)


def test_a_costly_file_of_secrets_is_refused(secrets_file: Path) -> None:
    """Nobody makes the machine work for hours by a number in a file."""
    secrets_file.write_text(secrets_file.read_text().replace('"n": 131072', '"n": 1099511627776'))
    with pytest.raises(BackupFault, match="no intact file"):
        sealed.unseal(secrets_file, PASSPHRASE)
