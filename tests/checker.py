"""The checker: what was sent against what Redis holds. It reads the keys itself and uses none of Hilo's code."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis

PARTITIONS = 16


@dataclass
class Found:
    """What is wrong; all empty when nothing is.

    `split` are customers with several conversations that are not closed, `astray` those whose record does not point to
    the one that they have.
    """

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    ownerless: list[str] = field(default_factory=list)
    split: list[str] = field(default_factory=list)
    astray: list[str] = field(default_factory=list)
    waiting: int = 0


async def compare(redis: "Redis", sent: Mapping[str, Sequence[str]]) -> Found:
    """What differs between `sent` (sender's handle to texts, in order) and what a router should have left in Redis."""
    told: dict[str, list[str]] = defaultdict(list)
    found = Found()
    for partition in range(PARTITIONS):
        tag = f"hilo:{{p{partition:02d}}}:"
        found.waiting += await redis.xlen(f"{tag}in")
        queues = await _queues(redis, tag)
        records = await _records(redis, f"{tag}conv:")
        for record in records.values():
            entries = [json.loads(entry) for entry in await redis.lrange(f"{tag}tl:{record['id']}", 0, -1)]
            for entry in entries:
                if entry["kind"] == "message_in":
                    told[entry["detail"]["handle"]].append(entry["text"])
            _check_owner(found, record, queues)
        _check_customers(found, records, await _records(redis, f"{tag}cust:"))
    for sender, texts in sent.items():
        _check_story(found, sender, list(texts), told.get(sender, []))
    found.doubled += [f"unknown sender {sender}" for sender in told.keys() - sent.keys()]
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


def _check_owner(found: Found, record: dict[str, Any], queues: Mapping[str, set[str]]) -> None:
    teams = [team for team, names in queues.items() if record["id"] in names]
    wanted = [] if record["state"] in ("resolved", "closed") else [record["ownership"]["team"]]
    if teams != wanted:
        found.ownerless.append(f"{record['id']}: owned by {record['ownership']['team']}, queued at {teams}")


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
