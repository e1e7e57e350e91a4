"""A directory behind a REST call, with all that may be wrong with one; and a database that is not to be written."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from directory.registry import directory_for
from directory.settings import DirectorySettings
from router.model.errors import PermanentError, StartError, TemporaryError
from router.model.message import Handle
from tests.clock import HeldClock
from tests.contract.directories import Place, opened

ANA = Handle("email", "ana@example.org")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place("http", tmp_path)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("slow", "did not answer in time"),
        ("500", "answered 500"),
        ("401", "answered 401"),
        ("cut", "can't be asked"),
        ("garbage", "no JSON"),
        ("deep", "no JSON"),
        ("redirect", "is not followed"),
        ("huge", "more than 256,000 bytes"),
    ],
)
async def test_what_is_no_answer_is_asked_again_later(place: Place, fault: str, words: str) -> None:
    async with opened(place) as directory:
        place.service.fault = fault
        with pytest.raises(TemporaryError, match=words) as away:
            await directory.look_up([ANA], ())
        # and neither the customer nor a secret stands in what the log will hold
        assert "ana@example.org" not in str(away.value)
        assert place.service.elsewhere == 0
        # and nothing of it was kept
        place.service.fault = ""
        assert await directory.look_up([ANA], ())


async def test_the_service_says_for_how_long_it_is_to_be_left_alone(place: Place) -> None:
    async with opened(place) as directory:
        place.service.fault = "429"
        with pytest.raises(TemporaryError) as away:
            await directory.look_up([ANA], ())
        assert away.value.retry_after == 7


@pytest.mark.parametrize("fault", ["404", "204", "410"])
async def test_nobody_is_an_answer(place: Place, fault: str) -> None:
    async with opened(place) as directory:
        place.service.fault = fault
        assert await directory.look_up([ANA], ()) is None


@pytest.mark.parametrize("fault", ["400", "no id"])
async def test_a_question_that_is_never_answered_is_given_up(place: Place, fault: str) -> None:
    async with opened(place) as directory:
        place.service.fault = fault
        with pytest.raises(PermanentError):
            await directory.look_up([ANA], ())


async def test_an_answer_is_kept_for_a_moment(place: Place) -> None:
    async with opened(place) as directory:
        for _ in range(3):
            assert await directory.look_up([ANA], ())
            assert await directory.look_up([Handle("email", "nobody@example.org")], ()) is None
        assert place.service.asked == 2
        await place.clock.advance(timedelta(minutes=1))
        assert await directory.look_up([ANA], ())
        assert place.service.asked == 3


async def test_each_call_brings_the_secret_as_it_is_now(tmp_path: Path, place: Place) -> None:
    secret = tmp_path / "token"
    secret.write_text("Bearer one\n", encoding="utf-8")
    async with opened(place) as first:
        url = str(first._settings.url).replace("/customers", "/customers?email={email}")  # type: ignore[attr-defined]
        given = {"http": {"url": url, "within": "data.0", "headers": {"Authorization": {"file": str(secret)}}}}
        given["http"]["answer"] = {"id": "nro", "email": "correo"}
        directory = directory_for(DirectorySettings.model_validate(given), HeldClock())
        assert await directory.look_up([ANA], ())
        secret.write_text("Bearer two\n", encoding="utf-8")
        assert await directory.look_up([Handle("email", "beto@example.org")], ())
        # without it nobody is asked, and nothing is lost
        secret.unlink()
        with pytest.raises(TemporaryError, match="is not there"):
            await directory.look_up([Handle("email", "x@example.org")], ())
        await directory.close()
    assert [headers["Authorization"] for headers in place.service.seen] == ["Bearer one", "Bearer two"]


async def test_a_query_writes_nothing(tmp_path: Path) -> None:
    place = Place("sql", tmp_path)
    place.write([])
    query = "with x as (select 1) insert into people (nro, correo) select 'C-9', :email"
    columns = {"id": "nro"}
    given = {"sql": {"url": f"sqlite:///{place.database}", "query": query, "columns": columns}}
    directory = directory_for(DirectorySettings.model_validate(given), place.clock)
    await directory.open()
    with pytest.raises(TemporaryError, match=r"OperationalError \(SQLITE_READONLY\)$"):
        await directory.look_up([ANA], ())
    await directory.close()
    assert sqlite3.connect(place.database).execute("select count(*) from people").fetchone() == (0,)


async def test_what_the_database_says_of_whom_it_was_asked_for_is_told_nobody(tmp_path: Path) -> None:
    # given a database whose words hold what it was asked with, as drivers' do that can't convert it
    place = Place("sql", tmp_path)
    place.write([])
    query = "select json_extract('{}', :email) as nro from people union all select json_extract('{}', :email)"
    given = {"sql": {"url": f"sqlite:///{place.database}", "query": query, "columns": {"id": "nro"}}}
    directory = directory_for(DirectorySettings.model_validate(given), place.clock)
    await directory.open()
    with pytest.raises(TemporaryError) as raised:
        await directory.look_up([ANA], ())
    await directory.close()
    assert ANA.address in str(raised.value.__cause__)
    assert "refused: OperationalError" in str(raised.value)
    assert ANA.address not in str(raised.value)


async def test_without_sqlalchemy_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place("sql", tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "sqlalchemy", None)
    directory = directory_for(place.settings(), place.clock)
    with pytest.raises(StartError, match=r"pip install 'hilo-router\[sql\]'"):
        await directory.open()
    await directory.close()


async def test_a_database_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    # given a database that somebody has locked
    place = Place("sql", tmp_path)
    place.write([])
    holder = sqlite3.connect(place.database, isolation_level=None)
    holder.execute("begin exclusive")
    settings = place.settings()
    assert settings.sql
    quick = settings.model_copy(update={"sql": settings.sql.model_copy(update={"timeout": timedelta(milliseconds=50)})})
    directory = directory_for(quick, place.clock)
    await directory.open()
    with pytest.raises(TemporaryError, match="in time"):
        await directory.look_up([ANA], ())
    holder.execute("rollback")
    holder.close()
    await directory.close()
