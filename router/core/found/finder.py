"""Finds the facts of a message at the door, by the kinds that ops name at that time."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from router.core.found.facts import facts_in
from router.model.fact import Fact
from router.model.message import InboundMessage, MessageKind
from rules.fact_kinds import NO_KINDS, FactKinds

# A text so long takes more than two milliseconds: others at the same door are not to wait for that.
LONG = 1_000
MOST_OF_A_MESSAGE = 40


@dataclass(slots=True)
class FactFinder:
    """Looks for facts; `region` is the country of numbers that have none, `kinds` change while it is at work."""

    region: str = ""
    kinds: FactKinds = NO_KINDS

    async def facts_of(self, message: InboundMessage, language: str, now: datetime) -> tuple[Fact, ...]:
        """The facts that the text of `message` tells, which was written in `language` and arrived at `now`.

        What a machine writes, and what goes to a list, is nobody's word about themselves.
        """
        if message.kind is not MessageKind.MESSAGE:
            return ()
        if len(message.text) < LONG:
            found = self._found(message.text, language)
        else:
            found = await asyncio.to_thread(self._found, message.text, language)
        return tuple(replace(fact, source=message.key, at=now) for fact in found[:MOST_OF_A_MESSAGE])

    def _found(self, text: str, language: str) -> tuple[Fact, ...]:
        return facts_in(text, language, self.region, self.kinds)
