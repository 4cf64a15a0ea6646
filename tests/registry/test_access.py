"""Who may call what, operation by operation, and whom a pairing lets read."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from services.language import PartyKind
from services.pairing.events import (
    MentorEnrolled,
    MentorKind,
    PairingAccepted,
    PairingEnded,
    PairingEndReason,
    PairingProposed,
)
from services.registry.children.api import IssueContactCard
from services.registry.children.events import CardEntry
from services.registry.client import RegistryClient
from shared.access import OPERATOR, READER, SERVICE
from shared.client import NotFound
from shared.testing.api import caller
from tests.callers import fitting

if TYPE_CHECKING:
    from tests.registry.conftest import Township
else:
    Township = object

RESPONSIBLE = frozenset({"township", "womens_federation", "school", "village"})
LEADERS = frozenset({"township", "womens_federation"})
ARRANGING = frozenset({"school", "village", "township"})
CARING = RESPONSIBLE | {"health_centre", "mentor", "youth_league"}
EVERYBODY = frozenset({*PartyKind, OPERATOR})
FILE = dict.fromkeys(
    (
        "open_child_file",
        "name_guardian",
        "record_parent_away",
        "record_parent_return",
        "issue_contact_card",
        "categorise_child",
        "change_school",
        "recheck_file",
        "exit_child",
        "offer_move",
        "withdraw_move",
    ),
    RESPONSIBLE,
)
WRITES = {
    "found_organisation": {OPERATOR, "township"},
    "form_class": {"school", "township"},
    "open_place": RESPONSIBLE,
    "close_place": RESPONSIBLE,
    **FILE,
    **dict.fromkeys(("record_dropout", "record_return_to_school"), frozenset({"school"})),
    **dict.fromkeys(("accept_move", "reject_move"), frozenset({"school", "village"})),
    "settle_number": frozenset({"township", "county"}),
    "open_census": LEADERS,
    "submit_census_list": {"village", "school"},
    "settle_difference": LEADERS,
    "close_census": LEADERS,
    "propose_checkup_campaign": {"health_centre"},
    **dict.fromkeys(("open_checkup_campaign", "confirm_checkup_campaign"), ARRANGING),
    **dict.fromkeys(("drop_checkup_proposal", "close_checkup_campaign"), ARRANGING | {"health_centre"}),
    **dict.fromkeys(
        (
            "record_checkup",
            "record_missed_checkup",
            "raise_finding",
            "refer_finding",
            "treat_finding",
        ),
        frozenset({"school", "health_centre"}),
    ),
    "close_finding": ARRANGING | {"health_centre"},
    **dict.fromkeys(("acknowledge_danger_report", "refer_danger_report"), LEADERS | {"village", "county"}),
    **dict.fromkeys(
        (
            "handle_danger_report",
            "return_danger_result",
            "reopen_danger_report",
            "withhold_danger_report",
        ),
        frozenset({"township", "county"}),
    ),
    "revoke_token": {OPERATOR},
}
READS = {
    **dict.fromkeys(("get_child", "list_children"), CARING),
    "get_contact_card": CARING - {"health_centre"},
    **dict.fromkeys(("find_candidates", "get_move", "list_moves"), RESPONSIBLE),
    "list_number_disputes": frozenset({"township", "county"}),
    **dict.fromkeys(("get_census", "list_censuses", "list_census_differences"), RESPONSIBLE),
    **dict.fromkeys(("get_checkup_campaign", "list_checkup_campaigns"), RESPONSIBLE | {"health_centre"}),
    "list_findings": {"school", "health_centre"},
    **dict.fromkeys(("list_accesses", "list_access_alarms"), frozenset({"county", "township"})),
}
OPEN = dict.fromkeys(
    (
        "get_organisation",
        "list_organisations",
        "list_places",
        "raise_danger_report",
        "get_danger_report",
        "list_danger_reports",
    ),
    EVERYBODY,
)
KERNEL_PREFIXES = ("/ops", "/events")


async def test_each_operation_takes_its_party_kinds(there: Township) -> None:
    """Every operation × every party kind × both roles: allowed or turned away as the table says."""
    wrong = []
    for operation in there.registry.operations():
        if operation.path.startswith(KERNEL_PREFIXES) or operation.permission.name == "public":
            continue
        name = operation.operation_id
        officers = {**WRITES, **READS, **OPEN}[name]
        readers = set() if name in WRITES else officers
        for kind in (*EVERYBODY, SERVICE):
            for role, allowed in (("officer", officers), (READER, readers)):
                refused = await there.registry.is_refused(operation, fitting(kind, role=role))
                if refused is (kind in allowed):
                    wrong.append((name, kind, role))
    assert wrong == []


async def test_no_token_no_answer(there: Township) -> None:
    """Without a token every operation is a 401."""
    for operation in there.registry.operations():
        if operation.permission.name != "public":
            path = operation.example().replace(":uuid", "")
            assert (await there.registry.request(None, operation.method, path)).status_code == 401


async def test_what_asks_for_no_token(there: Township) -> None:
    """Reporting a child in danger, and learning what came of it; nothing else is open to everybody."""
    public = {one.operation_id for one in there.registry.operations() if one.permission.name == "public"}
    assert public == {"report_danger", "get_danger_result"}


async def test_every_operation_has_a_client_method(there: Township) -> None:
    """The typed client misses no operation of the registry's own."""
    kernel = {one.operation_id for one in there.registry.operations() if one.path.startswith(KERNEL_PREFIXES)}
    assert there.registry.missing_operations(RegistryClient) - kernel == set()


