"""Whom the directory lists is nobody's by a name or a number that somebody says: it lists whom they named."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from directory.file import FileDirectory
from directory.settings import FileSettings
from router.model.conversation import Conversation
from router.model.customer import Customer
from router.model.event import FactSet
from router.model.message import SITE, Handle, Proof
from router.store.look_ups import LookUps
from rules.engine import RuleBook
from tests.core import ANA, CARE, Core, running_core, written
from tests.desk import CARLA
from tests.directory import ASKING, asking, places
from tests.waiting import eventually

HERS = "email:ana@example.org"


@pytest.fixture
async def core(redis_url: str, redis_client: object, tmp_path: Path) -> AsyncIterator[Core]:
    """A core that asks a directory in which Ana stands, with all that is hers."""
    path = tmp_path / "customers.csv"
    row = "C-1,Ana Ruiz,4711,ana@example.org,@ana_r,8-123-456,00-1"
    path.write_text(f"id,name,site,email,twitter,identity,account\n{row}\n")
    directory = FileDirectory(FileSettings.model_validate({"path": path}))
    await directory.open()
    async with running_core(redis_url, rulebook=RuleBook(CARE), policy=ASKING) as core, asking(core, directory):
        yield core


async def writes(core: Core, text: str, sender: str, proof: Proof, author: str = "", **more: object) -> Conversation:
    """The conversation that the message came to, once the directory has been asked about it, and all is done."""
    channel = {"email": "email", "twitter": "twitter"}.get(sender.partition(":")[0], "webchat")
    message = replace(written(text, sender, channel=channel, at=core.clock.now()), proof=proof, author=author, **more)
    await core.accept(message)

    async def look() -> Conversation | None:
        found = await core.open_of(sender)
        told = [entry.text for entry in await core.timeline(found.id)] if found else []
        return found if text in told else None

    await eventually(look, f"{text!r} in a story")
    await answered(core)
    found = await core.open_of(sender)
    assert found is not None
    return found


def _site() -> Handle:
    return Handle(SITE, "4711")


async def answered(core: Core) -> None:
    """Return once the directory has answered, and nothing is owed to anybody."""
    look_ups = LookUps(core.connection)

    async def look() -> bool:
        return await look_ups.waiting(places()) == 0 and await core.is_quiet()

    await eventually(look, "all look-ups answered")


async def customer(core: Core, conversation: Conversation) -> Customer:
    found = await core.records.customer((await core.now(conversation.id)).customer)
    assert found is not None
    return found


async def assert_two(core: Core, theirs: Conversation, hers: Conversation) -> None:
    assert theirs.id != hers.id
    for each in (theirs, hers):
        known = await customer(core, each)
        assert (known.parts, known.part_of) == ((), None)
    assert HERS not in {str(link.handle) for link in (await customer(core, theirs)).links}


async def test_her_former_at_name_on_x_taken_over_brings_nothing_of_hers_to_who_has_it_now(core: Core) -> None:
    # given Ana by mail, and somebody who has the name on X that the directory has for her
    hers = await writes(core, "Mi factura", HERS, Proof.DKIM)
    theirs = await writes(core, "Hola", "twitter:666", Proof.SIGNED, "Ana (@ana_r)")
    assert (await customer(core, theirs)).listing is not None
    # then they are two
    await assert_two(core, theirs, hers)
    # though the mailbox and the site's id, which the directory lists, are hers
    page = await writes(core, "Soy yo", "chat:hers", Proof.SIGNED, proved=(_site(),))
    assert page.id == hers.id


async def test_her_id_number_taken_down_by_an_agent_makes_nobody_her(core: Core) -> None:
    # given somebody in the chat who tells an agent her number, and the agent who takes it down
    hers = await writes(core, "Mi factura", HERS, Proof.DKIM)
    theirs = await writes(core, "Soy Ana, cuenta 00-1", "chat:evil", Proof.NONE)
    for agent, kind, value in ((CARLA, "account", "00-1"), (ANA, "identity", "8-123-456")):
        assert (await core.does(FactSet(agent, kind, value), theirs.id)).reason == ""
        await answered(core)
    # then the directory says whose it is, and the two stay two
    assert (await customer(core, theirs)).listing is not None
    await assert_two(core, theirs, hers)


async def test_what_stands_in_one_row_with_what_is_proved_is_hers_as_well(
    core: Core,
) -> None:
    # given Ana in the chat by the site's word, and a first mail in her name that nothing proves to be hers
    hers = await writes(core, "Mi saldo", "chat:ana", Proof.SIGNED, proved=(_site(),))
    known = {str(link.handle) for link in (await customer(core, hers)).links}
    assert known == {"chat:ana", "site:4711", HERS}
    theirs = await writes(core, "¿Y mi saldo?", HERS, Proof.NONE)
    # then it is hers since the site's id and the mailbox stand in one row, and is seen as what it is
    assert theirs.id == hers.id
    (entry,) = [each for each in await core.timeline(hers.id) if each.text == "¿Y mi saldo?"]
    assert entry.detail["proof"] == "none"
