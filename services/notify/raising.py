"""From a cause to the order that raises its alert: rule, recipients, chain and quiet hours put together."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import RowMapping

from services.dates import day_of
from services.language import PartyKind
from services.notify.addresses.views import Addresses, read_addresses
from services.notify.alerts.handing_over import HandOverAlert, begun_again
from services.notify.alerts.rules import ALERT_DECIDER, EscalateAlert, RaiseAlert, SettleAlert, alert_id
from services.notify.dues.rules import cause_of
from services.notify.dues.views import DueRow
from services.notify.people.recipients import Stakeholders, parties_of, recipients
from services.notify.people.views import People, people_around
from services.notify.rulebook.events import RuleName
from services.notify.rulebook.overrides import Rulebook
from services.notify.rulebook.rule import Rule
from services.notify.rulebook.views import read_rulebook
from services.notify.terms import Recipient, Relation, Subject
from services.parties import DIGITS
from shared import Bilingual
from shared.commands import Decision
from shared.projections import Views
from shared.reactions import Order

Told: TypeAlias = tuple[str, Relation]
"""A party that was told, and how it stood to the child."""


@dataclass(frozen=True, slots=True)
class AlertContext:
    """What is needed to tell somebody something: the rules, the people around, their addresses, the time."""

    rulebook: Rulebook
    people: People
    addresses: Addresses
    now: datetime

    def raise_alert(
        self,
        rule_name: RuleName,
        subject: Subject,
        division: str,
        *,
        since: datetime,
        due_at: datetime,
        summary: Bilingual | None = None,
    ) -> Order:
        """The order to raise the alert of this cause; given again it does nothing."""
        circle = self.people.circle(subject, division)
        rule = self.rulebook.rule(rule_name, circle.division)
        cause = cause_of(rule_name, rule.key_of(subject), since)
        village = circle.division if len(circle.division) == DIGITS[PartyKind.VILLAGE] else None
        command = RaiseAlert(
            alert_id=alert_id(cause),
            cause=cause,
            rule=rule_name,
            severity=rule.severity,
            subject=subject,
            division=circle.division,
            village=village,
            school_id=circle.school_id,
            title=str(rule.title),
            summary=str(summary or rule.summary),
            since=since,
            due_at=due_at,
            recipients=self._recipients(rule.recipients, circle, rule),
            escalation=rule.plan(self.now),
            deliver_after=rule.deliver_after(self.now),
            raised_at=self.now,
        )
        step = Decision(ALERT_DECIDER, command.alert_id, command)
        return Order(key=f"raise:{cause}", steps=(step,), division=circle.division)

    def escalate(self, step: RowMapping) -> Order:
        """The order to pass an alert on; `step` is a row of `to_escalate`."""
        circle = self.people.circle(Subject.model_validate(step["subject"]), step["division"])
        rule = self.rulebook.rule(RuleName(step["rule"]), circle.division)
        which, level = step["alert_id"], step["level"]
        command = EscalateAlert(
            alert_id=which,
            level=level,
            recipients=self._recipients(map(Relation, step["to"]), circle, rule),
            deliver_after=rule.deliver_after(self.now),
            now=self.now,
        )
        # Once a turn: handed over, the chain begins again.
        key = f"escalate:{which}:{step['turn']}:{level}" if step["turn"] else f"escalate:{which}:{level}"
        return Order(
            key=key,
            steps=(Decision(ALERT_DECIDER, which, command),),
            division=circle.division,
        )

    def hand_over(self, row: DueRow, told: Collection[Told]) -> Order:
        """The order to tell those who answer for the child now; `row` is one of `misplaced_alerts`."""
        circle = self.people.circle(Subject.model_validate(row["subject"]), row["place"])
        rule = self.rulebook.rule(RuleName(row["rule"]), circle.division)
        recipients = self._recipients(rule.recipients, circle, rule)
        keeping = {one.party for one in recipients}
        turn = row["turn"] + 1
        command = HandOverAlert(
            alert_id=row["alert_id"],
            turn=turn,
            former=tuple(
                party
                for party, relation in told
                if party not in keeping and party not in parties_of(relation, circle)
            ),
            recipients=recipients,
            escalation=begun_again(rule.plan(self.now), row["raised_at"], self.now),
            division=circle.division,
            village=circle.division,
            school_id=circle.school_id,
            deliver_after=rule.deliver_after(self.now),
            now=self.now,
        )
        return Order(
            key=f"hand-over:{row['alert_id']}:{turn}",
            steps=(Decision(ALERT_DECIDER, row["alert_id"], command),),
            division=circle.division,
        )

    def _recipients(
        self, relations: Iterable[Relation], circle: Stakeholders, rule: Rule
    ) -> tuple[Recipient, ...]:
        return recipients(
            relations,
            circle,
            channels=rule.channels,
            addresses=self.addresses.by_party,
            today=day_of(self.now),
        )


async def load_alert_context(
    views: Views, now: datetime, subjects: Iterable[Subject], rulebook: Rulebook | None = None
) -> AlertContext:
    """Load what is needed to tell the people around these subjects."""
    return AlertContext(
        rulebook or await read_rulebook(views),
        await people_around(views, tuple(subjects)),
        await read_addresses(views),
        now,
    )


def settle(which: UUID, division: str, by_type: str, now: datetime, by_event: UUID | None = None) -> Order:
    """The order to close an alert."""
    command = SettleAlert(alert_id=which, by_type=by_type, by_event=by_event, now=now)
    return Order(key=f"settle:{which}", steps=(Decision(ALERT_DECIDER, which, command),), division=division)
