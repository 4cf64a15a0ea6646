"""May to December: pairings, weeks of contact, the Children's Home, festivals, checkups, help, a rescue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from guanai.demo.boy import contacts_of_the_boy
from guanai.demo.stage import Stage, moment
from guanai.demo.township import PAINTERS, SURROGATE_MOTHERS, Carer, ChildToBe
from services.pairing.client import (
    AcceptPairing,
    HoldActivity,
    HoldHomeSession,
    LogContact,
    LogContacts,
    PayInstalment,
    ProposePairing,
    PublishPublicity,
    RecordCondolenceVisit,
    StartSponsorship,
    WriteDiaryEntry,
)
from services.pairing.events import (
    ActivityKind,
    ContactKind,
    ContactWith,
    FailureReason,
    PublicityChannel,
)
from services.registry.client import RecheckFile

PAIRED = date(2025, 5, 6)
PAIRED_LATE = date(2025, 9, 8)
FIRST_WEEK = date(2025, 5, 11)
"""A Sunday: on Sunday evenings the week's contacts are written down."""
WEEKS = 34
RECHECK = date(2025, 10, 20)
ONE_SESSION_WEEK = 20
"""The week in which the Children's Home was open only once."""
SILENT_MENTOR, SILENT_WEEKS = 3, range(22, 28)
"""A surrogate mother who writes nothing down for six weeks."""
VISIT_WEEKS = (5, 24)
"""Weeks in which every family is visited: once a term."""
DIARY_WEEKS = 4
DIARY = (
    "主动跟同学打招呼了 / Greets classmates first",
    "数学进步，背诵仍吃力 / Better at sums, reciting is still hard",
    "想妈妈，视频后开心 / Misses mother, happy after the call",
    "帮奶奶做饭，懂事 / Helps grandmother cook",
)
YEARLY_AMOUNT = Decimal("1200.00")
SESSIONS = 2 * WEEKS - 1
TEACHERS_AT_HOME = 2

SOCIAL_CALENDAR = {
    3: (ActivityKind.SHOW, "“六一”儿童节文艺汇演 / Children's Day show", 60, 160),
    6: (ActivityKind.GUARDIAN_TRAINING, "隔代家长课堂 / Lesson for grandparents", 0, 84),
    17: (ActivityKind.RIGHTS_MONTH, "维权宣传月 / Rights month", 193, 40),
    21: (ActivityKind.EXCHANGE_MEETING, "代理妈妈经验交流会 / Surrogate mothers' exchange", 0, 23),
    25: (ActivityKind.PAINTING, "橘子节百名儿童绘画 / Orange festival painting", PAINTERS, 0),
}
"""Week → kind, title, children with a file, guests."""
PUBLICITY = (
    (PublicityChannel.RADIO, "镇广播：关爱在身边", date(2025, 5, 30)),
    (PublicityChannel.TELEVISION, "县电视台：十一位代理妈妈", date(2025, 6, 10)),
    (PublicityChannel.NEWSPAPER, "县报：留守儿童之家的周三", date(2025, 9, 25)),
    (PublicityChannel.WEB, "妇联网站：橘子节上的一百支画笔", date(2025, 11, 4)),
    (PublicityChannel.MEETING, "全县现场会", date(2025, 11, 20)),
)


# -- pairing and sponsorship -------------------------------------------------------------------------


async def pair(stage: Stage) -> None:
    """Each child gets somebody, but for six who wait until September."""
    await stage.come_to(moment(PAIRED))
    early = [(carer, child) for carer, child in _meant(stage) if child not in stage.plan.late_paired]
    deeds = [_pair_up(stage, carer, child, PAIRED) for carer, child in early]
    await stage.together("结对 / Pairings", deeds)


async def pair_late(stage: Stage) -> None:
    """The six find a mentor at the start of the school year."""
    late = [(carer, child) for carer, child in _meant(stage) if child in stage.plan.late_paired]
    deeds = [_pair_up(stage, carer, child, PAIRED_LATE) for carer, child in late]
    await stage.together("秋季补结对 / Late pairings", deeds)


def _meant(stage: Stage) -> Iterator[tuple[Carer, int]]:
    return ((carer, child) for carer in stage.plan.carers for child in carer.children)


async def _pair_up(stage: Stage, carer: Carer, child: int, day: date) -> None:
    caller = stage.federation if carer.school is None else stage.school(carer.school)
    proposal = ProposePairing(
        child_id=stage.ids[f"child-{child}"],
        mentor_id=stage.ids[f"mentor-{carer.index}"],
        reason="一对一代理妈妈" if carer.school is None else "同校教师",
    )
    pairing = stage.pairing(caller)
    proposed = await pairing.propose_pairing(proposal, key=stage.key("proposed", carer.index, child))
    stage.ids[f"pairing-{child}"] = proposed.id
    mentor = stage.pairing(stage.mentor(carer.index))
    await mentor.accept_pairing(
        proposed.id, AcceptPairing(on=day), key=stage.key("accepted", carer.index, child)
    )


