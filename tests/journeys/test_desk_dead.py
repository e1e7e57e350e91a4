"""Dead letters at the desk: ops see and act, nobody else learns that there are any."""

import pytest
from redis.asyncio import Redis

from desk.dead import AT_ONCE
from router.model.ids import AgentId, TeamId
from router.model.team import Agent, Role
from router.store import keys
from rules.engine import RuleBook
from tests.core import ANA, BETO, CARE, running_core, written
from tests.desk import Office, Script, running_desk
from tests.faults.test_poison import Landmine
from tests.waiting import eventually

OLGA = Agent(AgentId("olga"), "Olga", frozenset({CARE}), Role.OPS)
ROUTES = (("GET", ""), ("GET", "/count"), ("GET", "/{id}"), ("POST", "/{id}/replay"), ("POST", "/{id}/drop"))


async def ask(script: Script, method: str, path: str) -> int:
    """The status of the answer."""
    answer = await (script.get(f"/api/dead{path}") if method == "GET" else script.post(f"/api/dead{path}"))
    return answer.status


async def a_dead_letter(url: str, office: Office, olga: Script) -> str:
    """The id of one, of a message that met a fault in the rules."""
    async with running_core(url, rulebook=Landmine(CARE)) as core:
        await core.accept(written("boom, soy Ada"))

        async def first() -> str | None:
            letters = (await olga.get("/api/dead")).body["letters"]
            return str(letters[0]["id"]) if letters else None

        return await eventually(first, "a dead letter")


async def test_ops_look_and_replay(redis_url: str, redis_client: Redis) -> None:
    async with running_desk(redis_url) as office:
        olga = await office.script(OLGA)
        assert (await olga.get("/api/dead")).body == {"count": 0, "letters": [], "has_more": False}
        # given a message that could not be processed
        name = await a_dead_letter(redis_url, office, olga)
        # when ops look, then the list tells nothing personal, and the letter tells all
        listed = (await olga.get("/api/dead")).body
        assert (listed["count"], listed["letters"][0]["error"]) == (1, "ZeroDivisionError")
        assert "soy Ada" not in str(listed)
        assert (await olga.get(f"/api/dead/{name}")).body["content"]["body"]["message"]["text"] == "boom, soy Ada"
        # when they replay it once the rules are mended, then it arrives
        assert (await olga.post(f"/api/dead/{name}/replay")).status == 204
        async with running_core(redis_url, rulebook=RuleBook(CARE)) as core:
            found = await eventually(lambda: core.open_of("chat:ada"), "the conversation")
            assert ("message_in", "boom, soy Ada") in await core.story(found.id)
        # and it is not there a second time
        assert (await olga.post(f"/api/dead/{name}/replay")).code == "unknown_letter"


async def test_ops_drop(redis_url: str, redis_client: Redis) -> None:
    async with running_desk(redis_url) as office:
        olga = await office.script(OLGA)
        name = await a_dead_letter(redis_url, office, olga)
        assert (await olga.post(f"/api/dead/{name}/drop")).status == 204
        assert (await olga.get("/api/dead")).body["count"] == 0


async def test_pages_hold_each_letter_once(redis_url: str, redis_client: Redis) -> None:
    async with running_desk(redis_url) as office:
        olga = await office.script(OLGA)
        # given many letters, all of one instant: what is first among them is the same each time
        for place in range(2 * AT_ONCE + 1):
            name = keys.key(place % 3, keys.DEAD)
            await redis_client.xadd(name, {"error": "odd", "m": "{"}, id=f"1700000000000-{place // 3 + 1}")
        first = (await olga.get("/api/dead")).body
        assert (first["count"], len(first["letters"]), first["has_more"]) == (2 * AT_ONCE + 1, AT_ONCE, True)
        last = first["letters"][-1]["id"]
        # when the last one of the page is dropped, then the next page begins behind it nevertheless
        assert (await olga.post(f"/api/dead/{last}/drop")).status == 204
        second = (await olga.get(f"/api/dead?after={last}")).body
        third = (await olga.get(f"/api/dead?after={second['letters'][-1]['id']}")).body
        assert (second["has_more"], third["has_more"]) == (True, False)
        seen = [letter["id"] for page in (first, second, third) for letter in page["letters"]]
        assert (len(seen), len(set(seen))) == (2 * AT_ONCE + 1, 2 * AT_ONCE + 1)
        # and what is no letter says so
        assert (await olga.get("/api/dead?after=nonsense")).status == 400
        assert (await olga.get("/api/dead/count")).body == {"count": 2 * AT_ONCE}


async def test_what_can_not_go_back_says_why(redis_url: str, redis_client: Redis) -> None:
    async with running_desk(redis_url) as office:
        olga = await office.script(OLGA)
        await redis_client.xadd(keys.key(3, keys.DEAD), {"error": "unreadable", "m": "{"})
        [letter] = (await olga.get("/api/dead")).body["letters"]
        answer = await olga.post(f"/api/dead/{letter['id']}/replay")
        assert (answer.status, answer.code) == (422, "cannot_replay")
        assert "write the reply again" in answer.body["detail"]


@pytest.mark.parametrize(
    ("who", "is_let_in"),
    [(OLGA, True), (ANA, False), (BETO, False), (Agent(AgentId("s"), "S", frozenset({TeamId("care")})), False)],
)
async def test_nobody_but_ops_learns_of_them(redis_url: str, redis_client: Redis, who: Agent, is_let_in: bool) -> None:
    async with running_desk(redis_url) as office:
        olga = await office.script(OLGA)
        script = olga if who is OLGA else await office.script(who)
        for method, path in ROUTES:
            name = await a_dead_letter(redis_url, office, olga)
            status = await ask(script, method, path.format(id=name))
            assert (status < 300) == is_let_in
            if not is_let_in:
                assert status == 404
