"""What holds for all routes of pairing: permissions, the typed client, health."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

import pytest

from services.language import PartyKind
from services.pairing.client import PairingClient
from shared.access import OFFICER, READER, SERVICE
from tests.callers import fitting
from tests.pairing.township import Township

T, F, S, V, Y, M = (
    PartyKind.TOWNSHIP,
    PartyKind.WOMENS_FEDERATION,
    PartyKind.SCHOOL,
    PartyKind.VILLAGE,
    PartyKind.YOUTH_LEAGUE,
    PartyKind.MENTOR,
)
WRITERS: Mapping[str, frozenset[PartyKind]] = {
    "enrol_mentor": frozenset({T, F, S, V, Y}),
    "change_mentor_capacity": frozenset({T, F, S, V, Y}),
    "record_mentor_check": frozenset({T, F, S, V, Y}),
    "let_mentor_leave": frozenset({T, F, S, V, Y}),
    "propose_pairing": frozenset({T, F, S, V}),
    "accept_pairing": frozenset({T, F, S, V, Y, M}),
    "decline_pairing": frozenset({T, F, S, V, Y, M}),
    "end_pairing": frozenset({T, F, S, V, M}),
    "log_contact": frozenset({F, S, V, M}),
    "log_contacts": frozenset({F, S, V, M}),
    "write_diary_entry": frozenset({S, M}),
    "write_child_entry": frozenset({S, M}),
    "correct_diary_entry": frozenset({S, M}),
    "start_sponsorship": frozenset({T, F, S}),
    "pay_instalment": frozenset({T, F, S}),
    "record_condolence_visit": frozenset({T, F, S}),
    "end_sponsorship": frozenset({T, F, S}),
    "hold_home_session": frozenset({T, F, S, V}),
    "hold_activity": frozenset({T, F, S, V, Y}),
    "publish_publicity": frozenset({T, F, S, V, Y}),
}
"""Officers of these parties may."""
READERS: Mapping[str, frozenset[PartyKind]] = {
    "get_mentor": frozenset({T, F, S, V, Y, M}),
    "list_mentors": frozenset({T, F, S, V, Y, M}),
    "get_pairing": frozenset({T, F, S, V, Y, M}),
    "list_pairings": frozenset({T, F, S, V, Y, M}),
    "get_contact": frozenset({T, F, S, V, Y, M}),
    "list_contacts": frozenset({T, F, S, V, Y, M}),
    "get_contact_trend": frozenset({T, F, S, V, M}),
    "list_diary_entries": frozenset({S, M}),
    "list_sponsorships": frozenset({T, F, S, V}),
    "list_home_sessions": frozenset({T, F, S, V}),
    "list_activities": frozenset({T, F, S, V, Y}),
    "list_publicity": frozenset({T, F, S, V, Y}),
}
"""Officers and readers of these parties may."""


def test_the_client_has_every_operation(township: Township) -> None:
    """No operation is missing in the typed client."""
    assert township.service.missing_operations(PairingClient) == set()


@pytest.mark.parametrize("role", [OFFICER, READER])
@pytest.mark.parametrize("kind", [*PartyKind, SERVICE])
async def test_permissions(township: Township, kind: str, role: str) -> None:
    """Each operation lets in exactly the parties and roles of the table, and nobody else."""
    who = fitting(kind, organisation=uuid4(), role=role)
    for operation in township.service.operations():
        name = operation.operation_id
        if name in WRITERS:
            allowed = kind in WRITERS[name] and role == OFFICER
        elif name in READERS:
            allowed = kind in READERS[name]
        else:
            continue
        assert await township.service.is_refused(operation, who) is not allowed, f"{name}: {kind}, {role}"


def test_the_table_is_complete(township: Township) -> None:
    """Every operation of pairing's own, that is of its client, stands in the table."""
    classes = [one for one in PairingClient.__mro__ if one.__module__.startswith("services.pairing.")]
    own = {name for one in classes for name, member in vars(one).items() if callable(member)}
    assert own == WRITERS.keys() | READERS.keys()