async def sponsor(stage: Stage) -> None:
    """Four children in hardship get a sponsor, and the year's first money."""
    await stage.together(
        "资助 / Sponsorships", [_start_sponsorship(stage, child) for child in stage.plan.sponsored]
    )


async def _start_sponsorship(stage: Stage, child: ChildToBe) -> None:
    body = StartSponsorship(
        child_id=stage.ids[child.key],
        sponsor=f"爱心人士{child.index}",
        yearly_amount=YEARLY_AMOUNT,
        since=PAIRED,
    )
    pairing = stage.pairing(stage.federation)
    started = await pairing.start_sponsorship(body, key=stage.key("sponsorship", child.index))
    stage.ids[f"sponsorship-{child.index}"] = started.id


async def pay_and_visit(stage: Stage, half: int, day: date) -> None:
    """Half a year's money for each sponsored child, brought on a condolence visit."""
    pairing = stage.pairing(stage.federation)
    for child in stage.plan.sponsored:
        sponsorship = stage.ids[f"sponsorship-{child.index}"]
        money = PayInstalment(amount=YEARLY_AMOUNT / 2, on=day)
        await pairing.pay_instalment(sponsorship, money, key=stage.key("instalment", child.index, half))
        visit = RecordCondolenceVisit(on=day, note="送学习用品 / Brought stationery")
        await pairing.record_condolence_visit(
            sponsorship, visit, key=stage.key("condolence", child.index, half)
        )


# -- a week ------------------------------------------------------------------------------------------


async def play_week(stage: Stage, week: int) -> None:
    """What happened from Monday to Sunday, written down on Sunday."""
    await stage.come_to(writing_time(week))
    deeds = [_log_week(stage, school.index, week) for school in stage.plan.schools]
    deeds += [_hold_session(stage, week, day) for day in _session_days(week)]
    if week in SOCIAL_CALENDAR:
        deeds.append(_hold_activity(stage, week))
    await stage.together("", deeds)
    await write_diaries(stage, week)
    stage.progress("一周又一周 / Week by week", week + 1, WEEKS)


def sunday_of(week: int) -> date:
    """The day on which the week is written down."""
    return FIRST_WEEK + timedelta(weeks=week)


def writing_time(week: int) -> datetime:
    """Ten minutes earlier each Sunday, so that what is due every seven or fourteen days is never late."""
    return moment(sunday_of(week), 21) - week * timedelta(minutes=10)


async def _log_week(stage: Stage, school: int, week: int) -> None:
    pupils = [child for child in stage.plan.of_school(school) if child is not stage.plan.boy]
    contacts = [contact for child in pupils for contact in _contacts(stage, child, week)]
    if stage.plan.boy.school == school:
        contacts += contacts_of_the_boy(stage, week, sunday_of(week))
    if contacts:
        stage.tally.update(_tallied(contacts))
        body = LogContacts(contacts=tuple(contacts))
        await stage.pairing(stage.school(school)).log_contacts(body, key=stage.key("contacts", school, week))


def _tallied(contacts: list[LogContact]) -> Iterator[str]:
    for contact in contacts:
        yield "contacts"
        if contact.succeeded:
            yield "contacts_succeeded"
            yield contact.kind.value


def _contacts(stage: Stage, child: ChildToBe, week: int) -> Iterator[LogContact]:
    """A call with the parents each week, the mentor every other week, a home visit each term."""
    at = writing_time(week) - timedelta(minutes=child.index % 9)
    yield from _parents_call(stage, child, week, at)
    if _mentor_is_due(stage, child, week):
        yield _mentor_contact(stage, child, week, at)
    if week in VISIT_WEEKS:
        yield LogContact(
            child_id=stage.ids[child.key],
            kind=ContactKind.HOME_VISIT,
            with_whom=ContactWith.GUARDIAN,
            at=at - timedelta(days=2),
            minutes=40,
            succeeded=True,
            pairing_id=_pairing(stage, child, week),
        )


def _parents_call(stage: Stage, child: ChildToBe, week: int, at: datetime) -> Iterator[LogContact]:
    missed = (child.index * 7 + week) % 131 == 0
    if missed:
        yield LogContact(
            child_id=stage.ids[child.key],
            kind=ContactKind.VIDEO_CALL,
            with_whom=ContactWith.FATHER,
            at=at - timedelta(hours=2),
            succeeded=False,
            failure=FailureReason.NO_ANSWER,
        )
    yield LogContact(
        child_id=stage.ids[child.key],
        kind=ContactKind.VIDEO_CALL,
        with_whom=ContactWith.MOTHER if week % 2 or missed or len(child.parents) == 1 else ContactWith.FATHER,
        at=at,
        minutes=15,
        succeeded=True,
    )


