"""Where a reply goes: where the customer wrote, the other side of it, or an address that they gave."""

from msgspec.structs import replace

from router.core.identity.finding import sought
from router.core.step import Step
from router.model.call import PHONE
from router.model.conversation import TARGETS_KEPT, Conversation, ReplyTarget
from router.model.customer import Evidence, with_evidence
from router.model.decision import Decision
from router.model.event import ReplyWritten
from router.model.ids import AgentId
from router.model.message import ChannelName, Proof


def target_of(
    conversation: Conversation, channel: ChannelName | None, public: bool | None = None
) -> ReplyTarget | None:
    """Where a reply goes: the handle of the latest inbound message (on `channel`, if one is named); None if nowhere.

    With `public`, that side of the same handle. A private one is opened by us where the customer has written in public
    alone; nobody is written to in public who never was there. Nobody is written to at a telephone.
    """
    targets = tuple(target for target in conversation.targets if target.handle.kind != PHONE)
    latest = next((target for target in targets if channel is None or target.channel == channel), None)
    if latest is None or public is None or latest.public is public:
        return latest
    side = next((target for target in targets if target.handle == latest.handle and target.public is public), None)
    return side or (None if public else _opened(latest))


def given_place(step: Step, reply: ReplyWritten) -> ReplyTarget | None:
    """Where to write to an address that the customer gave: the team does the hop, nobody sends them there.

    None where no channel of ours leads there.
    """
    ways = step.context.policy.answer_by or {}
    if reply.to is None or reply.to.kind not in ways:
        return None
    known = next((target for target in step.conversation.targets if target.handle == reply.to), None)
    if known:
        return replace(known, subject=reply.subject or known.subject)
    channel, account = ways[reply.to.kind]
    return ReplyTarget(channel, account, reply.to, Proof.NONE, step.now, subject=reply.subject)


def known_there(left: Decision, target: ReplyTarget, by: AgentId, step: Step) -> Decision:
    """`left`, with `target` as the last place where a reply can go, and its handle as one that the customer claims.

    `by` is the agent who took it down: that they write there makes it no more than their word.
    """
    conversation, customer = left.conversation, step.context.customer
    if conversation is None or customer is None:
        return left
    if all(known.handle != target.handle for known in conversation.targets):
        conversation = replace(conversation, targets=(*conversation.targets[: TARGETS_KEPT - 1], target))
    known = with_evidence(customer, target.handle, Evidence.WRITTEN, step.now, by)
    wanted = sought(customer, (target.handle,), Evidence.WRITTEN)
    errands = tuple(replace(errand, is_free_only=True) for errand in wanted)
    return replace(left, conversation=conversation, customer=known, errands=(*left.errands, *errands))


def _opened(target: ReplyTarget) -> ReplyTarget:
    """The private side of a public `target`, in which nothing has been written yet."""
    return replace(target, public=False, subject="", thread="", references=(), quotation=None)
