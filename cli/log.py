"""The log: to standard error, as text or as JSON, and never with a token in it."""

import logging
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, TextIO

import orjson
import structlog

TOKEN = re.compile(r"th_([0-9A-Za-z]{12})_[0-9A-Za-z]+")
Processor = Callable[[Any, str, Any], Any]


def configure(form: str | None, stream: TextIO | None = None) -> None:
    """Send what the house and its libraries log to the stream, or else to standard error."""
    output = sys.stderr if stream is None else stream
    is_text = form == "text" or (form is None and output.isatty())
    first: Sequence[Processor] = (
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    )
    last = (*_rendering(is_text=is_text, colors=output.isatty()), without_tokens)
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(output),
    )
    libraries = logging.StreamHandler(output)
    libraries.addFilter(concerns_us)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=first,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[libraries], force=True)


def concerns_us(record: logging.LogRecord) -> bool:
    """Requests that are no HTTP are their senders' affair; aiohttp would log what is in them."""
    error = record.exc_info and record.exc_info[1]
    return type(error).__module__ != "aiohttp.http_exceptions"


def without_tokens(_logger: Any, _method: str, line: str) -> str:
    """The last net: whatever came to be logged, a token's secret isn't."""
    return TOKEN.sub(r"th_\1_…", line)


def _rendering(*, is_text: bool, colors: bool) -> tuple[Processor, ...]:
    if is_text:
        # Other formatters of exceptions show local variables, which may be secrets.
        plain = structlog.dev.plain_traceback
        return (structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain),)
    return (
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(serializer=_json),
    )


def _json(entry: Any, **_: Any) -> str:
    # A data class is shown by its repr, which leaves its secrets out; orjson would write them.
    return orjson.dumps(entry, default=repr, option=orjson.OPT_PASSTHROUGH_DATACLASS).decode()
