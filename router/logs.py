"""Logs: JSON unless a person looks at a terminal; ids of event and conversation, never text or personal data."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# What a log line may never hold, whoever wrote it: the processor drops these by name.
FORBIDDEN = frozenset(
    {
        "text",
        "body",
        "subject",
        "sender",
        "recipient",
        "address",
        "handle",
        "author",
        "token",
        "password",
        "email",
        "phone",
    }
)


def configure_logs(level: str = "INFO") -> None:
    """Send all logs to standard error, in the form that suits who reads there."""
    number = logging.getLevelNamesMapping()[level.upper()]
    is_terminal = sys.stderr.isatty()
    # A plain traceback: a fancy one shows what variables hold, which is what people wrote.
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer = console if is_terminal else structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            without_personal_data,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            *([] if is_terminal else [structlog.processors.format_exc_info]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(number, logging.WARNING), format="%(name)s: %(message)s", stream=sys.stderr)


def without_personal_data(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """`event` without the fields that may hold what people wrote or who they are."""
    for name in FORBIDDEN & event.keys():
        event[name] = "(not logged)"
    return event
