"""January to April: the township gets organised, counts its children, and opens a file for each."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import date
from typing import Any
from uuid import UUID

from guanai.demo.people import COUNTY
from guanai.demo.stage import Stage, moment
from guanai.demo.township import (
    TOWNSHIP,
    Carer,
    ChildToBe,
    Relative,
    School,
    Village,
)
from services.language import PartyKind
from services.pairing.client import EnrolMentor, RecordMentorCheck
from services.pairing.events import MentorKind
from services.registry.client import (
    CategoriseChild,
    DifferenceView,
    FormClass,
    FoundOrganisation,
    IssueContactCard,
    NameGuardian,
    OpenCensus,
    OpenChildFile,
    OpenPlace,
    RecordParentAway,
    SettleDifference,
    SubmitCensusList,
)
from services.registry.events import (
    Address,
    CardEntry,
    CareCategory,
    CareReason,
    CensusEntry,
    GuardianRelation,
    Parent,
    PlaceKind,
    Poverty,
    Settlement,
)

SET_UP = date(2025, 1, 6)
CENSUS = date(2025, 4, 7)
CENSUS_CLOSED = date(2025, 4, 25)
FILES_OPENED = date(2025, 5, 5)
HOME_OPENED = date(2025, 5, 5)

FORGOTTEN_BY_SCHOOL, FORGOTTEN_BY_VILLAGE, LISTED_DIFFERENTLY = (
    frozenset({20, 21}),
    frozenset({30, 31}),
    frozenset({60, 61, 62}),
)
"""Children about whom the two lists disagree although they count."""
TITLES = {Parent.MOTHER: "母亲", Parent.FATHER: "父亲"}
GUARDIAN_TITLES = {
    GuardianRelation.GRANDPARENT: "祖辈",
    GuardianRelation.RELATIVE: "亲属",
    GuardianRelation.TEACHER: "教师",
}


async def set_up(stage: Stage) -> None:
    """Parties, classes, places, mentors."""
    await _found_parties(stage)
    await stage.come_to(moment(SET_UP, 15))
    await stage.together(
        "学校班级 / Classes", [_form_classes(stage, school) for school in stage.plan.schools]
    )
    await stage.together("维权站等场所 / Places", _places(stage))
    await stage.come_to(moment(date(2025, 3, 10)))
    await stage.together("结对人 / Mentors", [_enrol(stage, carer) for carer in stage.plan.carers])


async def count(stage: Stage) -> UUID:
    """The April census: two lists for each child, the differences settled, the figures frozen."""
    await stage.come_to(moment(CENSUS))
    villages = tuple(stage.ids[f"village-{village.index}"] for village in stage.plan.villages)
    schools = tuple(stage.ids[f"school-{school.index}"] for school in stage.plan.schools)
    body = OpenCensus(title="2025 年 4 月排摸", on=CENSUS, villages=villages, schools=schools)
    registry = stage.registry(stage.township)
    census = (await registry.open_census(body, key=stage.key("census"))).id
    await stage.come_to(moment(date(2025, 4, 18)))
    lists = [_village_list(stage, census, village) for village in stage.plan.villages]
    lists += [_school_list(stage, census, school) for school in stage.plan.schools]
    await stage.one_by_one("村校两份名单 / Lists of villages and schools", lists)
    await stage.come_to(moment(CENSUS_CLOSED))
    page = await registry.list_census_differences(census, limit=100)
    settlements = [_settle(stage, census, difference) for difference in page.items]
    await stage.one_by_one("核对差异 / Differences settled", settlements)
    await registry.close_census(census, key=stage.key("census closed"))
    return census


async def open_files(stage: Stage) -> None:
    """One child, one file: guardian, parents, contact card."""
    await stage.come_to(moment(FILES_OPENED))
    await stage.together("建立档案 / Files", [_open_file(stage, child) for child in stage.plan.children])
    await stage.together(
        "联系卡 / Contact cards", [_issue_card(stage, child) for child in stage.plan.children]
    )


# -- parties, places, mentors ------------------------------------------------------------------------


async def _found_parties(stage: Stage) -> None:
    stage.clock.set(max(stage.clock.now(), moment(SET_UP)))
    await _found(stage, "county", PartyKind.COUNTY, "橘山县", COUNTY, parent=None)
    await _found(stage, "township", PartyKind.TOWNSHIP, "橘乡镇人民政府", TOWNSHIP, parent="county")
    parties = [
        ("federation", PartyKind.WOMENS_FEDERATION, "橘乡镇妇联", TOWNSHIP),
        ("health_centre", PartyKind.HEALTH_CENTRE, "橘乡镇卫生院", TOWNSHIP),
        ("youth_league", PartyKind.YOUTH_LEAGUE, "橘乡镇团委", TOWNSHIP),
        *((f"school-{one.index}", PartyKind.SCHOOL, one.name, TOWNSHIP) for one in stage.plan.schools),
        *((f"village-{one.index}", PartyKind.VILLAGE, one.name, one.division) for one in stage.plan.villages),
    ]
    await stage.together("各方 / Parties", [_found(stage, *party, parent="township") for party in parties])


async def _found(
    stage: Stage, name: str, kind: PartyKind, title: str, division: str, *, parent: str | None
) -> None:
    body = FoundOrganisation(
        kind=kind, name=title, division=division, parent_id=stage.ids[parent] if parent else None
    )
    by_operator = parent in {None, "county"}
    registry = stage.founder if by_operator else stage.registry(stage.township)
    stage.ids[name] = (await registry.found_organisation(body, key=stage.key("found", name))).id


async def _form_classes(stage: Stage, school: School) -> None:
    registry = stage.registry(stage.school(school.index))
    for grade in range(school.lowest, school.highest + 1):
        body = FormClass(name=f"{grade} 年级 1 班", grade=grade)
        key = stage.key("class", school.index, grade)
        receipt = await registry.form_class(stage.ids[f"school-{school.index}"], body, key=key)
        stage.ids[f"class-{school.index}-{grade}"] = receipt.class_id


def _places(stage: Stage) -> list[Coroutine[Any, Any, None]]:
    federation = stage.ids["federation"]
    stations = [
        OpenPlace(
            kind=PlaceKind.RIGHTS_STATION,
            name=f"{village.name}维权站",
            division=village.division,
            organisation_id=federation,
        )
        for village in stage.plan.villages
    ]
    stations.append(
        OpenPlace(
            kind=PlaceKind.RIGHTS_STATION,
            name="橘乡镇妇女儿童维权站",
            division=TOWNSHIP,
            organisation_id=federation,
        )
    )
    return [_open_place(stage, f"station-{i}", body) for i, body in enumerate(stations)]


async def open_home(stage: Stage) -> None:
    """The Children's Home at the centre school: two sessions a week."""
    body = OpenPlace(
        kind=PlaceKind.CHILDRENS_HOME,
        name="中心校留守儿童之家",
        division=TOWNSHIP,
        organisation_id=stage.ids["school-0"],
        opening_hours="周三、周六 / Wednesday and Saturday 14:00–16:00",
        sessions_per_week=2,
    )
    await stage.come_to(moment(HOME_OPENED, 15))
    await _open_place(stage, "home", body)


