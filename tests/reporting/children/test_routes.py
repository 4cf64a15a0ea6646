"""Roster, timeline, map of care and to-do: whose rows they are, and what is never in them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.language import DataClass, PartyKind, Severity
from services.notify.events import (
    AlertAcknowledged,
    AlertEscalated,
    AlertHandedOver,
    AlertRaised,
    AlertSettled,
    Recipient,
    RuleName,
    Subject,
)
from services.notify.events import Relation as Told
from services.pairing.events import (
    ContactKind,
    ContactLogged,
    ContactWith,
    EarlierNotesOpened,
    MentorEnrolled,
    MentorKind,
    PairingAccepted,
    PairingEnded,
    PairingEndReason,
    PairingProposed,
)
from services.registry.events import Address, OrganisationFounded, SchoolChanged, VillageChanged
from services.reporting.client import ReportingClient
from services.reporting.reach import AUDIENCES
from services.reporting.todo.api import TodoStatus
from shared.access import Caller
from shared.client import NotAllowed, NotFound
from shared.testing.api import ServiceUnderTest, caller
from tests.reporting.marked import AT, CHILD, MENTOR, PAIRING, marked_child, markers
from tests.reporting.township import SCHOOLS, TOWNSHIP, VILLAGES, child, named

TOWN = caller("township", division=TOWNSHIP)
READERS = [
    TOWN,
    caller("womens_federation", division=TOWNSHIP),
    caller("school", organisation=SCHOOLS[0]),
    caller("village", division=VILLAGES[0]),
    caller("mentor", person=MENTOR),
]
STRANGERS = [
    caller("township", division="331082109"),
    caller("school", organisation=named("another-school")),
    caller("village", division=VILLAGES[1]),
    caller("mentor", person=named("mentor-0")),
]
KIND = pytest.mark.parametrize("who", READERS, ids=lambda who: who.kind)


@pytest.fixture(scope="module")
async def marked(year: ServiceUnderTest) -> ServiceUnderTest:
    """Scenario C, and one child whose every personal text is a marker."""
    for number, (service, event) in enumerate(marked_child()):
        year.neighbours[service].record(event, at=AT + timedelta(seconds=number))
    await year.caught_up()
    return year


async def everything(service: ServiceUnderTest, who: Caller) -> str:
    """All that this caller can get to read."""
    figures = await service.client(ReportingClient, who).get_indicators()
    links = {figure.records for figure in figures.figures if figure.records}
    links |= {part.records for figure in figures.figures for part in figure.parts if part.records}
    paths = [
        "/view",
        "/indicators",
        "/roster?limit=500",
        "/roster?exited=true",
        "/todo",
        "/care-map?limit=500",
    ]
    paths += [f"/children/{CHILD}/timeline?limit=500", *links]
    answers = [await service.request(who, "GET", path) for path in paths]
    return "\n".join(answer.text for answer in answers)


@pytest.mark.slow
@KIND
async def test_nothing_denied_ever_shows(marked: ServiceUnderTest, who: Caller) -> None:
    """No word of a class that the party may not read is in any answer; what it may read is."""
    read = await everything(marked, who)
    allowed = next(audience.reads for audience in AUDIENCES.values() if audience.kind == who.kind)
    for data_class in DataClass:
        if data_class not in allowed:
            assert not any(marker in read for marker in markers(data_class)), data_class
    assert markers(DataClass.IDENTITY)[0] in read
    if DataClass.CONTACT in allowed:
        assert markers(DataClass.CONTACT)[1] in read


@pytest.mark.parametrize("who", STRANGERS, ids=lambda who: f"{who.kind}:{who.scope.division}")
async def test_what_is_out_of_reach_is_not_there(marked: ServiceUnderTest, who: Caller) -> None:
    """Another party's child is 404, in no list and in no figure."""
    client = marked.client(ReportingClient, who)
    with pytest.raises(NotFound) as refused:
        await client.get_timeline(CHILD)
    assert refused.value.code == "child-unknown"
    assert str(CHILD) not in await everything(marked, who)


