"""Logs: one line a request, one trace, no personal value, wherever it comes from."""

from __future__ import annotations

import json
import logging
from typing import Annotated, Any

import pytest
import structlog
from pydantic import BaseModel

from shared.access import Personal
from shared.http.request_context import begin
from shared.logging import MASK, without_personal


class Guardian(BaseModel):
    phone: Annotated[str, Personal("contact")]
    relation: str


class File(BaseModel):
    name: Annotated[str, Personal("identity")]
    guardian: Guardian
    cards: tuple[Guardian, ...] = ()


FILE = File(
    name="王小明",
    guardian=Guardian(phone="13800000000", relation="grandparent"),
    cards=(Guardian(phone="13900000000", relation="aunt"),),
)


def test_personal_fields_are_masked_wherever_they_stand(lines: Any) -> None:
    """A model in a log line, nested or in a list, shows no field that is marked personal."""
    structlog.get_logger().info("opened", file=FILE, more={"files": [FILE]})
    (line,) = lines()
    assert "王小明" not in json.dumps(line, ensure_ascii=False)
    assert "13800000000" not in json.dumps(line)
    assert "13900000000" not in json.dumps(line)
    assert line["file"]["name"] == MASK
    assert line["file"]["guardian"]["relation"] == "grandparent"


def test_errors_are_told_without_their_message(lines: Any) -> None:
    """Messages of errors quote the value at fault; the log says type and place, with the causes."""

    def fail() -> None:
        try:
            raise KeyError("王小明")  # noqa: TRY301 (the cause is the point)
        except KeyError as error:
            raise ValueError("13800000000") from error

    try:
        fail()
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("library").exception("failed")
    for line in lines():
        assert {"builtins.ValueError", "builtins.KeyError"} <= set(line["exception"])
        assert any("test_logs.py" in frame and frame.endswith("fail") for frame in line["exception"])
        assert "王小明" not in json.dumps(line, ensure_ascii=False)
        assert "13800000000" not in json.dumps(line)


def test_libraries_log_in_the_same_form(lines: Any) -> None:
    """One format for all: a library's warning is a JSON line with the service's name."""
    logging.getLogger("nats").warning("slow consumer")
    (line,) = lines()
    assert (line["event"], line["service"], line["level"]) == ("slow consumer", "registry", "warning")


def test_the_trace_of_the_request_is_in_every_line(lines: Any) -> None:
    """What is bound for a request goes into all its lines."""
    with structlog.contextvars.bound_contextvars(trace_id="abc"):
        structlog.get_logger().info("one")
        logging.getLogger("library").warning("two")
    assert [line["trace_id"] for line in lines()] == ["abc", "abc"]


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"x",
        b"00-" + b"0" * 32 + b"-" + b"1" * 16 + b"-01",
        b"00-" + b"g" * 32 + b"-" + b"1" * 16 + b"-01",
    ],
)
def test_a_broken_traceparent_is_replaced(given: bytes) -> None:
    """A request without a usable trace gets a new one."""
    context = begin({"headers": [(b"traceparent", given)]})
    assert len(context.trace_id) == 32
    assert int(context.trace_id, 16)


def test_plain_values_stay() -> None:
    """What is not personal is logged as it is."""
    assert without_personal({"n": 1, "t": ("a", None)}) == {"n": 1, "t": ["a", None]}
