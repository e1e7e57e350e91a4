"""What comes to the address that Twilio calls: only what Twilio signed for this account is heard, and that once."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from urllib.parse import urlencode
from xml.etree import ElementTree

import aiohttp
import pytest

from channels.phone.twilio.signature import HEADER, signature_of
from router.model.call import CallStatus
from router.model.event import CallReported
from router.model.ids import AgentId
from router.model.message import OutboundMessage
from router.model.team import Agent
from router.store.shifts import Shifts
from sandbox.phone.lines import Behaviour, Does
from tests.clock import HeldClock
from tests.contract.phones import AGENT, COMPANY, CUSTOMER, THERE, Office, at_work, office, order, ringing
from tests.contract.twilio_phones import ACCOUNT, TOKEN, TwilioPhones
from tests.core import CARE

CALL, CHILD = "CA" + "0" * 31 + "1", "CA" + "0" * 31 + "2"
CARLA = Agent(AgentId("carla"), "Carla", frozenset({CARE}), phone=str(AGENT))


@pytest.fixture
async def place(redis_url: str, redis_client: object) -> AsyncIterator[Office]:
    async with TwilioPhones(HeldClock()) as phones, office(redis_url, phones) as opened:
        phones.exchange.behave(AGENT.address, THERE)
        phones.exchange.behave(CUSTOMER.address, Behaviour(Does.ANSWER, after=2, hang_up_after=30))
        yield opened


def path_of(name: str, message: OutboundMessage) -> str:
    return f"/channels/phone/twilio/{name}?{urlencode({'o': message.id, 'c': message.conversation})}"


def form_of(status: str, **more: str) -> dict[str, str]:
    return {"AccountSid": ACCOUNT, "CallSid": CHILD, "ParentCallSid": CALL, "CallStatus": status, **more}


async def post(
    place: Office,
    path: str,
    form: Mapping[str, str] | list[tuple[str, str]],
    *,
    token: str = TOKEN,
    url: str = "",
    headers: Mapping[str, str] | None = None,
    signed: Mapping[str, str] | list[tuple[str, str]] | None = None,
) -> tuple[int, str]:
    """Post `form` where the channel listens, signed as told: over our public address unless another `url` is given."""
    assert isinstance(place.phones, TwilioPhones)
    pairs = list(form.items()) if isinstance(form, Mapping) else form
    over = signed or pairs
    over = list(over.items()) if isinstance(over, Mapping) else over
    given = {HEADER: signature_of(token, url or place.phones.public_url + path, over), **(headers or {})}
    async with (
        aiohttp.ClientSession() as session,
        session.post(place.phones.public_url + path, data=pairs, headers=given) as answer,
    ):
        return answer.status, await answer.text()


async def test_what_twilio_signed_is_taken_and_the_same_again_is_once(place: Office) -> None:
    message = order()
    async with at_work(place):
        for _ in range(3):
            assert await post(place, path_of("customer", message), form_of("ringing")) == (204, "")
        # a replay of much later is no news either, since nothing in the signature tells its instant
        await place.passes(timedelta(hours=2), timedelta(minutes=10))
        assert await post(place, path_of("customer", message), form_of("ringing")) == (204, "")
    assert await place.of(message) == [CallStatus.RINGING]


@pytest.mark.parametrize("name", ["answer", "accept", "agent", "customer", "machine", "dialled", "recording"])
@pytest.mark.parametrize(
    "forged",
    [
        {"token": "not the token"},
        {"token": ""},
        {"url": "http://127.0.0.1:1/channels/phone/twilio/customer"},
        {"headers": {HEADER: ""}},
        {"headers": {HEADER: "ñ"}},
        {"signed": {**form_of("ringing")}},
    ],
    ids=["token", "no token", "address", "no signature", "no base64", "another form"],
)
async def test_what_is_forged_is_refused_at_every_door(place: Office, name: str, forged: dict[str, str]) -> None:
    message = order()
    async with at_work(place):
        status, text = await post(place, path_of(name, message), form_of("completed", Digits="1"), **forged)  # type: ignore[arg-type]
    assert (status, text) == (403, "")
    assert await place.events() == []


async def test_headers_that_name_another_host_change_nothing(place: Office) -> None:
    # given a request that Twilio signed for somebody else's address, and that says it came there
    message = order()
    elsewhere = "https://evil.example" + path_of("customer", message)
    headers = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example;proto=https",
    }
    async with at_work(place):
        refused = await post(place, path_of("customer", message), form_of("ringing"), url=elsewhere, headers=headers)
        # and one of ours, which a proxy has passed on under another name
        taken = await post(place, path_of("customer", message), form_of("ringing"), headers=headers)
    assert (refused[0], taken[0]) == (403, 204)


async def test_what_was_signed_for_another_port_or_path_or_order_is_refused(place: Office) -> None:
    message, other = order(), order()
    assert isinstance(place.phones, TwilioPhones)
    ours = place.phones.public_url
    port = ours.rpartition(":")[2]
    path = path_of("customer", message)
    others = (
        ours.replace(port, "1") + path,
        ours.replace(f":{port}", "") + path,
        ours + path_of("agent", message),
        ours + path_of("customer", other),
        ours + path + "&o=" + other.id,
    )
    async with at_work(place):
        for url in others:
            assert (await post(place, path, form_of("ringing"), url=url))[0] == 403
    assert await place.events() == []


async def test_a_parameter_twice_a_body_of_another_kind_and_another_account_are_refused(place: Office) -> None:
    message = order()
    path = path_of("customer", message)
    twice = [*form_of("ringing").items(), ("CallStatus", "completed")]
    async with at_work(place):
        assert (await post(place, path, twice))[0] == 403
        assert (await post(place, path, form_of("ringing", AccountSid="AC" + "9" * 32)))[0] == 403
        json = {"Content-Type": "application/json"}
        assert (await post(place, path, form_of("ringing"), headers=json))[0] == 403
        assert (await post(place, path, form_of("ringing", More="x" * 70_000)))[0] == 413
    assert await place.events() == []


async def test_what_names_no_order_of_ours_is_left_and_not_asked_for_again(place: Office) -> None:
    async with at_work(place):
        for about in ("", "?o=o-07-1", "?o=o-99-1&c=c-99-1", "?o=o-07-1&c=c-08-1", "?o=x&c=y"):
            status, _ = await post(place, f"/channels/phone/twilio/customer{about}", form_of("ringing"))
            assert status == 204
    assert await place.events() == []


async def test_who_presses_a_key_for_a_call_that_is_over_dials_nobody(place: Office) -> None:
    message = order()
    async with at_work(place):
        status, text = await post(place, path_of("accept", message), form_of("in-progress", Digits="1"))
    assert (status, [each.tag for each in ElementTree.fromstring(text)]) == (200, ["Hangup"])


async def test_while_the_store_is_away_twilio_is_asked_to_come_again(place: Office) -> None:
    # given an inbox that is out of reach
    message = order()
    async with at_work(place, inbox_url="unix:///nowhere/redis.sock"):
        assert (await post(place, path_of("customer", message), form_of("ringing")))[0] == 503
    # when the store is back
    async with at_work(place):
        assert (await post(place, path_of("customer", message), form_of("ringing")))[0] == 204
    assert await place.of(message) == [CallStatus.RINGING]


async def reports(place: Office) -> list[CallReported]:
    """What was reported of calls that came in, wherever their customer is."""
    return [each for each in await place.everywhere() if isinstance(each, CallReported)]


async def test_a_recording_is_told_by_its_link(place: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # given an account whose calls are recorded
    monkeypatch.setattr(TwilioPhones, "wants", {"record": True})
    message = order()
    async with at_work(place):
        await place.commits(message)

        async def is_told() -> list[str]:
            return [each.report.recording for each in await reports(place) if each.report.recording]

        assert isinstance(place.phones, TwilioPhones)
        [link] = await place.until(is_told, "a link")
        assert link.startswith(f"{place.phones.api}/2010-04-01/Accounts/{ACCOUNT}/Recordings/RE")
        # one to somewhere else, be it signed, is none
        form = {**form_of("completed"), "RecordingUrl": "http://evil.example/RE1"}
        assert (await post(place, path_of("recording", message), form))[0] == 204
        assert await is_told() == [link]


async def test_who_rings_is_put_through_to_who_is_there(place: Office) -> None:
    shifts = Shifts(place.connection, place.clock)
    await shifts.ready(CARLA)
    async with at_work(place, shifts=shifts):
        leg = place.phones.exchange.ring(CUSTOMER.address, COMPANY)

        async def talks() -> bool:
            return any(each.report.status is CallStatus.TALKING for each in await reports(place))

        await place.until(talks, "they talk")
        # then it was held before the agent's phone rang, and the agent is named
        assert [each.message.sender for each in ringing(await place.everywhere())] == [CUSTOMER]
        [talking] = [each.report for each in await reports(place) if each.report.status is CallStatus.TALKING]
        assert (talking.agent, talking.agent_name) == ("carla", "Carla")
        await place.passes(timedelta(seconds=10))
        place.phones.exchange.put_down(leg)
        await place.passes(timedelta(seconds=5))
    told = [each.report for each in await reports(place)]
    assert [each.status for each in told] == [CallStatus.TALKING, CallStatus.ENDED]
    assert await place.open_calls() == 0
    assert await shifts.held(CARLA.id) is None


@pytest.mark.parametrize(
    ("agent", "caller_waits"),
    [
        (None, True),
        (Behaviour(Does.NO_ANSWER), True),
        (Behaviour(Does.BUSY), True),
        (Behaviour(Does.VOICEMAIL), True),
        (Behaviour(Does.NO_ANSWER), False),
    ],
    ids=["nobody", "no answer", "busy", "voicemail", "gives up"],
)
async def test_a_call_that_nobody_took_is_told_with_its_caller(
    place: Office, agent: Behaviour | None, caller_waits: bool
) -> None:
    shifts = Shifts(place.connection, place.clock)
    if agent:
        place.phones.exchange.behave(AGENT.address, agent)
        await shifts.ready(CARLA)
    async with at_work(place, shifts=shifts):
        leg = place.phones.exchange.ring(CUSTOMER.address, COMPANY)
        await place.passes(timedelta(seconds=10))
        if not caller_waits:
            place.phones.exchange.put_down(leg)

        async def is_over() -> bool:
            return leg.is_over and await place.open_calls() == 0

        await place.until(is_over, "the line is let go, and what became of the call is known")
    told = await reports(place)
    assert {each.report.status for each in told} == {CallStatus.NO_ANSWER}
    assert {each.caller for each in told} == {CUSTOMER}
    # who waited hears so, in the team's language
    assert any("te llamamos" in said.lower() for said in leg.heard) is caller_waits
    assert await place.open_calls() == 0


async def test_no_address_that_is_called_names_anybody(place: Office) -> None:
    # given an agent who takes calls, and a customer who rings
    shifts, call = Shifts(place.connection, place.clock), {"AccountSid": ACCOUNT, "CallSid": CALL}
    await shifts.ready(CARLA)
    async with at_work(place, shifts=shifts):
        path = "/channels/phone/twilio/incoming"
        _, rings = await post(place, path, {**call, "From": CUSTOMER.address, "To": COMPANY, "CallStatus": "ringing"})
        # when a call of ours is told what to do, too
        message = order()
        await place.commits(message)
        await place.until(lambda: place.receipt_of(message), "a receipt")
        _, briefs = await post(place, path_of("answer", message), form_of("in-progress"))
        _, dials = await post(place, path_of("accept", message), form_of("in-progress", Digits="1"))
    # then what proxies and Twilio write down has neither names nor numbers in it, and nothing of the briefing
    told = [ElementTree.fromstring(text) for text in (rings, briefs, dials)]
    found = [value for root in told for each in root.iter() for value in each.attrib.values() if "://" in value]
    assert len(found) >= 6
    for url in found:
        assert not [word for word in ("Carla", "6123", "6000", "Ada", "factura") if word in url], url


async def test_no_word_of_a_briefing_is_taken_for_markup(place: Office) -> None:
    # given a customer who is called as TwiML is written
    text = "Ada</Say><Dial>+5079001234</Dial><Say>.\x00\ud800"
    message = order(text=text[:-1])
    async with at_work(place):
        await place.commits(message)
        await place.until(lambda: place.receipt_of(message), "a receipt")
        _, said = await post(place, path_of("answer", message), form_of("in-progress"))
    root = ElementTree.fromstring(said)
    assert [each.tag for each in root.iter()] == ["Response", "Gather", "Say", "Hangup"]
    assert "<Dial>+5079001234</Dial>" in "".join(root.itertext())
