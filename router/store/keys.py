"""Every key that Hilo writes, and how long it lives.

All keys of a partition carry its hash tag, so that one script on one slot can write them. The commit script builds them
from the partition's prefix: they are in the right slot by construction.

| key | type | lives |
|---|---|---|
| `hilo:{p07}:in` | stream of events not yet done | until each is committed |
| `hilo:{p07}:conv:<id>` | hash r(evision), d(ata), p(ointer to the customer) | until it is closed and archived |
| `hilo:{p07}:cust:<id>` | hash r(evision), d(ata), p(ointer to the open conversation) | as long as the customer |
| `hilo:{p07}:tl:<id>` | list of timeline entries | with its conversation |
| `hilo:{p07}:tm` | sorted set of timers by due instant | until due |
| `hilo:{p07}:q:<team>` | sorted set, the team's queue | while the conversation is not resolved |
| `hilo:{p07}:calls` | sorted set of conversations, by when their call may be made | until it is wrapped up |
| `hilo:{p07}:out:<channel>` | stream of replies not yet settled | until each is settled |
| `hilo:{p07}:try:<channel>` | hash, what is under way of them | until each is settled |
| `hilo:{p07}:fence:<channel>` | the sender's fencing token | for ever |
| `hilo:{p07}:feed` | stream of changes | behind its slowest reader; the latest 5,000 always, 100,000 at most |
| `hilo:{p07}:errands` | stream of what is owed to others | until each is done |
| `hilo:{p07}:moved:<id>` | where arrivals go of who is part of another, or was | as long; 30 days after |
| `hilo:{p07}:seen:<channel>` | sorted set of digests by instant | as long as the source may repeat itself |
| `hilo:{p07}:res:<key>` | hash, a command's body digest and outcome | a day |
| `hilo:{p07}:wait:<team>` | list, how long customers waited, in seconds | the latest 20 |
| `hilo:{p07}:ask` | stream of look-ups in the directory | until each is answered, a day at most; the latest 5,000 |
| `hilo:{p07}:arch` | stream of closed conversations, and of what is told of one later | until history holds each |
| `hilo:{p07}:dead` | stream of dead letters | until somebody replays or drops them |
| `hilo:{p07}:count` | hash, messages by what became of them and channel; `since`, the first one counted | for ever |
| `hilo:{p07}:guard:<team>` | hash, replies in which the guard saw something, counted by kind and outcome | for ever |
| `hilo:{p07}:tally:<team>` | hash, what the team owed (promises, callbacks…), by what became of it | for ever |
| `hilo:{p07}:lease` | the worker's token | renewed, else it expires |
| `hilo:{p07}:hw` | the latest instant decided at, in ms | for ever |
| `hilo:{h:<digest>}` | the customer of a handle | as long as the customer |
| `hilo:{h:<digest>}:pin:<digest>` | whose one message of a handle without customer is | while it may come again |
| `hilo:{v:<digest>}:log`, `:ids` | a chat visitor's transcript | 30 days of silence |
| `hilo:{v:<digest>}:who` | a digest of the site's id of a chat visitor whom it has signed | 30 days of silence |
| `hilo:{id:<digest>}` | who brought a signed token first, a chat visitor or `erased` | 12 hours beyond its end |
| `hilo:{ch:<channel>}:…` | a channel's lease, token counter and shelf | for ever; who can't be reached: 30 days |
| `hilo:{ch:<channel>}:rate:<account>` | hash: the sending limit, and until when it is to rest | a week |
| `hilo:{ch:<channel>}:auto:<digest>` | sorted set of automatic messages by instant | as long as they count, a day |
| `hilo:{ch:<channel>}:calls:…` | hash: what a provider grants of a route, and what of a budget is used | 40 days |
| `hilo:{ch:<channel>}:taken:…` | sorted set of a feed's ids that are settled | while the feed may show them, 8 days |
| `hilo:{ch:<channel>}:posted:…`, `:posted-as:…` | what has left of a message, and whose it is | 3 days |
| `hilo:{ch:<channel>}:open` | hash, the calls of which no end is known | until it is, a day at most |
| `hilo:{ch:<channel>}:rang:<digest>` | for which conversation a number was rung last | a week |
| `hilo:{ch:<channel>}:lines` | hash, how far a provider has driven each call that is under way | until it is over |
| `hilo:{routers}` | sorted set of the routers alive | renewed, else dropped |
| `hilo:{readers}` | hash, how far each reader of the feed has come, and when it said so | 24 hours of silence |
| `hilo:{presence}` | sorted set of who is at the desk, by team, until when | renewed, else dropped |
| `hilo:{phone}:ready` | sorted set of who takes calls, until when | renewed, else dropped |
| `hilo:{phone}:idle` | sorted set of since when each of them has had no call | as long |
| `hilo:{phone}:agents` | hash, what is known of each of them | as long |
| `hilo:{phone}:waiting` | hash, how many calls of each team wait for an agent | told anew, else a minute |
| `hilo:{phone}:off:<agent>` | why an agent was taken off: `unanswered`, `passed` | until they take calls, else a day |
| `hilo:{phone}:later` | hash, how many calls each team owes in which window ahead | told anew, else a minute |
| `hilo:{phone}:held:<agent>` | hash: the callback an agent is held for, and until when | as long as the hold |
| `hilo:{phone}:window:<team>:<instant>` | sorted set of digests of who reserved it, and when | a day after it begins |
| `hilo:{rules}` | hash, how it stands with the rules of each router | renewed, else dropped |
| `hilo:{s:<digest>}` | the name of who is signed in to the desk | as long as a sign-in lasts |
| `hilo:{up:<digest>}` | a mark that an agent has brought a file | 8 days |
| `hilo:{try:<digest>}` | how often a sign-in was tried | a quarter of an hour |
| `hilo:{tokens}` | hash of the scripts' tokens by name, each with its digest | until revoked |
| `hilo:{…}:kept` | a mark that replicas are waited for | a minute |
| `hilo:{meta}` | hash: the format, how many partitions, the secret that signs what comes back | for ever |

What names a customer, a conversation or a handle is found and erased by `router/store/personal`: whoever adds a key
that does adds it there.
"""

