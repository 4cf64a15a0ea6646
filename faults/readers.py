"""Readers of every party kind, who look at everything that they may ask for while things break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from random import Random
from typing import Any

from faults.people import People
from faults.workload import Workload
from services.notify.client import NotifyClient
from services.pairing.client import PairingClient
from services.registry.client import RegistryClient
from services.reporting.client import ReportingClient
from shared.client import ClientError

READERS = (
    "county",
    "township",
    "federation",
    "health",
    "youth_league",
    "school-0",
    "school-1",
    "village-0",
    "village-1",
)
EVERY = 0.05


async def keep_looking(people: People, workload: Workload, rng: Random) -> None:
    """Until cancelled."""
    while True:
        mentors = [name for name in people.ids if name.startswith("mentor-")]
        reader = rng.choice([*READERS, *mentors[-3:]])
        async for _ in look_once(people, workload, reader, rng):
            await asyncio.sleep(EVERY)


async def look_once(people: People, workload: Workload, reader: str, rng: Random) -> AsyncIterator[None]:
    """Everything that there is to ask; refusals and silence are no matter here."""
    registry = people.client(RegistryClient, reader, deadline=0)
    pairing = people.client(PairingClient, reader, deadline=0)
    notify = people.client(NotifyClient, reader, deadline=0)
    reporting = people.client(ReportingClient, reader, deadline=0)
    asked: list[Callable[[], Awaitable[Any]]] = [
        registry.list_children,
        registry.list_findings,
        registry.list_danger_reports,
        registry.list_places,
        registry.list_checkup_campaigns,
        pairing.list_pairings,
        pairing.list_mentors,
        pairing.list_contacts,
        notify.list_inbox,
        notify.list_alerts,
        notify.list_dues,
        reporting.get_view,
        reporting.list_roster,
        reporting.list_todo,
        reporting.get_care_map,
        reporting.get_indicators,
    ]
    if workload.children:
        child_id = rng.choice(workload.children).child_id
        about = (registry.get_child, registry.get_contact_card, reporting.get_timeline)
        asked += [partial(question, child_id) for question in about]
    rng.shuffle(asked)
    for question in asked:
        with suppress(ClientError):
            await question()
        yield None
