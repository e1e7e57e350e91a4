"""What must hold of a partition's contents; each check yields what is wrong, with the keys to be read again for it."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from router.core.calls.board import board_score
from router.core.queue import queue_score
from router.model.conversation import Conversation
from router.model.errors import PermanentError
from router.model.ids import ConversationId, CustomerId, TeamId, partition_of
from router.store.audit.contents import Contents
from router.store.audit.families import ARCHIVE, ATTEMPTS, CALLS, CONVERSATION, CUSTOMER, OUTBOUND, QUEUE, TIMELINE
from router.store.audit.findings import Finding, Name, Wrong
from router.store.audit.parts import parts
from router.store.audit.timers import timers


def checked(contents: Contents, teams: Collection[TeamId]) -> list[Finding]:
    """All that is wrong in a partition."""
    found = list(contents.broken)
    checks = (
        _places,
        _queues,
        _calls,
        _customers,
        _open_twice,
        _timelines,
        _doubled,
        timers,
        _replies,
        _archiving,
        parts,
    )
    for check in checks:
        found += check(contents)
    return [*found, *_owners(contents, teams)]


def _owners(contents: Contents, teams: Collection[TeamId]) -> Iterator[Finding]:
    for conversation in contents.conversations.values():
        team = conversation.ownership.team
        if _is_alive(conversation) and team not in teams:
            yield _of(conversation, Wrong.OWNER, f"its team {team!r} is none of the configuration's")


def _places(contents: Contents) -> Iterator[Finding]:
    for family, names in ((CONVERSATION, contents.conversations), (CUSTOMER, contents.customers)):
        for name in names:
            if _partition(name) != contents.partition:
                text = f"its id is not one of partition {contents.partition:02d}"
                yield Finding(Wrong.MISPLACED, name, text, ((family, name),))


def _queues(contents: Contents) -> Iterator[Finding]:
    """Each conversation that is not resolved stands in its team's queue, at its place, and in no other."""
    stands: dict[ConversationId, dict[TeamId, float]] = defaultdict(dict)
    for team, members in contents.queues.items():
        for name, score in members.items():
            stands[name][team] = score
    for name in {*stands, *contents.conversations}:
        conversation, places = contents.conversations.get(name), stands.get(name, {})
        text = _place(conversation, places)
        if text and name not in contents.unread:
            about = ((CONVERSATION, name), *((QUEUE, team) for team in places))
            yield Finding(Wrong.QUEUE, name, text, about)


def _place(conversation: Conversation | None, places: dict[TeamId, float]) -> str:
    """What is wrong with where the conversation stands; nothing if it is right."""
    told = ", ".join(sorted(places)) or "none"
    if conversation is None:
        return f"stands in the queue of {told}, and there is no such conversation"
    right = {conversation.ownership.team} if conversation.is_queued else set()
    if set(places) != right:
        return f"it is {conversation.state}, its team is {conversation.ownership.team}; the queues it is in: {told}"
    score = queue_score(conversation)
    if any(place != score for place in places.values()):
        return f"stands at {next(iter(places.values())):.0f} in its queue instead of {score}"
    return ""


def _calls(contents: Contents) -> Iterator[Finding]:
    """Each conversation with a call that is owed or under way stands on the board, at its place, and no other does."""
    for name in {*contents.calls, *contents.conversations}:
        conversation, place = contents.conversations.get(name), contents.calls.get(name)
        right = board_score(conversation) if conversation else None
        if place != right and name not in contents.unread:
            text = f"stands on the board of calls at {place or 'no place'} instead of {right or 'no place'}"
            yield Finding(Wrong.CALLS, name, text, ((CONVERSATION, name), (CALLS, "")))


def _customers(contents: Contents) -> Iterator[Finding]:
    """A customer points to their conversation that is not closed, and it to them."""
    for customer in contents.customers.values():
        pointer = customer.open_conversation
        if pointer is None:
            continue
        pointed = contents.conversations.get(pointer)
        about = ((CUSTOMER, customer.id), (CONVERSATION, pointer))
        if pointed is None:
            # The way from a conversation that became part of another ends some day.
            if pointer not in contents.unread and customer.part_of is None:
                yield Finding(Wrong.POINTER, customer.id, f"points to {pointer}, and there is none", about)
        elif pointed.is_closed or pointed.customer != customer.id:
            text = f"points to {pointer}, which is {pointed.state}, of {pointed.customer}"
            yield Finding(Wrong.POINTER, customer.id, text, about)
    for conversation in contents.conversations.values():
        owner = contents.customers.get(conversation.customer)
        if owner is None:
            if conversation.customer in contents.unread:
                continue
            yield _of(conversation, Wrong.POINTER, f"its customer {conversation.customer} is not there")
        elif _is_alive(conversation) and owner.open_conversation != conversation.id:
            text = f"it is {conversation.state}, and its customer points to {owner.open_conversation or 'none'}"
            yield _of(conversation, Wrong.POINTER, text)


