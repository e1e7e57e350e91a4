"""Who may do what at the desk: nobody is let in unknown, nobody acts outside of their teams or from another's page."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from multidict import CIMultiDict
from redis.asyncio import Redis
from structlog.testing import capture_logs

from router.model.errors import PermanentError
from router.model.ids import AgentId
from router.model.secret import Secret
from router.model.team import Agent, Role
from tests.core import ANA, BETO, CARE, Core, running_core
from tests.desk import CARLA, PASSWORD, USERS, Office, Person, running_desk
from tests.waiting import eventually

OLGA = Agent(AgentId("olga"), "Olga", frozenset(), Role.OPS)
# In an order in which each can be done once those before it are done.
COMMANDS: dict[str, dict[str, str]] = {
    "typing": {},
    "claim": {},
    "release": {},
    "reply": {"text": "Hola"},
    "note": {"text": "Hola"},
    "snooze": {"until": "2026-11-24T09:00:00Z"},
    "resolve": {},
    "reopen": {},
    "transfer": {"team": "billing"},
}


@pytest.fixture
async def core(redis_url: str, redis_client: Redis) -> AsyncIterator[Core]:
    async with running_core(redis_url) as running:
        yield running


@pytest.fixture
async def office(redis_url: str, core: Core) -> AsyncIterator[Office]:
    async with running_desk(redis_url, clock=core.clock) as running:
        yield running


@pytest.mark.parametrize(
    ("agent", "statuses"),
    [(CARLA, {200, 204}), (ANA, {200, 204}), (BETO, {403}), (OLGA, {403}), (None, {401})],
    ids=["of the team", "supervisor", "of another team", "ops", "unknown"],
)
async def test_role_by_command(core: Core, office: Office, agent: Agent | None, statuses: set[int]) -> None:
    # given a conversation of a team
    conversation = await core.says("Hola")
    address = f"/api/conversations/{conversation.id}"
    headers = dict((await office.script(agent)).headers) if agent else {}
    # when somebody tries all that can be read and done
    reads = [await office.ask("GET", path, headers=headers) for path in (address, "/api/queues/care")]
    acts = [
        await office.ask("POST", f"{address}/{name}", json=body, headers=headers) for name, body in COMMANDS.items()
    ]
    # then the team and supervisors may, and for everybody else nothing is shown or done
    assert {answer.status for answer in (*reads, *acts)} == statuses
    if not statuses & {200}:
        assert (await core.now(conversation.id)).revision == 1


@pytest.mark.parametrize("path", ["me", "queues/care", "conversations/c-00-x", "events/e-00-x", "feed", "nothing", ""])
async def test_the_api_is_closed_by_default(office: Office, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer hilo_x_y"}, {"Authorization": "Basic eDp5"}, {"Cookie": "hilo=x"}):
        answer = await office.ask("GET", f"/api/{path}", headers=headers)
        assert (answer.status, answer.code) == (401, "not_signed_in")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_session_from_signing_in_to_signing_out(office: Office, redis_client: Redis) -> None:
    # when somebody signs in
    answer = await office.sign_in("carla")
    cookie = answer.headers["Set-Cookie"]
    # then only the browser has the session's id, kept from scripts and from other sites
    assert answer.status == 204
    assert {"HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=43200"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    identifier = cookie.partition(";")[0].partition("=")[2]
    kept = [key async for key in redis_client.scan_iter("*")]
    assert not [key for key in kept if identifier.encode() in key]
    carla = await office.page("carla")
    assert (await carla.get("/api/me")).body["agent"] == {"id": "carla", "name": "Carla", "role": "agent"}
    # and once they sign out, the id opens nothing any more, whoever kept it
    out = await office.ask("DELETE", "/api/session", headers=carla.headers)
    assert (out.status, "Max-Age=0" in out.headers["Set-Cookie"]) == (204, True)
    assert (await carla.get("/api/me")).status == 401


async def test_signing_in_again_ends_the_former_session(office: Office) -> None:
    first = await office.page("carla")
    await office.sign_in("carla", Cookie=first.headers["Cookie"])
    assert (await first.get("/api/me")).status == 401


async def test_a_session_expires(redis_url: str, redis_client: Redis) -> None:
    async with running_desk(redis_url, session=timedelta(seconds=1)) as office:
        carla = await office.page("carla")
        assert (await carla.get("/api/me")).status == 200

        async def is_over() -> bool:
            return (await carla.get("/api/me")).status == 401

        await eventually(is_over, "the session has expired")


async def test_a_user_who_is_gone_is_out_at_once(redis_url: str, redis_client: Redis) -> None:
    async with running_desk(redis_url) as office:
        carla = await office.page("carla")
    others = {name: user for name, user in USERS.items() if name != "carla"}
    async with running_desk(redis_url, users=others) as office:
        assert (await replace(carla, office=office).get("/api/me")).status == 401


async def test_behind_a_proxy_with_https_the_cookie_is_secure(redis_url: str, redis_client: Redis) -> None:
    async with running_desk(redis_url, public_url="https://desk.example.org") as office:
        answer = await office.sign_in("carla", Origin="https://desk.example.org")
        assert answer.headers["Set-Cookie"].startswith("__Host-hilo=")
        assert "Secure" in answer.headers["Set-Cookie"].split("; ")


async def test_passwords(redis_url: str, redis_client: Redis) -> None:
    # given a user whose secret is the password's hash, and one whose hash is broken
    hashed, broken = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correcta"), "$argon2id$nonsense"
    users = {**USERS, "beto": Person(BETO, Secret.of(hashed)), "olga": Person(OLGA, Secret.of(broken))}
    async with running_desk(redis_url, users=users) as office:
        assert (await office.sign_in("beto", "correcta")).status == 204
        # then the hash itself, a wrong password and an unknown user are told the same
        wrong = [("beto", hashed), ("beto", "x"), ("carla", "x"), ("carla", ""), ("nobody", PASSWORD), ("", "")]
        for user, password in wrong:
            answer = await office.sign_in(user, password)
            assert (answer.status, answer.code) == (401, "wrong_password"), user
        # and a hash that is none is told to ops
        with capture_logs() as logs:
            assert (await office.sign_in("olga", "x")).code == "sign_in_unavailable"
        assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["sign_in_unavailable"]


async def test_guessing_is_limited_by_user_and_address(redis_url: str, redis_client: Redis) -> None:
    async with running_desk(redis_url, public_url="http://desk.example.org") as office:
        # when five guesses at one user came from one address, all at once
        for number in range(5):
            assert (await office.sign_in("carla", f"guess {number}")).status == 401
        # then the next one is not even looked at, right or not
        limited = await office.sign_in("carla")
        assert (limited.status, limited.code) == (429, "too_many_attempts")
        assert 0 < int(limited.headers["Retry-After"]) <= 900
        # but carla can still sign in from elsewhere, and others from here, as often as they like
        assert (await office.sign_in("carla", X_Forwarded_For="9.9.9.9, 198.51.100.7")).status == 204
        for _ in range(10):
            assert (await office.sign_in("beto")).status == 204
        # and one address does not guess at many users either
        answers = [await office.sign_in(f"user{number}", "x", X_Forwarded_For="203.0.113.9") for number in range(31)]
        assert [answer.status for answer in answers] == [401] * 30 + [429]


@pytest.mark.parametrize(
    ("first", "same"),
    [
        # a line that the visitor wrote stands before the proxy's own
        (["1.1.1.1", "198.51.100.7"], ["2.2.2.2", "198.51.100.7"]),
        (["198.51.100.7:4711"], ["198.51.100.7:4712"]),
        (["[2001:db8::1]:4711"], ["2001:db8::2"]),
        # nonsense, whatever it is, is the proxy's own address
        (["unknown"], ["x:y:z"]),
    ],
)
async def test_which_addresses_are_one(redis_url: str, redis_client: Redis, first: list[str], same: list[str]) -> None:
    async with running_desk(redis_url, public_url="http://desk.example.org") as office:

        async def guess(lines: list[str]) -> int:
            headers = CIMultiDict([("Origin", office.url), *(("X-Forwarded-For", line) for line in lines)])
            body = {"user": "carla", "password": "x"}
            return (await office.ask("POST", "/api/session", json=body, headers=headers)).status

        # when somebody has guessed as often as one may, then they may not by saying where they are in another way
        assert [await guess(first) for _ in range(5)] == [401] * 5
        assert await guess(same) == 429
        assert await guess(["203.0.113.9"]) == 401


async def test_nobody_is_kept_out_from_a_single_address(redis_url: str, redis_client: Redis) -> None:
    async with running_desk(redis_url, public_url="http://desk.example.org") as office:
        # when somebody guesses at one user for as long as they like, from one address
        answers = [await office.sign_in("carla", "x", X_Forwarded_For="203.0.113.9") for _ in range(40)]
        assert [answer.status for answer in answers] == [401] * 5 + [429] * 35
        # then carla signs in from elsewhere, and her neighbours from there
        assert (await office.sign_in("carla", X_Forwarded_For="198.51.100.7")).status == 204
        assert (await office.sign_in("beto", X_Forwarded_For="203.0.113.9")).status == 204


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "OWN"}, 200),
        ({"Origin": "OWN", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "OWN.evil.example"}, 403),
        ({"Origin": "OWN0"}, 403),
        ({"Origin": "http://user@OWN"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Origin": "OWN", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "OWN", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "OWN", "Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"}, 403),
    ],
)
async def test_only_the_desk_s_own_page_acts_by_the_cookie(
    core: Core, office: Office, headers: dict[str, str], status: int
) -> None:
    # given somebody who is signed in, and a page (the desk's, or another's) that makes their browser ask
    conversation = await core.says("Hola")
    cookie = (await office.page("carla")).headers["Cookie"]
    sent = {name: value.replace("OWN", office.url) for name, value in headers.items()}
    answer = await office.ask("POST", f"/api/conversations/{conversation.id}/claim", headers={"Cookie": cookie, **sent})
    signing_in = await office.ask("POST", "/api/session", json={"user": "beto", "password": PASSWORD}, headers=sent)
    # then the command is taken from the desk's own page alone, and so is signing in
    assert answer.status == status
    assert signing_in.status == (204 if status == 200 else 403)
    if status == 403:
        assert (answer.code, (await core.now(conversation.id)).assignee) == ("cross_site", None)


async def test_a_form_of_another_site_does_nothing(core: Core, office: Office) -> None:
    # given what a form can send: its text as JSON of sorts, with the cookie; and a link that is followed
    conversation = await core.says("Hola")
    address = f"/api/conversations/{conversation.id}/resolve"
    cookie = (await office.page("carla")).headers["Cookie"]
    form = {"Cookie": cookie, "Origin": "https://evil.example", "Content-Type": "text/plain"}
    assert (await office.ask("POST", address, data="{}", headers=form)).status == 403
    assert (await office.ask("GET", address, headers={"Cookie": cookie})).status == 405
    assert (await office.ask("GET", "/api/session", headers={"Cookie": cookie})).status == 405
    assert (await core.now(conversation.id)).revision == 1


async def test_a_token_is_shown_once_and_ends_when_it_is_revoked(office: Office, redis_client: Redis) -> None:
    # given a script's token
    script = await office.script(CARLA)
    token = script.headers["Authorization"].removeprefix("Bearer ")
    assert (await script.get("/api/queues/care")).status == 200
    # then Redis does not hold its text, it can't be made twice, and it is listed without its secret
    assert token.rpartition("_")[2] not in repr(await redis_client.hgetall("hilo:{tokens}"))
    with pytest.raises(PermanentError, match="revoke it first"):
        await office.tokens.create("for-carla", [CARE])
    with pytest.raises(PermanentError, match="small letters"):
        await office.tokens.create("For Carla", [CARE])
    assert [(each.name, each.teams, each.role) for each in await office.tokens.list()] == [
        ("for-carla", (CARE,), Role.AGENT)
    ]
    # and one that is nearly right, or revoked, opens nothing
    for wrong in (token[:-1], token + "0", token.replace("carla", "ana"), token.replace("hilo_", ""), "hilo__", "ñ"):
        assert (await office.ask("GET", "/api/me", headers={"Authorization": f"Bearer {wrong}"})).status == 401
    assert await office.tokens.revoke("for-carla")
    assert not await office.tokens.revoke("for-carla")
    assert (await script.get("/api/me")).status == 401


async def test_logs_tell_who_did_what_and_never_what_was_written(core: Core, office: Office) -> None:
    conversation = await core.says("MARCA-cliente")
    with capture_logs() as logs:
        await office.sign_in("MARCA-usuario", "MARCA-clave")
        carla = await office.page("carla")
        await carla.post(f"/api/conversations/{conversation.id}/reply", {"text": "MARCA-respuesta"})
        await carla.get(f"/api/queues/{'MARCA-equipo'}?x=MARCA-consulta")
    told = [entry for entry in logs if entry["event"] == "request" and "reply" in entry["route"]]
    assert [(entry["agent"], entry["conversation"], entry["status"]) for entry in told] == [
        ("carla", conversation.id, 200)
    ]
    assert "MARCA" not in repr(logs)
