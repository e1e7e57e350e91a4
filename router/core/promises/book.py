"""What agents say of promises: one was made, it was kept or was not, another time was agreed on."""

from msgspec.structs import replace

from router.core.promises.calls import without_call
from router.core.promises.chase import told_late
from router.core.promises.found import found_in
from router.core.promises.kept import as_said, moved_to, promised
from router.core.promises.record import Done, is_full, promise_of, settled
from router.core.promises.rest import kept_open
from router.core.step import Step, changed, refused
from router.model.decision import Decision
from router.model.event import PromiseMade, PromiseMoved, PromiseSettled
from router.model.finding import Finding
from router.model.ids import promise_id
from router.model.promise import Promise, PromiseState


def promise_made(step: Step, body: PromiseMade) -> Decision:
    """The promise as its agent gave it; what else its words promise is told, and recorded by nobody else."""
    if is_full(step.conversation):
        return refused("too_many_promises")
    if body.due_at <= step.now:
        return refused("in_the_past")
    agent, text = body.agent, " ".join(body.text.split())
    name = promise_id(step.event.id, step.event.partition)
    promise = Promise(
        name, body.kind, step.now, body.due_at, agent.id, agent.name, text, body.from_at, vague=body.vague
    )
    found = found_in(text, step)
    said = next((each for each in found if each.due_at == body.due_at and not each.vague), None)
    promise = as_said(promise, said) if said else promise
    others = tuple(each for each in found if each.due_at != body.due_at)
    return _decided(promised(step.conversation, promise, step), others)


def promise_settled(step: Step, body: PromiseSettled) -> Decision:
    """The promise kept or dropped; one that was broken is told to the customer with a new time, and owed until then."""
    promise = promise_of(step.conversation, body.promise)
    if promise is None:
        return refused("no_such_promise")
    if not promise.is_open:
        return refused("already_settled")
    if body.state is PromiseState.BROKEN:
        return told_late(step, promise, is_known=True, actor=body.agent.name, note=body.note)
    done = settled(step.conversation, promise, body.state, step, body.agent.name, body.note)
    done = without_call(done, replace(promise, state=body.state), step, body.agent.name)
    return _decided(Done(kept_open(done.conversation, step), done.entries, done.tallies))


def promise_moved(step: Step, body: PromiseMoved) -> Decision:
    """The promise at another time, and chased anew."""
    promise = promise_of(step.conversation, body.promise)
    if promise is None:
        return refused("no_such_promise")
    if not promise.is_open:
        return refused("already_settled")
    if body.due_at <= step.now:
        return refused("in_the_past")
    to = replace(promise, due_at=body.due_at, from_at=body.from_at, vague=False)
    return _decided(moved_to(step.conversation, promise, to, step, body.agent.name))


def _decided(done: Done, found: tuple[Finding, ...] = ()) -> Decision:
    decided = changed(done.conversation, *done.entries)
    return replace(decided, tallies=done.tallies, outcome=replace(decided.outcome, found=found))
