"""One address, rule, carrier or record that cannot be handled concerns its own alert alone."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import text

from services.notify.addresses import rules as address
from services.notify.addresses.events import AddressSet
from services.notify.addresses.rules import EmailMalformed
from services.notify.alerts import reaction as escalation
from services.notify.deliveries.messages import DeliveryResult, OutgoingMessage
from services.notify.deliveries.sender import send_pending
from services.notify.dues import reaction as due
from services.notify.rulebook.api import SetRule
from services.notify.rulebook.events import RuleName, RuleSet
from services.notify.rulebook.setting import SetRule as SetRuleCommand
from services.notify.rulebook.setting import UrgentStaysUrgent, decide
from services.notify.terms import Channel
from services.registry import events as registry
from shared.texts import Bilingual
from tests.notify.county import VILLAGE, County, all_of

OTHER = "331082105299"
"""Another village."""


class Carrier:
    """Takes every letter, but raises for one address."""

    def __init__(self, error: type[Exception], broken: str) -> None:
        self.error, self.broken = error, broken
        self.taken: list[str | None] = []

    async def send(self, outgoing: OutgoingMessage, now: datetime) -> DeliveryResult:
        if outgoing.email == self.broken:
            raise self.error("broken")
        self.taken.append(outgoing.email)
        return DeliveryResult(delivered=True, answer="ok")


async def execute(county: County, statement: str, **values: object) -> None:
    """Write what an early release may have left."""
    async with county.service.runtime.engine.begin() as connection:
        await connection.execute(text(statement), values)


async def mailbox(county: County, village: str, email: str) -> None:
    await execute(
        county,
        "INSERT INTO addresses.addresses (party, email) VALUES (:party, :email)",
        party=f"village:{village}",
        email=email,
    )


@pytest.mark.parametrize("error", [ValueError, UnicodeError, AttributeError, RuntimeError, IndexError])
async def test_a_carrier_that_raises_stops_no_other_message(county: County, error: type[Exception]) -> None:
    """A village's address breaks the carrier, a dozen times: the other village's mail leaves at once."""
    # The workers of the running service have no mail server and would use the attempts up.
    await county.service.runtime.tasks.stop()
    await mailbox(county, VILLAGE, "a@[b.c")
    await mailbox(county, OTHER, "office@example.cn")
    for _ in range(12):
        await county.publish(county.reported(), division=VILLAGE)
    theirs = {"division": OTHER, "raised_by": f"village:{OTHER}"}
    await county.publish(county.reported().model_copy(update=theirs), division=OTHER)
    adapter = Carrier(error, "a@[b.c")
    await send_pending(county.service.runtime, dict.fromkeys(Channel, adapter), "", urgent=True)
    assert adapter.taken == ["office@example.cn"]
    await county.settled()
    tried = (await county.village.list_deliveries(limit=100)).items
    assert {row.answer for row in tried} == {Bilingual("发送出错", f"Cannot be sent: {error.__name__}")}
    assert len(tried) == 12


BROKEN = st.one_of(
    st.tuples(st.just("rule"), st.sampled_from(['"text"', "{}", "null", "[]", '{"rule": "no such rule"}'])),
    st.tuples(st.just("due"), st.sampled_from(['"text"', '{"child_id": "none"}', "[]", '{"x": 1}'])),
    st.tuples(st.just("address"), st.sampled_from(["nobody", "village:", "x" * 300])),
)


@given(broken=BROKEN)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_what_cannot_be_read_silences_nothing_else(county: County, broken: tuple[str, str]) -> None:
    """Break any one record: another child's alert is raised all the same, and what is broken is shown."""
    kind, value = broken
    await _break(county, kind, value)
    child = await county.child()
    await county.publish(registry.DroppedOut(child_id=child, on=county.clock.now().date()))
    await county.tick(minutes=1)
    raised = {alert.subject.child_id for alert in await all_of(county.school, RuleName.DROPPED_OUT)}
    assert child in raised
    aside = (await county.service.runtime.subscriptions.status()).aside
    assert any(kind in failure.key or failure.key.startswith("raise:") for failure in aside)
    assert not county.service.runtime.tasks.failing
    ready = await county.service.http.get("/readyz")
    assert (ready.status_code, ready.json()["aside"]) == (200, len(aside))