@KIND
async def test_the_roster_is_the_children_of_the_figure(marked: ServiceUnderTest, who: Caller) -> None:
    """A party's roster has as many lines as its figure says children, each once."""
    client = marked.client(ReportingClient, who)
    page = await client.list_roster(limit=40)
    ids = [line.child_id for line in page.items]
    while page.next:
        page = await client.list_roster(limit=40, cursor=page.next)
        ids += [line.child_id for line in page.items]
    assert len(ids) == len(set(ids)) == (await client.get_indicators()).figure("children").value


async def test_the_roster_can_be_searched(marked: ServiceUnderTest) -> None:
    """By name or file number, with the names of village and school and the number of mentors."""
    client = marked.client(ReportingClient, TOWN)
    (line,) = (await client.list_roster(search="-0007")).items
    assert (line.name, line.village_name, line.school_name, line.mentors) == (
        "化名7",
        "前山1村",
        "第1小学",
        1,
    )
    assert (await client.list_roster(search="%")).items == ()


@pytest.mark.parametrize("typed", ["化 名７", "化　名7", "化・名7", "化◦名7", "化。名７", "化·名 7"])
async def test_a_search_finds_a_name_however_it_is_typed(marked: ServiceUnderTest, typed: str) -> None:
    """Width, spaces and kinds of dots make no difference, as in the registry."""
    client = marked.client(ReportingClient, TOWN)
    plain = (await client.list_roster(search="化名7", limit=100)).items
    assert plain
    assert (await client.list_roster(search=typed, limit=100)).items == plain


async def test_a_roster_is_as_of_any_day(marked: ServiceUnderTest) -> None:
    """Before the census nobody was on it."""
    client = marked.client(ReportingClient, TOWN)
    assert (await client.list_roster(as_of=datetime(2025, 4, 1, tzinfo=UTC))).items == ()


async def test_a_mentor_looks_from_the_day_of_the_pairing(marked: ServiceUnderTest) -> None:
    """A mentor's timeline begins with the pairing; the school's began before."""
    mentor = marked.client(ReportingClient, caller("mentor", person=named("mentor-1")))
    school = marked.client(ReportingClient, caller("school", organisation=SCHOOLS[1]))
    seen = await mentor.get_timeline(child(1), limit=500)
    assert seen.items
    assert min(moment.on for moment in seen.items) == date(2025, 4, 20)
    assert min(moment.on for moment in (await school.get_timeline(child(1), limit=500)).items) < date(
        2025, 4, 20
    )


@pytest.mark.parametrize("opened", [False, True])
async def test_a_mentor_reads_what_was_recorded_since(marked: ServiceUnderTest, opened: bool) -> None:
    """Of one and the same day a mentor reads what came after the pairing; all by the supervisor's choice."""
    pairing, at = marked.neighbours["pairing"], datetime(2025, 12, 29, 4, tzinfo=UTC)
    ids = {"pairing_id": uuid4(), "child_id": child(5), "mentor_id": uuid4()}
    pairing.record(PairingProposed(**ids), at=at)
    if opened:
        pairing.record(EarlierNotesOpened(**ids), at=at)
    before, after, entered_late = uuid4(), uuid4(), uuid4()
    pairing.record(_talk(child(5), before, at), at=at)
    pairing.record(PairingAccepted(**ids, on=at.date()), at=at)
    pairing.record(_talk(child(5), after, at), at=at)
    pairing.record(_talk(child(5), entered_late, at - timedelta(days=3)), at=at)
    await marked.caught_up()
    mentor = marked.client(ReportingClient, caller("mentor", person=ids["mentor_id"]))
    moments = (await mentor.get_timeline(child(5), limit=500)).items
    seen = {moment.details.get("contact_id") for moment in moments if moment.type == "contact.logged"}
    assert str(after) in seen
    assert ({str(before), str(entered_late)} <= seen) is opened
    assert ("child.registered" in {moment.type for moment in moments}) is opened


