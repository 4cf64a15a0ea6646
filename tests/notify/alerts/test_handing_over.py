"""An alert whose child has moved goes to those who answer for the child now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.notify.alerts.events import AlertAcknowledged, AlertHandedOver
from services.notify.alerts.handing_over import HandOverAlert, begun_again
from services.notify.alerts.rules import ALERT_DECIDER, AcknowledgeAlert, NotSentToYou, NotYetEscalated
from services.notify.terms import PlannedEscalation, Relation, Until
from shared.testing.scenarios import given
from tests.notify.alerts.test_rules import (
    FEDERATION,
    HOUR,
    ID,
    NOW,
    VILLAGE,
    acknowledge,
    acknowledged,
    escalate,
    escalated,
    raised,
    settled,
    snoozed,
    told,
)

THERE = "village:331082104002"
LATER = NOW + 10 * HOUR
CHAIN = (PlannedEscalation(at=LATER + HOUR, until=Until.ACKNOWLEDGED, to=(Relation.TOWNSHIP,)),)
PLACE: dict[str, Any] = {"division": "331082104002", "village": "331082104002", "school_id": None}
MOVED: dict[str, Any] = {**PLACE, "alert_id": ID, "deliver_after": LATER}


def hand_over(turn: int = 1, *former: str) -> HandOverAlert:
    """To the village where the child lives now; the federation stays."""
    recipients = (told(THERE, Relation.VILLAGE), told(FEDERATION, Relation.FEDERATION))
    return HandOverAlert(
        **MOVED, turn=turn, former=former or (VILLAGE,), recipients=recipients, escalation=CHAIN, now=LATER
    )


def handed_over(*, reopened: bool = False) -> AlertHandedOver:
    return AlertHandedOver(
        **MOVED,
        turn=1,
        former=(VILLAGE,),
        recipients=(told(THERE, Relation.VILLAGE),),
        escalation=CHAIN,
        reopened=reopened,
        at=LATER,
    )


def test_who_answers_for_the_child_now_is_told_and_who_did_has_it_no_more() -> None:
    """Those who keep it are not told again."""
    given(ALERT_DECIDER, raised).when(hand_over()).then(handed_over())
    given(ALERT_DECIDER, raised, handed_over()).when(acknowledge).then_refused(NotSentToYou)
    by_theirs = AcknowledgeAlert(alert_id=ID, by_party=THERE, now=LATER)
    taken_up = AlertAcknowledged(alert_id=ID, by_party=THERE, at=LATER)
    given(ALERT_DECIDER, raised, handed_over()).when(by_theirs).then(taken_up)


def test_what_a_former_party_took_up_must_be_taken_up_again() -> None:
    """So must what it put off; what one who keeps it took up stays so."""
    for before in (acknowledged, snoozed):
        given(ALERT_DECIDER, raised, before).when(hand_over()).then(handed_over(reopened=True))
    by_federation = AlertAcknowledged(alert_id=ID, by_party=FEDERATION, at=NOW)
    given(ALERT_DECIDER, raised, by_federation).when(hand_over()).then(handed_over())


def test_the_chain_begins_again() -> None:
    """A step that was reached for the former place is reached for the new one, in its time."""
    history = (raised, escalated(1, NOW + HOUR), handed_over())
    given(ALERT_DECIDER, *history).when(escalate(1, LATER)).then_refused(NotYetEscalated)
    again = escalated(1, LATER + HOUR).model_copy(update={"turn": 1, "recipients": ()})
    given(ALERT_DECIDER, *history).when(escalate(1, LATER + HOUR)).then(again)


def test_a_move_is_followed_once() -> None:
    """The same turn again does nothing; neither does a move after the alert is settled."""
    given(ALERT_DECIDER, raised, handed_over()).when(hand_over()).then_nothing()
    given(ALERT_DECIDER, raised, settled).when(hand_over()).then_nothing()


def test_where_nobody_else_answers_the_chain_goes_on() -> None:
    """The alert's place follows the child, whoever took it up has it, and nobody is told twice."""
    same = hand_over().model_copy(update={"former": (), "recipients": (told(VILLAGE, Relation.VILLAGE),)})
    followed = handed_over().model_copy(update={"former": (), "recipients": (), "escalation": None})
    given(ALERT_DECIDER, raised, acknowledged).when(same).then(followed)
    to_be_passed_on = (raised, escalated(1, NOW + HOUR), followed)
    given(ALERT_DECIDER, *to_be_passed_on).when(escalate(1, LATER)).then_nothing()


def test_a_new_chain_gives_time_to_take_it_up_and_none_to_settle_it() -> None:
    """The time for settling runs from the raising; a step never comes before the one ahead of it."""
    day = timedelta(days=1)
    plan = (
        PlannedEscalation(at=LATER + day, until=Until.ACKNOWLEDGED, to=(Relation.FEDERATION,)),
        PlannedEscalation(at=LATER + 3 * day, until=Until.SETTLED, to=(Relation.COUNTY,)),
    )
    early = begun_again(plan, LATER - day, LATER)
    late = begun_again(plan, LATER - 9 * day, LATER)
    assert [step.at for step in early] == [LATER + day, LATER + 2 * day]
    assert [step.at for step in late] == [LATER + day, LATER + day]
