"""The operator's settings: files made once, with every setting as a comment, and never touched again.

`all.env` holds for every service, `<service>.env` for that one and goes first. They serve both forms of
running: in an embedded home they lie in `settings/`, in a deployment in `deploy/settings/`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from dotenv.main import DotEnv
from dotenv.parser import Binding, parse_stream
from pydantic import SecretStr, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from guanai.secrets import write_private
from guanai.stack import SERVICES
from services.notify.settings import NotifySettings
from services.pairing.settings import PairingSettings
from services.registry.settings import RegistrySettings
from services.reporting.settings import ReportingSettings
from shared.logging import MASK
from shared.settings import KernelSettings
from shared.texts import Bilingual

PREFIX = "GUANAI_"
ALL = "all"
SETTINGS: Mapping[str, type[KernelSettings]] = {
    "registry": RegistrySettings,
    "pairing": PairingSettings,
    "notify": NotifySettings,
    "reporting": ReportingSettings,
}
WIRED = frozenset(
    {
        *("database_url", "nats_url", "nats_user", "nats_password", "nats_nkey", "host", "port"),
        *("nats_accounts", "readers", "service_key", "service_keys"),
        *("token_keys", "peers", "start_after", "clock_file"),
    }
)
"""What guanai itself says to a service; an operator's file may say otherwise, to use servers of their own."""


class SettingsWrong(Exception):
    """The operator's files cannot be used; the message names each file, line, setting, rule and way out."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("设置有误 / Settings are wrong:\n" + "\n".join(f"  {one}" for one in self.faults))


@dataclass(frozen=True, slots=True)
class Fault:
    """One setting that cannot be used."""

    file: Path
    line: int
    name: str
    rule: str

    def __str__(self) -> str:
        """For people."""
        return f"{self._where}: {self.rule}"

    def text(self) -> Bilingual:
        """The same, whole in either language."""
        rule = Bilingual.parse(self.rule)
        return Bilingual(f"{self._where}: {rule.zh}", f"{self._where}: {rule.en}")

    @property
    def _where(self) -> str:
        return f"{self.file}:{self.line}: {self.name}"


@dataclass(frozen=True, slots=True)
class OperatorSettings:
    """The folder of the operator's files."""

    folder: Path

    def file(self, name: str) -> Path:
        """The file of a service, or of `all`."""
        return self.folder / f"{name}.env"

    def furnish(self, *others: str) -> list[Path]:
        """Make the files that are missing, and those of `others` that are no services; the files made."""
        texts = {ALL: _of_all(), **{name: _of_one(name) for name in SERVICES}}
        texts |= {name: f"# {name} 的环境变量 / Environment variables of {name}\n" for name in others}
        made = [name for name in texts if not self.file(name).exists()]
        for name in made:
            write_private(self.file(name), texts[name])
        return [self.file(name) for name in made]

    def of(self, service: str) -> dict[str, str]:
        """What the operator says to a service, by environment variable. Raises `SettingsWrong`."""
        self.require_right()
        return {
            binding.key: binding.value
            for name in (ALL, service)
            for binding in _bindings(self.file(name))
            if binding.key and binding.value is not None
        }

    def require_right(self) -> None:
        """Raises `SettingsWrong` where any file has a fault."""
        if faults := list(self.faults()):
            raise SettingsWrong(faults)

    def faults(self) -> Iterator[Fault]:
        """Lines, names and values that no service could use."""
        everything = {name: field for kind in SETTINGS.values() for name, field in kind.model_fields.items()}
        for name in (ALL, *SERVICES):
            known = everything if name == ALL else dict(SETTINGS[name].model_fields)
            for binding in _bindings(self.file(name)):
                if rule := _rule_broken(binding, known):
                    line, key = binding.original.line, binding.key or binding.original.string.strip()
                    yield Fault(self.file(name), line, key, rule)

    def add(self, name: str, variables: Mapping[str, str]) -> bool:
        """Append what is not said there yet, from a generated file; whether there was any."""
        known = {binding.key for binding in _bindings(self.file(name))}
        lines = [f"{key}={_quoted(value)}\n" for key, value in variables.items() if key not in known]
        if lines:
            before = self.file(name).read_text() if self.file(name).exists() else ""
            write_private(self.file(name), "".join((before, *lines)))
        return bool(lines)


@dataclass(frozen=True, slots=True)
class Setting:
    """What can be set, and what is."""

    name: str
    """The environment variable."""
    value: str
    """As given, else the default; a secret is masked."""
    file: Path | None
    """Where it is given; None = nowhere. For one service where a service's own file gives it."""
    meaning: str