import hashlib
from datetime import datetime

from router.model.clock import milliseconds
from router.model.ids import AgentId, ConversationId, CustomerId, TeamId
from router.model.message import Handle, folded

ROUTERS = "hilo:{routers}"
READERS = "hilo:{readers}"
PRESENCE = "hilo:{presence}"
RULES = "hilo:{rules}"
META = "hilo:{meta}"
TOKENS = "hilo:{tokens}"
INBOUND = "in"
TIMERS = "tm"
CALLS = "calls"
FEED = "feed"
DEAD = "dead"
ARCHIVE = "arch"
ERRANDS = "errands"
LOOK_UPS = "ask"
COUNTS = "count"
COUNTED_SINCE = "since"
LEASE = "lease"
HIGH_WATER = "hw"


def digest(*parts: str) -> str:
    """A short name for `parts` that can't be read back: 160 bits of SHA-256, in hex."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]


def prefix(partition: int) -> str:
    """What all keys of a partition begin with; its hash tag puts them into one slot."""
    return f"hilo:{{p{partition:02d}}}:"


def key(partition: int, suffix: str) -> str:
    """The whole key for one of the suffixes below."""
    return prefix(partition) + suffix


def kept(name: str) -> str:
    """The key of the mark written behind a script on the key `name`, in its slot."""
    return f"{name[: name.index('}') + 1]}:kept"


def conversation(identifier: ConversationId) -> str:
    """Suffix of a conversation's record."""
    return f"conv:{identifier}"


def customer(identifier: CustomerId) -> str:
    """Suffix of a customer's record."""
    return f"cust:{identifier}"


def timeline(identifier: ConversationId) -> str:
    """Suffix of a conversation's timeline."""
    return f"tl:{identifier}"


def queue(team: TeamId) -> str:
    """Suffix of a partition's part of a team's queue."""
    return f"q:{team}"


def waits(team: TeamId) -> str:
    """Suffix of the latest waits of a team's customers."""
    return f"wait:{team}"


def guard(team: TeamId) -> str:
    """Suffix of the counts of a team's replies in which the guard saw something."""
    return f"guard:{team}"


def guarded(kind: str, became: str) -> str:
    """Field of those counts: the replies with a finding of `kind` that `became` so."""
    return f"{kind}:{became}"


def tally(team: str) -> str:
    """Suffix of the counts of what a team owed, by what became of it."""
    return f"tally:{team}"


