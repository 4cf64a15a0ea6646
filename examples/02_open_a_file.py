"""A school opens a child's file: guardian, mother away, contact card; and pairs the child with a teacher.

Usage: python examples/02_open_a_file.py SCHOOL_TOKEN SCHOOL_ID
"""

from __future__ import annotations

import sys
from datetime import date
from uuid import UUID

from system import PAIRING, REGISTRY, arguments, key, run

from services.language import PartyKind
from services.pairing.client import (
    AcceptPairing,
    EnrolMentor,
    PairingClient,
    ProposePairing,
    RecordMentorCheck,
)
from services.pairing.events import MentorKind
from services.registry.client import (
    IssueContactCard,
    NameGuardian,
    OpenChildFile,
    RecordParentAway,
    RegistryClient,
)
from services.registry.events import Address, CardEntry, Guardian, GuardianRelation, Parent, Sex
from shared.client import Positions

DIALECT, MANDARIN = "示例话", "普通话"
CARD = (
    CardEntry(relation="奶奶", name="林阿婆", phone="13800000001", languages=(DIALECT,)),
    CardEntry(relation="母亲", name="王小芳", phone="13800000002", languages=(MANDARIN,)),
)
"""Whom to call, in this order."""


async def main(token: str, school: str) -> None:
    """The file first, then somebody who cares for the child."""
    positions = Positions()  # shared: what one client wrote, the other one's queries know of
    async with (
        RegistryClient(REGISTRY, token, positions=positions) as registry,
        PairingClient(PAIRING, token, positions=positions) as pairing,
    ):
        villages = (await registry.list_organisations(kind=PartyKind.VILLAGE, limit=1)).items
        if not villages:
            sys.exit("还没有村 / There is no village yet\n→ python examples/01_found_a_township.py")
        village = villages[0].division
        child = await open_file(registry, UUID(school), village)
        await find_mentor(pairing, child)


async def open_file(registry: RegistryClient, school: UUID, village: str) -> UUID:
    """One child, one file."""
    body = OpenChildFile(
        name="李小禾",
        sex=Sex.FEMALE,
        birth_date=date(2016, 3, 14),
        address=Address(village=village),
        school_id=school,
    )
    child = await registry.open_child_file(body, key=key("file", school))
    print(f"已建档 / file opened: {child.file_number}")
    grandmother = Guardian(
        relation=GuardianRelation.GRANDPARENT, name=CARD[0].name, phone=CARD[0].phone, languages=(DIALECT,)
    )
    await registry.name_guardian(child.id, NameGuardian(guardian=grandmother), key=key("guardian", child.id))
    away = RecordParentAway(parent=Parent.MOTHER, since=date(2024, 9, 1), name="王小芳", place="杭州")
    await registry.record_parent_away(child.id, away, key=key("away", child.id))
    await registry.issue_contact_card(child.id, IssueContactCard(entries=CARD), key=key("card", child.id))
    print("监护人、外出的母亲、联系卡已登记 / guardian, mother away and contact card are on file")
    return child.id


async def find_mentor(pairing: PairingClient, child: UUID) -> None:
    """A teacher of the school: enrolled, checked, proposed, and accepted on the teacher's behalf."""
    teacher = EnrolMentor(kind=MentorKind.TEACHER, name="陈老师", phone="13800000003")
    mentor = (await pairing.enrol_mentor(teacher, key=key("mentor", child))).id
    check = RecordMentorCheck(on=date(2025, 1, 6))
    await pairing.record_mentor_check(mentor, check, key=key("check", mentor))
    proposal = ProposePairing(child_id=child, mentor_id=mentor, reason="同校教师 / Teaches at this school")
    proposed = (await pairing.propose_pairing(proposal, key=key("proposal", child))).id
    await pairing.accept_pairing(proposed, AcceptPairing(), key=key("acceptance", child))
    print(f"已结对 / paired with: {teacher.name}")


if __name__ == "__main__":
    run(main(*arguments("SCHOOL_TOKEN", "SCHOOL_ID", hint="examples/README.md")))
