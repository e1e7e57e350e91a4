"""Keys of no partition, keys that nobody reads whole, and keys that Hilo did not write."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from redis.exceptions import ResponseError

from router.model.errors import PermanentError
from router.model.ids import partition_of
from router.store import wire
from router.store.audit import families
from router.store.audit.findings import Finding, Name, Wrong, confirmed
from router.store.audit.reading import Reader


@dataclass(slots=True)
class Inventory:
    """Every key by where it belongs."""

    partitions: dict[int, list[Name]] = field(default_factory=lambda: defaultdict(list))
    handles: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def sorted_out(found: Iterable[str], partitions: int) -> Inventory:
    """Every key of `found` where it belongs."""
    inventory = Inventory()
    for key in found:
        partition, name = families.family_of(key, partitions)
        if name is None:
            inventory.unknown.append(key)
        elif name[0] == families.OTHER:
            inventory.others.append(name[1])
        elif partition is None:
            inventory.handles.append(name[1])
        else:
            inventory.partitions[partition].append(name)
    return inventory


class Keyspace:
    """Looks at keys by their names, types and, where they are handles, values."""

    def __init__(self, reader: Reader, partitions: int, pause: float) -> None:
        self._reader = reader
        self._partitions = partitions
        self._pause = pause

    async def wrong(self, inventory: Inventory) -> list[Finding]:
        """What is wrong with keys of no partition, and with the types of those that are not read."""
        findings = await self._look(inventory)
        if not findings:
            return []
        await asyncio.sleep(self._pause)
        wrong = {finding.subject for finding in findings}
        return confirmed(findings, await self._look(sorted_out(wrong, self._partitions)))

    async def _look(self, inventory: Inventory) -> list[Finding]:
        findings: list[Finding] = []
        values = await self._reader.values([families.PREFIX + name for name in inventory.handles])
        for name, value in zip(inventory.handles, values, strict=True):
            findings += self._handle(families.PREFIX + name, value)
        types = await self._reader.types([families.PREFIX + name for name in inventory.others])
        for name, kind in zip(inventory.others, types, strict=True):
            if kind not in ("none", families.type_of(name)):
                text = f"is a {kind}, and should be a {families.type_of(name)}"
                findings.append(Finding(Wrong.WRONG_TYPE, families.PREFIX + name, text))
        types = await self._reader.types(inventory.unknown)
        for name, kind in zip(inventory.unknown, types, strict=True):
            if kind != "none":
                findings.append(Finding(Wrong.UNKNOWN_KEY, name, f"is a {kind} that Hilo does not know"))
        return findings

    def _handle(self, key: str, value: bytes | ResponseError | None) -> Iterable[Finding]:
        if isinstance(value, ResponseError):
            yield Finding(Wrong.WRONG_TYPE, key, "is not a string")
        elif value is not None and not self._is_customer(wire.text(value)):
            yield Finding(Wrong.HANDLE, key, f"names {wire.text(value)[:40]!r}, which is no customer of this Hilo")

    def _is_customer(self, value: str) -> bool:
        try:
            return value.startswith("u-") and partition_of(value) < self._partitions
        except PermanentError:
            return False
