"""A whole service in the test's process: real database and bus, its HTTP application without a socket."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from inspect import getmembers
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, cast
from uuid import UUID, uuid4

import httpx2
from joserfc.jwk import OKPKey
from litestar import Litestar
from pydantic import SecretStr

from shared.access import OFFICER, OPERATOR, SERVICE, Caller, Permission, Scope
from shared.bus.connection import ensure_streams
from shared.client import Positions, ServiceClient
from shared.http.app import handlers
from shared.http.documentation import operation_ids
from shared.http.observability import ObservabilityMiddleware
from shared.http.problems import NotPermitted
from shared.messages import EventTypes, Recorded
from shared.runtime import Runtime
from shared.seals import Sealer
from shared.service import ServiceDefinition, running
from shared.settings import KernelSettings
from shared.testing.neighbours import Neighbour
from shared.testing.servers import Database
from shared.testing.waiting import PATIENCE
from shared.tokens import issue, issue_reader, key_of_seed, new_key, public_keys
from shared.withholding import EVERYTHING

C = TypeVar("C", bound=ServiceClient)
BASE_URL = "http://service.test"
READING = "reading"
"""A service that may read all events of any service under test."""


def caller(
    kind: str,
    *,
    division: str | None = None,
    organisation: UUID | None = None,
    person: UUID | None = None,
    role: str = OFFICER,
    subject: str = "",
) -> Caller:
    """Somebody acting for a party, for a token."""
    scope = Scope(division=division, organisation=organisation, person=person)
    subject = subject or (f"{SERVICE}:{READING}" if kind == SERVICE else f"{kind}-{role}")
    return Caller(subject=subject, kind=kind, role=role, scope=scope, token_id=uuid4())


def service_key(name: str) -> OKPKey:
    """The key of a service that a test plays."""
    return key_of_seed(sha256(name.encode()).digest(), owner=name)


@dataclass(frozen=True, slots=True)
class Operation:
    """One documented operation."""

    operation_id: str
    method: str
    path: str
    permission: Permission

    def example(self) -> str:
        """The path with something in place of each parameter."""
        return re.sub(r"\{[^}]+\}", lambda _: str(uuid4()), self.path)


@dataclass
class ServiceUnderTest:
    """A running service and the keys to it."""

    runtime: Runtime
    app: ObservabilityMiddleware
    http: httpx2.AsyncClient
    key: OKPKey
    neighbours: Mapping[str, Neighbour]
    positions: Positions = field(default_factory=Positions)
    """Shared by all clients made here: each reads what the others wrote."""

    def token(self, who: Caller, ttl: timedelta = timedelta(hours=1)) -> str:
        """A token that this service honours; one of a service is signed with that service's own key."""
        if who.kind == SERVICE:
            name = who.subject.removeprefix(f"{SERVICE}:")
            return issue_reader(service_key(name), name, self.runtime.name, ttl)
        return issue(self.key, who, ttl)

    def client(self, client_type: type[C], who: Caller, *, deadline: float = 0) -> C:
        """A typed client for `who`, without a socket; it repeats nothing unless a deadline is given."""
        return client_type(
            BASE_URL, self.token(who), http=self.http, positions=self.positions, deadline=deadline
        )

    async def request(self, who: Caller | None, method: str, path: str, **options: Any) -> httpx2.Response:
        """A raw request; writes get an Idempotency-Key unless `headers` names one."""
        headers = dict(options.pop("headers", {}))
        if who is not None:
            headers.setdefault("Authorization", f"Bearer {self.token(who)}")
        if method != "GET":
            headers.setdefault("Idempotency-Key", str(uuid4()))
        return await self.http.request(method, path, headers=headers, **options)

    async def caught_up(self) -> None:
        """Wait until the views have taken in everything that this service and its neighbours published."""
        subscriptions, followed = self.runtime.subscriptions, self.runtime.subscriptions.positions()
        heads = {name: len(neighbour.log) for name, neighbour in self.neighbours.items()}
        heads[self.runtime.name] = await self.runtime.log.head()
        for source, position in heads.items():
            if source in followed and not await subscriptions.wait_for(source, position, PATIENCE):
                raise TimeoutError(f"{source}: {subscriptions.positions()} < {position}")

    def operations(self) -> list[Operation]:
        """Every documented operation, for permission matrices."""
        return [
            Operation(str(one.operation_id), min(one.http_methods), route.path, one.opt["permission"])
            for route, one in handlers(self._litestar)
            if one.resolve_include_in_schema()
        ]

    async def is_refused(self, operation: Operation, who: Caller) -> bool:
        """Whether the route's permission turns this caller away, before anything else is looked at."""
        path = re.sub(r":\w+(?=\})", "", operation.example())
        response = await self.request(who, operation.method, path)
        if "problem+json" not in response.headers.get("content-type", ""):
            return False
        answer: dict[str, Any] = response.json()
        return answer.get("type") == f"/problems/{NotPermitted.code()}"

    def missing_operations(self, client_type: type[ServiceClient]) -> set[str]:
        """Operations that the typed client has no method for, or that it declares and nothing serves."""
        served = operation_ids(self._litestar)
        declared = {name for name, one in getmembers(client_type) if hasattr(one, "operation")}
        return {name for name in served if not hasattr(client_type, name)} | (declared - served)

    @property
    def _litestar(self) -> Litestar:
        assert isinstance(self.app.app, Litestar)
        return self.app.app


@asynccontextmanager
async def service_under_test(
    definition: ServiceDefinition,
    database: Database,
    nats_url: str,
    *,
    neighbours: Sequence[EventTypes] = (),
    settings_type: type[KernelSettings] = KernelSettings,
    **settings: Any,
) -> AsyncIterator[ServiceUnderTest]:
    """Start `definition` on a migrated database and a nats-server, and stop it after the test.

    `neighbours` are the event types of the services that it follows; `settings` are further settings.
    """
    key = new_key()
    log: dict[str, Neighbour] = {}
    await ensure_streams(nats_url, [definition.name, *(types.service for types in neighbours)])

    async def replay(source: str, after: int, limit: int) -> list[Recorded]:
        return log[source].read(after, limit)

    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="guanai-api-")))
        (directory / "keys.json").write_text(public_keys([key]))
        known = (READING, definition.name, *(types.service for types in neighbours))
        (directory / "services.json").write_text(public_keys(map(service_key, known)))
        given: dict[str, Any] = {
            "database_url": SecretStr(database.app_url),
            "nats_url": nats_url,
            "token_keys": directory / "keys.json",
            "service_keys": directory / "services.json",
            "readers": {READING: (EVERYTHING,)},
            "database_pool": 8,
            # As long as a busy machine needs; a test of these limits gives its own.
            "read_after_write_seconds": PATIENCE,
            "request_timeout_seconds": PATIENCE,
            **settings,
        }
        made = settings_type(**given)
        runtime, app = await stack.enter_async_context(running(definition, made, reader=replay))
        for types in neighbours:
            name = types.service
            reads, sealer = definition.reads.get(name, (EVERYTHING,)), Sealer(name, service_key(name))
            log[name] = Neighbour(types, runtime.bus.jetstream, reads=reads, sealer=sealer)
        transport = httpx2.ASGITransport(app=cast("Any", app), raise_app_exceptions=False)
        http = await stack.enter_async_context(httpx2.AsyncClient(transport=transport, base_url=BASE_URL))
        yield ServiceUnderTest(runtime, app, http, key, log)


OPERATOR_CALLER = caller(OPERATOR)
"""Somebody who runs the machinery."""
