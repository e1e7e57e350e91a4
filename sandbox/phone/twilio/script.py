"""Runs TwiML on a call: https://www.twilio.com/docs/voice/twiml. There is no sound: what is said, the page shows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sandbox.phone.clock import seconds
from sandbox.phone.leg import What
from sandbox.phone.twilio.calls import Calls
from sandbox.phone.twilio.dial import Dialler
from sandbox.phone.twilio.records import Call, Hook
from sandbox.phone.twilio.twiml import Document, UnusableTwiml, Verb, read_twiml
from sandbox.phone.twilio.waiting import unless_over
from sandbox.phone.twilio.wishes import Instructions

_Run = Callable[[Call, Verb, Document], Awaitable[Document | None]]
_APPLICATION_ERROR = "We are sorry. An application error has occurred. Goodbye."


class Scripts:
    """One script at a time on each call; a new one takes the place of the old."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._running: dict[str, asyncio.Task[None]] = {}
        self._dialler = Dialler(calls, self._whisper)
        self._verbs: dict[str, _Run] = {
            "Say": self._say,
            "Play": self._say,
            "Pause": self._pause,
            "Gather": self._gather,
            "Dial": self._dial,
            "Redirect": self._redirect,
            "Reject": self._reject,
            "Hangup": self._hang_up,
        }

    def start(self, call: Call, instructions: Instructions) -> None:
        """Have `call` do as it is told, from now on."""
        running = self._running.pop(call.sid, None)
        if running:
            running.cancel()
        task = self._calls.spawn(self._all(call, instructions))
        self._running[call.sid] = task
        task.add_done_callback(lambda done: self._forget(call, done))

    def _forget(self, call: Call, task: asyncio.Task[None]) -> None:
        if self._running.get(call.sid) is task:
            del self._running[call.sid]

    async def _all(self, call: Call, instructions: Instructions) -> None:
        """Run to the end, and hang up."""
        await self._play(call, await self._first(call, instructions))
        self._calls.end(call)

    async def _first(self, call: Call, instructions: Instructions) -> Document | None:
        if instructions.twiml:
            return self._read(call, instructions.twiml, None)
        more = {"AnsweredBy": call.answered_by} if call.answered_by else {}
        hook = Hook(instructions.url, instructions.method)
        return await self._ask(call, hook, more, instructions.fallback)

    async def _play(self, call: Call, document: Document | None) -> None:
        while document is not None and not call.line.is_over:
            try:
                document = await self._once(call, document)
            except UnusableTwiml as error:
                self._fail(call, error)
                return

    async def _once(self, call: Call, document: Document) -> Document | None:
        """Verb after verb; the document that one of them leads to."""
        for verb in document.verbs:
            if call.line.is_over:
                return None
            run = self._verbs.get(verb.name)
            if run is None:
                self._calls.alert(call, 12200, f"The sandbox does not know <{verb.name}>")
                continue
            following = await run(call, verb, document)
            if following is not None:
                return following
        return None

    async def _say(self, call: Call, verb: Verb, document: Document) -> None:
        self._calls.take(call)
        self._calls.exchange.say(call.line, verb.text if verb.name == "Say" else f"[{verb.text}]")

    async def _pause(self, call: Call, verb: Verb, document: Document) -> None:
        await unless_over(call.line, self._calls.exchange.clock.sleep(seconds(verb.number("length", 1))))

    async def _hang_up(self, call: Call, verb: Verb, document: Document) -> None:
        self._calls.end(call)

    async def _reject(self, call: Call, verb: Verb, document: Document) -> None:
        self._calls.reject(call, is_busy=verb.given("reason") == "busy")

    async def _redirect(self, call: Call, verb: Verb, document: Document) -> Document | None:
        return await self._ask(call, Hook(document.address(verb.text), _method(verb)), {})

    async def _dial(self, call: Call, verb: Verb, document: Document) -> Document | None:
        """Ring others, and what the action says of what became of it; without one, go on with the next verb."""
        if call.parent:
            self._calls.alert(call, 12200, "What is played to the one who was rung (Number's url) may not dial")
            return None
        outcome = await self._dialler.run(call, verb, document)
        action = verb.given("action")
        if not action:
            return None
        following = await self._ask(call, Hook(document.address(action), _method(verb)), outcome)
        return following or Document(())

    async def _gather(self, call: Call, verb: Verb, document: Document) -> Document | None:
        self._calls.take(call)
        for one in verb.inner:
            await self._say(call, one, document)
        digits = await self._pressed(call, verb)
        if not digits and verb.given("actionOnEmptyResult") != "true":
            return None
        more = {"Digits": digits, "FinishedOnKey": verb.given("finishOnKey", "#") if digits else ""}
        following = await self._ask(call, Hook(document.address(verb.given("action")), _method(verb)), more)
        return following or Document(())

    async def _pressed(self, call: Call, verb: Verb) -> str:
        """What is pressed until it is enough, the finishing key, or `timeout` without another key."""
        most, finish = int(verb.number("numDigits", 0)), verb.given("finishOnKey", "#")
        timeout, digits = seconds(verb.number("timeout", 5)), ""
        keys = _Keys(call)
        try:
            while not most or len(digits) < most:
                key = await keys.next(self._calls.exchange.clock.sleep(timeout))
                if key is None or (finish and key == finish):
                    break
                digits += key
        finally:
            await keys.close()
        return digits

    async def _whisper(self, call: Call, hook: Hook) -> None:
        """What the one who was rung hears before the two are joined (Number's `url`)."""
        await self._play(call, await self._ask(call, hook, {}))

    async def _ask(self, call: Call, hook: Hook, more: dict[str, str], fallback: Hook | None = None) -> Document | None:
        """The TwiML that `hook` answers; none, and the call is over, if there is none."""
        fetched = await self._calls.ask(call, hook, more)
        if fetched.is_success:
            return self._read(call, fetched.text, hook.url.partition("#")[0])
        self._calls.alert(call, 11200, f"HTTP retrieval failure: {hook.url} answered {fetched.status or 'nothing'}")
        if fallback:
            return await self._ask(call, fallback, more | {"ErrorCode": "11200", "ErrorUrl": hook.url})
        self._apologise(call)
        return None

    def _read(self, call: Call, text: str, url: str | None) -> Document | None:
        try:
            return read_twiml(text, url)
        except UnusableTwiml as error:
            self._fail(call, error)
            return None

    def _fail(self, call: Call, error: UnusableTwiml) -> None:
        self._calls.alert(call, error.code, str(error))
        self._apologise(call)

    def _apologise(self, call: Call) -> None:
        if not call.line.is_over:
            self._calls.exchange.say(call.line, _APPLICATION_ERROR)
            self._calls.end(call)


