"""What files say that people read first: invitations as a line of what, when and where (RFC 5545)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from channels.email.charsets import clean, decoded, one_line
from channels.email.mime import File
from channels.email.notes import Problem, note

READ_BYTES = 200_000
LINES_READ = 2000
EVENTS = 5
KIND = "text/calendar"
FOLD = re.compile(r"\n[ \t]")
# Name, parameters (quoted ones may hold anything but a quote), value.
PROPERTY = re.compile(r'([A-Za-z-]{1,40})((?:;[A-Za-z-]{1,40}=(?:"[^"\n]*"|[^":;\n]*))*):(.*)')
ZONE = re.compile(r';TZID="?([^";:]{1,80})', re.IGNORECASE)
ESCAPED = re.compile(r"\\([\\;,nN])")
WORDS = {
    "CANCEL": "Cita cancelada / Appointment cancelled",
    "REPLY": "Respuesta a una cita / Answer to an appointment",
    "COUNTER": "Propuesta de otra hora / Another time proposed",
}
APPOINTMENT = "Cita / Appointment"
ANSWER = re.compile(r"^ATTENDEE[^\n]*PARTSTAT=([A-Z-]{1,20})", re.MULTILINE | re.IGNORECASE)

Values = dict[str, tuple[str, str]]


# The whole mail is in one of these where nothing else is there to be read: TNEF, S/MIME (RFC 8551), PGP (RFC 3156).
SEALED = frozenset(
    {
        *("application/ms-tnef", "application/vnd.ms-tnef", "application/pkcs7-mime", "application/x-pkcs7-mime"),
        *("application/pgp-encrypted", "application/x-microsoft-rpmsg-message"),
    }
)


def told_by_files(text: str, files: Sequence[File]) -> tuple[str, ...]:
    """The notes above `text`: appointments; and, where the mail has no text of its own, which file it is in."""
    sealed = [file.attachment.name for file in files if file.attachment.media_type in SEALED]
    notes = [note(Problem.ENCLOSED, name=sealed[0])] if sealed and not text.strip() else []
    return (*notes, *appointments(files))


def appointments(files: Iterable[File]) -> list[str]:
    """A line for each appointment in the calendars among `files`, each once; empty where there is none to be read."""
    lines = (line for file in files if file.attachment.media_type == KIND for line in _lines(file.content))
    return list(dict.fromkeys(lines))[:EVENTS]


def _lines(content: bytes) -> Iterator[str]:
    text = FOLD.sub("", clean(decoded(content[:READ_BYTES], "utf-8")[0]))
    method = re.search(r"^METHOD:([A-Z]{1,20})", text, re.MULTILINE | re.IGNORECASE)
    word = WORDS.get(method[1].upper() if method else "", APPOINTMENT)
    for event in text.split("BEGIN:VEVENT")[1 : EVENTS + 1]:
        found = _values(event.partition("END:VEVENT")[0])
        answer = ANSWER.search(event) if word == WORDS["REPLY"] else None
        parts = (answer[1].lower() if answer else "", _text(found, "SUMMARY"), _when(found), _text(found, "LOCATION"))
        told = " · ".join(part for part in parts if part)
        if told:
            yield f"{word}: {told}"


def _values(event: str) -> Values:
    """The properties of the event itself by name, each as parameters and value; alarms within have their own."""
    own = re.sub(r"BEGIN:VALARM.*?(END:VALARM|\Z)", "", event, flags=re.DOTALL)
    found = (PROPERTY.fullmatch(line[:4000]) for line in own.split("\n")[:LINES_READ])
    return {match[1].upper(): (match[2], match[3]) for match in reversed(list(filter(None, found)))}


def _text(found: Values, name: str) -> str:
    written = found.get(name, ("", ""))[1]
    return one_line(ESCAPED.sub(lambda mark: " " if mark[1] in "nN" else mark[1], written), 200)


def _when(found: Values) -> str:
    """From when to when, in the time zone that the calendar names."""
    (parameters, start), (_, end) = found.get("DTSTART", ("", "")), found.get("DTEND", ("", ""))
    begins, ends = _instant(start), _instant(end)
    if begins is None:
        return ""
    zone = ZONE.search(parameters)
    named = "UTC" if start.strip().endswith(("Z", "z")) else one_line(zone[1], 80) if zone else ""
    return f"{_span(begins, ends)} ({named})" if named and isinstance(begins, datetime) else _span(begins, ends)


def _span(begins: date, ends: date | None) -> str:
    if not isinstance(begins, datetime):
        return begins.isoformat()
    shown = f"{begins:%Y-%m-%d %H:%M}"
    if not isinstance(ends, datetime):
        return shown
    return f"{shown}–{ends:%H:%M}" if ends.date() == begins.date() else f"{shown} – {ends:%Y-%m-%d %H:%M}"


def _instant(written: str) -> date | None:
    """A date, or a date with time, as written; None for what is neither."""
    text = written.strip().upper().removesuffix("Z")
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%S") if "T" in text else datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007
    except ValueError:
        return None
