"""The desk while its Redis is away: it says so, does nothing by halves, and goes on by itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from desk.app import Desk
from desk.settings import DeskSettings
from router.model.errors import StartError
from router.model.ids import ConversationId
from router.model.units import Endpoint
from router.store.server import EmbeddedServer
from tests.core import Core, running_core
from tests.desk import CARLA, Answer, Office, Script, running_desk
from tests.faults.servers import kill
from tests.waiting import eventually


@asynccontextmanager
async def desk_and_core(folder: Path) -> AsyncIterator[tuple[EmbeddedServer, Office, Core]]:
    """A desk and a core on a server of their own."""
    async with (
        EmbeddedServer(folder) as server,
        running_core(server.url) as core,
        running_desk(server.url, clock=core.clock) as office,
    ):
        yield server, office, core


async def test_without_a_store_everything_is_a_503_and_nothing_is_done(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as server, running_desk(server.url) as office:
        carla, page = await office.script(CARLA), await office.page("carla")
        async with running_core(server.url) as core:
            conversation = await core.says("Hola")
        # when the server is away
        await server.stop()
        address = f"/api/conversations/{conversation.id}"
        answers = [
            await carla.get("/api/me"),
            await carla.get("/api/queues/care"),
            await carla.get(address),
            await carla.get("/api/feed"),
            await carla.post(f"{address}/reply", {"text": "Hola"}, idempotency_key="k1"),
            await page.get("/api/me"),
            await office.sign_in("carla"),
        ]
        # then each says so, and when to come again; the page itself is served
        assert [(answer.status, answer.code, answer.headers["Retry-After"]) for answer in answers] == [
            (503, "store_away", "2")
        ] * len(answers)
        assert (await office.ask("GET", "/")).status in (200, 404)
        # and once it is back, the command that was repeated with its key is done, once
        await server.start()
        async with running_core(server.url) as core:
            assert (await _replied(carla, conversation.id)).status == 200
            assert (await _replied(carla, conversation.id)).body["revision"] == 2
            assert [kind for kind, _ in await core.story(conversation.id)].count("message_out") == 1


async def test_an_open_feed_goes_on_when_the_killed_store_is_back(tmp_path: Path) -> None:
    async with desk_and_core(tmp_path) as (server, office, core):
        carla = await office.script(CARLA)
        async with carla.feed() as feed:
            await feed.begun()
            before = await core.says("Antes", "chat:1")
            assert (await feed.next()).data["id"] == before.id
            # when the server is killed and started anew
            await kill(server)

            async def back() -> bool:
                return (await carla.get("/api/me")).status == 200

            await eventually(back, "the desk answers again", seconds=20)
            after = await core.says("Después", "chat:2")
            # then the same feed tells what came after, and the next reader what they missed
            assert (await feed.next()).data["id"] == after.id
            position = feed.position
        last = await core.says("Y luego", "chat:3")
        async with carla.feed(last_event_id=position) as feed:
            assert (await feed.next()).data["id"] == last.id


async def test_a_port_in_use_is_told_in_plain_words(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as server, running_desk(server.url) as office:
        second = Desk(DeskSettings(listen=Endpoint("127.0.0.1", office.port)), office.services)
        with pytest.raises(StartError, match="another program listens there; stop it, or choose another port"):
            await second.start()
        # and what did not start can be stopped
        await second.stop()


async def _replied(who: Script, conversation: ConversationId) -> Answer:
    return await who.post(f"/api/conversations/{conversation}/reply", {"text": "Hola"}, idempotency_key="k1")
