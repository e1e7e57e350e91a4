"""What Asterisk does by itself: dials, tells its applications, gives a channel to them, and takes it away."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from sandbox.phone.ari.channel import CAUSES, Bridge, Channel
from sandbox.phone.ari.hub import Hub
from sandbox.phone.exchange import Exchange
from sandbox.phone.leg import Ending, Leg, LegEvent, What

_DIALLED = {
    Ending.BUSY: "BUSY",
    Ending.REJECTED: "BUSY",
    Ending.NO_ANSWER: "NOANSWER",
    Ending.BY_US: "CANCEL",
    Ending.UNALLOCATED: "CHANUNAVAIL",
    Ending.CONGESTION: "CONGESTION",
}


class Switch:
    """The channels and bridges. `dialplan` has what a context does with a channel that continues there."""

    def __init__(self, exchange: Exchange, hub: Hub, app: str) -> None:
        self.exchange = exchange
        self.channels: dict[str, Channel] = {}
        self.bridges: dict[str, Bridge] = {}
        self.dialplan: dict[str, Callable[[Channel], None]] = {"hilo-screen": self._screen}
        self._hub = hub
        self._app = app
        self._counter = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Stop watching; the calls stay as they are."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def originate(
        self, name: str, endpoint: str, app: str, args: list[str], caller: str, timeout: timedelta
    ) -> Channel:
        """Dial, and give the channel to `app` once it is answered."""
        leg = self.exchange.dial(caller or "sip:asterisk@sandbox", number_in(endpoint), timeout)
        number = next(self._counter)
        channel = Channel(
            name or f"{int(leg.began_at.timestamp())}.{number}",
            f"{endpoint.split('@')[0]}-{number:08x}",
            leg,
            app,
            args,
        )
        channel.caller, channel.is_dialled = caller, True
        self.channels[channel.id] = channel
        self._hub.tell(app, "ChannelCreated", channel=channel)
        self._hub.tell(app, "Dial", peer=channel, dialstatus="", forward="", dialstring=endpoint)
        self.start(self._watch(channel))
        return channel

    def incoming(self, leg: Leg) -> None:
        """A call to a number of the company's: the dialplan gives it to the application at once."""
        number = next(self._counter)
        channel = Channel(f"{int(leg.began_at.timestamp())}.{number}", f"PJSIP/trunk-{number:08x}", leg, self._app)
        channel.caller, channel.exten, channel.context = leg.caller, leg.callee, "from-trunk"
        self.channels[channel.id] = channel
        self._enter(channel)
        self.start(self._watch(channel))

    def hang_up(self, channel: Channel, cause: int) -> None:
        """End the channel, for that cause."""
        channel.cause = cause
        self.exchange.hang_up(channel.leg, Ending.BY_US)

    def leave(self, channel: Channel, context: str) -> None:
        """The channel leaves the application, and goes on in the dialplan."""
        self._out_of_app(channel)
        then = self.dialplan.get(context)
        if then:
            then(channel)
        else:
            self.hang_up(channel, 16)

    def join(self, bridge: Bridge, channel: Channel) -> None:
        """Put the channel into the bridge, out of any other."""
        self.part(channel)
        bridge.channels.append(channel)
        channel.bridge = bridge
        self._hub.tell(channel.app, "ChannelEnteredBridge", bridge=bridge, channel=channel)
        others = [each for each in bridge.channels if each is not channel]
        if others:
            self.exchange.bridge(others[0].leg, channel.leg)

    def part(self, channel: Channel) -> None:
        """Take the channel out of its bridge."""
        bridge, channel.bridge = channel.bridge, None
        if bridge is None:
            return
        bridge.channels.remove(channel)
        self.exchange.unbridge(channel.leg)
        self._hub.tell(channel.app, "ChannelLeftBridge", bridge=bridge, channel=channel)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do `work` beside everything else."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self, channel: Channel) -> None:
        async for event in channel.leg.events():
            match event.what:
                case What.RINGING if channel.is_dialled:
                    self._hub.tell(channel.app, "ChannelStateChange", channel=channel)
                    self._hub.tell(channel.app, "Dial", peer=channel, dialstatus="RINGING", forward="", dialstring="")
                case What.ANSWERED | What.VOICEMAIL:
                    self._answered(channel)
                case What.PRESSED if channel.is_in_app:
                    for key in event.digits:
                        self._hub.tell(channel.app, "ChannelDtmfReceived", channel=channel, digit=key, duration_ms=100)
                case What.ENDED:
                    self._ended(channel, event)

    def _answered(self, channel: Channel) -> None:
        self._hub.tell(channel.app, "ChannelStateChange", channel=channel)
        if channel.is_dialled:
            self._hub.tell(channel.app, "Dial", peer=channel, dialstatus="ANSWER", forward="", dialstring="")
            self._enter(channel)

    def _enter(self, channel: Channel) -> None:
        """Stasis(): an application that nobody is connected for takes no channel, and the dialplan ends."""
        if not self._hub.has(channel.app):
            self.hang_up(channel, 16)
            return
        channel.is_in_app = True
        self._hub.tell(channel.app, "StasisStart", channel=channel, args=channel.args)

    def _out_of_app(self, channel: Channel) -> None:
        self.part(channel)
        if channel.is_in_app:
            channel.is_in_app = False
            self._hub.tell(channel.app, "StasisEnd", channel=channel)

    def _ended(self, channel: Channel, event: LegEvent) -> None:
        ending = event.ending or Ending.BY_US
        cause = ending.cause if channel.cause is None else channel.cause
        if ending in (Ending.BY_PHONE, Ending.BY_US) and channel.is_in_app:
            self._hub.tell(channel.app, "ChannelHangupRequest", channel=channel, cause=cause)
        was_answered = channel.leg.answered_at is not None
        self._out_of_app(channel)
        self.channels.pop(channel.id, None)
        if channel.is_dialled and not was_answered:
            status = _DIALLED.get(ending, "CHANUNAVAIL")
            self._hub.tell(channel.app, "Dial", peer=channel, dialstatus=status, forward="", dialstring="")
        words = CAUSES.get(cause, "Unknown")
        self._hub.tell(channel.app, "ChannelDestroyed", channel=channel, cause=cause, cause_txt=words)

    def _screen(self, channel: Channel) -> None:
        """`exten => s,1,AMD()`, `same => n,Stasis(…)`: it listens, and gives the channel back."""
        channel.variables["AMDSTATUS"] = "MACHINE" if channel.leg.is_machine else "HUMAN"
        self._enter(channel)


def number_in(endpoint: str) -> str:
    """Who is rung by `endpoint`: `PJSIP/+50761234567@trunk` the number, `PJSIP/101` the device `sip:101`."""
    resource = endpoint.partition("/")[2].partition("/")[0]
    user = resource.partition("@")[0]
    if user.startswith("+"):
        return user
    return f"+{user}" if user.isdigit() and len(user) > 6 else f"sip:{user}"
