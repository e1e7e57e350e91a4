"""The phones of customers and agents at the sandbox's exchange, as a person on its page plays them."""

from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession

from tests.waiting import eventually

# A machine under load takes a while from one step of a call to the next.
SECONDS = 30.0


@dataclass(frozen=True)
class Phones:
    """`world` is a client of the sandbox's page."""

    world: ClientSession

    async def act(self, number: str, do: str, digits: str = "") -> None:
        """Do something with the call that the phone is in, or that rings there."""
        body = {"number": number, "do": do} | ({"digits": digits} if digits else {})
        async with self.world.post("/sandbox/phone/act", json=body) as answer:
            assert answer.ok, await answer.text()

    async def answers(self, number: str) -> None:
        """Once it rings, somebody picks up."""
        await self.is_in(number, "ringing")
        await self.act(number, "answer")

    async def takes(self, number: str) -> str:
        """An agent picks up once it rings, hears what it is about, and presses 1; what they heard."""
        await self.answers(number)
        heard = await eventually(lambda: self._heard(number), f"{number} hears who is called", SECONDS)
        await self.act(number, "press", "1")
        return heard

    async def rings_us(self, number: str) -> None:
        """Its owner rings the company."""
        async with self.world.post("/sandbox/phone/ring", json={"from": number}) as answer:
            assert answer.ok, await answer.text()

    async def talks(self, number: str, other: str) -> None:
        """Return once the phone is on the line with the `other` one."""

        async def found() -> bool:
            return any(leg["with"] == other for leg in await self.legs(number) if leg["state"] == "answered")

        await eventually(found, f"{number} talks with {other}", SECONDS)

    async def is_in(self, number: str, state: str) -> None:
        """Return once the phone has a call in that state."""

        async def found() -> bool:
            return any(leg["state"] == state for leg in await self.legs(number))

        await eventually(found, f"{number} is {state}", SECONDS)

    async def legs(self, number: str) -> list[dict[str, Any]]:
        """All calls of the phone, the oldest first."""
        async with self.world.get("/sandbox/phone") as answer:
            found: list[dict[str, Any]] = (await answer.json())["legs"]
            return [leg for leg in found if leg["phone"] == number]

    async def _heard(self, number: str) -> str:
        found = [" ".join(leg["heard"]) for leg in await self.legs(number) if leg["state"] == "answered"]
        return found[-1] if found else ""
