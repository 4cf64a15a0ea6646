"""Secrets and env files for a deployment with docker-compose.yml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from guanai.bus import DEPLOY, bus_accounts
from guanai.environment import environment
from guanai.secrets import Secrets, service_keys, write_private
from guanai.settings import OperatorSettings, assignments
from guanai.stack import SERVICES, Endpoints
from shared.bus.accounts import as_config
from shared.embedded import LOOPBACK

KEYS_IN_CONTAINER = Path("/run/guanai/tokens.jwks")
PREPARING = Path("prepare") / "secrets.json"
"""For the step that prepares databases and streams: the secrets that it needs. It has no other user than its
container's, so the file itself can be read, and its folder not."""
OF_A_RELEASE = "GUANAI_READERS"
"""A variable that follows from the release, not from the secrets: each release writes its own."""
INSIDE = Endpoints(
    postgres="postgres:5432",
    nats="nats://nats:4222",
    services={name: f"http://{name}:{port}" for name, port in SERVICES.items()},
)
"""Where the parts listen inside the deployment's network."""


def published(bind: str | None) -> Endpoints:
    """Where the services are reached from the deployment's own machine.

    `bind` is the address that docker-compose.yml publishes their ports on (`GUANAI_BIND`); None = loopback.
    """
    host = LOOPBACK if bind in {None, "", "0.0.0.0"} else bind
    services = {name: f"http://{host}:{port}" for name, port in SERVICES.items()}
    return Endpoints(INSIDE.postgres, INSIDE.nats, services)


@dataclass(frozen=True, slots=True)
class Deployment:
    """The folder of a deployment's secrets."""

    folder: Path

    @property
    def settings(self) -> OperatorSettings:
        """The operator's files, beside the folder: nothing that is generated lies with them."""
        return OperatorSettings(self.folder.with_name("settings"))

    def exists(self) -> bool:
        """Whether a deployment's secrets are here."""
        return (self.folder / "postgres.env").exists()

    def write(self, *, rotate: bool = False, new_key: bool = False, dry_run: bool = False) -> list[Path]:
        """Make what is missing, variables too; with `rotate` new passwords and keys. The files written.

        `new_key` also replaces the key that signs tokens: all that were issued end. What an operator wrote
        into a generated file (there was no other place once) goes to their settings. With `dry_run` nothing
        is written; the generated files that would be.
        """
        if dry_run:
            names = self._contents(Secrets.make())
            return [self.folder / name for name in names if rotate or self._lacks(name, names[name])]
        store = self.folder / "secrets.json"
        if rotate and store.exists():
            former = Secrets.kept_in(store)
            write_private(store, former.rotated(new_key=new_key).model_dump_json(indent=2))
        files = self._contents(Secrets.kept_in(store))
        generated = [name.removesuffix(".env") for name in files if name.endswith(".env")]
        others = {*(name for name in generated if name not in SERVICES), "prepare"}
        written = self.settings.furnish(*sorted(others))
        for name, text in files.items():
            if rotate or self._lacks(name, text):
                written += self._moved_out(name, text)
                write_private(self.folder / name, text)
                written.append(self.folder / name)
        # Services run as another user than the owner of these files, and public keys are no secret.
        (self.folder / "public").chmod(0o755)
        for keys in (self.folder / "public").glob("*.jwks"):
            keys.chmod(0o644)
        # So does the step that prepares; its file is mounted from a folder that nobody else looks into.
        for folder in (self.folder, self.settings.folder, (self.folder / PREPARING).parent):
            folder.chmod(0o700)
        (self.folder / PREPARING).chmod(0o644)
        # Up to a release before, all passwords were in the environment of that step.
        (self.folder / "prepare.env").unlink(missing_ok=True)
        return written

    def _lacks(self, name: str, text: str) -> bool:
        """Whether a generated file is missing, or was made by a release that knew less, or otherwise."""
        path = self.folder / name
        if not path.exists():
            return True
        if not name.endswith(".env"):
            return False
        wanted = dict(line.split("=", 1) for line in text.splitlines())
        there = assignments(path)
        return not wanted.keys() <= there.keys() or wanted.get(OF_A_RELEASE) != there.get(OF_A_RELEASE)

    def _moved_out(self, name: str, text: str) -> list[Path]:
        """Put what is in a generated file and not of its making where it is kept; the file it went to."""
        if not name.endswith(".env"):
            return []
        known = {line.partition("=")[0] for line in text.splitlines()}
        added = {key: value for key, value in assignments(self.folder / name).items() if key not in known}
        service = name.removesuffix(".env")
        return [self.settings.file(service)] if self.settings.add(service, added) else []

    def _contents(self, secrets: Secrets) -> dict[str, str]:
        """Every file that is made from the secrets, and its text."""
        passwords = {f"NATS_{user.upper()}_PASSWORD": password for user, password in secrets.bus.items()}
        return {
            "public/tokens.jwks": secrets.public_keys(),
            "public/services.jwks": service_keys(secrets),
            "postgres.env": f"POSTGRES_PASSWORD={secrets.postgres}\n",
            "nats.env": _env(passwords),
            str(PREPARING): _for_preparing(secrets),
            **{f"{service}.env": self._service_env(service, secrets) for service in SERVICES},
        }

    def _service_env(self, service: str, secrets: Secrets) -> str:
        return _env({**environment(service, INSIDE, secrets, KEYS_IN_CONTAINER), "GUANAI_HOST": "0.0.0.0"})


def nats_accounts() -> str:
    """The `accounts` block of deploy/nats.conf; passwords come from nats.env."""
    return as_config(bus_accounts({name: f"$NATS_{name.upper()}_PASSWORD" for name in (*SERVICES, DEPLOY)}))


def _for_preparing(secrets: Secrets) -> str:
    """Neither the key that signs tokens nor the services' passwords on the bus: it needs none of them."""
    bus = {name: password if name == DEPLOY else "" for name, password in secrets.bus.items()}
    return secrets.model_copy(update={"signing_key": "", "bus": bus}).model_dump_json()


def _env(variables: dict[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in variables.items())
