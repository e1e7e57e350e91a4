"""The exchange: rings lines, joins legs and lets them go. States only; whoever plays a phone has a side of its own.

The providers (Twilio, ARI) use `dial`, `answer`, `bridge` and `hang_up`; the phones are in `sandbox.phone.phones`.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable
from datetime import timedelta

from sandbox.phone.clock import Clock, RunningClock, seconds
from sandbox.phone.leg import Direction, Ending, Leg, LegEvent, State, What
from sandbox.phone.lines import Behaviour, Does, Line, number_of

_AT_ONCE = {Does.BUSY: Ending.BUSY, Does.UNALLOCATED: Ending.UNALLOCATED, Does.CONGESTION: Ending.CONGESTION}
RING = timedelta(seconds=60)
# So many calls that are over are remembered, for the page.
_REMEMBERED = 200


class Exchange:
    """All lines and legs. Every change is told to `listeners`, which may not wait."""

    def __init__(self, clock: Clock | None = None, default: Behaviour | None = None) -> None:
        self.clock: Clock = clock or RunningClock()
        self.default = default or Behaviour()
        self.lines: dict[str, Line] = {}
        self.legs: dict[str, Leg] = {}
        self.listeners: list[Callable[[], None]] = []
        self._takers: dict[str, Callable[[Leg], None]] = {}
        self._counter = itertools.count(1)
        self._epoch = secrets.token_hex(3)

    async def close(self) -> None:
        """Every timer is stopped; the calls stay as they are."""
        timers = [timer for leg in self.legs.values() for timer in leg.timers]
        for timer in timers:
            timer.cancel()
        await asyncio.gather(*timers, return_exceptions=True)

    def line(self, number: str) -> Line:
        """The line of that number, which begins to be when it is first asked for."""
        number = number_of(number)
        return self.lines.setdefault(number, Line(number))

    def behave(self, number: str, *plan: Behaviour) -> None:
        """Have a line behave so, at one call after the other; the last one stays. Without any: as the default says."""
        self.line(number).plan = list(plan)
        self._changed()

    def serve(self, number: str, taker: Callable[[Leg], None]) -> None:
        """Have calls to the company's `number` given to `taker`, which answers or hangs up, and may not wait."""
        self._takers[number_of(number)] = taker

    @property
    def served(self) -> list[str]:
        """The company's numbers."""
        return list(self._takers)

    # --- the company's side

    def dial(self, caller: str, callee: str, timeout: timedelta = RING) -> Leg:
        """A leg that rings `callee` for `timeout` at most; what becomes of it is in its events."""
        behaviour = self.line(callee).next_behaviour(self.default)
        leg = self._new(Direction.OUT, number_of(caller), number_of(callee), behaviour)
        leg.timers.append(asyncio.get_running_loop().create_task(self._connect(leg, timeout)))
        self._changed()
        return leg

    def answer(self, leg: Leg) -> None:
        """Take a call that came in."""
        if leg.direction is Direction.IN:
            self._answer(leg, is_machine=False)

    def bridge(self, first: Leg, second: Leg) -> None:
        """Let the two talk with each other; when one ends, the other is told and stays."""
        for leg in (first, second):
            self.unbridge(leg)
        if first.state is State.ANSWERED and second.state is State.ANSWERED:
            first.partner, second.partner = second, first
            for leg in (first, second):
                self._tell(leg, What.BRIDGED)

    def unbridge(self, leg: Leg) -> None:
        """Part it from whom it talks with; both stay."""
        partner = leg.partner
        if partner is not None:
            leg.partner = partner.partner = None
            for one in (leg, partner):
                if not one.is_over:
                    self._tell(one, What.UNBRIDGED)

    def hang_up(self, leg: Leg, ending: Ending = Ending.BY_US) -> None:
        """End it from our side: stop ringing, hang up, or refuse one that came in. Harmless if it is over."""
        self.end(leg, ending)

    # --- the phones' side

    def ring(self, caller: str, called: str) -> Leg:
        """A phone rings the company; a number that nobody serves does not exist."""
        called = number_of(called)
        line = self.line(caller)
        leg = self._new(Direction.IN, line.number, called, line.plan[0] if line.plan else self.default)
        taker = self._takers.get(called)
        if taker is None:
            self.end(leg, Ending.UNALLOCATED)
            return leg
        leg.state = State.RINGING
        self._tell(leg, What.RINGING)
        taker(leg)
        return leg

    def pick_up(self, leg: Leg, *, is_machine: bool = False) -> None:
        """The phone is answered, by a person or by a machine."""
        if leg.direction is Direction.OUT:
            self._answer(leg, is_machine=is_machine)

    def press(self, leg: Leg, digits: str) -> None:
        """Somebody presses keys."""
        if leg.state is State.ANSWERED:
            self._tell(leg, What.PRESSED, digits=digits)

    def put_down(self, leg: Leg) -> None:
        """The person hangs up, gives up waiting, or rejects a call that rings."""
        is_rejected = leg.direction is Direction.OUT and leg.state is not State.ANSWERED
        self.end(leg, Ending.REJECTED if is_rejected else Ending.BY_PHONE)

    def drop(self, leg: Leg) -> None:
        """The phone loses its line; one that only rang can't be reached any more."""
        is_lost = leg.direction is Direction.IN or leg.state is State.ANSWERED
        self.end(leg, Ending.DROPPED if is_lost else Ending.CONGESTION)

    def say(self, leg: Leg, text: str) -> None:
        """Let the phone hear `text`."""
        leg.heard.append(text)
        self._changed()

    def live_legs(self, number: str) -> list[Leg]:
        """The calls that the phone is in now."""
        return [leg for leg in self.legs.values() if leg.phone == number_of(number) and not leg.is_over]

    def end(self, leg: Leg, ending: Ending) -> None:
        """It is over, for that reason. Harmless if it is over."""
        if leg.is_over:
            return
        leg.state, leg.ending, leg.ended_at = State.ENDED, ending, self.clock.now()
        self._stop_timers(leg)
        self.unbridge(leg)
        self._tell(leg, What.ENDED, ending=ending)
        self._forget()

    # --- what happens by itself

    async def _connect(self, leg: Leg, timeout: timedelta) -> None:
        """The phone rings, or the network says at once that it won't."""
        behaviour = leg.behaviour
        is_taken = any(other is not leg and other.state is not State.DIALLED for other in self.live_legs(leg.callee))
        ending = _AT_ONCE.get(behaviour.does)
        if ending is None and is_taken and behaviour.does is not Does.VOICEMAIL:
            ending = Ending.BUSY
        if ending is not None:
            self.end(leg, ending)
            return
        leg.state = State.RINGING
        self._tell(leg, What.RINGING)
        self._later(leg, timeout, lambda: self.end(leg, Ending.NO_ANSWER))
        after = seconds(behaviour.after)
        if behaviour.does in (Does.ANSWER, Does.VOICEMAIL):
            self._later(leg, after, lambda: self._answer(leg, is_machine=behaviour.does is Does.VOICEMAIL))
        elif behaviour.does is Does.REJECT:
            self._later(leg, after, lambda: self.end(leg, Ending.REJECTED))

    def _answer(self, leg: Leg, *, is_machine: bool) -> None:
        if leg.state not in (State.DIALLED, State.RINGING):
            return
        self._stop_timers(leg)
        leg.state, leg.answered_at, leg.is_machine = State.ANSWERED, self.clock.now(), is_machine
        self._tell(leg, What.VOICEMAIL if is_machine else What.ANSWERED)
        behaviour = leg.behaviour
        if behaviour.hang_up_after is not None:
            self._later(leg, seconds(behaviour.hang_up_after), lambda: self.put_down(leg))
        if behaviour.drop_after is not None:
            self._later(leg, seconds(behaviour.drop_after), lambda: self.drop(leg))

    def _later(self, leg: Leg, duration: timedelta, action: Callable[[], None]) -> None:
        """Do `action` after `duration`, unless the leg has been answered or has ended by then."""

        async def wait() -> None:
            await self.clock.sleep(duration)
            action()

        leg.timers.append(asyncio.get_running_loop().create_task(wait()))

    def _stop_timers(self, leg: Leg) -> None:
        """A timer may be what ends the leg: it is not to be stopped by itself."""
        current = asyncio.current_task() if leg.timers else None
        for timer in leg.timers:
            if timer is not current:
                timer.cancel()
        leg.timers.clear()

    def _new(self, direction: Direction, caller: str, callee: str, behaviour: Behaviour) -> Leg:
        leg = Leg(f"{self._epoch}-{next(self._counter)}", direction, caller, callee, self.clock.now(), behaviour)
        self.legs[leg.id] = leg
        return leg

    def _tell(self, leg: Leg, what: What, ending: Ending | None = None, digits: str = "") -> None:
        leg.tell(LegEvent(what, self.clock.now(), ending, digits))
        self._changed()

    def _changed(self) -> None:
        for listener in self.listeners:
            listener()

    def _forget(self) -> None:
        """Calls that were over long ago leave."""
        over = [leg.id for leg in self.legs.values() if leg.is_over]
        for leg_id in over[:-_REMEMBERED]:
            del self.legs[leg_id]
