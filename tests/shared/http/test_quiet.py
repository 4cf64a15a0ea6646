"""What is asked every few seconds leaves no line in the logs; what went wrong does."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from shared.access import OPERATOR, SERVICE, Caller
from shared.http import state
from shared.ops_contracts import Check
from shared.testing.api import ServiceUnderTest, caller
from shared.testing.waiting import eventually
from shared.texts import Bilingual

NEIGHBOUR = caller(SERVICE)
OPERATING = caller(OPERATOR)


async def _lines(service: ServiceUnderTest, who: Caller | None, path: str) -> list[tuple[str, int]]:
    """The lines that one request leaves in a log that shows information: route and status."""
    with capture_logs() as logged:
        await service.request(who, "GET", path)
    shown = [one for one in logged if one["event"] == "request" and one["log_level"] != "debug"]
    return [(one["route"], one["status"]) for one in shown]


@pytest.mark.parametrize(
    ("who", "path"),
    [
        (NEIGHBOUR, "/events?after=0&limit=10"),
        (None, "/healthz"),
        (None, "/readyz"),
        (None, "/metrics"),
        (OPERATING, "/ops/status"),
    ],
)
async def test_what_is_asked_again_and_again_leaves_no_line(
    service: ServiceUnderTest, who: Caller | None, path: str
) -> None:
    """A neighbour that looks for news, a probe, a scrape and a status screen are answered without a line."""
    assert await _lines(service, who, path) == []


@pytest.mark.parametrize(
    ("who", "path", "line"),
    [
        (caller("township", division="331082104"), "/events", ("/events", 403)),
        (NEIGHBOUR, "/events?after=x", ("/events", 422)),
        (NEIGHBOUR, "/ops/status", ("/ops/status", 403)),
        (None, "/ops/status", ("/ops/status", 401)),
    ],
)
async def test_what_was_refused_leaves_a_line(
    service: ServiceUnderTest, who: Caller | None, path: str, line: tuple[str, int]
) -> None:
    """Whoever asks, and whatever is asked for: a refusal can be found in the log."""
    assert await _lines(service, who, path) == [line]


async def test_a_person_who_reads_the_log_leaves_a_line(service: ServiceUnderTest) -> None:
    """The log holds everything about everybody: who reads it without being a service is on record."""
    assert await _lines(service, OPERATING, "/events") == [("/events", 200)]


async def _is_ready(service: ServiceUnderTest) -> bool:
    return (await service.request(None, "GET", "/readyz")).status_code == 200


async def test_readiness_is_logged_when_it_changes(
    service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A probe that is answered "not ready" ten times leaves one line, which names what fails."""

    async def away(_: object) -> Check:
        return Check(name="database", ok=False, detail=Bilingual.same("ConnectionRefusedError"))

    await eventually(lambda: _is_ready(service))
    with capture_logs() as logged:
        with monkeypatch.context() as patch:
            patch.setattr(state, "_database", away)
            for _ in range(10):
                assert (await service.request(None, "GET", "/readyz")).status_code == 503
        assert (await service.request(None, "GET", "/readyz")).status_code == 200
    shown = [one for one in logged if one["log_level"] != "debug"]
    assert [(one["event"], one["ready"], one["failing"]) for one in shown] == [
        ("readiness", False, {"database": "ConnectionRefusedError"}),
        ("readiness", True, {}),
    ]
