"""What an erasure has to do and has done, on the disk: one that was broken off is finished by the next."""

import os
import secrets
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from router.model.ids import ConversationId, CustomerId
from router.model.message import Handle
from router.store import wire
from router.store.personal.held import Held

ENDING = ".plan"


class Round(msgspec.Struct):
    """How many messages history held, by partition and channel: counted as erased once they are."""

    name: str
    counts: dict[str, dict[str, int]]


class Plan(msgspec.Struct):
    """Who and what is erased. It names the person, and so is removed once all is done; the receipt does not."""

    name: str
    began_at: datetime
    customers: list[CustomerId]
    handles: list[Handle] = []
    conversations: list[ConversationId] = []
    messages: list[str] = []
    originals: list[str] = []
    files: list[str] = []
    counts: dict[str, int] = {}
    round: Round | None = None
    is_out_of_redis: bool = False
    is_out_of_archive: bool = False

    @property
    def visitors(self) -> list[str]:
        """Those of the handles that are chat visitors."""
        return [handle.address for handle in self.handles if handle.kind == "chat"]

    def add(self, held: Held, counts: dict[str, int]) -> None:
        """Note what is held now; what was noted before stays."""
        self.handles = list(dict.fromkeys([*self.handles, *held.handles]))
        self.conversations = sorted({*self.conversations, *held.conversations})
        self.messages = sorted({*self.messages, *held.outbound})
        self.originals = sorted({*self.originals, *held.originals})
        self.files = sorted({*self.files, *held.files})
        self.counts = {name: max(count, self.counts.get(name, 0)) for name, count in counts.items()}

    def is_about(self, name: str) -> bool:
        """Whether `name`, as somebody typed it, is one of those whom it erases."""
        known = {*self.customers, *self.conversations, *(str(handle) for handle in self.handles)}
        return name in known or name.casefold() in {each.casefold() for each in known if each.startswith("email:")}


class Plans:
    """The plans in the data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def new(self, customers: Collection[CustomerId]) -> Plan:
        """A plan for `customers`, which is not kept yet."""
        now = datetime.now(UTC)
        return Plan(f"erasure-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}", now, sorted(customers))

    def find(self, name: str) -> Plan | None:
        """The plan that was not finished and is about `name`."""
        return next((plan for plan in self.unfinished() if plan.is_about(name)), None)

    def unfinished(self) -> list[Plan]:
        """All that were not finished, the eldest first."""
        return [wire.decode(Plan, path.read_bytes()) for path in sorted(self.folder.glob(f"*{ENDING}"))]

    def keep(self, plan: Plan) -> None:
        """Keep `plan` as it stands: from now on it will be finished."""
        write_private(self._path(plan), wire.encode(plan))

    def drop(self, plan: Plan) -> None:
        """Forget `plan`: all is done."""
        path = self._path(plan)
        # Its bytes go first: they name the person.
        path.write_bytes(b"\0" * path.stat().st_size)
        path.unlink()

    def _path(self, plan: Plan) -> Path:
        return self.folder / f"{plan.name}{ENDING}"


def write_private(path: Path, content: bytes) -> None:
    """Write a file of the owner's alone, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    with os.fdopen(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
