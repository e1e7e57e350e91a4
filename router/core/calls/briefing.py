"""What an agent hears before the customer is rung: who it is, what it is about, and what was already tried."""

from collections.abc import Iterator

from router.core.calls.words import ABOUT, DROPPED, TRIED, TRY
from router.core.known import is_own, latest_first
from router.core.languages import spoken
from router.core.step import Step
from router.model.call import CallbackReason
from router.model.conversation import Callback, Conversation
from router.model.fact import FactKind
from rules.fact_words import OWN_STEPS

MOST_STEPS = 3
LONGEST_SUBJECT = 80
MOST_WORDS = 10


def briefing(conversation: Conversation, callback: Callback, step: Step) -> str:
    """A few short sentences in the language of the agent's team; nothing where the policy has none.

    It is spoken into a phone that may not be held by its owner yet: no number, no address, no ID is in it.
    """
    if not step.rulebook.calls.briefing:
        return ""
    team = step.context.teams.get(conversation.ownership.team)
    language = spoken(team.language if team else "")
    return " ".join(f"{part}." for part in _parts(conversation, callback, language, step))


def _parts(conversation: Conversation, callback: Callback, language: str, step: Step) -> Iterator[str]:
    if conversation.customer_name:
        yield _line(conversation.customer_name)
    if callback.reason is CallbackReason.DROPPED:
        yield DROPPED[language]
    if callback.attempts:
        yield TRY[language].format(number=callback.attempts + 1)
    if subject := _subject(conversation, callback, step):
        yield ABOUT[language].format(subject=subject)
    if steps := list(dict.fromkeys(_steps(conversation, language, step)))[:MOST_STEPS]:
        yield TRIED[language].format(steps=", ".join(steps))


def _subject(conversation: Conversation, callback: Callback, step: Step) -> str:
    """What the call is about, in people's words: a note, the subject, why its team has it, or how the message began.

    Names that only the rules know are not said: tags, and rules without a description.
    """
    reason = conversation.ownership.reason
    is_described = any(rule.description == reason for rule in step.rulebook.rules)
    known = (callback.note, _unnumbered(conversation.subject), reason if is_described else "")
    return next(filter(None, map(_line, known)), "") or _first_words(conversation.preview)


def _first_words(text: str) -> str:
    return _line(" ".join(_unnumbered(text).split()[:MOST_WORDS]))


def _unnumbered(text: str) -> str:
    """`text` without numbers and addresses, as far as words show them."""
    return " ".join(word for word in text.split() if "@" not in word and not any(map(str.isdigit, word)))


def _steps(conversation: Conversation, language: str, step: Step) -> Iterator[str]:
    """What was already tried, the latest first, in words."""
    facts = (*(step.context.customer.facts if step.context.customer else ()), *conversation.known)
    for fact in latest_first(facts):
        words = OWN_STEPS.get(fact.value, {}).get(language)
        if fact.kind == FactKind.TRIED and is_own(fact) and words:
            yield words[0].lower() + words[1:]


def _line(text: str) -> str:
    """`text` as one short line without a full stop."""
    line = " ".join(text.split())
    return (line if len(line) <= LONGEST_SUBJECT else f"{line[:LONGEST_SUBJECT].rstrip()}…").rstrip(".")
