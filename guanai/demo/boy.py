"""Scenario E: a shy boy. His grandmother speaks only dialect; his mother is called, then ever less."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from guanai.demo.stage import Stage, moment
from services.pairing.client import LogContact
from services.pairing.events import ContactKind, ContactWith, FailureReason

WEEKS_OF_TRYING = range(8)
"""The mentor calls the grandmother each week, and nobody understands anybody."""
WEEKS_WITH_MOTHER = range(2, 18)
"""The mentor calls the mother instead, each week."""
RARE_WEEKS = (20, 24, 29)
"""Then life gets in the way."""


def contacts_of_the_boy(stage: Stage, week: int, sunday: date) -> Iterator[LogContact]:
    """What the mentor tried in this week."""
    thursday = sunday - timedelta(days=3)
    boy = stage.plan.boy
    if week in WEEKS_OF_TRYING:
        yield LogContact(
            child_id=stage.ids[boy.key],
            kind=ContactKind.PHONE_CALL,
            with_whom=ContactWith.GUARDIAN,
            at=moment(thursday, 19),
            succeeded=False,
            failure=FailureReason.LANGUAGE_BARRIER,
            pairing_id=stage.ids[f"pairing-{boy.index}"] if week else None,
            note="奶奶只会说方言 / The grandmother speaks only dialect",
        )
    if week in WEEKS_WITH_MOTHER or week in RARE_WEEKS:
        yield LogContact(
            child_id=stage.ids[boy.key],
            kind=ContactKind.PHONE_CALL,
            with_whom=ContactWith.MOTHER,
            at=moment(thursday, 20),
            minutes=12,
            succeeded=True,
            pairing_id=stage.ids[f"pairing-{boy.index}"],
            note="联系母亲 / Spoke with the mother",
        )