def _mentor_is_due(stage: Stage, child: ChildToBe, week: int) -> bool:
    if child.index == SILENT_MENTOR and week in SILENT_WEEKS:
        return False
    if _pairing(stage, child, week) is None:
        return False
    since = PAIRED_LATE if child.index in stage.plan.late_paired else PAIRED
    first = sunday_of(week) - timedelta(days=13) <= since
    return first or (child.index + week) % 2 == 0


def _pairing(stage: Stage, child: ChildToBe, week: int) -> UUID | None:
    """The child's pairing, if it was there by the Monday of the week."""
    since = PAIRED_LATE if child.index in stage.plan.late_paired else PAIRED
    return stage.ids.get(f"pairing-{child.index}") if sunday_of(week) - timedelta(days=6) > since else None


def _mentor_contact(stage: Stage, child: ChildToBe, week: int, at: datetime) -> LogContact:
    surrogate = child.index < SURROGATE_MOTHERS
    kinds = (ContactKind.SHARED_MEAL, ContactKind.TALK, ContactKind.TUTORING)
    return LogContact(
        child_id=stage.ids[child.key],
        kind=ContactKind.SHARED_MEAL if surrogate else kinds[(child.index + week // 2) % 3],
        with_whom=ContactWith.CHILD,
        at=at,
        minutes=30,
        succeeded=True,
        pairing_id=stage.ids[f"pairing-{child.index}"],
    )


# -- growth diaries ----------------------------------------------------------------------------------


async def write_diaries(stage: Stage, week: int) -> None:
    """Every fourth week each mentor writes an entry of the child, but for the one who is silent then."""
    if week % DIARY_WEEKS == DIARY_WEEKS - 1:
        writing = [(carer, child) for carer, child in _meant(stage) if _writes(stage, child, week)]
        await stage.together("", [_write_diary(stage, carer, child, week) for carer, child in writing])


def _writes(stage: Stage, child: int, week: int) -> bool:
    silent = child == SILENT_MENTOR and week in SILENT_WEEKS
    return not silent and _pairing(stage, stage.plan.children[child], week) is not None


async def _write_diary(stage: Stage, carer: Carer, child: int, week: int) -> None:
    body = WriteDiaryEntry(
        child_id=stage.ids[f"child-{child}"], on=sunday_of(week), text=DIARY[(child + week) % len(DIARY)]
    )
    stage.tally["diary_entries"] += 1
    mentor = stage.pairing(stage.mentor(carer.index))
    await mentor.write_diary_entry(body, key=stage.key("diary", child, week))


# -- the Children's Home, activities, publicity, re-checks -------------------------------------------


def _session_days(week: int) -> tuple[date, ...]:
    sunday = sunday_of(week)
    wednesday, saturday = sunday - timedelta(days=4), sunday - timedelta(days=1)
    return (saturday,) if week == ONE_SESSION_WEEK else (wednesday, saturday)


async def _hold_session(stage: Stage, week: int, day: date) -> None:
    pupils = stage.plan.of_school(0)
    present = [stage.ids[child.key] for child in pupils if (child.index + day.toordinal()) % 3]
    teachers = [carer.name for carer in stage.plan.carers if carer.school == 0]
    first = week % (len(teachers) - 1)
    stage.tally["attendance"] += len(present)
    body = HoldHomeSession(
        place_id=stage.ids["home"],
        on=day,
        minutes=120,
        staff=tuple(teachers[first : first + TEACHERS_AT_HOME]),
        children=tuple(present),
        programme="作业辅导、亲情视频 / Homework, calls home",
    )
    await stage.pairing(stage.school(0)).hold_home_session(body, key=stage.key("session", day))


async def _hold_activity(stage: Stage, week: int) -> None:
    kind, title, with_file, guests = SOCIAL_CALENDAR[week]
    body = HoldActivity(
        kind=kind,
        title=title,
        on=sunday_of(week),
        minutes=120,
        children=tuple(stage.ids[child.key] for child in stage.plan.children[:with_file]),
        guests=guests,
    )
    await stage.pairing(stage.federation).hold_activity(body, key=stage.key("activity", week))


async def publish(stage: Stage) -> None:
    """Five items, written down at the end of the year."""
    deeds = [
        stage.pairing(stage.federation).publish_publicity(
            PublishPublicity(channel=channel, title=title, on=day), key=stage.key("publicity", title)
        )
        for channel, title, day in PUBLICITY
    ]
    await stage.together("宣传 / Publicity", deeds)


async def recheck(stage: Stage) -> None:
    """Half a year after they were opened all files are held against reality again."""
    await stage.come_to(moment(RECHECK))
    deeds = [
        stage.registry(stage.village(child.village)).recheck_file(
            stage.ids[child.key], RecheckFile(on=RECHECK), key=stage.key("recheck", child.index)
        )
        for child in stage.plan.children
    ]
    await stage.together("档案复核 / Files re-checked", deeds)
