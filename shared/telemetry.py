"""What a service measures about itself: Prometheus metrics, and traces where an endpoint is configured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """One service's metrics, in a registry of their own."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "guanai_request_seconds",
            "Time to answer a request",
            ["method", "route", "status"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.log_head = self._gauge("log_head", "Position of the last event in the log")
        self.log_batches = self._gauge("log_batches", "Batches that the log's writer has committed")
        self.log_events = self._gauge("log_events", "Events that the log's writer has committed")
        self.log_waiting = self._gauge("log_waiting", "Commands that wait for their batch")
        self.access_records = self._gauge("access_records", "Records of accesses that were written")
        self.access_waiting = self._gauge(
            "access_waiting", "Records of accesses that PostgreSQL has not got yet"
        )
        self.access_alarms = self._gauge("access_alarms", "People who read far more than usual today")
        self.relay_published = self._gauge("relay_published", "Position that the stream has reached")
        self.relay_backlog = self._gauge("relay_backlog", "Events that the stream has not got yet")
        self.relay_active = self._gauge("relay_active", "1 while this process publishes")
        feed = ("projection", "source")
        self.lag = self._gauge("projection_lag", "Events that the projection is behind", *feed)
        self.parked = self._gauge("projection_parked", "Events that are parked", *feed)
        self.foreign = self._gauge("foreign_messages", "Messages that others wrote to streams")
        self.aside = self._gauge("aside", "Records that cannot be handled now, each for itself")
        self.reaction_lag = self._gauge(
            "reaction_lag", "Events projected and not yet reacted to", "reaction", "source"
        )
        self.feed_batches = self._gauge("feed_batches", "Batches that the projections have taken", "source")
        self.feed_events = self._gauge("feed_events", "Events in those batches", "source")
        self.feed_seconds = self._gauge("feed_seconds", "Time that those batches took", "source")
        self.fetch_age = self._gauge("feed_fetch_age_seconds", "Since the last successful fetch", "source")
        self.budget_refusals = Counter(
            "guanai_budget_refusals",
            "Requests beyond what a person may ask in a day",
            ["budget"],
            registry=self.registry,
        )
        self.budget_alarms = Counter(
            "guanai_budget_alarms",
            "People who did too often in a day what is not refused",
            ["budget"],
            registry=self.registry,
        )
        self.task_failures = Counter(
            "guanai_task_failures",
            "Background tasks that were started again",
            ["task"],
            registry=self.registry,
        )
        self._gauge("service_info", "The service", "service").labels(service).set(1)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"guanai_{name}", meaning, labels, registry=self.registry)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)


class Traced(Protocol):
    """What a span is made of, and takes its ids back."""

    trace_id: str
    span_id: str
    parent_id: str | None
    route: str
    problem: str


class Tracing:
    """Spans of requests, sent to an OTLP endpoint; without one, nothing."""

    def __init__(self, service: str, endpoint: str | None) -> None:
        self._provider = _provider(service, endpoint) if endpoint else None
        self._tracer = self._provider.get_tracer("guanai") if self._provider else None

    @property
    def provider(self) -> TracerProvider | None:
        """For the bus's own spans."""
        return self._provider

    @contextmanager
    def span(self, name: str, traced: Traced) -> Iterator[None]:
        """The span of one request; its ids become its own."""
        if self._tracer is None:
            yield
            return
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415 (only when configured)
            TraceContextTextMapPropagator,
        )

        carrier = {}
        if traced.parent_id:
            carrier["traceparent"] = f"00-{traced.trace_id}-{traced.parent_id}-01"
        parent = TraceContextTextMapPropagator().extract(carrier)
        with self._tracer.start_as_current_span(name, context=parent) as span:
            context = span.get_span_context()
            traced.trace_id = format(context.trace_id, "032x")
            traced.span_id = format(context.span_id, "016x")
            yield
            span.update_name(f"{name} {traced.route}")
            if traced.problem:
                span.set_attribute("guanai.problem", traced.problem)

    def stop(self) -> None:
        """Send what is left."""
        if self._provider is not None:
            self._provider.shutdown()


def _provider(service: str, endpoint: str) -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": f"guanai-{service}"}))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
