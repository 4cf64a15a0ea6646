"""Danger reports without an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from services.language import PartyKind
from services.registry.danger_reports.api import (
    LARGEST_PUBLIC_REPORT,
    DangerReportView,
    DangerStatus,
    HandleDangerReport,
    ReportDanger,
    ReturnDangerResult,
)
from services.registry.danger_reports.events import DangerCode
from shared.client import NotFound, Refused
from shared.testing.api import BASE_URL, caller
from tests.registry.conftest import VILLAGE, township

if TYPE_CHECKING:
    from shared.testing.servers import NatsServer
    from tests.registry.conftest import Township
else:
    NatsServer = Township = object

PATH = "/public/danger-reports"
HURT = ReportDanger(code=DangerCode.ABUSE, division=VILLAGE, how_found="身上有伤", reporter="过路人，1390000")


@pytest.fixture(scope="module")
async def there(make_module_database: Any, module_nats: NatsServer) -> Any:
    """A township of its own: these tests use up budgets."""
    database = await make_module_database("registry")
    settings = {"public_requests_per_hour": 1000, "public_requests_per_hour_in_all": 10_000}
    async with township(database, module_nats.url, **settings) as made:
        yield made


async def of_township(there: Township) -> list[DangerReportView]:
    """What the township reads, once the views have it: strangers are told of no position to wait for."""
    await there.registry.caught_up()
    return list((await there.of(there.township).list_danger_reports(limit=500)).items)


def stranger(there: Township) -> Any:
    """A client with no token at all."""
    client = there.of(there.village)
    return type(client)(BASE_URL, "", http=there.registry.http, deadline=0)


async def test_a_stranger_reports_and_gets_the_result(there: Township) -> None:
    """They are told that it was received; by the code they learn how far it is, and at last the result."""
    nobody = stranger(there)
    received = await nobody.report_danger(HURT)
    assert received.received
    await there.registry.caught_up()
    assert (await nobody.get_danger_result(received.code)).status is DangerStatus.RAISED
    (report,) = await of_township(there)
    assert (report.raised_by, report.raised_by_person, report.reporter) == ("public", None, HURT.reporter)
    assert report.how_found == "身上有伤"
    leader = there.of(there.township)
    await leader.acknowledge_danger_report(report.id)
    await leader.handle_danger_report(report.id, HandleDangerReport(outcome="已由其姑姑某某接走"))
    assert (await nobody.get_danger_result(received.code)).result is None
    await leader.return_danger_result(report.id, ReturnDangerResult(answer="孩子已安全"))
    await there.registry.caught_up()
    written = received.code.lower().replace("-", " ")
    result = await nobody.get_danger_result(written)
    assert (result.status, result.result) == (DangerStatus.CLOSED, "孩子已安全")
    with pytest.raises(NotFound):
        await nobody.get_danger_result(f"{received.code[:-1]}{'0' if received.code[-1] != '0' else '1'}")


async def test_the_answer_says_received_and_nothing_else(there: Township) -> None:
    """No id, no place in the log, no header: the same for every place and text; a retry the same again."""
    bodies = []
    for place in (VILLAGE, "331082103", None, "331082999999"):
        key = {"Idempotency-Key": str(uuid4())}
        body = HURT.model_copy(update={"division": place}).model_dump(mode="json")
        first = await there.registry.request(None, "POST", PATH, json=body, headers=key)
        again = await there.registry.request(None, "POST", PATH, json=body, headers=key)
        assert (first.status_code, first.json()) == (again.status_code, again.json())
        assert first.status_code == 201
        assert not {"care-position", "etag"} & {*first.headers, *again.headers}
        bodies.append(first.json())
    assert {tuple(body) for body in bodies} == {("received", "code")}
    assert len({body["code"] for body in bodies}) == len(bodies)


async def test_a_token_that_is_sent_all_the_same_is_not_looked_at(there: Township) -> None:
    """Whoever is logged in reports as unknown as anybody; a broken token is no reason to refuse."""
    before = len(await of_township(there))
    for authorization in (f"Bearer {there.registry.token(there.village)}", "Bearer nonsense"):
        headers = {"Authorization": authorization}
        answer = await there.registry.request(
            None, "POST", PATH, json=HURT.model_dump(mode="json"), headers=headers
        )
        assert answer.status_code == 201
    reports = await of_township(there)
    assert len(reports) == before + 2
    assert {report.raised_by for report in reports[:2]} == {"public"}
    for who in (there.village, there.school):
        listed = (await there.of(who).list_danger_reports(limit=500)).items
        assert not any(report.model_fields_set & {"reporter", "raised_by"} for report in listed)


async def test_a_stranger_accuses_kinds_of_parties(there: Township) -> None:
    """They know no addresses: the village, the federation, the schools of the place find no report."""
    accuses = (PartyKind.VILLAGE, PartyKind.WOMENS_FEDERATION, PartyKind.SCHOOL)
    await stranger(there).report_danger(HURT.model_copy(update={"accuses": accuses}))
    report = (await of_township(there))[0]
    schools = [f"school:{who.scope.organisation}" for who in (there.school, there.other_school)]
    assert report.accused == tuple(sorted([*schools, "village:331082103201", "womens_federation:331082103"]))
    for who in (there.village, there.federation):
        with pytest.raises(NotFound):
            await there.of(who).get_danger_report(report.id)


async def test_without_a_place_the_county_deals_with_it(there: Township) -> None:
    """There is one county here; a township has no part in it."""
    county = there.of(caller(PartyKind.COUNTY, division="331082"))
    await there.registry.caught_up()
    before = len((await county.list_danger_reports()).items)
    await stranger(there).report_danger(HURT.model_copy(update={"division": None, "where": "车站"}))
    await there.registry.caught_up()
    reports = (await county.list_danger_reports()).items
    assert (len(reports), reports[0].where, reports[0].division) == (before + 1, "车站", "331082")
    assert reports[0].id not in [one.id for one in await of_township(there)]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"division": "110101001001"}, "place-not-served"),
        ({"accuses": (PartyKind.TOWNSHIP, PartyKind.COUNTY)}, "nobody-left"),
    ],
)
async def test_what_would_reach_nobody_says_whom_to_call(
    there: Township, changed: dict[str, Any], code: str
) -> None:
    """A place that is not served here; a report that accuses everybody who could handle it."""
    with pytest.raises(Refused) as refused:
        await stranger(there).report_danger(HURT.model_copy(update=changed))
    assert refused.value.code == code
    assert "110" in str(refused.value.way_out)


async def test_a_report_is_small(there: Township) -> None:
    """What is larger than a few pages is not read at all; nothing but the report's own fields is taken."""
    body = HURT.model_dump(mode="json")
    for wrong, status in (
        ({"how_found": "身" * 1001}, 422),
        ({"how_found": " " * LARGEST_PUBLIC_REPORT}, 413),
        ({"child_id": str(uuid4())}, 422),
        ({"at": "2020-01-01T00:00:00Z"}, 422),
        ({"accused": ["village:331082103201"]}, 422),
    ):
        answer = await there.registry.request(None, "POST", PATH, json={**body, **wrong})
        assert answer.status_code == status


