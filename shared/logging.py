"""Logs as JSON lines on standard output, one trace id from request to alert, personal values never."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any

import orjson
import structlog
from pydantic import BaseModel
from structlog.types import EventDict, Processor, WrappedLogger

from shared.access import data_classes

MASK = "•••"
_NOISY = ("httpx2", "httpcore2", "nats", "granian", "_granian", "faststream", "sqlalchemy", "asyncio")


def configure_logging(service: str, level: str = "info") -> None:
    """Set up this process's logging, the libraries' included. Call once, from `run`."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        _named(service),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        trace_without_values,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_json),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(number)
    for name in _NOISY:
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
        library.setLevel(max(number, logging.WARNING))


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask the fields of models that are marked `Personal`."""
    for name, value in event.items():
        event[name] = without_personal(value)
    return event


def trace_without_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Say what was raised and where, without the messages: these quote the values that were at fault."""
    given = event.pop("exc_info", None)
    error = sys.exception() if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = list(_told(error))
    return event


def _told(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        yield from (f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
        yield f"{type(error).__module__}.{type(error).__qualname__}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def without_personal(value: Any) -> Any:
    """The value with every `Personal` field of a model masked."""
    match value:
        case BaseModel():
            marks = data_classes(type(value))
            return {
                name: MASK if name in marks else without_personal(getattr(value, name))
                for name in type(value).model_fields
            }
        case Mapping():
            return {name: without_personal(one) for name, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [without_personal(one) for one in value]
        case BaseException():
            return type(value).__name__
        case _:
            return value


def trace_ids(traceparents: Iterable[str | None]) -> list[str]:
    """The traces behind many events, each once: a line about a batch is found by any of them."""
    return list(dict.fromkeys(one[3:35] for one in traceparents if one))


def _named(service: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]) -> EventDict:
        event["service"] = service
        return event

    return add


def _json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