def _open_twice(contents: Contents) -> Iterator[Finding]:
    open_ones: dict[CustomerId, list[ConversationId]] = defaultdict(list)
    for conversation in contents.conversations.values():
        if _is_alive(conversation):
            open_ones[conversation.customer].append(conversation.id)
    for customer, names in open_ones.items():
        if len(names) > 1:
            about = ((CUSTOMER, customer), *((CONVERSATION, name) for name in names))
            text = f"has {len(names)} conversations that are not closed: {', '.join(sorted(names))}"
            yield Finding(Wrong.OPEN_TWICE, customer, text, about)


def _timelines(contents: Contents) -> Iterator[Finding]:
    """A conversation has its timeline, each entry of it once, and its messages are as many as it says."""
    for name in {*contents.conversations, *contents.stories}:
        conversation, story = contents.conversations.get(name), contents.stories.get(name)
        about: tuple[Name, ...] = ((CONVERSATION, name), (TIMELINE, name))
        if conversation and conversation.joined and conversation.part_of:
            if story:
                text = f"is part of {conversation.joined}, and has a timeline of its own"
                yield Finding(Wrong.TIMELINE, name, text, about)
            continue
        if (conversation is None or story is None) and name not in contents.unread:
            text = "has no timeline" if story is None else "has a timeline, and there is no such conversation"
            yield Finding(Wrong.TIMELINE, name, text, about)
        if story and story.repeated:
            yield Finding(Wrong.REPEATED_ENTRY, name, f"has these entries twice: {', '.join(story.repeated)}", about)
        if conversation and story and conversation.messages != story.numbered:
            text = f"says {conversation.messages} messages, and its timeline has {story.numbered}"
            yield Finding(Wrong.NUMBERING, name, text, about)


def _doubled(contents: Contents) -> Iterator[Finding]:
    """No message is in a customer's timelines twice."""
    seen: dict[CustomerId, dict[bytes, ConversationId]] = defaultdict(dict)
    for name, story in contents.stories.items():
        if (conversation := contents.conversations.get(name)) is None:
            continue
        known = seen[conversation.customer]
        for content in story.contents:
            if content in known:
                where = sorted({known[content], name})
                text = f"a message is there twice, in {', '.join(where)}"
                about = tuple((family, str(each)) for each in where for family in (CONVERSATION, TIMELINE))
                yield Finding(Wrong.DOUBLED, conversation.customer, text, about)
            known[content] = name


def _replies(contents: Contents) -> Iterator[Finding]:
    """A reply under way names a conversation, which may be in history, and what was tried is a reply under way."""
    lost = contents.lost()
    for channel, replies in contents.replies.items():
        for reply in replies.values():
            if reply.conversation in lost:
                named = ((OUTBOUND, channel), (CONVERSATION, reply.conversation))
                text = f"is under way on {channel} for {reply.conversation}, and there is no such conversation"
                yield Finding(Wrong.OUTBOUND, reply.id, text, named)
    for channel, messages in contents.attempts.items():
        known = {reply.id for reply in contents.replies.get(channel, {}).values()}
        for message in messages:
            if message not in known:
                about = ((OUTBOUND, channel), (ATTEMPTS, channel))
                yield Finding(Wrong.ATTEMPT, message, f"was tried on {channel}, and is not under way there", about)


def _archiving(contents: Contents) -> Iterator[Finding]:
    """History is asked to take each closed conversation, and no other; what has left for it is there."""
    lost = contents.lost()
    for conversation in contents.conversations.values():
        is_asked = conversation.id in contents.asked
        if conversation.is_closed != is_asked:
            told = f"is {conversation.state}, and history is {'' if is_asked else 'not '}asked to take it"
            yield Finding(Wrong.ARCHIVE, conversation.id, told, _asking(conversation.id))
    for name in contents.asked & lost:
        told = "history is asked to take it, and it is neither in Redis nor in the archive"
        yield Finding(Wrong.ARCHIVE, name, told, _asking(name))


def _is_alive(conversation: Conversation) -> bool:
    """Whether it goes on, as itself: neither closed, nor part of another."""
    return not conversation.is_closed and conversation.part_of is None


def _asking(name: ConversationId) -> tuple[Name, ...]:
    return ((ARCHIVE, ""), (CONVERSATION, name))


def _of(conversation: Conversation, kind: Wrong, text: str) -> Finding:
    return Finding(kind, conversation.id, text, ((CONVERSATION, conversation.id), (CUSTOMER, conversation.customer)))


def _partition(identifier: str) -> int | None:
    try:
        return partition_of(identifier)
    except PermanentError:
        return None
