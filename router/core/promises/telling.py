"""What customers are told of a promise by itself: that it is late and until when it is kept now, or of a visit to come.

Nothing of theirs is quoted, nor what was promised: in public that is nobody's business.
"""

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from router.core.automatic import language_of
from router.core.guard.read import calendar_of
from router.core.promises.moments import moment, window
from router.core.step import Step
from router.model.conversation import Conversation
from router.model.promise import Promise, PromiseKind

# Neither "tú" nor "usted": which one a team uses nobody has told us.
_LATE = {
    "es": {
        PromiseKind.WORD: (
            "Prometimos responder para {old} y aún no lo hicimos: lo sentimos. Lo haremos a más tardar {new}."
        ),
        PromiseKind.CALL: ("Prometimos llamar para {old} y no lo hicimos: lo sentimos. Llamaremos a más tardar {new}."),
        PromiseKind.DEED: (
            "Lo que prometimos para {old} todavía no está hecho: lo sentimos. Habrá noticias a más tardar {new}."
        ),
        PromiseKind.VISIT: (
            "La visita prevista para {old} no tuvo lugar: lo sentimos. A más tardar {new} propondremos otra fecha."
        ),
    },
    "en": {
        PromiseKind.WORD: (
            "We promised an answer by {old}, and it is not here yet: we are sorry. It will come by {new} at the latest."
        ),
        PromiseKind.CALL: (
            "We promised a call by {old}, and did not make it: we are sorry. We will call by {new} at the latest."
        ),
        PromiseKind.DEED: (
            "What we promised for {old} is not done yet: we are sorry. There will be news by {new} at the latest."
        ),
        PromiseKind.VISIT: (
            "The visit planned for {old} did not take place: we are sorry. "
            "We will propose another date by {new} at the latest."
        ),
    },
}
_UNKNOWN = {
    "es": (
        "No sabemos si se hizo la visita prevista para {old}: lo sentimos. Habrá noticias a más tardar {new}. "
        "Si ya se hizo, basta con responder a este mensaje."
    ),
    "en": (
        "We do not know whether the visit planned for {old} took place: we are sorry. There will be news by "
        "{new} at the latest. If it did, just answer this message."
    ),
}
_REMINDER = {
    "es": "Recordatorio: la visita está prevista para {when}. Si no es posible, basta con responder a este mensaje.",
    "en": "A reminder: the visit is planned for {when}. If that does not suit, just answer this message.",
}


def late_text(step: Step, conversation: Conversation, promise: Promise, again: datetime, *, is_known: bool) -> str:
    """That `promise` is late, and that it is kept until `again`.

    `is_known` says that somebody told that a visit did not come.
    """
    language = language_of(conversation, step)
    text = _UNKNOWN[language] if promise.is_visit and not is_known else _LATE[language][promise.kind]
    zone = zone_of(conversation, step)
    old, new = (moment(at, step.now, zone, language) for at in (promise.due_at, again))
    return text.format(old=old, new=new)


def reminder(step: Step, conversation: Conversation, promise: Promise) -> str:
    """Of the visit that comes."""
    language = language_of(conversation, step)
    return _REMINDER[language].format(when=window(promise, step.now, zone_of(conversation, step), language))


def zone_of(conversation: Conversation, step: Step) -> tzinfo:
    """The customer's own where a call told it, else that of their team's calendar, else that of ops' calls."""
    calendar, callback = calendar_of(step), conversation.callback
    known = callback.zone if callback and callback.number else ""
    return ZoneInfo(known or (calendar.zone if calendar else step.rulebook.calls.zone))
