"""Logs: one JSON object a line on standard error; nothing personal, no query strings, no bodies."""

import json
import logging
import sys
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import PurePath

import orjson
import structlog

log: structlog.stdlib.BoundLogger = structlog.get_logger()

NO_REQUEST = "-"
# The W3C trace context of the request or event at hand.
traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
request_id: ContextVar[str] = ContextVar("request_id", default=NO_REQUEST)


def with_context(_: object, __: str, fields: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Add the ids by which lines of several services are put together."""
    if (found := request_id.get()) != NO_REQUEST:
        fields.setdefault("request_id", found)
    if trace := traceparent.get():
        fields.setdefault("trace_id", trace.split("-")[1])
    return fields


def set_up_logs(service: str, level: str) -> None:
    """Send structured lines of this process to standard error."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            with_context,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=to_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        # Standard error is looked up at each line: it may have been replaced since.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.clear_contextvars()
    log.debug("logs_set_up", service=service)


def to_json(fields: object, default: Callable[[object], object]) -> str:
    """A line of the log; what orjson cannot write, such as half of a surrogate pair, the slower way."""
    try:
        return orjson.dumps(fields, default=default).decode()
    except TypeError:
        return json.dumps(fields, default=default)


def places_of(error: BaseException) -> list[str]:
    """Where in the code an error arose, innermost last; never its message: people may have written it."""
    frames = traceback.extract_tb(error.__traceback__)
    return [
        f"{'/'.join(PurePath(each.filename).parts[-3:])}:{each.lineno} {each.name}" for each in frames[-8:]
    ]