async def _open_place(stage: Stage, name: str, body: OpenPlace) -> None:
    registry = stage.registry(stage.federation)
    stage.ids[name] = (await registry.open_place(body, key=stage.key("place", name))).id


async def _enrol(stage: Stage, carer: Carer) -> None:
    mother = carer.school is None
    body = EnrolMentor(
        kind=MentorKind.SURROGATE_MOTHER if mother else MentorKind.TEACHER,
        name=carer.name,
        phone=carer.phone,
        capacity=1 if mother else 3,
    )
    pairing = stage.pairing(stage.federation if carer.school is None else stage.school(carer.school))
    mentor = (await pairing.enrol_mentor(body, key=stage.key("mentor", carer.index))).id
    stage.ids[f"mentor-{carer.index}"] = mentor
    check = RecordMentorCheck(on=date(2025, 3, 7))
    await pairing.record_mentor_check(mentor, check, key=stage.key("record check", carer.index))


# -- census ------------------------------------------------------------------------------------------


def _entry(child: ChildToBe, relation: GuardianRelation | None = None) -> CensusEntry:
    return CensusEntry(name=child.name, birth_date=child.born, guardianship=relation or child.guardianship)


async def _village_list(stage: Stage, census: UUID, village: Village) -> None:
    entries = [
        _entry(child)
        for child in stage.plan.of_village(village.index)
        if child.index not in FORGOTTEN_BY_VILLAGE
    ]
    entries += [_entry(child) for child in stage.plan.strangers[:2] if child.village == village.index]
    registry = stage.registry(stage.village(village.index))
    body = SubmitCensusList(entries=tuple(entries))
    await registry.submit_census_list(census, body, key=stage.key("list of village", village.index))


