"""What a village or mentor may not read of a child follows from no figure, nor from the difference of two."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.pairing.events import InstalmentPaid, SponsorshipStarted
from services.registry.events import Address, ChildRegistered, Sex
from services.reporting.client import ReportingClient
from shared.client import Refused
from shared.testing.api import ServiceUnderTest, caller
from tests.reporting.township import named

TOWNSHIP = "339904101"
LARGE, NEARLY_ALL, HALVES = (f"{TOWNSHIP}{number}" for number in (201, 202, 203))
SCHOOLS = [named("withheld school 1"), named("withheld school 2")]
YEAR: Mapping[str, Any] = {"first_day": date(2025, 1, 1), "last_day": date(2025, 12, 31)}
FIRST_HALF: Mapping[str, Any] = {"first_day": date(2025, 1, 1), "last_day": date(2025, 6, 30)}


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
async def villages(reporting: ServiceUnderTest) -> ServiceUnderTest:
    """Seven of twenty children are sponsored, eleven of twelve, and six of twelve, one since autumn."""
    registry, pairing = reporting.neighbours["registry"], reporting.neighbours["pairing"]
    sponsored = {
        LARGE: [date(2025, 5, 1) + timedelta(days=number) for number in range(7)],
        NEARLY_ALL: [date(2025, 3, 1)] * 11,
        HALVES: [date(2025, 3, 1)] * 5 + [date(2025, 9, 1)],
    }
    for village, children in ((LARGE, 20), (NEARLY_ALL, 12), (HALVES, 12)):
        for number in range(children):
            child_id = named(f"{village} {number}")
            registered = ChildRegistered(
                child_id=child_id,
                file_number=f"W{village}{number}",
                name="某某",
                sex=Sex.MALE,
                birth_date=date(2015, 1, 1),
                address=Address(village=village),
                township=TOWNSHIP,
                school_id=SCHOOLS[number % 2],
            )
            registry.record(registered, division=village, at=at(date(2025, 2, 1)))
            if number < len(sponsored[village]):
                since = sponsored[village][number]
                ids = {"sponsorship_id": named(f"sponsorship {village} {number}"), "child_id": child_id}
                started = {"sponsor": "某", "organisation_id": named("federation"), "yearly_amount": 1200}
                begun = SponsorshipStarted.model_validate({**ids, **started, "since": since})
                pairing.record(begun, division=village, at=at(since))
                paid = InstalmentPaid.model_validate({**ids, "amount": 100 + number, "on": since})
                pairing.record(paid, division=village, at=at(since))
    await reporting.caught_up()
    return reporting


def reader(service: ServiceUnderTest, village: str) -> ReportingClient:
    return service.client(ReportingClient, caller("village", division=village))


async def shown(client: ReportingClient, code: str, span: Mapping[str, Any]) -> int | None:
    """The figure, which its records agree with, where there are any."""
    figure = (await client.get_indicators(**span)).figure(code)
    assert figure.suppressed == (figure.value is None)
    if figure.suppressed:
        with pytest.raises(Refused) as refused:
            await client.list_records(code, **span)
        assert refused.value.code == "figure-withheld"
        return None
    assert (await client.list_records(code, **span)).value == figure.value
    return int(figure.value or 0)


@pytest.mark.parametrize(
    "span",
    [
        {"last_day": date(2025, 5, 6)},
        {"first_day": date(2025, 5, 1), "last_day": date(2025, 12, 31)},
        {"school_id": SCHOOLS[0]},
        {"as_of": at(date(2025, 5, 8))},
    ],
    ids=" ".join,
)
async def test_it_is_told_of_all_and_of_half_a_year_at_least(
    villages: ServiceUnderTest, span: dict[str, Any]
) -> None:
    """Day by day, school by school or moment by moment one child makes the difference."""
    client = reader(villages, LARGE)
    assert await shown(client, "sponsored_children", YEAR) == 7
    assert await shown(client, "sponsored_children", span) is None


async def test_what_it_leaves_over_is_a_figure_too(villages: ServiceUnderTest) -> None:
    """Of twelve children eleven are sponsored: that one is not is told as little."""
    assert await shown(reader(villages, NEARLY_ALL), "sponsored_children", YEAR) is None


async def test_a_half_year_is_hidden_with_the_other(villages: ServiceUnderTest) -> None:
    """Six instalments in the year and five in its first half leave one for the second."""
    client = reader(villages, HALVES)
    assert await shown(client, "sponsorship_money", YEAR) == 615
    assert await shown(client, "sponsorship_money", FIRST_HALF) is None


async def test_its_records_are_of_a_kind(villages: ServiceUnderTest) -> None:
    """No amount, half-year or day tells one line of the list from another, nor can it be asked by these."""
    client = reader(villages, LARGE)
    for code in ("sponsorship_money", "condolence_halves_due"):
        listed = await client.list_records(code, **YEAR)
        assert len(listed.items) >= 7
        rows = [(one.on, one.key, one.amount, one.child_id) for one in listed.items]
        assert set(rows) == {(None, None, None, None)}
    with pytest.raises(Refused) as refused:
        await client.list_records("condolence_halves_due", key="2025-01-01", **YEAR)
    assert refused.value.code == "figure-withheld"
