"""Exposure: a message that all the world reads, and that shows personal data which is not the company's own."""

from collections.abc import Iterable

from router.core.found.personal_data import personal_data
from router.core.found.plain import plain, visible
from router.core.step import Step
from router.model.finding import Cleared, Finding, FindingKind, PersonalData, Sighting
from router.model.message import OutboundMessage

LEAST_DIGITS = 7


def exposed(message: OutboundMessage, cleared: Iterable[Cleared], step: Step) -> tuple[Finding, ...]:
    """What `message` must not show in public; nothing for one that is private.

    What ops named as ours may be shown, and what its author `cleared`, save what the customer writes from or has just
    written themselves.
    """
    if not message.public:
        return ()
    innocent = {_plain(each.text) for each in cleared}
    handles, said = _handles(step), _said(step)
    found = []
    for each in personal_data(message.text):
        written = _plain(message.text[each.start : each.end])
        is_theirs = _is_among(handles, written, each.kind)
        if not is_theirs and _is_among(step.context.policy.public, written, each.kind):
            continue
        if is_theirs or _is_among(said, written, each.kind):
            found.append(_finding(message.text, each, is_customers=True))
        elif written not in innocent:
            found.append(_finding(message.text, each))
    return tuple(found)


def _finding(text: str, seen: Sighting, is_customers: bool = False) -> Finding:
    phrase = text[seen.start : seen.end]
    return Finding(FindingKind.EXPOSURE, seen.start, seen.end, phrase, what=seen.kind, is_customers=is_customers)


def _handles(step: Step) -> list[str]:
    """What the customer writes from, and the address that they left."""
    links = step.context.customer.links if step.context.customer else ()
    handles = [link.handle for link in links]
    if step.before and step.before.address:
        handles.append(step.before.address)
    return [handle.address for handle in handles]


def _said(step: Step) -> list[str]:
    """The personal data in the beginning of the customer's latest message: theirs, as far as anybody knows."""
    latest = step.before.preview if step.before else ""
    return [latest[each.start : each.end] for each in personal_data(latest)]


def _is_among(known: Iterable[str], written: str, kind: PersonalData) -> bool:
    return any(_is_same(written, _plain(each), kind) for each in known)


def _is_same(written: str, known: str, kind: PersonalData) -> bool:
    """Whether both name the same; a phone also without its country, an address within a longer one.

    `@example.org` stands for all mail addresses there.
    """
    if kind is PersonalData.EMAIL:
        return written == known or (known.startswith("@") and written.endswith(known))
    if kind is PersonalData.ADDRESS:
        return _letters(written) in _letters(known)
    one, other = sorted((_letters(written), _letters(known)), key=len)
    return one == other or (len(one) >= LEAST_DIGITS and one.isdigit() and other.isdigit() and other.endswith(one))


def _plain(text: str) -> str:
    return plain(visible(text)[0]).lower().strip()


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())