async def test_budgets_are_kept_apart(make_module_database: Any, module_nats: NatsServer) -> None:
    """One address's flood does not use up another's reports, nor looking for results the reports."""
    database = await make_module_database("registry")
    settings = {
        "public_requests_per_hour": 4,
        "public_requests_per_hour_in_all": 20,
        "public_address_header": "X-Forwarded-For",
    }
    body = HURT.model_dump(mode="json")

    async def answered(there: Township, address: str, method: str = "POST") -> int:
        path = PATH if method == "POST" else "/public/danger-results"
        headers = {"X-Forwarded-For": f"203.0.113.9, {address}", "Receipt-Code": "X"}
        options: dict[str, Any] = {"json": body} if method == "POST" else {}
        answer = await there.registry.request(None, method, path, headers=headers, **options)
        if answer.status_code == 429:
            assert int(answer.headers["Retry-After"]) > 1
            assert "110" in answer.json()["way_out"]["zh"]
        return answer.status_code

    async with township(database, module_nats.url, **settings) as there:
        flood = [await answered(there, "198.51.100.1") for _ in range(6)]
        assert flood == [201, 201, 429, 429, 429, 429]
        looked = [await answered(there, "198.51.100.1", "GET") for _ in range(3)]
        assert looked == [404, 404, 429]
        others = [await answered(there, f"198.51.100.{number}") for number in range(2, 12)]
        assert others == [201] * 8 + [429] * 2