class _Keys:
    """The keys that are pressed from now on, one by one; first those that the line presses by itself."""

    def __init__(self, call: Call) -> None:
        self._leg = call.line
        self._pressed: asyncio.Queue[str] = asyncio.Queue()
        for key in self._leg.behaviour.digits:
            self._pressed.put_nowait(key)
        self._seen = self._leg.count
        self._listening = asyncio.get_running_loop().create_task(self._listen())

    async def _listen(self) -> None:
        async for event in self._leg.events(after=self._seen):
            if event.what is What.PRESSED:
                for key in event.digits:
                    self._pressed.put_nowait(key)

    async def next(self, timeout: Awaitable[None]) -> str | None:
        """The next key; None after `timeout`, or when the call is over."""

        async def wait() -> None:
            await timeout

        pressed = asyncio.ensure_future(self._pressed.get())
        ends = [asyncio.ensure_future(wait()), asyncio.ensure_future(self._leg.over())]
        await asyncio.wait([pressed, *ends], return_when=asyncio.FIRST_COMPLETED)
        for one in (pressed, *ends):
            if not one.done():
                one.cancel()
        await asyncio.gather(pressed, *ends, return_exceptions=True)
        return None if pressed.cancelled() else pressed.result()

    async def close(self) -> None:
        """Listen no more."""
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)


def _method(verb: Verb) -> str:
    return "GET" if verb.given("method").upper() == "GET" else "POST"
