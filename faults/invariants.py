"""I1: nothing acknowledged is lost or doubled. I4: reads are on record. I5: alerts follow from the facts.

And the log is sound.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from faults.evidence import Evidence
from faults.history import Answer, History, Operation
from guanai.stack import SERVICES
from services.notify.events import EVENTS as NOTIFY
from services.notify.events import AlertRaised, RuleName
from services.pairing.events import EVENTS as PAIRING
from services.pairing.events import (
    ContactLogged,
    MentorCapacityChanged,
    MentorEnrolled,
    PairingAccepted,
    PairingEnded,
)
from services.registry.events import EVENTS as REGISTRY
from services.registry.events import DangerReported, FindingRaised, GuardianReplaced
from shared.messages import Event, EventTypes, Recorded

FINDING_DAYS = timedelta(days=14)
Cause = tuple[str, str]
"""Rule, and the id that the rule's alerts are about."""


# -- the log and the stream --------------------------------------------------------------------------


def log_is_sound(evidence: Evidence) -> Iterator[str]:
    """Positions and versions are dense, times never run back; stream and cursor say what the log says."""
    for service in SERVICES:
        log = evidence.logs[service]
        if [one.position for one in log] != list(range(1, len(log) + 1)):
            yield f"I1 {service}: positions are not 1..{len(log)}"
        if len({one.event_id for one in log}) != len(log):
            yield f"I1 {service}: an event id stands twice"
        versions: Counter[UUID] = Counter()
        for one in log:
            versions[one.stream_id] += 1
            if one.version != versions[one.stream_id]:
                yield f"I1 {service}: version {one.version} of {one.stream_id} is not its next"
        if any(later.recorded_at < former.recorded_at for former, later in pairwise(log)):
            yield f"I1 {service}: recorded_at runs back"
        stream = evidence.streams[service]
        if [(one.position, one.event_id) for one in log] != list(stream):
            yield f"I1 {service}: the stream ({len(stream)} messages) is not the log ({len(log)} events)"
        if evidence.cursors[service] != len(log):
            yield f"I1 {service}: cursor {evidence.cursors[service]} of {len(log)}"


# -- I1 ----------------------------------------------------------------------------------------------


def each_once(history: History, evidence: Evidence) -> Iterator[str]:
    """Every acknowledged command stands in the log once, refused ones never, unanswered ones at most once."""
    caused = {service: evidence.caused_by(service) for service in SERVICES}
    known = {operation.key for operation in history.deeds}
    for operation in history.deeds:
        yield from _deed(
            operation, caused[operation.service].get(operation.key, ()), evidence.commands[operation.service]
        )
    for service in SERVICES:
        for key in caused[service].keys() - known:
            yield f"I1 {service}: events of a command that nobody gave, {key}"


def _deed(operation: Operation, events: object, commands: object) -> Iterator[str]:
    assert isinstance(commands, dict)
    written = [one for one in events if isinstance(one, Recorded)] if isinstance(events, list) else []
    where = f"I1 {operation.service} {operation.name} {operation.key}"
    positions = [one.position for one in written]
    if positions and positions != list(range(positions[0], positions[-1] + 1)):
        yield f"{where}: its events do not stand together, {positions}"
    if operation.refused is not None and (written or operation.key in commands):
        yield f"{where}: refused ({operation.refused}) and written at {positions}"
    if operation.answer is None:
        return
    if operation.key not in commands:
        yield f"{where}: acknowledged and not in the log"
    elif commands[operation.key] != operation.position:
        yield f"{where}: told position {operation.position}, stands at {commands[operation.key]}"
    if written and positions[-1] != operation.position:
        yield f"{where}: told position {operation.position}, its events end at {positions[-1]}"


