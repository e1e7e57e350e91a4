"""What libraries make of mails: bodies as JSON on standard input, their answers and times as JSON on standard output.

It runs in an environment of its own (`requirements-replies.txt`); `talon` is measured where somebody has installed it.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

Answer = Callable[[str, str], str]


def email_reply_parser() -> Answer:
    """GitHub's algorithm, as Zapier keeps it in Python."""
    parser = importlib.import_module("email_reply_parser").EmailReplyParser
    return lambda text, _html: parser.parse_reply(text)


def mail_parser_reply() -> Answer:
    """The one with tables of 13 languages, all of them switched on."""
    parser = importlib.import_module("mailparser_reply").EmailReplyParser(
        languages=["en", "de", "cs", "da", "es", "fr", "it", "ja", "ko", "nl", "pl", "sv", "zh"]
    )
    return lambda text, _html: parser.parse_reply(text) or ""


def quotequail() -> Answer:
    """Close's library, by its plain text."""
    quote = importlib.import_module("quotequail").quote
    return lambda text, _html: "\n".join(piece for shown, piece in quote(text, quote_intro_line=True) if shown)


def unquotemail() -> Answer:
    """The one that begins with HTML, where there is some."""
    unquote: Any = importlib.import_module("unquotemail").Unquote
    return lambda text, html: unquote(html or None, None if html else text).get_text() or ""


def email_reply_extractor() -> Answer:
    """The one for mailing lists; its second stage, which takes greetings away as well, is not for people who read."""
    extract: Any = importlib.import_module("email_reply_extractor").extract_new_text
    return lambda text, html: str(extract(text, html_body=html or None).text)


def talon() -> Answer:
    """Mailgun's library, its quotations alone: what it knows of signatures needs scikit-learn and SciPy."""
    quotations = importlib.import_module("talon.quotations")
    return lambda text, _html: quotations.extract_from_plain(text)


PEERS = (email_reply_parser, mail_parser_reply, quotequail, unquotemail, email_reply_extractor, talon)


def main() -> None:
    """Answer what was asked: for each library its answers, None where it raised, and seconds of processor each."""
    asked = json.load(sys.stdin)
    for make in PEERS:
        if sys.argv[1:] and make.__name__ not in sys.argv[1:]:
            continue
        try:
            answer = make()
        except ImportError:
            continue
        answers: list[str | None] = []
        seconds: list[float] = []
        for text, html in asked:
            began = time.process_time()
            try:
                answers.append(answer(text, html))
            except Exception:  # noqa: BLE001 - whatever it raises is its answer
                answers.append(None)
            seconds.append(time.process_time() - began)
        print(json.dumps({"name": make.__name__, "answers": answers, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
