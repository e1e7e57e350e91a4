"""Two customers become one: who is asked, who waits, who is frozen, and when all of theirs has come.

Each takes part in one such step at a time. The first of the two, by their ids, is asked first and waits for the second:
so nobody waits for somebody who waits for them, however many wishes there are at once (docs/decisions/0035).
"""

from msgspec.structs import replace

from router.core.awaited import awaited
from router.core.identity.telling import differ, is_second_elder, standing
from router.core.step import Step
from router.model.customer import Customer, Evidence, Standing, Wish, gone_with
from router.model.decision import Decision, Moving, MovingState, Outcome, OutcomeKind
from router.model.errand import Errand, HandleSought, PartSent, Told
from router.model.event import BecamePart, MergeAsked, MergeOff, PartSettled, PartTaken
from router.model.ids import CustomerId

DONE = Outcome(OutcomeKind.DONE)
WISHES_KEPT = 50


def merge_asked(step: Step, wish: Wish, customer: Customer) -> Decision:
    """The next step of a wish: who is busy, as in leaving, keeps it for later; who is part of another passes it on."""
    if customer.busy_with:
        return _for_later(wish, customer)
    if elsewhere := customer.part_of or _left_by(wish, customer):
        return _redirected(wish, customer.id, elsewhere)
    if wish.standing is None:
        return _first_asked(step, wish, customer)
    mine = standing(customer, step.before)
    if wish.evidence is not Evidence.AGENT and differ(wish.standing.identities, mine.identities):
        return Decision(DONE, errands=_called_off(wish))
    return _second_asked(step, wish, wish.standing, mine, customer)


def merge_off(body: MergeOff, customer: Customer) -> Decision:
    """The customer waits for the other one no longer; what waited meanwhile is asked again."""
    if customer.busy_with != body.other or body.since not in (None, customer.busy_since):
        return Decision(DONE)
    free, errands = freed(customer)
    return Decision(DONE, customer=free, errands=errands)


def became_part(step: Step, body: BecamePart, customer: Customer) -> Decision:
    """The customer frozen, and what they were and had sent to whom they are part of; arrivals wait until all is there.

    Nothing of the conversation falls due any more, and it is in no queue; else it stays as it was.
    """
    before, whole = step.before, replace(customer, busy_with=None, busy_since=None, wishes=(), host=None)
    formers = tuple(dict.fromkeys((*customer.part_ofs, body.into)))
    return Decision(
        DONE,
        replace(before, part_of=body.into) if before else None,
        replace(whole, part_of=body.into, part_ofs=formers),
        errands=(PartSent(body.into, whole, body.wish, before), Told(customer.id, PartSettled()), *_again(customer)),
        cancelled=awaited(before) if before else (),
        moving=Moving(customer.id, MovingState.MOVING, body.into, formers),
    )


def part_settled(body: PartSettled, customer: Customer) -> Decision:
    """Once what was taken before the freeze is passed on, and then once it is there, arrivals go on with the other.

    Unless they are leaving again by then.
    """
    if customer.part_of is None or customer.busy_with:
        return Decision(DONE)
    if not body.is_there:
        return Decision(DONE, errands=(Told(customer.id, PartSettled(is_there=True)),))
    return Decision(DONE, moving=Moving(customer.id, MovingState.DONE, customer.part_of, customer.part_ofs))


def part_taken(step: Step, body: PartTaken, customer: Customer) -> Decision:
    """The timeline is at the other's: here only the way there is kept, and what is needed to undo it."""
    if customer.part_of is None:
        return Decision(DONE)
    known = replace(customer, host=body.host)
    if step.before is None or step.before.part_of is None:
        return Decision(DONE, customer=known)
    return Decision(DONE, replace(step.before, joined=body.joined), known, story=())


def freed(customer: Customer) -> tuple[Customer, tuple[Errand, ...]]:
    """`customer` as one who waits for nobody, and the errands that ask again for what waited meanwhile."""
    return replace(customer, busy_with=None, busy_since=None, wishes=()), _again(customer)


def _for_later(wish: Wish, customer: Customer) -> Decision:
    """The wish kept, once; of too many the oldest is off, so that nobody waits for an answer that never comes."""
    if any(replace(each, standing=wish.standing) == wish for each in customer.wishes):
        return Decision(DONE)
    wishes = (*customer.wishes, wish)
    off = tuple(Told(each.first, MergeOff(each.second)) for each in wishes[:-WISHES_KEPT] if each.standing)
    return Decision(DONE, customer=replace(customer, wishes=wishes[-WISHES_KEPT:]), errands=off)


def _again(customer: Customer) -> tuple[Errand, ...]:
    return tuple(Told(customer.id, MergeAsked(wish)) for wish in customer.wishes)


def _first_asked(step: Step, wish: Wish, customer: Customer) -> Decision:
    busy = replace(customer, busy_with=wish.second, busy_since=step.now)
    asked = replace(wish, standing=standing(customer, step.before))
    return Decision(DONE, customer=busy, errands=(Told(wish.second, MergeAsked(asked)),))


def _second_asked(step: Step, wish: Wish, first: Standing, mine: Standing, customer: Customer) -> Decision:
    """Both wait: who stays goes on waiting for the other, who is frozen."""
    if not is_second_elder(first, mine):
        return became_part(step, BecamePart(wish.first, wish), customer)
    busy = replace(customer, busy_with=wish.first, busy_since=step.now)
    return Decision(DONE, customer=busy, errands=(Told(wish.first, BecamePart(customer.id, wish)),))


def _left_by(wish: Wish, customer: Customer) -> CustomerId | None:
    """Whose the wish's handle is, who was part of the customer when it was looked for, and is not any more."""
    is_meant = wish.handle is not None and wish.other == customer.id
    return gone_with(customer, wish.handle) if is_meant and wish.handle else None


def _redirected(wish: Wish, gone: CustomerId, to: CustomerId) -> Decision:
    """The wish for `to`, whom `gone` is part of or who has left them; who waited for `gone` waits no longer."""
    off = (Told(wish.first, MergeOff(gone)),) if wish.standing else ()
    asker, other = (to if name == gone else name for name in (wish.asker, wish.other))
    if asker == other:
        return Decision(DONE, errands=off)
    anew = replace(wish, asker=asker, other=other, standing=None)
    return Decision(DONE, errands=(*off, Told(anew.first, MergeAsked(anew))))


def _called_off(wish: Wish) -> tuple[Errand, ...]:
    """What they differ in was found out meanwhile: agents are asked."""
    off = Told(wish.first, MergeOff(wish.second))
    if wish.handle is None:
        return (off,)
    return (off, HandleSought(wish.asker, Evidence.WRITTEN, wish.handle))
