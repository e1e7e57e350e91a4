"""The checker: what was sent against what Redis holds. It reads the keys itself and uses none of Hilo's code."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis

PARTITIONS = 16
WITH_TEXT = ("message_out", "transferred", "resolved", "note")


@dataclass(frozen=True)
class Sent:
    """A command that an agent sent; `text` are words that no other command has, or none."""

    conversation: str
    key: str
    text: str


@dataclass
class Found:
    """What is wrong; all empty when nothing is.

    `split` are customers with several conversations that are not closed, `astray` those whose record does not point to
    the one that they have. `undecided` are commands without an outcome, and those whose timeline says otherwise;
    `intents` replies in a timeline that are not on their way exactly once, or the other way round; `handed` owners that
    no recorded transfer made; `timers` what time should have brought and did not, or brought twice.
    """

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    ownerless: list[str] = field(default_factory=list)
    split: list[str] = field(default_factory=list)
    astray: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    intents: list[str] = field(default_factory=list)
    handed: list[str] = field(default_factory=list)
    timers: list[str] = field(default_factory=list)
    waiting: int = 0


async def compare(redis: "Redis", sent: Mapping[str, Sequence[str]], commands: Sequence[Sent] | None = None) -> Found:
    """What differs between `sent` (sender's handle to texts, in order) and what a router should have left in Redis.

    With the `commands` of agents what became of them is compared too, and the replies on their way: for loads whose
    channels send nothing.
    """
    told: dict[str, list[str]] = defaultdict(list)
    words: Counter[str] = Counter()
    found = Found()
    for partition in range(PARTITIONS):
        tag = f"hilo:{{p{partition:02d}}}:"
        found.waiting += await redis.xlen(f"{tag}in")
        queues = await _queues(redis, tag)
        records = await _records(redis, f"{tag}conv:")
        replies: Counter[str] = Counter()
        # A customer's earlier conversation comes first.
        for record in sorted(records.values(), key=lambda each: str(each.get("created_at"))):
            entries = [json.loads(entry) for entry in await redis.lrange(f"{tag}tl:{record['id']}", 0, -1)]
            for entry in entries:
                if entry["kind"] == "message_in":
                    told[entry["detail"]["handle"]].append(entry["text"])
            words.update(entry["text"] for entry in entries if entry["kind"] in WITH_TEXT and entry.get("text"))
            replies.update(entry["message"] for entry in entries if entry["kind"] == "message_out")
            _check_owner(found, record, queues)
            _check_transfers(found, record, entries)
            _check_timers(found, record, entries)
        if commands is not None:
            _check_intents(found, replies, await _intents(redis, tag))
        _check_customers(found, records, await _records(redis, f"{tag}cust:"))
    for sender, texts in sent.items():
        _check_story(found, sender, list(texts), told.get(sender, []))
    found.doubled += [f"unknown sender {sender}" for sender in told.keys() - sent.keys()]
    for command in commands or ():
        _check_command(found, command, await _outcome(redis, command), words[command.text])
    return found


async def _records(redis: "Redis", prefix: str) -> dict[str, dict[str, Any]]:
    """What lies under each name that follows `prefix`."""
    records: dict[str, dict[str, Any]] = {}
    async for key in redis.scan_iter(f"{prefix}*", count=1000):
        records[key.decode().removeprefix(prefix)] = json.loads(await redis.hget(key, "d") or b"{}")
    return records


async def _queues(redis: "Redis", tag: str) -> dict[str, set[str]]:
    queues: dict[str, set[str]] = {}
    async for key in redis.scan_iter(f"{tag}q:*", count=1000):
        members: Any = await redis.zrange(key, 0, -1)
        queues[key.decode().removeprefix(f"{tag}q:")] = {member.decode() for member in members}
    return queues


async def _intents(redis: "Redis", tag: str) -> Counter[str]:
    """The ids of the messages that are on their way."""
    intents: Counter[str] = Counter()
    async for key in redis.scan_iter(f"{tag}out:*", count=1000):
        entries: Any = await redis.xrange(key)
        intents.update(json.loads(fields[b"m"])["id"] for _, fields in entries)
    return intents


async def _outcome(redis: "Redis", command: Sent) -> str:
    """What became of the command: done, refused or conflict; nothing if nobody says."""
    data = await redis.hget(f"hilo:{{p{command.conversation.split('-')[1]}}}:res:{command.key}", "o")
    return str(json.loads(data)["kind"]) if data else ""


def _check_owner(found: Found, record: dict[str, Any], queues: Mapping[str, set[str]]) -> None:
    teams = [team for team, names in queues.items() if record["id"] in names]
    wanted = [] if record["state"] in ("resolved", "closed") else [record["ownership"]["team"]]
    if teams != wanted:
        found.ownerless.append(f"{record['id']}: owned by {record['ownership']['team']}, queued at {teams}")


def _check_transfers(found: Found, record: dict[str, Any], entries: Sequence[dict[str, Any]]) -> None:
    """Each transfer goes on from the owner that the one before it made, and the last one made today's."""
    moves = [entry["detail"] for entry in entries if entry["kind"] == "transferred"]
    owners = [move["to"] for move in moves]
    if owners and ([move["from"] for move in moves[1:]], record["ownership"]["team"]) != (owners[:-1], owners[-1]):
        path = ", ".join(f"{move['from']} to {move['to']}" for move in moves)
        found.handed.append(f"{record['id']}: owned by {record['ownership']['team']}, went {path}")


def _check_timers(found: Found, record: dict[str, Any], entries: Sequence[dict[str, Any]]) -> None:
    """No deadline is told twice as missed, and none that has passed is untold; nobody sleeps too long."""
    missed = [(e["detail"]["kind"], e["detail"]["due_at"]) for e in entries if e["kind"] == "deadline_missed"]
    if len(missed) > len(set(missed)):
        found.timers.append(f"{record['id']}: a deadline was missed twice")
    now = datetime.now(UTC)
    running = [each["due_at"] for each in record.get("deadlines", ()) if not each.get("missed_at")]
    snoozed = [record["snoozed_until"]] if record.get("snoozed_until") else []
    late = [due for due in (*running, *snoozed) if datetime.fromisoformat(due) < now]
    found.timers += [f"{record['id']}: nothing came of what was due at {due}" for due in late]


def _check_intents(found: Found, replies: Counter[str], intents: Counter[str]) -> None:
    for message in replies | intents:
        if (replies[message], intents[message]) != (1, 1):
            found.intents.append(f"{message}: {replies[message]} in timelines, {intents[message]} on their way")


def _check_command(found: Found, command: Sent, outcome: str, told: int) -> None:
    if not outcome:
        found.undecided.append(f"{command.key}: {command.conversation}")
    elif command.text and told != (outcome == "done"):
        found.undecided.append(f"{command.key}: {outcome}, and told {told} times")


def _check_customers(
    found: Found, conversations: Mapping[str, dict[str, Any]], customers: Mapping[str, dict[str, Any]]
) -> None:
    living: dict[str, list[str]] = {customer: [] for customer in customers}
    for name, record in conversations.items():
        if record["state"] != "closed":
            living.setdefault(record["customer"], []).append(name)
    for customer, names in living.items():
        pointed = customers.get(customer, {}).get("open_conversation")
        if len(names) > 1:
            found.split.append(f"{customer}: {sorted(names)}")
        if pointed not in names and (pointed or names):
            found.astray.append(f"{customer}: points to {pointed}, has {sorted(names)}")


def _check_story(found: Found, sender: str, sent: list[str], told: list[str]) -> None:
    found.lost += [f"{sender}: {text}" for text in sent if text not in told]
    found.doubled += [f"{sender}: {text}" for text in set(told) if told.count(text) > 1]
    if sorted(sent) == sorted(told) and sent != told:
        found.out_of_order.append(f"{sender}: {told}")
