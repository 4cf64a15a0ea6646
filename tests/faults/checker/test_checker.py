"""The checker of fault trials notices what it is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from faults.cases import CASES
from faults.evidence import Evidence, Record
from faults.history import Answer, History, Operation
from faults.invariants import alerts_follow, each_once, log_is_sound, places_are_kept, reads_are_recorded
from faults.watermarks import ChildMark, Viewer
from guanai.stack import SERVICES
from services.language import DataClass, PartyKind, Severity
from services.notify.events import AlertRaised, RuleName, Subject
from services.pairing.events import MentorCapacityChanged, PairingAccepted
from services.registry.events import DangerCode, DangerReported
from shared.contracts import Receipt
from shared.messages import Event, Metadata, Recorded
from shared.testing.envelopes import as_recorded

NOW = datetime(2025, 4, 1, tzinfo=UTC)
REPORT = UUID(int=7)


def recorded(service: str, position: int, event: Event, key: UUID, actor: str = "somebody") -> Recorded:
    metadata = Metadata(actor=actor, party="p", division="339901", correlation_id=key, causation_id=key)
    return as_recorded(
        *(service, event, position),
        event_id=uuid4(),
        stream_type="report",
        stream_id=UUID(int=position),
        metadata=metadata,
        recorded_at=NOW,
    )


def reported() -> DangerReported:
    return DangerReported(
        report_id=REPORT,
        code=DangerCode.LIVING_ALONE,
        division="339901101201",
        how_found="-",
        raised_by="village:339901101201",
        at=NOW,
    )


def raised() -> AlertRaised:
    return AlertRaised(
        alert_id=uuid4(),
        cause=f"danger:{REPORT}:20250401T000000Z",
        rule=RuleName.DANGER,
        severity=Severity.URGENT,
        subject=Subject(report_id=REPORT),
        division="339901101201",
        title="-",
        summary="-",
        since=NOW,
        due_at=NOW,
        recipients=(),
        escalation=(),
        deliver_after=NOW,
        raised_at=NOW,
    )


def evidence(registry: Sequence[Recorded], notify: Sequence[Recorded], commands: dict[UUID, int]) -> Evidence:
    logs = {**dict.fromkeys(SERVICES, ()), "registry": registry, "notify": notify}
    return Evidence(
        logs,
        {service: commands if service == "registry" else {} for service in SERVICES},
        {service: len(log) for service, log in logs.items()},
        {service: [(one.position, one.event_id) for one in log] for service, log in logs.items()},
    )


def history(key: UUID, position: int) -> History:
    async def call(_: UUID) -> Receipt:
        raise NotImplementedError

    receipt = Receipt(id=uuid4(), version=1, position=f"registry:{position}")
    return History([Operation(0, "registry", "raise_danger_report", key, call, answer=receipt)])


KEY, OTHER = uuid4(), uuid4()
SOUND = evidence(
    [recorded("registry", 1, reported(), KEY)],
    [recorded("notify", 1, raised(), uuid4(), "service:notify")],
    {KEY: 1},
)


def test_what_is_sound_passes() -> None:
    """One report, acknowledged, in the log once, with one alert."""
    assert [*log_is_sound(SOUND), *each_once(history(KEY, 1), SOUND), *alerts_follow(SOUND, NOW)] == []


def test_an_acknowledged_command_that_is_not_there_is_noticed() -> None:
    """Lost."""
    assert any("not in the log" in said for said in each_once(history(uuid4(), 1), SOUND))


def test_an_event_that_nobody_asked_for_is_noticed() -> None:
    """A phantom, or a command that happened twice under another key."""
    assert any("nobody gave" in said for said in each_once(History(), SOUND))


def test_an_answer_with_another_position_is_noticed() -> None:
    """The answer must say where the log stood."""
    assert any("told position 9" in said for said in each_once(history(KEY, 9), SOUND))


def test_a_refused_command_in_the_log_is_noticed() -> None:
    """What was refused must not have happened."""
    refused = history(KEY, 1)
    refused.deeds[0].answer, refused.deeds[0].refused = None, "some-rule"
    assert any("refused (some-rule) and written" in said for said in each_once(refused, SOUND))


def test_a_command_that_happened_twice_is_noticed() -> None:
    """Its events stand at two places."""
    log = [
        recorded("registry", position, reported(), key) for position, key in ((1, KEY), (2, OTHER), (3, KEY))
    ]
    twice = evidence(log, [], {KEY: 3, OTHER: 2})
    assert any("do not stand together, [1, 3]" in said for said in each_once(history(KEY, 3), twice))


async def test_another_answer_to_a_repeat_is_noticed() -> None:
    """Every answer after a retry equals the first."""
    told = history(KEY, 1)

    async def forgetful(_: UUID) -> Receipt:
        return Receipt(id=uuid4(), version=1, position="registry:1")

    told.deeds[0].call = forgetful
    await told.repeat(told.deeds[0])
    assert any("I1 registry raise_danger_report: repeated, got" in said for said in told.wrong)


def test_a_mentor_with_too_many_children_is_noticed() -> None:
    """Two who race for the last place must not both get it."""
    mentor = uuid4()
    log = [recorded("pairing", 1, MentorCapacityChanged(mentor_id=mentor, capacity=1), KEY)]
    for position in (2, 3):
        accepted = PairingAccepted(pairing_id=uuid4(), child_id=uuid4(), mentor_id=mentor, on=NOW.date())
        log.append(recorded("pairing", position, accepted, OTHER))
    said = list(places_are_kept(History(), replace(SOUND, logs={**SOUND.logs, "pairing": log})))
    assert said == [f"I1 pairing: mentor {mentor} cares for more than they can"]


def test_a_gap_in_log_or_stream_is_noticed() -> None:
    """Positions are dense, and the stream holds the log."""
    gap = evidence([recorded("registry", 2, reported(), KEY)], SOUND.logs["notify"], {KEY: 2})
    assert any("positions" in said for said in log_is_sound(gap))
    torn = replace(SOUND, streams={**SOUND.streams, "registry": []})
    assert any("stream" in said for said in log_is_sound(torn))


def test_alerts_missing_doubled_or_invented_are_noticed() -> None:
    """Each fact, one alert; no alert without a fact."""
    missing = evidence(SOUND.logs["registry"], [], {KEY: 1})
    assert any("no alert of danger" in said for said in alerts_follow(missing, NOW))
    twice = [*SOUND.logs["notify"], recorded("notify", 2, raised(), uuid4(), "service:notify")]
    assert any("2 alerts" in said for said in alerts_follow(evidence(SOUND.logs["registry"], twice, {}), NOW))
    invented = evidence([], SOUND.logs["notify"], {})
    assert any("of which no log tells" in said for said in alerts_follow(invented, NOW))


def test_a_leak_is_noticed() -> None:
    """A class that the reader may not read, or another village's child."""
    whose = ChildMark(village=0, school=1)
    health, name, phone = whose.text(DataClass.HEALTH), whose.text(DataClass.IDENTITY), whose.phone(3)
    assert list(Viewer(PartyKind.VILLAGE, village=0).denied(f"{name} {phone}")) == []
    assert list(Viewer(PartyKind.VILLAGE, village=0).denied(health)) == ["village 0 saw health of v0s1"]
    assert list(Viewer(PartyKind.VILLAGE, village=1).denied(name)) == ["village 1 saw identity of v0s1"]
    aggregated = Viewer(PartyKind.COUNTY)
    assert list(aggregated.denied(f"…{phone}")) == ["county saw contact of v0s1"]


