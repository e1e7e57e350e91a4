"""What customers and agents wrote, and who they are, is in no log: every Hilo process of the tests is held to it.

What was said is read from where Hilo keeps it, so that no test has to tell; then each process' log is looked through.
"""

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import yaml
from redis.asyncio import Redis
from redis.exceptions import RedisError

from router.store.server_socket import socket_path
from tests.redis_servers import client_of

SHORTEST = 6
SAID = ("message_in", "message_out", "note")
# The company's own, and what its pages say by themselves.
OURS = re.compile(r"care(\+.*)?@hilo\.example|HiloCare|.*\bHiloCare", re.IGNORECASE)


@dataclass
class Said:
    """What has been said so far, and by whom."""

    words: set[str] = field(default_factory=set)

    def add(self, *texts: object) -> None:
        """Note the first line of each text that is long enough to be known again."""
        for text in texts:
            line = str(text or "").strip().partition("\n")[0].strip()
            if len(line) >= SHORTEST and not OURS.fullmatch(line):
                self.words.add(line)

    def check(self, logs: Iterable[Path]) -> None:
        """AssertionError if anything of it stands in one of `logs`."""
        found = {str(path): leaks(path.read_text("utf-8", "replace"), self.words) for path in logs if path.exists()}
        told = {path: sorted(words) for path, words in found.items() if words}
        assert not told, f"a log holds what somebody wrote, or who they are: {told}"

    async def learn(self, config: Path) -> None:
        """Note what the installation of `config` holds now, as far as it can be asked."""
        settings = await asyncio.to_thread(_settings, config)
        data = config.parent / str(settings.get("data", "data"))
        with suppress(RedisError, OSError):
            async with _redis(settings, data) as redis:
                await self._learn_redis(redis)
        self._learn_archive(data / "history" / "history.db")

    async def _learn_redis(self, redis: Redis) -> None:
        async for name in redis.scan_iter(match="hilo:{p??}:*", count=1000):
            family = name.split(b":")[2]
            with suppress(RedisError):
                if family == b"tl":
                    for entry in await redis.lrange(name, 0, -1):
                        self.add(*_words_of(_read(entry)))
                elif family == b"cust":
                    record = _read(await redis.hget(name, "d") or b"{}")
                    self.add(record.get("name"), *(link["handle"]["address"] for link in record.get("links", ())))

    def _learn_archive(self, path: Path) -> None:
        if not path.exists():
            return
        query = "SELECT kind, text, actor, detail, attachments FROM entries"
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            for kind, text, actor, detail, files in database.execute(query):
                entry = {
                    "kind": kind,
                    "text": text,
                    "actor": actor,
                    "detail": _read(detail),
                    "attachments": _read(files),
                }
                self.add(*_words_of(entry))


def leaks(log: str, words: Iterable[str]) -> set[str]:
    """Which of `words` stand in `log`, as they are or as JSON writes them."""
    return {word for word in words if any(_stands(form, log) for form in _forms(word))}


def _stands(form: str, log: str) -> bool:
    if form not in log:
        return False
    return re.search(rf"(?<!\w){re.escape(form)}(?!\w)", log) is not None


def _forms(word: str) -> set[str]:
    return {word, json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1], ascii(word)[1:-1]}


def _words_of(entry: Any) -> Iterator[object]:
    detail = entry.get("detail", {})
    if entry["kind"] in SAID:
        yield from (entry.get("text"), detail.get("subject"), detail.get("quoted"))
        yield from (file.get("name") for file in entry.get("attachments", ()))
        yield str(detail.get("handle", "")).partition(":")[2]
    if entry["kind"] == "message_in":
        yield entry.get("actor")


def _settings(config: Path) -> Any:
    return yaml.safe_load(config.read_text(encoding="utf-8"))


def _read(data: bytes | str) -> Any:
    return msgspec.json.decode(data)


@asynccontextmanager
async def _redis(settings: Any, data: Path) -> AsyncIterator[Redis]:
    url = (settings.get("redis") or {}).get("url") or f"unix://{socket_path(data)}"
    client = client_of(url)
    try:
        yield client
    finally:
        await client.aclose()
