"""The gates between replies and a provider, one for each account: its circuit, and the pace that it allows."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from router.model.clock import Clock
from router.model.errors import TemporaryError
from router.store.circuit import Circuit, Permit
from router.store.pace import Pace, SendLimit

Rest = Callable[[timedelta], Awaitable[bool]]


class Gate:
    """What one account's replies pass before the provider is called."""

    def __init__(self, account: str, circuit: Circuit, pace: Pace, limit: SendLimit | None, clock: Clock) -> None:
        self._account = account
        self._pace = pace
        self._limit = limit
        self._clock = clock
        # One at a time asks for its turn: they come in order, and Redis is not asked by all of them.
        self._turn = asyncio.Lock()
        self.circuit = circuit

    async def turn(self, rest: Rest) -> bool:
        """True once the pace allows one more; False if `rest`, which waits, says that we are told to stop."""
        if self._limit is None:
            return True
        async with self._turn:
            while wait := await self._pace.take(self._account, self._limit, self._clock.now()):
                if not await rest(wait):
                    return False
        return True

    async def failed(self, permit: Permit, error: TemporaryError) -> None:
        """Tell the circuit, unless the trouble is this one message's; what the provider asked for outlives us."""
        if error.is_about_message:
            self.circuit.release(permit)
            return
        wait = timedelta(seconds=error.retry_after) if error.retry_after else None
        self.circuit.failed(permit, str(error), wait)
        if wait:
            await self._pace.park(self._account, self._clock.now() + wait)


class Gates:
    """The gates of one channel, each made when its account's first reply comes."""

    def __init__(self, channel: str, pace: Pace, limit: SendLimit | None, clock: Clock) -> None:
        self._channel = channel
        self._pace = pace
        self._limit = limit
        self._clock = clock
        self._gates: dict[str, Gate] = {}
        self._making = asyncio.Lock()

    async def of(self, account: str) -> Gate:
        """The gate of `account`; closed from the beginning while the provider has asked an earlier process to wait."""
        if account in self._gates:
            return self._gates[account]
        # After a take-over a hundred thousand may come at once, and one of them asks.
        async with self._making:
            if account not in self._gates:
                self._gates[account] = await self._made(account)
        return self._gates[account]

    async def _made(self, account: str) -> Gate:
        until = await self._pace.parked_until(account)
        circuit = Circuit(self._clock, self._channel, account)
        if until and until > self._clock.now():
            circuit.park(until, "the provider asked for it before this process began")
        return Gate(account, circuit, self._pace, self._limit, self._clock)

    async def close(self) -> None:
        """Let nobody wait any more."""
        for gate in self._gates.values():
            await gate.circuit.close()