def places_are_kept(history: History, evidence: Evidence) -> Iterator[str]:
    """No mentor cares for more children than they can; of each race as many won as there were places."""
    capacity: dict[UUID, int] = {}
    cared: dict[UUID, set[UUID]] = defaultdict(set)
    for event, _ in decoded(evidence, PAIRING):
        match event:
            case MentorEnrolled() | MentorCapacityChanged():
                capacity[event.mentor_id] = event.capacity
            case PairingAccepted():
                cared[event.mentor_id].add(event.pairing_id)
                if len(cared[event.mentor_id]) > capacity[event.mentor_id]:
                    yield f"I1 pairing: mentor {event.mentor_id} cares for more than they can"
            case PairingEnded():
                for pairings in cared.values():
                    pairings.discard(event.pairing_id)
    for mentor_id, asked, won in history.facts.get("race", ()):
        if won != min(asked, capacity.get(mentor_id, 0)) or won != len(cared[mentor_id]):
            yield f"I1 pairing: {asked} wanted the place of {mentor_id}, {won} were told yes"


# -- I4 ----------------------------------------------------------------------------------------------


def reads_are_recorded(answers: Iterable[Answer], evidence: Evidence) -> Iterator[str]:
    """Every answer in which somebody saw a personal value has its record, with the reader and the classes."""
    for answer in answers:
        record = evidence.accesses[answer.service].get(answer.trace_id)
        where = f"I4 {answer.service}: {answer.asked} by {answer.kind} ({answer.trace_id.hex})"
        if record is None:
            yield f"{where} held {', '.join(sorted(answer.classes))} and is not on record"
        elif record.kind != answer.kind:
            yield f"{where} is on record as {record.kind}'s"
        elif missing := answer.classes - record.classes:
            yield f"{where} held {', '.join(sorted(missing))}, the record says {', '.join(record.classes)}"


# -- I5 ----------------------------------------------------------------------------------------------


def expected_alerts(evidence: Evidence, now: datetime) -> set[Cause]:
    """What must have been raised by the facts in the logs, by rules that count at once."""
    expected: set[Cause] = set()
    for event, _ in decoded(evidence, REGISTRY):
        match event:
            case DangerReported():
                expected.add((RuleName.DANGER, str(event.report_id)))
            case FindingRaised() if _begins(event.on) + FINDING_DAYS <= now:
                expected.add((RuleName.FINDING_OPEN, str(event.finding_id)))
            case GuardianReplaced():
                expected.add((RuleName.GUARDIAN_CHANGED, str(event.child_id)))
    latest: dict[UUID, tuple[datetime, int, bool]] = {}
    for event, recorded in decoded(evidence, PAIRING):
        if isinstance(event, ContactLogged):
            said = (event.at, recorded.position, event.succeeded)
            latest[event.child_id] = max(latest.get(event.child_id, said), said)
    expected |= {
        (RuleName.CONTACT_FAILED, str(child)) for child, (_, _, succeeded) in latest.items() if not succeeded
    }
    return expected


def alerts_follow(evidence: Evidence, now: datetime) -> Iterator[str]:
    """None missing, none twice for one cause, none without a fact."""
    raised: Counter[str] = Counter()
    about: set[Cause] = set()
    for event, _ in decoded(evidence, NOTIFY):
        if isinstance(event, AlertRaised):
            raised[event.cause] += 1
            rule, key, _ = event.cause.split(":", 2)
            about.add((rule, key))
    yield from (
        f"I5 notify: {count} alerts of one cause, {cause}" for cause, count in raised.items() if count > 1
    )
    yield from (f"I5 notify: no alert of {rule} about {key}" for rule, key in missing_alerts(evidence, now))
    known = _subjects(evidence)
    yield from (
        f"I5 notify: an alert of {rule} about {key}, of which no log tells"
        for rule, key in about
        if key not in known
    )


def missing_alerts(evidence: Evidence, now: datetime) -> set[Cause]:
    """Expected and not raised."""
    about = set()
    for event, _ in decoded(evidence, NOTIFY):
        if isinstance(event, AlertRaised):
            rule, key, _ = event.cause.split(":", 2)
            about.add((rule, key))
    return expected_alerts(evidence, now) - about


def _subjects(evidence: Evidence) -> set[str]:
    found: set[str] = set()
    for service in ("registry", "pairing"):
        for recorded in evidence.logs[service]:
            found.add(str(recorded.stream_id))
            found |= {str(value) for name, value in recorded.data.items() if name.endswith("_id")}
    return found


def _begins(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def decoded(evidence: Evidence, types: EventTypes) -> Iterator[tuple[Event, Recorded]]:
    """The events of a service's log."""
    for recorded in evidence.logs[types.service]:
        yield types.decode(recorded), recorded