def _talk(child_id: UUID, contact_id: UUID, at: datetime) -> ContactLogged:
    return ContactLogged(
        contact_id=contact_id,
        child_id=child_id,
        kind=ContactKind.TALK,
        with_whom=ContactWith.CHILD,
        at=at,
        succeeded=True,
    )


async def test_what_a_mentor_was_told_closes_with_the_pairing(marked: ServiceUnderTest) -> None:
    """To-do lines about a child are a mentor's while the pairing is."""
    pairing, at = marked.neighbours["pairing"], datetime(2025, 12, 29, 4, tzinfo=UTC)
    ids = {"pairing_id": uuid4(), "child_id": child(6), "mentor_id": uuid4()}
    pairing.record(PairingProposed(**ids), at=at)
    pairing.record(PairingAccepted(**ids, on=at.date()), at=at)
    told = Recipient(party=f"mentor:{ids['mentor_id']}", relation=Told.MENTOR, because="结对人", channels=())
    marked.neighbours["notify"].record(
        AlertRaised(
            alert_id=uuid4(),
            cause=f"contact_failed:{uuid4()}",
            rule=RuleName.CONTACT_FAILED,
            severity=Severity.WARNING,
            subject=Subject(child_id=child(6)),
            division=VILLAGES[0],
            title="联系未成功",
            summary="",
            since=at,
            due_at=at,
            raised_at=at,
            deliver_after=at,
            recipients=(told,),
        ),
        at=at,
    )
    await marked.caught_up()
    mentor = marked.client(ReportingClient, caller("mentor", person=ids["mentor_id"]))
    assert len((await mentor.list_todo()).items) == 1
    pairing.record(PairingEnded(**ids, reason=PairingEndReason.NOT_A_FIT, on=at.date()), at=at)
    await marked.caught_up()
    assert (await mentor.list_todo()).items == ()


async def test_the_map_of_care_shows_who_cares_for_whom(marked: ServiceUnderTest) -> None:
    """Every mentor with the children in their care; a mentor finds themselves."""
    town = await marked.client(ReportingClient, TOWN).get_care_map(limit=500)
    assert sum(len(line.children) for line in town.items) == 32
    assert all(pair.name for line in town.items for pair in line.children)
    (own,) = (await marked.client(ReportingClient, caller("mentor", person=MENTOR)).get_care_map()).items
    assert [pair.child_id for pair in own.children] == [CHILD]


async def test_the_youth_league_sees_its_volunteers_pairings_without_names(marked: ServiceUnderTest) -> None:
    """The league gets the pairings of its own volunteers, nobody's name, and nobody else's pairings."""
    league_id, at = uuid4(), datetime(2025, 12, 29, 4, tzinfo=UTC)
    ids = {"pairing_id": uuid4(), "child_id": child(7), "mentor_id": uuid4()}
    for service, event in (
        (
            "registry",
            OrganisationFounded(
                organisation_id=league_id, kind=PartyKind.YOUTH_LEAGUE, name="团委", division=TOWNSHIP
            ),
        ),
        (
            "pairing",
            MentorEnrolled(
                mentor_id=ids["mentor_id"],
                kind=MentorKind.VOLUNTEER,
                name="志愿者",
                phone="13900000000",
                organisation_id=league_id,
                division=TOWNSHIP,
                capacity=2,
            ),
        ),
        ("pairing", PairingProposed(**ids)),
        ("pairing", PairingAccepted(**ids, on=at.date())),
    ):
        marked.neighbours[service].record(event, at=at)
    await marked.caught_up()
    league = caller("youth_league", division=TOWNSHIP, organisation=league_id)
    page = await marked.client(ReportingClient, league).get_care_map(limit=500)
    assert [pair.child_id for line in page.items for pair in line.children] == [child(7)]
    assert all(line.name is None and line.phone is None for line in page.items)
    assert all(pair.name is None for line in page.items for pair in line.children)
    of_the_school = caller("youth_league", division=TOWNSHIP, organisation=SCHOOLS[0])
    with pytest.raises(NotAllowed) as refused:
        await marked.client(ReportingClient, of_the_school).get_care_map()
    assert refused.value.code == "scope-mismatch"
    nobody = caller("youth_league", division=TOWNSHIP)
    assert (await marked.client(ReportingClient, nobody).get_care_map()).items == ()


