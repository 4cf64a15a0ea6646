"""A running registry with a township in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.language import PartyKind
from services.pairing.events import EVENTS as PAIRING
from services.registry.children.api import ChildReceipt, OpenChildFile
from services.registry.children.events import Address, Sex
from services.registry.client import RegistryClient
from services.registry.moves.api import OfferMove
from services.registry.organisations.api import FoundOrganisation
from services.registry.settings import RegistrySettings
from services.registry.wiring import REGISTRY
from shared.access import Caller
from shared.testing.api import OPERATOR_CALLER, ServiceUnderTest, caller, service_under_test
from shared.testing.servers import NatsServer

TOWNSHIP, VILLAGE, OTHER_VILLAGE = "331082103", "331082103201", "331082103202"


@dataclass(frozen=True)
class Township:
    """The parties of one township, each as its officer."""

    registry: ServiceUnderTest
    township: Caller
    federation: Caller
    village: Caller
    other_village: Caller
    school: Caller
    other_school: Caller
    health_centre: Caller

    def of(self, who: Caller) -> RegistryClient:
        return self.registry.client(RegistryClient, who)

    def organisation(self, who: Caller) -> UUID:
        assert who.scope.organisation is not None
        return who.scope.organisation

    def file(self, **facts: Any) -> OpenChildFile:
        """What is asked to open a file of a child of the first village and school, born in 2015."""
        known = {
            "name": f"孩子{uuid4().hex[:8]}",
            "sex": Sex.FEMALE,
            "birth_date": date(2015, 3, 8),
            "address": Address(village=VILLAGE),
            "school_id": self.organisation(self.school),
        }
        return OpenChildFile.model_validate({**known, **facts})

    async def child(self, **facts: Any) -> ChildReceipt:
        """A new file, opened by the school; by the village where the child goes to none."""
        body = self.file(**facts)
        schools = {self.organisation(one): one for one in (self.school, self.other_school)}
        opener = schools[body.school_id] if body.school_id else self.village
        return await self.of(opener).open_child_file(body)

    async def moved(self, child_id: UUID, to: Caller) -> UUID:
        """The village offers the child to a school or village, which accepts; the move's id."""
        where = (
            {"to_school": self.organisation(to)}
            if to.kind == PartyKind.SCHOOL
            else {"to_village": to.scope.division}
        )
        offer = OfferMove.model_validate({"on": date(2025, 4, 1), **where})
        move = await self.of(self.village).offer_move(child_id, offer)
        await self.of(to).accept_move(move.id)
        return move.id

    async def strangers(self) -> Strangers:
        """Another township of the county, with a village and a school."""
        operator = self.registry.client(RegistryClient, OPERATOR_CALLER)
        number = 100 + next(_NUMBERS)
        division = f"331082{number}"
        leader = await _found(operator, PartyKind.TOWNSHIP, division, f"镇{number}")
        client = self.of(leader)
        village = await _found(client, PartyKind.VILLAGE, f"{division}201", "外村")
        school = await _found(client, PartyKind.SCHOOL, division, "外校")
        return Strangers(leader, village, school)


@dataclass(frozen=True)
class Strangers:
    """The parties of another township."""

    township: Caller
    village: Caller
    school: Caller


_NUMBERS = count(10)


async def _found(client: RegistryClient, kind: PartyKind, division: str, name: str) -> Caller:
    receipt = await client.found_organisation(FoundOrganisation(kind=kind, name=name, division=division))
    return caller(kind, division=division, organisation=receipt.id)


@asynccontextmanager
async def township(database: Any, nats_url: str, **settings: Any) -> AsyncIterator[Township]:
    """The registry of a township with two villages and two schools."""
    async with service_under_test(
        REGISTRY,
        database,
        nats_url,
        neighbours=[PAIRING],
        settings_type=RegistrySettings,
        rate_limit_per_second=100_000.0,
        **settings,
    ) as registry:
        operator = registry.client(RegistryClient, OPERATOR_CALLER)
        leading = await _found(operator, PartyKind.TOWNSHIP, TOWNSHIP, "涌泉镇")
        leader = registry.client(RegistryClient, leading)
        yield Township(
            registry,
            leading,
            await _found(leader, PartyKind.WOMENS_FEDERATION, TOWNSHIP, "镇妇联"),
            await _found(leader, PartyKind.VILLAGE, VILLAGE, "前村"),
            await _found(leader, PartyKind.VILLAGE, OTHER_VILLAGE, "后村"),
            await _found(leader, PartyKind.SCHOOL, TOWNSHIP, "中心校"),
            await _found(leader, PartyKind.SCHOOL, TOWNSHIP, "完小"),
            await _found(leader, PartyKind.HEALTH_CENTRE, TOWNSHIP, "卫生院"),
        )


@pytest.fixture(scope="module")
async def there(make_module_database: Any, module_nats: NatsServer) -> AsyncIterator[Township]:
    """The township, for all tests of a file."""
    database = await make_module_database("registry", REGISTRY.all_projections())
    async with township(database, module_nats.url) as made:
        yield made