async def test_dues_of_which_no_alert_can_be_made_hold_back_none(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a page of older ones that cannot be read, and one of chains that cannot climb, all goes on."""
    monkeypatch.setattr(due, "PAGE", 1)
    monkeypatch.setattr(escalation, "PAGE", 1)
    await county.child()
    for _ in range(3):
        await _break(county, "due", '"text"')
        await county.publish(county.reported())
    broken = "UPDATE alerts.alerts SET subject = '\"text\"' WHERE alert_id IN (%s)"
    await execute(county, broken % "SELECT alert_id FROM alerts.alerts ORDER BY alert_id LIMIT 2")
    await county.tick(days=15)
    assert len(await all_of(county.township, RuleName.WITHOUT_MENTOR)) == 4
    climbed = "SELECT count(*) FROM alerts.alerts WHERE rule = 'danger' AND level > 0"
    assert await county.service.runtime.views().scalar(text(climbed)) >= 1


async def _break(county: County, kind: str, value: str) -> None:
    if kind == "rule":
        statement = "INSERT INTO rulebook.settings VALUES ('dropped_out', :key, CAST(:value AS jsonb))"
        await execute(county, statement, key=uuid4().hex[:12], value=value)
    elif kind == "address":
        statement = "INSERT INTO addresses.addresses (party, stand_in) VALUES (:party, :value)"
        await execute(county, statement, party=f"village:{uuid4().hex[:12]}", value=value)
    else:
        await county.publish(registry.DroppedOut(child_id=await county.child(), on=county.clock.now().date()))
        statement = """
            INSERT INTO dues.dues
            SELECT rule, CAST(:key AS varchar), child_id, CAST(:value AS jsonb), division,
                   since - interval '1 day', standing, key_support, cause || CAST(:key AS varchar), needs,
                   covers, key_support_said, moved, moved_by_type, moved_by_event
            FROM dues.dues WHERE rule = 'dropped_out' LIMIT 1
        """
        await execute(county, statement, key=uuid4().hex, value=value)


@pytest.mark.parametrize(
    "email",
    [
        *("a@[b.c", "a@b", "a b@x.cn", "a@x.cn,b@x.cn", "a@x..cn"),
        *("=?utf-8?q?=0aBcc=3a?=@x.cn", "a@x.cn\nBcc: b@x.cn"),
    ],
)
async def test_an_address_that_no_mail_server_takes_is_refused(county: County, email: str) -> None:
    """Where it is set, by name of the field."""
    command = address.SetAddress(
        address=AddressSet(party=f"village:{VILLAGE}", email=email),
        secrets=frozenset(),
        today=county.clock.now().date(),
    )
    with pytest.raises(EmailMalformed) as refused:
        address.decide(command, None)
    assert refused.value.field == "email"


@pytest.mark.parametrize(
    ("email", "kept"),
    [
        ("ａ@x.cn", "a@x.cn"),
        ("a@ｘ.cn", "a@x.cn"),
        ("Office@X.CN", "Office@x.cn"),
        ("a@例子。cn", "a@例子.cn"),
    ],
)
def test_a_mail_address_is_kept_in_one_form(email: str, kept: str) -> None:
    """In ordinary width, its domain in small letters: the one that is set again is nothing new."""

    def command(email: str) -> address.SetAddress:
        said = AddressSet(party=f"village:{VILLAGE}", email=email)
        return address.SetAddress(address=said, secrets=frozenset(), today=date(2025, 3, 3))

    (first,) = address.decide(command(email), None)
    assert first.email == kept
    assert address.decide(command(email), first) == []


def test_quiet_hours_are_local_times() -> None:
    """An offset is refused where it is set; one that an early release took is passed over."""
    said = '"division": "331082", "quiet_from": "21:00:00+08:00", "quiet_to": "07:00"'
    with pytest.raises(ValidationError, match="without an offset"):
        SetRule.model_validate_json(f"{{{said}}}")
    read = RuleSet.model_validate_json(f'{{"rule": "guardian_changed", {said}}}')
    assert read.quiet_from == time(21)


@pytest.mark.parametrize("rule", [RuleName.DANGER])
@pytest.mark.parametrize("channels", [(), (Channel.INBOX,), (Channel.EMAIL, Channel.WEBHOOK)])
def test_no_setting_silences_an_urgent_rule(rule: RuleName, channels: tuple[Channel, ...]) -> None:
    """The channels that it has by default stay."""
    with pytest.raises(UrgentStaysUrgent):
        decide(SetRuleCommand(setting=RuleSet(rule=rule, division="331082", channels=channels)), None)