def raised(alert_id: object, due_at: datetime, *parties: str, severity: Severity) -> AlertRaised:
    return AlertRaised(
        alert_id=alert_id,
        cause=f"dropped_out:{alert_id}",
        rule=RuleName.DROPPED_OUT,
        severity=severity,
        subject=Subject(child_id=CHILD),
        division=VILLAGES[0],
        title="儿童辍学 / Dropped out",
        since=due_at,
        due_at=due_at,
        recipients=tuple(Recipient(party=party, relation=Told.TOWNSHIP, because="本镇") for party in parties),
        deliver_after=due_at,
        raised_at=due_at,
    )


async def test_the_todo_lists_ones_own_alerts_until_they_are_settled(marked: ServiceUnderTest) -> None:
    """A party sees what it was told, overdue by the clock, escalated ones too; settled ones are gone."""
    notify, first, second = marked.neighbours["notify"], uuid4(), uuid4()
    past, ahead = datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 20, tzinfo=UTC)
    town, village = f"township:{TOWNSHIP}", f"village:{VILLAGES[0]}"
    notify.record(raised(first, past, town, severity=Severity.URGENT), at=past)
    notify.record(raised(second, ahead, village, severity=Severity.REMINDER), at=past)
    told = (Recipient(party=town, relation=Told.TOWNSHIP, because="无人受理"),)
    escalated = AlertEscalated(alert_id=second, level=1, recipients=told, deliver_after=past, at=past)
    notify.record(escalated, at=past)
    notify.record(AlertAcknowledged(alert_id=second, by_party=village, at=past), at=past)
    await marked.caught_up()
    client = marked.client(ReportingClient, TOWN)
    lines = (await client.list_todo()).items
    assert [(line.alert_id, line.overdue, line.level) for line in lines] == [
        (first, True, 0),
        (second, False, 1),
    ]
    assert [line.alert_id for line in (await client.list_todo(overdue=True)).items] == [first]
    assert lines[1].status is TodoStatus.ACKNOWLEDGED
    view = await client.get_view()
    assert (view.todo_open, view.todo_overdue, view.todo_urgent, view.children) == (2, 1, 1, 194)
    notify.record(AlertSettled(alert_id=first, by_type="child.returned_to_school", at=past), at=past)
    await marked.caught_up()
    assert [line.alert_id for line in (await client.list_todo()).items] == [second]


async def test_a_mentors_past_closes_with_the_pairings_end(marked: ServiceUnderTest) -> None:
    """A former mentor cannot look back with `as_of`: who may look is judged now."""
    mentor = marked.client(ReportingClient, caller("mentor", person=MENTOR))
    before = datetime(2025, 12, 1, tzinfo=UTC)
    assert (await mentor.get_timeline(CHILD, as_of=before)).items
    assert (await mentor.list_roster(as_of=before)).items
    ended = PairingEnded(
        pairing_id=PAIRING,
        child_id=CHILD,
        mentor_id=MENTOR,
        reason=PairingEndReason.MENTOR_LEFT,
        on=date(2025, 12, 30),
    )
    marked.neighbours["pairing"].record(ended, at=datetime(2025, 12, 30, tzinfo=UTC))
    await marked.caught_up()
    assert (await mentor.list_roster(as_of=before)).items == ()
    with pytest.raises(NotFound):
        await mentor.get_timeline(CHILD, as_of=before)