def test_every_case_has_a_name_of_its_own() -> None:
    """`--only` picks one."""
    assert len({case.name for case in CASES}) == len(CASES)


# -- I4 ----------------------------------------------------------------------------------------------

READ = Answer("registry", uuid4(), "school", "GET /children", frozenset({"identity", "health"}))


def on_record(*records: tuple[UUID, Record]) -> Evidence:
    return replace(SOUND, accesses={**{service: {} for service in SERVICES}, "registry": dict(records)})


def test_a_read_that_is_on_record_passes() -> None:
    """The same reader, and every class that was seen; the record may know of more."""
    record = Record("school", READ.classes | {"contact"})
    assert [*reads_are_recorded([READ], on_record((READ.trace_id, record)))] == []


def test_a_read_without_a_record_is_noticed() -> None:
    """Lost, or never written."""
    (said,) = reads_are_recorded([READ], on_record((uuid4(), Record("school", READ.classes))))
    assert "GET /children" in said
    assert "health, identity and is not on record" in said


def test_another_reader_on_record_is_noticed() -> None:
    """A record that names somebody else is none."""
    (said,) = reads_are_recorded([READ], on_record((READ.trace_id, Record("village", READ.classes))))
    assert "on record as village's" in said


def test_a_class_that_the_record_does_not_name_is_noticed() -> None:
    """What the answer really held must all stand in it."""
    (said,) = reads_are_recorded(
        [READ], on_record((READ.trace_id, Record("school", frozenset({"identity"}))))
    )
    assert "held health, the record says identity" in said


def test_a_text_tells_its_class() -> None:
    """Whoever reads an answer knows from the marks alone which classes are in it."""
    whose, viewer = ChildMark(0, 1), Viewer(PartyKind.SCHOOL, school=1)
    text = f"{whose.text(DataClass.HEALTH)} {whose.phone(3)}"
    assert viewer.classes(text) == {"health", "contact"}
    assert viewer.classes("nothing of anybody") == frozenset()