def tallied(what: str, became: str) -> str:
    """Field of those counts: how often `what` (a promise, a callback …) `became` so (kept, broken …)."""
    return f"{what}:{became}"


def outbound(channel: str) -> str:
    """Suffix of a channel's outbound stream."""
    return f"out:{channel}"


def attempts(channel: str) -> str:
    """Suffix of what is under way on a channel."""
    return f"try:{channel}"


def fence(channel: str) -> str:
    """Suffix of the token of a channel's one sender."""
    return f"fence:{channel}"


def seen(channel: str) -> str:
    """Suffix of the digests of what a channel has brought."""
    return f"seen:{channel}"


def outcome(name: str) -> str:
    """Suffix of a command's outcome."""
    return f"res:{name}"


def moved(identifier: CustomerId) -> str:
    """Suffix of where a customer's arrivals go."""
    return f"moved:{identifier}"


def came(channel: str) -> str:
    """Field of `COUNTS`: the messages that came from another customer, who became part of one here, or was."""
    return f"came:{channel}"


def went(channel: str) -> str:
    """Field of `COUNTS`: the messages that went to another customer, the other way round."""
    return f"went:{channel}"


def accepted(channel: str) -> str:
    """Field of `COUNTS`: the messages that a channel brought."""
    return f"accepted:{channel}"


def archived(channel: str) -> str:
    """Field of `COUNTS`: those of them that history holds and Redis does not any more."""
    return f"archived:{channel}"


def dropped(channel: str) -> str:
    """Field of `COUNTS`: those of them that were dead letters and that somebody dropped."""
    return f"dropped:{channel}"


def erased(channel: str) -> str:
    """Field of `COUNTS`: those of them that were a customer's whose data was erased."""
    return f"erased:{channel}"


def erasing(name: str) -> str:
    """Field of `COUNTS` while an erasure is under way: what it has counted of the conversation, or of the round."""
    return f"erasing:{name}"


def handle(address: Handle) -> str:
    """The key that names a handle's customer; the address itself can't be read from it.

    Case makes no difference for whose mailbox it is, although RFC 5321 section 2.4 would let a server tell `Ana@` from
    `ana@`: none is known that does, and people write both. Letters that only look like others are others'.
    """
    name = folded(address.address) if address.kind == "email" else address.address
    return f"hilo:{{h:{digest(address.kind, name)}}}"


def pin(address: Handle, message: str) -> str:
    """The key that says whose the message with the digest `message` is, in the slot of the handle that wrote it."""
    return f"{handle(address)}:pin:{message}"


def transcript(visitor: str) -> str:
    """A chat visitor's transcript."""
    return f"hilo:{{v:{visitor}}}:log"


def transcript_ids(visitor: str) -> str:
    """The message ids that a chat visitor's transcript holds."""
    return f"hilo:{{v:{visitor}}}:ids"


def signed_as(visitor: str) -> str:
    """The key that says who a chat visitor is by the site's word."""
    return f"hilo:{{v:{visitor}}}:who"


def brought(token: str) -> str:
    """The key that names the visitor who brought the signed token with the digest `token` first."""
    return f"hilo:{{id:{token}}}"


def channel(name: str, suffix: str) -> str:
    """A key of a channel's own."""
    return f"hilo:{{ch:{name}}}:{suffix}"


def phone(suffix: str) -> str:
    """A key of what is known of those who take calls, all in one slot."""
    return f"hilo:{{phone}}:{suffix}"


def held(agent: AgentId) -> str:
    """The key of the callback that an agent is held for."""
    return phone(f"held:{agent}")


def off(agent: AgentId) -> str:
    """The key of why an agent was taken off those who take calls."""
    return phone(f"off:{agent}")


def window(team: TeamId, begins_at: datetime) -> str:
    """The key of who reserved the window that begins then; no id of a team holds a colon."""
    return phone(f"window:{team}:{milliseconds(begins_at)}")


def session(name: str) -> str:
    """The key of the desk's session whose id has the digest `name`."""
    return f"hilo:{{s:{name}}}"


def upload(name: str) -> str:
    """The key of the mark that an agent has brought a file; `name` is the digest of both."""
    return f"hilo:{{up:{name}}}"


def sign_ins(name: str) -> str:
    """The key that counts the attempts to sign in of the user or the address with the digest `name`."""
    return f"hilo:{{try:{name}}}"
