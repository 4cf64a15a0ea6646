"""Notify's read models, folded in memory: the same facts give the same rows, however the logs interleave."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from services.notify.alerts.events import AlertEscalated, AlertRaised, AlertSettled
from services.notify.alerts.views import alert_views
from services.notify.deliveries.events import DeliveryAttempted, Outcome
from services.notify.deliveries.rules import TAKEN, with_status
from services.notify.deliveries.views import delivery_views
from services.notify.dues.views import due_dates
from services.notify.events import EVENTS as NOTIFY
from services.notify.rulebook.events import RuleName
from services.notify.terms import Channel, Recipient, Relation, Subject
from services.pairing import events as pairing
from services.registry import events as registry
from shared.messages import Event, EventTypes, Recorded
from shared.projections.folding import fold_rows
from shared.testing.envelopes import as_recorded

START = datetime(2025, 3, 3, 2, tzinfo=UTC)
CHILDREN, MENTOR = (UUID(int=1), UUID(int=2)), UUID(int=3)


def log_of(types: EventTypes, events: list[Event]) -> list[Recorded]:
    """The events as a service's log holds them."""
    return [
        as_recorded(
            types.service, event, position, version=position, recorded_at=START + timedelta(days=position)
        )
        for position, event in enumerate(events, start=1)
    ]


def registered(child_id: UUID) -> registry.ChildRegistered:
    return registry.ChildRegistered(
        child_id=child_id,
        file_number="1",
        name="某某",
        sex=registry.Sex.FEMALE,
        birth_date=date(2015, 1, 1),
        address=registry.Address(village="331082104001"),
        township="331082104",
    )


children = st.sampled_from(CHILDREN)
days = st.integers(0, 30).map(lambda number: (START + timedelta(days=number)).date())
of_registry = st.one_of(
    children.map(registered),
    st.builds(registry.DroppedOut, child_id=children, on=days),
    st.builds(registry.ReturnedToSchool, child_id=children, on=days),
    st.builds(registry.FileRechecked, child_id=children, on=days),
    st.builds(registry.ChildExited, child_id=children, reason=st.sampled_from(registry.ExitReason), on=days),
    st.builds(
        registry.ChildCategorised,
        child_id=children,
        category=st.sampled_from(registry.CareCategory),
        reasons=st.just(()),
        since=days,
    ),
)
pairing_ids = st.integers(10, 12).map(lambda number: UUID(int=number))
of_pairing = st.one_of(
    st.builds(
        pairing.PairingAccepted,
        pairing_id=pairing_ids,
        child_id=children,
        mentor_id=st.just(MENTOR),
        on=days,
    ),
    st.builds(
        pairing.PairingEnded,
        pairing_id=pairing_ids,
        child_id=children,
        mentor_id=st.just(MENTOR),
        reason=st.sampled_from(pairing.PairingEndReason),
        on=days,
    ),
    st.builds(
        pairing.ContactLogged,
        contact_id=st.uuids(),
        child_id=children,
        kind=st.sampled_from(pairing.ContactKind),
        with_whom=st.sampled_from(pairing.ContactWith),
        at=st.integers(0, 30).map(lambda number: START + timedelta(days=number)),
        mentor_id=st.just(MENTOR),
        succeeded=st.booleans(),
    ),
)


@settings(max_examples=60)
@given(st.lists(of_registry, max_size=8), st.lists(of_pairing, max_size=8), st.randoms(use_true_random=False))
def test_dues_do_not_depend_on_how_the_logs_interleave(
    first: list[Event], second: list[Event], chance: Any
) -> None:
    """Registry's events before pairing's, after, or mixed: the same rows, but for which fact came last."""
    one, other = log_of(registry.EVENTS, first), log_of(pairing.EVENTS, second)
    mixed, left, right = [], list(one), list(other)
    while left or right:
        mixed.append((left if left and (not right or chance.random() < 0.5) else right).pop(0))
    assert facts(mixed) == facts([*one, *other])


def facts(events: list[Recorded]) -> dict[Any, Any]:
    rows = fold_rows(due_dates, events)["dues"]
    told = ("since", "standing", "key_support", "cause", "needs", "covers")
    return {key: {name: row[name] for name in told} for key, row in rows.items()}


ALERT = uuid4()


def recipient(party: str, *channels: Channel) -> Recipient:
    return Recipient(party=party, relation=Relation.TOWNSHIP, because="因为", channels=channels)


def test_a_recipient_is_told_once_and_keeps_the_first_reason() -> None:
    """A party that the chain names again has one entry and one delivery per channel."""
    party = recipient("township:331082104", Channel.INBOX, Channel.WEBHOOK)
    raised = AlertRaised(
        alert_id=ALERT,
        cause="x",
        rule=RuleName.DROPPED_OUT,
        severity="warning",
        subject=Subject(child_id=CHILDREN[0]),
        division="331082104001",
        title="t",
        since=START,
        due_at=START,
        recipients=(party,),
        deliver_after=START,
        raised_at=START,
    )
    later = party.model_copy(update={"because": "后来"})
    county = recipient("county:331082", Channel.INBOX)
    climbed = AlertEscalated(
        alert_id=ALERT, level=1, recipients=(later, county), deliver_after=START, at=START
    )
    settled = AlertSettled(alert_id=ALERT, by_type="child.returned_to_school", at=START)
    history = log_of(NOTIFY, [raised, climbed, settled])
    rows = fold_rows(alert_views, history)
    assert {(row["party"], row["because"], row["level"]) for row in rows["recipients"].values()} == {
        ("township:331082104", "因为", 0),
        ("county:331082", "因为", 1),
    }
    ((alert,), (sent,)) = rows["alerts"].values(), fold_rows(delivery_views, history)["deliveries"].values()
    assert (alert["state"], alert["level"], alert["version"]) == ("settled", 1, 3)
    assert (sent["party"], sent["channel"], sent["state"]) == ("township:331082104", "webhook", "pending")
    attempt = DeliveryAttempted(
        delivery_id=sent["delivery_id"],
        alert_id=ALERT,
        party=sent["party"],
        channel=Channel.WEBHOOK,
        attempt=1,
        outcome=Outcome.DELIVERED,
        answer="200 ok",
        at=START,
    )
    history = log_of(NOTIFY, [raised, attempt, climbed, settled])
    ((sent,),) = (fold_rows(delivery_views, history)["deliveries"].values(),)
    assert (sent["state"], sent["attempts"], sent["answer"]) == (
        "delivered",
        1,
        str(with_status("200", TAKEN)),
    )
