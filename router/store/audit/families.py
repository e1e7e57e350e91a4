"""The families of keys that Hilo writes (the table is in router/store/keys.py), with the type of each."""

import re

from router.store.audit.findings import Name

CONVERSATION, CUSTOMER, TIMELINE, QUEUE = "conv", "cust", "tl", "q"
TIMERS, OUTBOUND, ATTEMPTS, INBOUND, DEAD, ARCHIVE = "tm", "out", "try", "in", "dead", "arch"
ERRANDS, MOVED, OTHER, HANDLE, CALLS = "errands", "moved", "other", "handle", "calls"

# Of a partition, by what stands before the first colon of the suffix.
NAMED = {
    CONVERSATION: "hash",
    CUSTOMER: "hash",
    TIMELINE: "list",
    QUEUE: "zset",
    OUTBOUND: "stream",
    ATTEMPTS: "hash",
    "fence": "string",
    "seen": "zset",
    "res": "hash",
    "wait": "list",
    "guard": "hash",
    "tally": "hash",
    MOVED: "string",
}
SINGLE = {
    INBOUND: "stream",
    TIMERS: "zset",
    CALLS: "zset",
    "feed": "stream",
    ERRANDS: "stream",
    DEAD: "stream",
    ARCHIVE: "stream",
    "ask": "stream",
    "kept": "string",
    "count": "hash",
    "lease": "string",
    "hw": "string",
}
# Those that are read and checked whole; of the others only the type is.
READ = (
    CONVERSATION,
    CUSTOMER,
    TIMELINE,
    QUEUE,
    CALLS,
    TIMERS,
    INBOUND,
    OUTBOUND,
    ATTEMPTS,
    ARCHIVE,
    ERRANDS,
    MOVED,
)
GLOBAL = (
    (re.compile(r"\{h:[0-9a-f]+\}:pin:[0-9a-f]+"), "string"),
    (re.compile(r"\{v:[^}]+\}:log"), "stream"),
    (re.compile(r"\{v:[^}]+\}:ids"), "hash"),
    (re.compile(r"\{v:[^}]+\}:who"), "string"),
    (re.compile(r"\{id:[0-9a-f]+\}"), "string"),
    (re.compile(r"\{ch:[^}]+\}:rate:.*"), "hash"),
    (re.compile(r"\{ch:[^}]+\}:calls:.+"), "hash"),
    (re.compile(r"\{ch:[^}]+\}:open"), "hash"),
    (re.compile(r"\{ch:[^}]+\}:lines"), "hash"),
    (re.compile(r"\{ch:[^}]+\}:(auto|taken):.+"), "zset"),
    (re.compile(r"\{ch:[^}]+\}:.+"), "string"),
    (re.compile(r"\{s:[^}]+\}"), "string"),
    (re.compile(r"\{(try|up):[^}]+\}"), "string"),
    (re.compile(r"\{(routers|presence)\}"), "zset"),
    (re.compile(r"\{phone\}:(ready|idle)"), "zset"),
    (re.compile(r"\{phone\}:(agents|waiting|later|held:.+)"), "hash"),
    (re.compile(r"\{phone\}:window:.+"), "zset"),
    (re.compile(r"\{phone\}:off:.+"), "string"),
    (re.compile(r"\{(readers|rules|tokens|meta)\}"), "hash"),
    (re.compile(r"\{[^}]+\}:kept"), "string"),
)
HANDLE_KEY = re.compile(r"\{h:[0-9a-f]+\}")
PARTITION_KEY = re.compile(r"\{p([0-9]{2})\}:([^:]+)(?::(.+))?", re.DOTALL)
PREFIX = "hilo:"


def family_of(key: str, partitions: int) -> tuple[int | None, Name | None]:
    """The partition of `key` (None for what is of none) and its family; no family for what Hilo does not write."""
    rest = key.removeprefix(PREFIX)
    if found := PARTITION_KEY.fullmatch(rest):
        partition, family, name = int(found[1]), found[2], found[3] or ""
        is_known = partition < partitions and (family in NAMED if name else family in SINGLE)
        if not is_known:
            return None, None
        return partition, (family, name) if family in READ else (OTHER, rest)
    if HANDLE_KEY.fullmatch(rest):
        return None, (HANDLE, rest)
    return None, (OTHER, rest) if any(pattern.fullmatch(rest) for pattern, _ in GLOBAL) else None


def type_of(rest: str) -> str:
    """The type that the key without its prefix must have."""
    if found := PARTITION_KEY.fullmatch(rest):
        return (NAMED if found[3] else SINGLE)[found[2]]
    return next(type_ for pattern, type_ in GLOBAL if pattern.fullmatch(rest))
