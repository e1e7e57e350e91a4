"""`GET /api/feed`: server-sent events, each with the position to go on from.

A heartbeat every 15 s carries the position too, so that a reader whose teams are quiet never falls behind the feed; at
the same time it is looked up whether the reader may still read, and told if they take no calls.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import structlog
from aiohttp import web
from redis.exceptions import RedisError

from desk.access import AGENT, Access
from desk.attendance import Attendance
from desk.hub import Hub, Reader
from desk.news import Changes, LiveTold, News, Reporter, Reset, Told, gather
from desk.problems import RETRY_SECONDS, Problem
from desk.rules_news import RulesNews
from router.model.ids import AgentId
from router.model.team import Agent
from router.store import wire
from router.store.feed import Feed, PositionLost

log = structlog.get_logger()

FEED_PATH = "/api/feed"
HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
BEAT_SECONDS = 15.0
WRITE_SECONDS = 15.0
READERS_AT_MOST = 1000
# One script, or one person's many tabs, does not take the places of all.
READERS_PER_AGENT = 20


class Stream:
    """Serves the feed to each reader, with what they may see."""

    def __init__(self, hub: Hub, feed: Feed, reporter: Reporter, access: Access, attendance: Attendance) -> None:
        self._hub = hub
        self._feed = feed
        self._reporter = reporter
        self._access = access
        self._attendance = attendance
        self._open: Counter[AgentId] = Counter()

    def routes(self) -> list[web.RouteDef]:
        """The feed."""
        return [web.get(FEED_PATH, self.read, allow_head=False)]

    async def read(self, request: web.Request) -> web.StreamResponse:
        """The feed, from the position asked for, else from now, until either side ends it."""
        if self._hub.readers >= READERS_AT_MOST:
            raise Problem("too_many_readers", headers={"Retry-After": str(RETRY_SECONDS)})
        with self._one_more_of(request[AGENT].id):
            reader = await self._hub.join()
            try:
                async with self._attendance.of(request[AGENT]):
                    return await self._serve(request, reader)
            finally:
                self._hub.leave(reader)

    @contextmanager
    def _one_more_of(self, agent: AgentId) -> Iterator[None]:
        if self._open[agent] >= READERS_PER_AGENT:
            raise Problem("too_many_own_readers", headers={"Retry-After": str(RETRY_SECONDS)})
        self._open[agent] += 1
        try:
            yield
        finally:
            self._open[agent] -= 1
            if not self._open[agent]:
                del self._open[agent]

    async def _serve(self, request: web.Request, reader: Reader) -> web.StreamResponse:
        asked = request.headers.get("Last-Event-ID") or request.query.get("position", "")
        position = self._hub.position
        missed = await self._missed(asked, position) if asked else []
        response = web.StreamResponse(headers=HEADERS)
        await response.prepare(request)
        try:
            await _write(
                response, f"retry: {RETRY_SECONDS * 1000}\n{_id(_beginning(asked, missed, position))}\n".encode()
            )
            # How it stands with the rules has no position: it is told at each beginning, if it is known.
            rules = [self._hub.rules] if self._hub.rules.statuses else []
            for news in [*missed, *rules]:
                position = await _send(response, news, request[AGENT]) or position
            await self._go_on(request, response, reader, position)
        except (TimeoutError, ConnectionError):
            # The reader is gone, or reads nothing any more.
            if request.transport:
                request.transport.abort()
        return response

    async def _missed(self, asked: str, position: str) -> list[News]:
        """What has changed since the position `asked`; a reset where the feed does not reach back that far."""
        changes: Changes = {}
        try:
            for change in await self._feed.since(asked):
                gather(changes, change)
        except PositionLost:
            return [Reset(position)]
        return list(await self._reporter.told(list(changes.values())))

    async def _go_on(self, request: web.Request, response: web.StreamResponse, reader: Reader, position: str) -> None:
        """Send what comes until the reader is let go or may not read any more; and the position, now and then."""
        loop = asyncio.get_running_loop()
        beat_at = loop.time() + BEAT_SECONDS
        while True:
            try:
                async with asyncio.timeout_at(beat_at):
                    news = await reader.next()
            except TimeoutError:
                if not await self._may_read(request):
                    return
                if not await self._attendance.still_here(request[AGENT]):
                    # Their page may show that they do: others can take them off.
                    await _write(response, _event("phone", {"is_ready": False}))
                await _write(response, f":\n{_id(position)}\n".encode())
                beat_at = loop.time() + BEAT_SECONDS
                continue
            if news is None:
                return
            position = await _send(response, news, request[AGENT]) or position

    async def _may_read(self, request: web.Request) -> bool:
        try:
            return await self._access.is_still(request, request[AGENT])
        except (RedisError, OSError):
            # Nobody is sent away because the store is; without it there is nothing to read either.
            return True


def _beginning(asked: str, missed: list[News], position: str) -> str:
    """Where the stream begins; nowhere if `asked` is no position that the feed reaches: never written back."""
    if not missed:
        return position
    return "" if isinstance(missed[0], Reset) else asked


async def _send(response: web.StreamResponse, news: News, agent: Agent) -> str:
    """Send `news` if `agent` may see it; the position to go on from, if it tells one."""
    match news:
        case Reset(position):
            await _write(response, _event("reset", {}, position))
        case Told(position):
            shown = _visible(news, agent)
            if shown:
                await _write(response, _event("change", shown, position))
        case LiveTold(live, team):
            position = ""
            if agent.is_allowed(team):
                await _write(response, _event("live", live))
        case RulesNews():
            position = ""
            await _write(response, _event("rules", news.shown(agent)))
    return position


def _visible(told: Told, agent: Agent) -> dict[str, object] | None:
    """The change as `agent` sees it: what left for a team of others is gone; None for what is not theirs at all."""
    is_theirs = agent.is_allowed(told.team)
    if not (is_theirs or any(agent.is_allowed(team) for team in told.former)):
        return None
    counts = ((team, count) for team, count in told.counts.items() if agent.is_allowed(team))
    return {
        "conversation": msgspec.Raw(told.shown) if is_theirs else None,
        "id": told.identifier,
        "kinds": told.kinds,
        "teams": [{"id": team, "waiting": count.waiting, "total": count.total} for team, count in counts],
    }


def _event(kind: str, data: object, position: str = "") -> bytes:
    """One server-sent event (HTML Living Standard, section 9.2.5); JSON has no line breaks."""
    return f"event: {kind}\n{_id(position)}data: ".encode() + wire.encode(data) + b"\n\n"


def _id(position: str) -> str:
    return f"id: {position}\n" if position else ""


async def _write(response: web.StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(WRITE_SECONDS):
        await response.write(data)