async def _school_list(stage: Stage, census: UUID, school: School) -> None:
    entries = [
        _entry(child, GuardianRelation.RELATIVE if child.index in LISTED_DIFFERENTLY else None)
        for child in stage.plan.of_school(school.index)
        if child.index not in FORGOTTEN_BY_SCHOOL
    ]
    entries += [_entry(child) for child in stage.plan.strangers[2:] if child.school == school.index]
    registry = stage.registry(stage.school(school.index))
    body = SubmitCensusList(entries=tuple(entries))
    await registry.submit_census_list(census, body, key=stage.key("list of school", school.index))


async def _settle(stage: Stage, census: UUID, difference: DifferenceView) -> None:
    truth = {(child.name, child.born): child for child in stage.plan.children}
    assert difference.name
    assert difference.birth_date
    assert difference.kind  # to the township that leads the round
    child = truth.get((difference.name, difference.birth_date))
    body = SettleDifference(
        name=difference.name,
        birth_date=difference.birth_date,
        kind=difference.kind,
        settlement=Settlement.COUNTED if child else Settlement.NOT_LEFT_BEHIND,
        guardianship=child.guardianship if child else None,
        reason="入户核实 / Checked at home" if child else "父母在家 / Parents at home",
    )
    key = stage.key("settled", difference.name, difference.birth_date)
    await stage.registry(stage.township).settle_difference(census, body, key=key)


# -- files -------------------------------------------------------------------------------------------


async def _open_file(stage: Stage, child: ChildToBe) -> None:
    registry = stage.registry(stage.school(child.school))
    sponsored = child in stage.plan.sponsored
    body = OpenChildFile(
        name=child.name,
        sex=child.sex,
        birth_date=child.born,
        resident_id=child.resident_id,
        ethnicity="汉族",
        address=Address(
            village=stage.plan.villages[child.village].division, group=f"{child.index % 4 + 1} 组"
        ),
        school_id=stage.ids[f"school-{child.school}"],
        class_id=stage.ids[f"class-{child.school}-{child.grade}"],
        boarding=child.school == 1,
        poverty=Poverty.LOW_INCOME if sponsored else Poverty.NONE,
        health_status="良好",
        hobbies=child.hobby,
        family_situation="父母外出务工" if len(child.parents) > 1 else "母亲外出务工，父亲已故",
    )
    opened = await registry.open_child_file(body, key=stage.key("file", child.index))
    stage.ids[child.key] = opened.id
    await _name_guardian(stage, child)
    for parent, person in child.parents:
        away = RecordParentAway(
            parent=parent,
            since=person.away_since or SET_UP,
            name=person.name,
            phone=person.phone,
            place=person.place,
            employer=person.employer,
        )
        await registry.record_parent_away(opened.id, away, key=stage.key("away", child.index, parent))
    if sponsored:
        hardship = CategoriseChild(
            category=CareCategory.HARDSHIP, reasons=(CareReason.POVERTY,), since=FILES_OPENED
        )
        await registry.categorise_child(opened.id, hardship, key=stage.key("category", child.index))


async def _name_guardian(stage: Stage, child: ChildToBe) -> None:
    person = child.guardian
    guardian = {
        "relation": child.guardianship,
        "name": person.name,
        "age": person.age,
        "phone": person.phone,
        "health": "一般",
        "literate": child.guardianship is not GuardianRelation.GRANDPARENT,
        "languages": person.languages,
        "capable": True,
    }
    registry = stage.registry(stage.school(child.school))
    body = NameGuardian.model_validate({"guardian": guardian})
    await registry.name_guardian(stage.ids[child.key], body, key=stage.key("guardian", child.index))


async def _issue_card(stage: Stage, child: ChildToBe) -> None:
    """The guardian first, then the parents: whom to call, in this order."""
    people: list[tuple[str, Relative]] = [(GUARDIAN_TITLES[child.guardianship], child.guardian)]
    people += [(TITLES[parent], person) for parent, person in child.parents]
    entries = tuple(
        CardEntry(relation=title, name=person.name, phone=person.phone, languages=person.languages)
        for title, person in people
    )
    registry = stage.registry(stage.village(child.village))
    body = IssueContactCard(entries=entries)
    await registry.issue_contact_card(stage.ids[child.key], body, key=stage.key("card", child.index))
