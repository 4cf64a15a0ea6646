"""How an event looks on the bus."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.connection import encode, subject
from shared.envelopes import decode_envelope
from shared.messages import Metadata, Recorded

MOMENT = datetime(2025, 4, 1, 8, 0, 0, 123456, tzinfo=UTC)


def event(**changes: object) -> Recorded:
    fields: dict[str, object] = {
        "service": "registry",
        "position": 7,
        "event_id": UUID(int=1),
        "stream_type": "organisation",
        "stream_id": UUID(int=2),
        "version": 3,
        "type": "organisation.class_formed",
        "schema_version": 1,
        "data": {"name": "三年级二班", "places": 40, "since": None},
        "metadata": Metadata(
            actor="teacher:1",
            party="school:5",
            division="330182101",
            correlation_id=UUID(int=3),
            causation_id=UUID(int=4),
            seen={"pairing": 12},
            traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
        "occurred_at": MOMENT,
        "recorded_at": MOMENT,
    }
    return Recorded(**(fields | changes))  # type: ignore[arg-type]


def test_the_envelope_survives_the_bus() -> None:
    """What a follower decodes is what the log held, from the payload alone."""
    _, _, payload = encode(event())
    assert decode_envelope(payload) == event()


def test_the_payload_is_plain_json() -> None:
    """The payload is the whole envelope as JSON: this form is permanent."""
    _, _, payload = encode(event())
    assert orjson.loads(payload) == {
        "service": "registry",
        "position": 7,
        "event_id": "00000000-0000-0000-0000-000000000001",
        "stream_type": "organisation",
        "stream_id": "00000000-0000-0000-0000-000000000002",
        "version": 3,
        "type": "organisation.class_formed",
        "schema_version": 1,
        "data": {"name": "三年级二班", "places": 40, "since": None},
        "metadata": {
            "actor": "teacher:1",
            "party": "school:5",
            "division": "330182101",
            "correlation_id": "00000000-0000-0000-0000-000000000003",
            "causation_id": "00000000-0000-0000-0000-000000000004",
            "seen": {"pairing": 12},
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        },
        "occurred_at": "2025-04-01T08:00:00.123456+00:00",
        "recorded_at": "2025-04-01T08:00:00.123456+00:00",
    }


def test_headers_are_cloudevents_for_bystanders() -> None:
    """The headers are those that the CloudEvents binding of NATS requires, and the trace: no more."""
    _, headers, _ = encode(event())
    assert headers == {
        "ce-specversion": "1.0",
        "ce-id": "00000000-0000-0000-0000-000000000001",
        "ce-type": "organisation.class_formed",
        "ce-source": "/care/registry",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }


def test_the_subject_says_where_and_what() -> None:
    """A subject holds service, division, stream type and event, and no id."""
    assert encode(event())[0] == "care.registry.330182101.organisation.class_formed"


@given(division=st.text(max_size=20), type_=st.text(max_size=20))
def test_a_subject_always_has_five_sound_tokens(division: str, type_: str) -> None:
    """Whatever the division or the type hold, the subject has five tokens that NATS accepts."""
    tokens = subject("registry", division, "organisation", type_).split(".")
    assert len(tokens) == 5
    assert all(token and not set(token) & set(" *>\t\r\n") for token in tokens)


def test_fields_of_a_newer_writer_are_passed_over() -> None:
    """Metadata may gain fields; an older follower reads what it knows."""
    envelope = orjson.loads(encode(event())[2])
    envelope["metadata"]["mood"] = "cheerful"
    assert decode_envelope(orjson.dumps(envelope)) == event()


@pytest.mark.parametrize("payload", [b"", b"{}", b"[]", b"\xff", b'{"service": 1}'])
def test_foreign_payloads_are_named_undecodable(payload: bytes) -> None:
    """A payload that is no envelope raises an error of its own, whatever it is."""
    with pytest.raises((ValueError, KeyError, TypeError)):
        decode_envelope(payload)
