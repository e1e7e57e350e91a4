"""What every directory keeps, whatever it is: a CSV, a YAML, a REST service, a database."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from directory.contract import Directory
from router.model.customer import Profile
from router.model.errors import TemporaryError
from router.model.fact import Fact
from router.model.message import Handle
from tests.contract.directories import KINDS, PEOPLE, Place, opened

ANA, BETO = Handle("email", "ANA@example.ORG"), Handle("email", "beto@example.org")


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Place(request.param, tmp_path)


async def found(directory: Directory, *handles: Handle) -> str:
    entry = await directory.look_up(handles, ())
    return entry.id if entry else ""


async def test_all_that_is_known_of_a_customer(place: Place) -> None:
    async with opened(place) as directory:
        entry = await directory.look_up([ANA], ())
    assert entry is not None
    assert (entry.id, entry.name, entry.language) == ("C-1", "Ana Pérez", "es")
    assert entry.profile == Profile(
        "gold", "Chiriquí", "advanced", 12_000, tags=("vip", "fibra"), attributes={"plan": "Fibra 600"}
    )
    assert set(map(str, entry.handles)) == {"site:C-1", "email:ana@example.org", "phone:+50761234567", "twitter:@ana_p"}
    assert {(fact.kind, fact.value) for fact in entry.facts} == {
        ("name", "Ana Pérez"),
        ("email", "ana@example.org"),
        ("phone", "+50761234567"),
        ("account", "00-123"),
    }


@pytest.mark.parametrize("handle", ["phone:+50761234567", "twitter:@ANA_p", "email:ana@EXAMPLE.org", "site:C-1"])
async def test_a_customer_is_found_however_the_handle_is_written(place: Place, handle: str) -> None:
    async with opened(place) as directory:
        assert await found(directory, Handle(*handle.split(":"))) == "C-1"


async def test_who_is_not_there_is_not_known(place: Place) -> None:
    async with opened(place) as directory:
        assert await found(directory, Handle("email", "nobody@example.org"), Handle("chat", "x")) == ""
        # and what breaks out of a template finds nobody either
        assert await found(directory, Handle("email", "x' or '1'='1"), Handle("email", "a@b.c&email=*/../")) == ""


async def test_the_first_handle_that_is_known_counts(place: Place) -> None:
    async with opened(place) as directory:
        assert await found(directory, Handle("chat", "x"), Handle("twitter", "42"), ANA) == "C-2"


async def test_what_an_agent_confirmed_finds_them_too(place: Place) -> None:
    async with opened(place) as directory:
        entry = await directory.look_up([Handle("chat", "x")], [Fact("account", "00-456")])
    assert entry is not None
    assert entry.id == "C-2"


async def test_what_two_of_them_have_leads_to_neither(place: Place) -> None:
    if place.kind == "http":
        pytest.skip("which of two is meant is the service's own answer")
    family = [{**PEOPLE[1], "nro": "C-3", "cuenta": "00-789"}, *PEOPLE]
    async with opened(place, family) as directory:
        assert await found(directory, BETO) == ""
        assert await found(directory, BETO, ANA) == "C-1"


async def test_what_changes_there_is_seen(place: Place) -> None:
    async with opened(place) as directory:
        assert await found(directory, ANA) == "C-1"
        # when a row is changed
        watching = asyncio.create_task(directory.changed())
        place.write([{**PEOPLE[0], "tier": "basic"}, PEOPLE[1]])
        if place.is_file:
            # then a file says so by itself
            told = await asyncio.wait_for(watching, 10)
            assert told.ids == {"C-1"}
            assert {"email:ana@example.org", "account=00123"} <= told.marks
        # and all tell it when they are asked again, once nothing is kept of the answer before
        await place.clock.advance(timedelta(minutes=2))
        watching.cancel()
        entry = await directory.look_up([ANA], ())
        assert entry is not None
        assert entry.profile.tier == "basic"


async def test_what_is_away_says_so_and_comes_back(place: Place) -> None:
    if place.is_file:
        pytest.skip("a file that is broken or gone: test_directory_file.py")
    async with opened(place) as directory:
        # when it goes away, then nobody takes that for an answer
        place.service.fault = "500"
        place.database.unlink(missing_ok=True)
        with pytest.raises(TemporaryError):
            await directory.look_up([ANA], ())
        # and once it is back all is as before
        place.service.fault = ""
        place.write(PEOPLE)
        assert await found(directory, ANA) == "C-1"
