"""Who calls, what a route demands, and which personal fields an answer may hold. Default deny."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypeVar, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shared.texts import Bilingual


@dataclass(frozen=True, slots=True)
class Personal:
    """Marks a field as personal: `Annotated[str, Personal("contact")]`. Drives masks and log redaction."""

    data_class: str


@dataclass(frozen=True, slots=True)
class Plain:
    """Marks a text that is about nobody, so that every reader may have it, and says what it is instead."""

    what: str


@dataclass(frozen=True, slots=True)
class PersonalParts:
    """Marks a field whose classes of data follow from what its model says elsewhere."""

    classes: Callable[[Any], Collection[str]]
    """The classes that a model's field really holds."""
    at_most: Collection[str]


@dataclass(frozen=True, slots=True)
class About:
    """Marks an id as that of somebody whom the rest is about: `Annotated[UUID, About()]`.

    Whoever is named so in an answer is named in the record of the access (`shared.accesses`).
    """


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller's party is about. A field that is None gives no reach."""

    division: str | None = None
    """Prefix of the administrative divisions it reaches, in digits."""
    organisation: UUID | None = None
    """The party itself."""
    person: UUID | None = None
    """The caller as a carer: reaches whom they are paired with."""

    def covers(self, division: str) -> bool:
        """Whether the division lies within the scope's."""
        return self.division is not None and division.startswith(self.division)


@dataclass(frozen=True, slots=True)
class Caller:
    """A person (or a service) acting for a party, as the signed token says."""

    subject: str
    kind: str
    """Party kind; `service` and `operator` are the kernel's own."""
    role: str
    """`officer` reads and writes, `reader` reads."""
    scope: Scope
    name: str = ""
    token_id: UUID | None = None
    expires_at: datetime | None = None

    @property
    def party(self) -> str:
        """The party as it is written into events: `<kind>:<id>`."""
        return f"{self.kind}:{self.scope.organisation or self.scope.person or self.scope.division or '-'}"


SERVICE = "service"
OPERATOR = "operator"
OFFICER = "officer"
READER = "reader"


@dataclass(frozen=True, slots=True)
class Permission:
    """What a route demands of its caller."""

    name: str
    kinds: frozenset[str]
    """Party kinds that may; `operator` is never implied."""
    roles: frozenset[str] = field(default=frozenset({OFFICER}))

    def allows(self, caller: Caller) -> bool:
        """Whether this caller's kind and role pass. Scope is judged against the thing itself, later."""
        return caller.kind in self.kinds and caller.role in self.roles


@dataclass(frozen=True, slots=True)
class _Everyone(Permission):
    """Every kind and role of people; services read logs and nothing else."""

    def allows(self, caller: Caller) -> bool:
        """Whoever it is, but for a service."""
        return caller.kind != SERVICE


ANYONE = _Everyone("anyone", frozenset())
"""Every caller with a valid token."""
PUBLIC = _Everyone("public", frozenset())
"""No token is asked for: health, metrics, documentation."""


@dataclass(frozen=True, slots=True)
class Open(_Everyone):
    """Everybody, without an account: no token is looked at, and few small requests are taken.

    Each client address has a budget of its own, all of them together another (`GUANAI_PUBLIC_*`).
    """

    when_full: Bilingual | None = None
    """The way out where a budget is used up."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """Whom an answer is about, and which classes of personal data it holds of them."""

    about: tuple[UUID, ...] = ()
    classes: frozenset[str] = frozenset()
    many: bool = False
    """About more than can be named: a part of a log."""

    def __bool__(self) -> bool:
        return bool(self.about or self.classes or self.many)


def may_write(name: str, *kinds: str) -> Permission:
    """Officers of these party kinds."""
    return Permission(name, frozenset(kinds))


def may_read(name: str, *kinds: str) -> Permission:
    """Officers and readers of these party kinds."""
    return Permission(name, frozenset(kinds), frozenset({OFFICER, READER}))


def inner_marks(annotation: Any) -> Iterator[Any]:
    """What `Annotated` says, at whatever depth of the type."""
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        yield from marks
        yield from inner_marks(inner)
    else:
        for part in get_args(annotation):
            yield from inner_marks(part)


def marks_of(field: FieldInfo) -> Iterator[Any]:
    """The marks on a field, at whatever depth of its type (`tuple[Annotated[…], ...] | None`)."""
    yield from field.metadata
    yield from inner_marks(field.annotation)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    else:
        for part in get_args(annotation):
            yield from models_in(part)


def data_classes(model: type[BaseModel]) -> Mapping[str, str]:
    """Field name → data class, for the fields of `model` that are marked `Personal`."""
    return {
        name: mark.data_class
        for name, info in model.model_fields.items()
        for mark in info.metadata
        if isinstance(mark, Personal)
    }


def written(body: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Path and data class of each personal field that a body says something in, at every depth.

    What is not sent, or sent as it would be by default, says nothing.
    """
    match body:
        case BaseModel():
            marks = data_classes(type(body))
            for name in sorted(body.model_fields_set):
                value, where = getattr(body, name), f"{path}.{name}".lstrip(".")
                if value == type(body).model_fields[name].get_default(call_default_factory=True):
                    continue
                if name in marks:
                    yield where, marks[name]
                yield from written(value, where)
        case tuple() | list():
            for place, item in enumerate(body):
                yield from written(item, f"{path}.{place}".lstrip("."))
        case _:
            return


M = TypeVar("M", bound=BaseModel)


def masked(answer: M, classes: Collection[str]) -> M:
    """The answer without the fields that the reader may not see.

    They are unset, and answers are written without unset fields: absent, not blanked. Personal fields of an
    answer are therefore optional.
    """
    marks = data_classes(type(answer))
    shown = {
        name: _masked_value(getattr(answer, name), classes)
        for name in answer.model_fields_set
        if name not in marks or marks[name] in classes
    }
    return type(answer).model_construct(_fields_set=set(shown), **shown)


def _masked_value(value: object, classes: Collection[str]) -> object:
    match value:
        case BaseModel():
            return masked(value, classes)
        case tuple() | list():
            return tuple(_masked_value(item, classes) for item in value)
        case dict():
            return {key: _masked_value(item, classes) for key, item in value.items()}
        case _:
            return value
