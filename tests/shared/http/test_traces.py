"""Traces leave only where an endpoint is configured, and join request and event."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, TypeAlias
from uuid import uuid4

from shared.http.observability import ObservabilityMiddleware
from shared.http.request_context import begin
from shared.telemetry import Metrics, Tracing
from shared.testing.api import ServiceUnderTest, caller
from shared.testing.waiting import eventually

Lines: TypeAlias = Callable[[], list[dict[str, Any]]]


def _collector() -> tuple[HTTPServer, list[bytes]]:
    received: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Collector)
    Thread(target=server.serve_forever, daemon=True).start()
    return server, received


def test_a_span_continues_the_callers_trace() -> None:
    """The span sent to the collector has the trace id that came in and that events will carry."""
    server, received = _collector()
    tracing = Tracing("registry", f"http://127.0.0.1:{server.server_port}")
    trace = uuid4().hex
    context = begin({"headers": [(b"traceparent", f"00-{trace}-00f067aa0ba902b7-01".encode())]})
    with tracing.span("GET", context):
        context.route = "/jars"
        assert context.correlation_id.hex == trace
    tracing.stop()
    server.shutdown()
    server.server_close()
    sent = b"".join(received)
    assert bytes.fromhex(trace) in sent
    assert bytes.fromhex(context.span_id) in sent
    assert b"GET /jars" in sent


async def test_the_log_line_of_a_request_names_the_trace_of_its_span(lines: Lines) -> None:
    """With an endpoint, a request's log line and answer carry the trace id that its span and events have."""
    server, _ = _collector()
    tracing = Tracing("registry", f"http://127.0.0.1:{server.server_port}")
    answered: list[dict[bytes, bytes]] = []

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        answered.append(dict(message["headers"]))

    app = ObservabilityMiddleware(answer, Metrics("registry"), tracing, timeout=5)
    await app({"type": "http", "method": "GET", "headers": []}, None, send)  # type: ignore[arg-type]
    tracing.stop()
    server.shutdown()
    server.server_close()
    assert [line["trace_id"] for line in lines()] == [answered[0][b"trace-id"].decode()]


async def test_one_trace_id_leads_from_the_request_to_the_views(
    service: ServiceUnderTest, lines: Lines
) -> None:
    """The lines of the request, of the relay's batch and of the projections' batch are found by one id."""
    trace = uuid4().hex
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    officer = caller("township", division="331082104")
    await service.request(officer, "POST", "/jars", json={"label": "traced", "size": 3}, headers=headers)
    await service.caught_up()
    await eventually(lambda: service.runtime.relay.status().backlog == 0)
    found = {line["event"] for line in lines() if trace in json.dumps(line)}
    assert found == {"request", "events_published", "events_projected"}


def test_without_an_endpoint_nothing_is_traced() -> None:
    """No endpoint, no provider: the request keeps its own ids."""
    tracing = Tracing("registry", None)
    context = begin({"headers": []})
    before = context.span_id
    with tracing.span("GET", context):
        assert context.span_id == before
    assert tracing.provider is None
    tracing.stop()