async def test_a_school_that_the_child_has_left_keeps_its_figures_alone(marked: ServiceUnderTest) -> None:
    """As of a day before the move its figures count the child; rows are for the school the child is at."""
    school = marked.client(ReportingClient, caller("school", organisation=SCHOOLS[0]))
    before = datetime(2025, 12, 1, tzinfo=UTC)
    counted = (await school.get_indicators(as_of=before)).figure("children").value
    assert CHILD in {line.child_id for line in (await school.list_roster(as_of=before, limit=500)).items}
    moved = SchoolChanged(child_id=CHILD, school_id=SCHOOLS[1], on=date(2025, 12, 30))
    marked.neighbours["registry"].record(moved, at=datetime(2025, 12, 30, tzinfo=UTC))
    await marked.caught_up()
    assert (await school.get_indicators(as_of=before)).figure("children").value == counted
    assert CHILD not in {line.child_id for line in (await school.list_roster(as_of=before, limit=500)).items}
    records = await school.list_records("children", as_of=before, limit=500)
    assert records.lines == counted
    assert CHILD not in {line.child_id for line in records.items}
    with pytest.raises(NotFound):
        await school.get_timeline(CHILD, as_of=before)
    town = marked.client(ReportingClient, TOWN)
    then = await town.list_roster(as_of=before, school_id=SCHOOLS[0], limit=500)
    assert CHILD in {line.child_id for line in then.items}


async def test_a_child_that_moved_is_on_the_new_villages_roster(marked: ServiceUnderTest) -> None:
    """Rows are for the village where the child lives now."""
    moved = VillageChanged(
        child_id=child(7), address=Address(village=VILLAGES[1]), township=TOWNSHIP, on=date(2025, 12, 30)
    )
    marked.neighbours["registry"].record(moved, at=datetime(2025, 12, 30, tzinfo=UTC))
    await marked.caught_up()
    for village, lives in ((VILLAGES[1], True), (VILLAGES[0], False)):
        client = marked.client(ReportingClient, caller("village", division=village))
        lines = (await client.list_roster(limit=500)).items
        assert (child(7) in {line.child_id for line in lines}) is lives


async def test_the_todo_goes_with_the_child(marked: ServiceUnderTest) -> None:
    """After a move the former village has the line no longer, at once; the new one has it when it is told."""
    at, here, there = datetime(2025, 12, 30, 6, tzinfo=UTC), VILLAGES[0], VILLAGES[1]
    registry, notify = marked.neighbours["registry"], marked.neighbours["notify"]
    told = [
        Recipient(party=f"village:{village}", relation=Told.VILLAGE, because="本村")
        for village in (here, there)
    ]
    alert = raised(alert_id := uuid4(), at, severity=Severity.URGENT).model_copy(
        update={"rule": RuleName.NO_CAPABLE_GUARDIAN, "recipients": (told[0],)}
    )
    notify.record(alert, at=at)
    village, new = (
        marked.client(ReportingClient, caller("village", division=division)) for division in (here, there)
    )

    async def has_it(client: ReportingClient) -> list[UUID | None]:
        await marked.caught_up()
        todo = (await client.list_todo(limit=500)).items
        return [line.child_id for line in todo if line.alert_id == alert_id]

    assert await has_it(village) == [CHILD]
    moved = VillageChanged(child_id=CHILD, address=Address(village=there), township=TOWNSHIP, on=at.date())
    registry.record(moved, at=at)
    assert (await has_it(village), await has_it(new)) == ([], [])
    handed_over = AlertHandedOver(
        alert_id=alert_id,
        turn=1,
        former=(told[0].party,),
        recipients=(told[1],),
        escalation=(),
        reopened=True,
        division=there,
        village=there,
        school_id=None,
        deliver_after=at,
        at=at,
    )
    notify.record(handed_over, at=at)
    assert (await has_it(village), await has_it(new)) == ([], [CHILD])
