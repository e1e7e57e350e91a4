"""The rules change while Hilo runs: every router has them within two seconds, or everybody reads why not."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from redis.asyncio import Redis

from router.model.clock import SystemClock
from router.model.event import MessageArrived
from router.model.ids import PARTITIONS
from router.store.connection import Connection
from router.store.inbox import Inbox
from router.store.records import Records
from rules.document import load_rules
from tests.core import ANA, BILLING, CARE, written
from tests.desk import CARLA, Script, running_desk
from tests.ports import free_ports
from tests.processes import HiloProcess, hilo, router_config
from tests.waiting import eventually

TEAMS = [CARE, BILLING]
PROMISED_SECONDS = 2.0
ANOTHER = "rules:\n  - {{name: b, when: {{channel: email}}, then: {{team: {team}}}}}\n"
_numbers = count(1)


class Router:
    """A router's process and what it tells machines."""

    def __init__(self, process: HiloProcess, port: int, http: ClientSession) -> None:
        self.process = process
        self._url = f"http://127.0.0.1:{port}/metrics"
        self._http = http

    async def routes_by(self, version: str) -> bool:
        """Whether this version is in force and no mistake on disk."""
        told = await self.metrics()
        return f'hilo_rules_info{{version="{version}"}} 1.0' in told and "hilo_rules_last_reload_success 1.0" in told

    async def has_refused(self, version: str) -> bool:
        """Whether it has refused what is on disk, and this version goes on."""
        told = await self.metrics()
        return f'hilo_rules_info{{version="{version}"}} 1.0' in told and "hilo_rules_last_reload_success 0.0" in told

    async def metrics(self) -> list[str]:
        """Its metrics, line by line."""
        async with self._http.get(self._url) as answer:
            return (await answer.text()).splitlines()


async def everywhere(routers: Sequence[Router], holds: Callable[[Router, str], Awaitable[bool]], version: str) -> None:
    """Return once it holds of each router and of `version`."""
    for router in routers:
        await eventually(partial(holds, router, version), router.process.output(), 20)


def tagging(folder: Path, tag: str) -> str:
    """Write a rule that gives `tag`; the version of the rules with it."""
    then = f"then: {{team: billing, tags: [{tag}]}}"
    beside = folder / ".new"
    beside.write_text(f"rules:\n  - {{name: invoices, when: {{text: {{any: [factura]}}}}, {then}}}\n")
    beside.rename(folder / "10-words.yaml")
    return load_rules(folder, TEAMS, CARE).version


async def tags_of_a_new_one(connection: Connection) -> tuple[str, ...]:
    """The tags of a conversation that begins now."""
    message = written("mi factura", f"chat:reload-{next(_numbers)}")
    await Inbox(connection, SystemClock()).accept(MessageArrived(message), message.key)
    records = Records(connection, PARTITIONS)

    async def routed() -> tuple[str, ...] | None:
        name = await records.customer_of(message.sender)
        customer = await records.customer(name) if name else None
        begun = customer.open_conversation if customer else None
        found = await records.conversation(begun) if begun else None
        return found.tags if found else None

    return await eventually(routed, "a routed conversation")


@asynccontextmanager
async def two_routers(config: Path) -> AsyncIterator[list[Router]]:
    """Two processes at work."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(ClientSession())
        routers = []
        for port in free_ports(2):
            started = hilo("router", "--listen", f"127.0.0.1:{port}", config=config)
            routers.append(Router(await stack.enter_async_context(started), port, http))
        for router in routers:
            await router.process.says("The router is at work.")
        yield routers


async def test_two_routers_follow_the_files(tmp_path: Path, redis_url: str, redis_client: Redis) -> None:
    config = router_config(tmp_path / "hilo", redis_url)
    rules = config.parent / "rules"
    connection = Connection(redis_url)
    # given two routers at work, and a desk
    async with two_routers(config) as routers, running_desk(redis_url) as office:
        ana, carla = await office.script(ANA), await office.script(CARLA)
        # when a file is replaced, then both route by it, in the time that is promised (the best of three, for this
        # machine may have other things to do)
        taken = []
        for number in range(3):
            began = time.monotonic()
            version = tagging(rules, f"v{number}")
            await everywhere(routers, Router.routes_by, version)
            taken.append(time.monotonic() - began)
        assert min(taken) < PROMISED_SECONDS
        assert await tags_of_a_new_one(connection) == ("v2",)
        # when a mistake comes in, then the rules of before go on, and it is told where machines and people look
        (rules / "20-broken.yaml").write_text(ANOTHER.format(team="biling"))
        await everywhere(routers, Router.has_refused, version)
        for router in routers:
            assert 'hilo_rules_reloads_total{result="refused"} 1.0' in await router.metrics()
            assert "20-broken.yaml:2:52: unknown team `biling`" in router.process.output()
        assert await tags_of_a_new_one(connection) == ("v2",)
        await _show_the_mistake(ana, carla, version)
        # when it is mended, then it is gone everywhere
        (rules / "20-broken.yaml").write_text(ANOTHER.format(team="billing"))
        version = load_rules(rules, TEAMS, CARE).version
        await everywhere(routers, Router.routes_by, version)
        await eventually(lambda: _is_clean(ana, version), "the desk shows no mistake")
    await connection.close()


async def _show_the_mistake(ana: Script, carla: Script, version: str) -> None:
    async def told() -> Any:
        body = (await ana.get("/api/rules")).body
        return body if [each["mistakes"] for each in body["routers"]] == [1, 1] else None

    body = await eventually(told, "both routers tell the mistake")
    assert (body["version"], body["rules"], body["mistakes"], body["files"]) == (version, 1, 1, ["20-broken.yaml"])
    [problem] = body["problems"]
    assert (problem["line"], problem["column"], problem["message"]) == (2, 52, "unknown team `biling`")
    assert problem["hint"] == "did you mean `billing`?"
    # an agent reads that there is one, not what it is
    seen = (await carla.get("/api/rules")).body
    assert (seen["mistakes"], seen["files"], seen["problems"]) == (1, ["20-broken.yaml"], [])
    assert seen["routers"] == []


async def _is_clean(ana: Script, version: str) -> bool:
    body: Mapping[str, Any] = (await ana.get("/api/rules")).body
    return body["mistakes"] == 0 and {each["version"] for each in body["routers"]} == {version}
