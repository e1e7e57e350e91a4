"""The ways out of a stopped reply as the API offers them: each a set of fields to send again with, the best first."""

from collections.abc import Iterable, Iterator

from desk.view import Json
from router.model.conversation import Conversation
from router.model.customer import Customer, LinkKind
from router.model.decision import Outcome
from router.model.finding import FindingKind, Offer


def ways(outcome: Outcome, conversation: Conversation, customer: Customer | None) -> list[Json]:
    """OFFER for each way that the core sees out of what it found."""
    return [way for offer in outcome.offers for way in _ways(offer, outcome, conversation, customer)]


def _ways(offer: Offer, outcome: Outcome, conversation: Conversation, customer: Customer | None) -> Iterator[Json]:
    kinds = {each.kind for each in outcome.found}
    match offer:
        case Offer.DM:
            yield {"offer": offer, "fields": _in_private(conversation)}
        case Offer.EMAIL:
            to = _addresses(conversation, customer)
            yield {"offer": offer, "to": to, "fields": {"to": to[0] if to else None}}
        case Offer.SHOW_FACT:
            asked = ((each.fact, each.known) for each in outcome.found if each.kind is FindingKind.REPEAT)
            for fact, known in dict.fromkeys(asked):
                yield {"offer": offer, "fact": fact, "known": known}
        case Offer.INVITATION:
            yield {"offer": offer, "needs": "agent", "reason": True}
        case Offer.DESPITE:
            is_grave = not kinds.isdisjoint({FindingKind.DEFLECTION, FindingKind.REPEAT})
            yield {"offer": offer, "needs": "supervisor" if is_grave else "agent", "reason": is_grave}
        case Offer.CALL:
            yield {"offer": offer, "fields": {}}
        case Offer.DATE:
            made = (each.due_at for each in outcome.found if each.vague)
            yield {"offer": offer, "fields": {"promise": next(made, None)}}


def _in_private(conversation: Conversation) -> Json:
    """What makes a direct message of a reply, wherever it was to go."""
    channels = {each.channel for each in conversation.targets}
    on_x = next((each.channel for each in conversation.targets if each.handle.kind == "twitter"), None)
    return {"public": False} if len(channels) == 1 or on_x is None else {"channel": on_x, "public": False}


def _addresses(conversation: Conversation, customer: Customer | None) -> list[str]:
    """The customer's mail addresses, those first of which it is proved that they are theirs."""
    links = [link for link in (customer.links if customer else ()) if link.handle.kind == "email"]
    proved: Iterable[str] = (link.handle.address for link in links if link.kind is LinkKind.VERIFIED)
    others = [conversation.address] if conversation.address and conversation.address.kind == "email" else []
    others += [link.handle for link in links]
    return list(dict.fromkeys([*proved, *(handle.address for handle in others)]))