def listed(settings: OperatorSettings) -> Iterator[Setting]:
    """Every setting that is the operator's, then what they give besides."""
    given = {
        (name, binding.key): binding.value or ""
        for name in (ALL, *SERVICES)
        for binding in _bindings(settings.file(name))
        if binding.key
    }
    fields = {
        variable(name): field for kind in SETTINGS.values() for name, field in kind.model_fields.items()
    }
    for key, field in fields.items():
        places = [name for name, said in given if said == key]
        for place in places:
            value = MASK if _is_secret(field) else given[place, key]
            yield Setting(key, value, settings.file(place), field.description or "")
        if not places and key.removeprefix(PREFIX).lower() not in WIRED:
            yield Setting(key, _default(field), None, field.description or "")


def _is_secret(field: FieldInfo) -> bool:
    return "SecretStr" in str(field.annotation)


def variable(field: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{field.upper()}"


def assignments(file: Path) -> dict[str, str]:
    """The variables that an env file sets, as docker compose reads it; none where there is no such file.

    Raises `SettingsWrong` where the file is no text.
    """
    _bindings(file)
    values = DotEnv(file, interpolate=False, encoding="utf-8").dict() if file.exists() else {}
    return {name: value for name, value in values.items() if value is not None}


def _bindings(file: Path) -> list[Binding]:
    """The lines that say something. Raises `SettingsWrong` where the file is no text."""
    if not file.exists():
        return []
    try:
        with file.open(encoding="utf-8") as stream:
            return [one for one in parse_stream(stream) if one.error or one.key is not None]
    except UnicodeDecodeError as broken:
        rule = "不是 UTF-8 文本，请另存为 UTF-8 / is no UTF-8 text; save it as UTF-8"
        raise SettingsWrong([Fault(file, 1, "", rule)]) from broken


def _rule_broken(binding: Binding, known: Mapping[str, FieldInfo]) -> str | None:
    if binding.error or binding.key is None or binding.value is None:
        return "应为 名称=值 / wants NAME=value; values with spaces, # or $ in single quotes"
    if not binding.key.upper().startswith(PREFIX):
        return None  # of other programs, such as HTTPS_PROXY
    field = known.get(binding.key.upper().removeprefix(PREFIX).lower())
    if field is None:
        return _unknown(binding.key, known)
    return _unfit(field, binding.value) if binding.value else None


def _unknown(key: str, known: Iterable[str]) -> str:
    near = get_close_matches(key.upper(), [variable(name) for name in known], n=1)
    meant = ("；是不是", f"; did you mean {near[0]}?") if near else ("", "")
    return f"没有这项设置{meant[0]} / there is no such setting here{meant[1]}"


def _unfit(field: FieldInfo, value: str) -> str | None:
    kind: TypeAdapter[Any] = TypeAdapter(Annotated[field.annotation, field])  # type: ignore[arg-type]
    try:
        kind.validate_python(json.loads(value) if _is_json(field) else value)
    except ValidationError as wrong:
        return "; ".join(error["msg"] for error in wrong.errors())
    except json.JSONDecodeError as wrong:
        return f"应为 JSON / wants JSON: {wrong}"
    return None


def _is_json(field: FieldInfo) -> bool:
    return "dict" in str(field.annotation)


def _quoted(value: str) -> str:
    plain = value.isascii() and not set(value) & set(" #$'\"\\`")
    return value if plain else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _of_all() -> str:
    kernel = {name: field for name, field in KernelSettings.model_fields.items() if name not in WIRED}
    return (
        "# 所有服务的设置；删去行首的 # 即生效，重启后起作用。程序从不改动此文件。\n"
        "# Settings of every service: take a line's # away, then restart. No program changes this file.\n"
        "# 含空格、# 或 $ 的值用单引号 / Values with spaces, # or $ stand in single quotes.\n\n"
        + _listed(kernel)
    )


def _of_one(service: str) -> str:
    own = SETTINGS[service].model_fields
    further = {name: field for name, field in own.items() if name not in KernelSettings.model_fields}
    wired = {name: field for name, field in own.items() if name in WIRED and name != "start_after"}
    return (
        f"# 只对 {service} 的设置，优先于 all.env / Settings of {service} alone; they go before all.env.\n\n"
        + _listed(further)
        + "# 以下由 guanai 自己给出；只有用自己的服务器时才写\n"
        + "# guanai itself says the following; give them only to use servers of your own.\n\n"
        + _listed(wired)
    )


def _listed(fields: Mapping[str, FieldInfo]) -> str:
    return "".join(
        f"{_comment(field)}# {variable(name)}={_default(field)}\n\n" for name, field in fields.items()
    )


def _comment(field: FieldInfo) -> str:
    return "".join(f"# {line.strip()}\n" for line in (field.description or "").splitlines())


def _default(field: FieldInfo) -> str:
    value = None if field.is_required() else field.get_default(call_default_factory=True)
    match value:
        case None:
            return ""
        case SecretStr():
            return ""
        case bool():
            return str(value).lower()
        case dict():
            return json.dumps(value)
        case _:
            return str(value)
