"""Logs: JSON unless a person looks at a terminal; ids of event and conversation, never text or personal data.

All that is written goes through the masks here: what we log, what libraries log, and what nobody caught.
"""

import logging
import sys
import threading
from collections.abc import MutableMapping
from pathlib import PurePath
from types import TracebackType
from typing import Any

import structlog

from router.log_masks import known_again, masked, masked_place, masked_text, traced

# What a log line may never hold, whoever wrote it: the processor drops these by name.
FORBIDDEN = frozenset(
    {
        *("text", "body", "subject", "note", "reply", "words", "phrase", "value", "content", "payload", "preview"),
        *("sender", "recipient", "address", "handle", "author", "name", "customer_name", "visitor", "email", "phone"),
        *("token", "password", "secret", "cookie", "authorization", "headers"),
    }
)
# What is one of few words of ours, an id, a place or a number, and so stays as it is.
PLAIN = frozenset(
    {
        *("event", "level", "timestamp", "channel", "partition", "partitions", "conversation", "event_id", "events"),
        *(
            "message",
            "letter",
            "team",
            "router",
            "lane",
            "mailbox",
            "hint",
            "url",
            "path",
            "page",
            "release",
            "request",
            "version",
        ),
        *("since", "until", "last_seen", "uid", "id", "pid", "feed", "state", "kind", "door", "work", "part", "reader"),
    }
)
# What of these is a number of a person's is masked all the same.
PLACES = frozenset({"url", "path", "page"})
NOT_LOGGED = "(not logged)"
_ours: frozenset[str] = frozenset()


def configure_logs(level: str = "INFO", ours: frozenset[str] = frozenset()) -> None:
    """Send all logs to standard error, in the form that suits who reads there.

    `ours` are the company's own addresses and names, which may be told.
    """
    global _ours
    _ours = frozenset(name.lower() for name in ours)
    number = logging.getLevelNamesMapping()[level.upper()]
    is_terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            without_personal_data,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.dev.ConsoleRenderer() if is_terminal else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    _configure_libraries(max(number, logging.WARNING))


def without_personal_data(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """`event` without what people wrote or who they are: known fields by name, in all others what looks like it."""
    error = _raised(event.pop("exc_info", None))
    for name, value in event.items():
        if name in FORBIDDEN:
            event[name] = NOT_LOGGED
        elif name == "key":
            event[name] = known_again(str(value))
        elif name in PLACES and isinstance(value, str | PurePath):
            event[name] = masked_place(str(value))
        elif name not in PLAIN and not isinstance(value, int):
            event[name] = masked(value, _ours)
    if error is not None:
        event["exception"] = traced(error, _ours)
    return event


class MaskedFormatter(logging.Formatter):
    """How the standard library's logs are written: who, what, and where it was raised, masked as ours are."""

    def format(self, record: logging.LogRecord) -> str:
        """The record in a line, and below it what was raised."""
        line = f"{record.name}: {masked_text(record.getMessage(), _ours)}"
        error = _raised(record.exc_info)
        return f"{line}\n{traced(error, _ours)}" if error else line


def _configure_libraries(level: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskedFormatter())
    root = logging.getLogger()
    root.handlers = [each for each in root.handlers if not isinstance(each.formatter, MaskedFormatter)]
    root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda told: _uncaught(told.exc_type, told.exc_value, told.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException | None, at: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error or kind(), at)
        return
    structlog.get_logger().critical("not_caught", exc_info=error or kind())


def _raised(told: Any) -> BaseException | None:
    """The error that `exc_info` means: itself, the three parts of it, or what is being handled now."""
    if isinstance(told, BaseException):
        return told
    if isinstance(told, tuple):
        return told[1] if len(told) > 1 else None
    return sys.exc_info()[1] if told else None