async def test_a_mentor_reads_whom_they_care_for(there: Township) -> None:
    """From the day of the pairing to its end the mentor reads the child and its card; others do not."""
    pairing = there.registry.neighbours["pairing"]
    child_id, mentor_id, pairing_id = (await there.child(name="结对娃")).id, uuid4(), uuid4()
    card = IssueContactCard(entries=(CardEntry(relation="奶奶", name="王桂花", phone="13800138000"),))
    await there.of(there.village).issue_contact_card(child_id, card)
    mentor, league = (
        there.of(caller(PartyKind.MENTOR, person=mentor_id)),
        there.of(caller(PartyKind.YOUTH_LEAGUE, division="331082103", organisation=(league_id := uuid4()))),
    )
    with pytest.raises(NotFound):
        await mentor.get_child(child_id)
    ids = {"pairing_id": pairing_id, "child_id": child_id, "mentor_id": mentor_id}
    await pairing.publish(
        MentorEnrolled(
            mentor_id=mentor_id,
            kind=MentorKind.VOLUNTEER,
            name="志愿者",
            organisation_id=league_id,
            division="331082103",
            capacity=2,
        )
    )
    await pairing.publish(PairingProposed(**ids), pairing_id)
    await pairing.publish(PairingAccepted(**ids, on=date(2025, 4, 1)), pairing_id)
    await there.registry.caught_up()
    assert (await mentor.get_child(child_id)).name == "结对娃"
    assert (await mentor.get_contact_card(child_id)).entries == card.entries
    assert [one.id for one in (await mentor.list_children()).items] == [child_id]
    assert (await league.get_child(child_id)).name is None
    ended = PairingEnded(**ids, reason=PairingEndReason.GRADUATED, on=date(2025, 6, 1))
    await pairing.publish(ended, pairing_id)
    await there.registry.caught_up()
    for former in (mentor, league):
        with pytest.raises(NotFound):
            await former.get_child(child_id)


async def test_a_mentor_reads_no_file_of_an_earlier_time(there: Township) -> None:
    """Whatever moment is asked for, a mentor reads the file as it has stood since the pairing."""
    child = await there.child(name="从前娃")
    card = IssueContactCard(entries=(CardEntry(relation="奶奶", name="旧号码", phone="13800138000"),))
    issued = await there.of(there.village).issue_contact_card(child.id, card)
    then = (await there.of(there.village).get_contact_card(child.id)).issued_at
    renewed = IssueContactCard(entries=(CardEntry(relation="奶奶", name="新号码", phone="13800138001"),))
    await there.of(there.village).issue_contact_card(child.id, renewed)
    ids = {"pairing_id": uuid4(), "child_id": child.id, "mentor_id": uuid4()}
    await there.registry.neighbours["pairing"].publish(PairingAccepted(**ids, on=date(2025, 4, 1)))
    await there.registry.caught_up()
    mentor = there.of(caller(PartyKind.MENTOR, person=ids["mentor_id"]))
    assert issued.version < (await mentor.get_child(child.id)).version
    assert (await mentor.get_contact_card(child.id)).entries == renewed.entries
    assert (await there.of(there.village).get_contact_card(child.id, as_of=then)).entries == card.entries
    with pytest.raises(NotFound):
        await mentor.get_contact_card(child.id, as_of=then)
    assert (await mentor.list_children(as_of=then)).items == ()
