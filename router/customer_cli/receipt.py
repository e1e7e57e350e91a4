"""What was erased, where, when and by whom: for who asked for it. It holds nothing personal."""

import getpass
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from router.customer_cli.plan import Plan, write_private
from rules.problems import json_text

# What nobody can reach from here.
OUT_OF_REACH = (
    "backups, which hold it until they are replaced: after a restore, run this again",
    "the providers' own copies: the mailbox that Hilo reads, X, and what customers have received",
    "what others wrote of this person in conversations of their own",
    "files that an agent brought and never sent",
)


def receipt(plan: Plan, *, files_left: Sequence[str], is_ours: bool, has_history: bool) -> dict[str, Any]:
    """The receipt of `plan`, once all is done."""
    where = {
        "redis": "records, timelines, queues, timers, replies, dead letters, outcomes, chats, counts of sending",
        "archive": "rows deleted, the file written anew" if has_history else "there is none",
        "files": f"{len(plan.files) - len(files_left)} removed, {len(files_left)} kept since others' records name them",
        "append_only_file": "written anew" if is_ours else "not ours: run BGREWRITEAOF on each server, replicas too",
    }
    return {
        "receipt": plan.name,
        "began_at": plan.began_at.isoformat(timespec="seconds"),
        "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "by": getpass.getuser(),
        "identifiers_sha256": digest_of(plan),
        "customers": len(plan.customers),
        "handles": len(plan.handles),
        "erased": plan.counts,
        "where": where,
        "out_of_reach": list(OUT_OF_REACH),
    }


def digest_of(plan: Plan) -> str:
    """What the receipt is recognised by for who knows the customer's id, which was random, and their handles."""
    names = sorted([*plan.customers, *map(str, plan.handles)])
    return hashlib.sha256("\n".join(names).encode("utf-8", "surrogatepass")).hexdigest()


def as_text(told: dict[str, Any]) -> str:
    """The receipt for a person."""
    rows = [(name, told[name]) for name in ("receipt", "began_at", "ended_at", "by", "identifiers_sha256")]
    rows += [("erased", ""), *((f"  {name.replace('_', ' ')}", count) for name, count in told["erased"].items())]
    rows += [("where", ""), *((f"  {name.replace('_', ' ')}", text) for name, text in told["where"].items())]
    lines = [f"{name:<24} {value}".rstrip() for name, value in rows]
    return "\n".join([*lines, "out of reach", *(f"  - {each}" for each in told["out_of_reach"]), ""])


def keep(folder: Path, told: dict[str, Any]) -> Path:
    """Keep the receipt as JSON and as text; where the JSON lies."""
    path = folder / f"{told['receipt']}.json"
    write_private(path.with_suffix(".txt"), as_text(told).encode())
    write_private(path, json_text(told).encode())
    return path
