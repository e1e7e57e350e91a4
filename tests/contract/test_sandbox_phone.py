"""The sandbox's Twilio, as its documentation says: calls, TwiML, signed webhooks, errors."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest

from sandbox.phone.twilio.signature import signature
from tests.cases import shared_cases
from tests.sandbox_here import SandboxHere
from tests.voice import ACCOUNT, NUMBER, TOKEN, Company, Rest, company, signed

ANA, RAUL = "+50761234567", "sip:raul@hilo.example"
EVENTS = ("initiated", "ringing", "answered", "completed")
BRIDGE = '<Dial action="/after" callerId="{number}" timeout="3000"><Number url="/whisper" statusCallback="/child"'
BRIDGE += ' statusCallbackEvent="initiated ringing answered completed">{to}</Number></Dial><Say>Adiós</Say>'


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxHere]:
    # A minute of calls passes in a second.
    async with SandboxHere(phone_speed=60) as sandbox:
        yield sandbox


@pytest.fixture
async def rest(sandbox: SandboxHere) -> AsyncIterator[Rest]:
    async with aiohttp.ClientSession() as session:
        yield Rest(sandbox, session)


@pytest.fixture
async def hilo() -> AsyncIterator[Company]:
    async with company() as one:
        yield one


async def test_an_agent_is_rung_then_the_customer_and_the_line_falls(
    sandbox: SandboxHere, rest: Rest, hilo: Company
) -> None:
    # given an agent who answers by themselves and a customer whom a person plays
    hilo.twiml = {"begin": BRIDGE.format(number=NUMBER, to=ANA), "whisper": "<Say>Le llama Hilo</Say>", "after": ""}
    await sandbox.phone("lines", number=RAUL, name="Raúl", plan=[{"does": "answer"}])
    # when the company has the agent rung
    sid = await rest.call(RAUL, Url=f"{hilo.base}/begin", StatusCallback=f"{hilo.base}/parent?order=o1", events=EVENTS)
    leg = await sandbox.rings(ANA)
    assert (leg["from"], leg["state"]) == (NUMBER, "ringing")
    # and the customer answers, the two talk, and the customer's line falls
    await sandbox.phone("act", number=ANA, do="answer")
    child = await hilo.hears("child", "in-progress")
    await rest.becomes(child["CallSid"], "in-progress")
    assert {leg["phone"]: leg["with"] for leg in (await sandbox.phone())["legs"]} == {RAUL: ANA, ANA: RAUL}
    await sandbox.phone("act", number=ANA, do="drop")
    # then both legs were told of step by step, with SIDs of their own
    await hilo.hears("parent", "completed")
    assert [one["CallStatus"] for one in hilo.of("parent")] == ["initiated", "ringing", "in-progress", "completed"]
    assert [one["CallStatus"] for one in hilo.of("child")] == ["initiated", "ringing", "in-progress", "completed"]
    assert [one["SequenceNumber"] for one in hilo.of("child")] == ["0", "1", "2", "3"]
    assert {(one["CallSid"], one["Direction"]) for one in hilo.of("parent")} == {(sid, "outbound-api")}
    assert {(one["ParentCallSid"], one["Direction"]) for one in hilo.of("child")} == {(sid, "outbound-dial")}
    assert {one["CallbackSource"] for one in hilo.of("child")} == {"call-progress-events"}
    end = hilo.of("child")[-1]
    assert (end["From"], end["To"], end["ToCountry"], end["SipResponseCode"]) == (NUMBER, ANA, "PA", "408")
    assert int(end["CallDuration"]) >= 0
    assert parsedate_to_datetime(end["Timestamp"]).tzinfo is not None
    # and the action was asked what follows, with what became of the one who was rung
    (after,) = hilo.of("after")
    assert (after["DialCallStatus"], after["DialCallSid"], after["DialBridged"]) == (
        "completed",
        child["CallSid"],
        "true",
    )
    assert after["CallSid"] == sid
    # and the customer heard the whisper; what follows the Dial is not run where it has an action
    heard = {leg["phone"]: leg["heard"] for leg in (await sandbox.phone())["legs"]}
    assert heard == {RAUL: [], ANA: ["Le llama Hilo"]}
    # and everything was signed
    assert all(one.is_signed for one in hilo.told)
    assert len({one.headers["I-Twilio-Idempotency-Token"] for one in hilo.told}) == len(hilo.told)


@pytest.mark.parametrize(
    ("plan", "status", "sip"),
    [
        ({"does": "busy"}, "busy", "486"),
        ({"does": "reject", "after": 1}, "busy", "603"),
        ({"does": "no-answer"}, "no-answer", "487"),
        ({"does": "unallocated"}, "failed", "404"),
        ({"does": "congestion"}, "failed", "503"),
    ],
)
async def test_who_does_not_answer(
    sandbox: SandboxHere, rest: Rest, hilo: Company, plan: dict[str, Any], status: str, sip: str
) -> None:
    await sandbox.phone("lines", number=ANA, plan=[plan])
    sid = await rest.call(ANA, Twiml="<Response/>", Timeout=5, StatusCallback=f"{hilo.base}/told")
    # then only the end was told, as only that is told unless more is asked for
    end = await hilo.hears("told")
    assert (end["CallStatus"], end["SipResponseCode"], end["CallDuration"]) == (status, sip, "0")
    call = await rest.becomes(sid, status)
    assert (call["duration"], call["price"], call["answered_by"]) == (None, None, None)
    assert call["end_time"]
    assert len(hilo.told) == 1


@pytest.mark.parametrize(("does", "who"), [("voicemail", "machine_start"), ("answer", "human")])
async def test_a_machine_is_known_by_detection_alone(
    sandbox: SandboxHere, rest: Rest, hilo: Company, does: str, who: str
) -> None:
    hilo.twiml = {"begin": '<Pause length="600"/>'}
    await sandbox.phone("lines", number=ANA, plan=[{"does": does, "hang_up_after": 5}])
    # given no detection, a machine's answer is like any other
    plain = await rest.call(ANA, Url=f"{hilo.base}/begin", StatusCallback=f"{hilo.base}/plain")
    assert "AnsweredBy" not in await hilo.hears("plain", "completed")
    assert (await rest.becomes(plain, "completed"))["answered_by"] is None
    # when it is asked for, the one who gives instructions knows, and the end tells
    await rest.call(ANA, Url=f"{hilo.base}/begin", MachineDetection="Enable", StatusCallback=f"{hilo.base}/detected")
    assert (await hilo.hears("begin", count=2))["AnsweredBy"] == who
    assert (await hilo.hears("detected", "completed"))["AnsweredBy"] == who
    # or, if nobody is to wait for it, another address does
    sid = await rest.call(
        ANA,
        Url=f"{hilo.base}/begin",
        MachineDetection="DetectMessageEnd",
        AsyncAmd="true",
        AsyncAmdStatusCallback=f"{hilo.base}/amd",
    )
    amd = await hilo.hears("amd")
    assert (amd["CallSid"], amd["AnsweredBy"]) == (sid, who.replace("_start", "_end_beep"))


async def test_a_customer_rings_the_company_and_nobody_is_there(sandbox: SandboxHere, hilo: Company) -> None:
    # given a number that asks the company what to do
    await sandbox.phone("company", voice_url=f"{hilo.base}/voice", status_url=f"{hilo.base}/status")
    dial = f'<Dial action="/after" timeout="5" answerOnBridge="true"><Sip>{RAUL}</Sip></Dial>'
    hilo.twiml = {"voice": dial, "after": "<Say>Le llamaremos</Say><Hangup/>"}
    # when a customer rings
    leg = await sandbox.phone("ring", sender=ANA)
    asked = await hilo.hears("voice")
    assert (asked["From"], asked["To"], asked["CallStatus"], asked["Direction"]) == (ANA, NUMBER, "ringing", "inbound")
    # then the agent's phone rings, and when nobody takes it the action is asked
    after = await hilo.hears("after")
    assert (after["DialCallStatus"], after["DialBridged"]) == ("no-answer", "false")
    assert "DialCallDuration" not in after
    # and the customer is told, and it is over
    status = await hilo.hears("status")
    assert (status["CallStatus"], status["CallSid"]) == ("completed", asked["CallSid"])
    ana, raul = (await sandbox.phone())["legs"]
    assert (ana["id"], ana["heard"], raul["from"], raul["ending"]) == (leg["id"], ["Le llamaremos"], ANA, "no-answer")
    # who heard ringing all the while
    assert ana["answered_at"] >= raul["ended_at"]


async def test_who_rings_gives_up_before_the_agent_takes_it(sandbox: SandboxHere, hilo: Company) -> None:
    await sandbox.phone("company", voice_url=f"{hilo.base}/voice", status_url=f"{hilo.base}/status")
    hilo.twiml = {"voice": f'<Dial action="/after" timeout="3000"><Sip statusCallback="/child">{RAUL}</Sip></Dial>'}
    await sandbox.phone("ring", sender=ANA)
    await sandbox.rings(RAUL)
    await sandbox.phone("act", number=ANA, do="hang_up")
    assert (await hilo.hears("child"))["CallStatus"] == "no-answer"
    assert (await hilo.hears("after"))["DialCallStatus"] == "no-answer"
    assert (await hilo.hears("status"))["CallStatus"] == "completed"
    assert all(leg["state"] == "ended" for leg in (await sandbox.phone())["legs"])


async def test_the_first_to_answer_has_the_call(sandbox: SandboxHere, rest: Rest, hilo: Company) -> None:
    # given a customer who rings two agents at once
    marta = "+50760000002"
    await sandbox.phone("company", voice_url=f"{hilo.base}/voice")
    hilo.twiml = {"voice": f'<Dial timeout="3000"><Number>{marta}</Number><Sip>{RAUL}</Sip></Dial>'}
    hilo.twiml["other"] = '<Pause length="6000"/>'
    await sandbox.phone("ring", sender=ANA)
    await sandbox.rings(marta)
    await sandbox.rings(RAUL)
    sid = (await hilo.hears("voice"))["CallSid"]
    # when one answers
    await sandbox.phone("act", number=RAUL, do="answer")
    children: dict[str, Any] = {"ParentCallSid": sid}

    async def are(*statuses: str) -> None:
        async with asyncio.timeout(10):
            while True:
                _, found = await rest.ask("GET", "/Calls.json", params=children)
                if [call["status"] for call in found["calls"]] == list(statuses):
                    return
                await asyncio.sleep(0.02)

    # then the other rings no more
    await are("in-progress", "no-answer")
    # and when the customer's call is told something else, whom it was joined with is let go
    await rest.ask("POST", f"/Calls/{sid}.json", {"Url": f"{hilo.base}/other"})
    await are("completed", "no-answer")
    assert (await rest.ask("GET", f"/Calls/{sid}.json"))[1]["status"] == "in-progress"


async def test_a_call_is_rejected_before_it_is_answered(sandbox: SandboxHere, rest: Rest, hilo: Company) -> None:
    await sandbox.phone("company", voice_url=f"{hilo.base}/voice")
    hilo.twiml = {"voice": '<Reject reason="busy"/>'}
    await sandbox.phone("ring", sender=ANA)
    sid = (await hilo.hears("voice"))["CallSid"]
    call = await rest.becomes(sid, "busy")
    assert (call["direction"], call["duration"]) == ("inbound", None)


@pytest.mark.parametrize(("pressed", "asked"), [("1", ["1"]), ("", [])])
async def test_keys_are_gathered(
    sandbox: SandboxHere, rest: Rest, hilo: Company, pressed: str, asked: list[str]
) -> None:
    gather = '<Gather numDigits="1" timeout="3" action="/pressed"><Say>Marque 1</Say></Gather><Say>Nada</Say>'
    hilo.twiml = {"begin": gather, "pressed": "<Say>Gracias</Say>"}
    await sandbox.phone("lines", number=ANA, plan=[{"does": "answer", "digits": pressed}])
    sid = await rest.call(ANA, Url=f"{hilo.base}/begin")
    await rest.becomes(sid, "completed")
    assert [one["Digits"] for one in hilo.of("pressed")] == asked
    (leg,) = (await sandbox.phone())["legs"]
    assert leg["heard"] == ["Marque 1", "Gracias" if pressed else "Nada"]


async def test_keys_that_a_person_presses(sandbox: SandboxHere, rest: Rest, hilo: Company) -> None:
    hilo.twiml = {"begin": '<Gather timeout="600" action="/pressed"/>'}
    await sandbox.phone("lines", number=ANA, plan=[{"does": "answer"}])
    sid = await rest.call(ANA, Url=f"{hilo.base}/begin")
    await hilo.hears("begin")
    await rest.becomes(sid, "in-progress")
    await sandbox.phone("act", number=ANA, do="press", digits="42#")
    assert (await hilo.hears("pressed"))["Digits"] == "42"


async def test_a_call_is_changed_while_it_goes_on(sandbox: SandboxHere, rest: Rest, hilo: Company) -> None:
    # given a call that waits
    hilo.twiml = {"begin": '<Pause length="6000"/>', "other": '<Say>Otra cosa</Say><Pause length="6000"/>'}
    await sandbox.phone("lines", number=ANA, plan=[{"does": "answer"}])
    sid = await rest.call(ANA, Url=f"{hilo.base}/begin")
    await hilo.hears("begin")
    # when it is told something else, and then to end
    status, call = await rest.ask("POST", f"/Calls/{sid}.json", {"Url": f"{hilo.base}/other"})
    assert (status, call["status"]) == (200, "in-progress")
    await hilo.hears("other")
    await rest.ask("POST", f"/Calls/{sid}.json", {"Status": "canceled"})
    assert (await rest.becomes(sid, "in-progress"))["end_time"] is None
    await rest.ask("POST", f"/Calls/{sid}.json", {"Status": "completed"})
    assert int((await rest.becomes(sid, "completed"))["duration"]) >= 0
    # then nothing more can be done with it
    status, answer = await rest.ask("POST", f"/Calls/{sid}.json", {"Status": "completed"})
    assert (status, answer["code"]) == (400, 21220)
    # and one that rings can be canceled
    await sandbox.phone("lines", number=ANA, plan=[{"does": "no-answer"}])
    ringing = await rest.call(ANA, Twiml="<Response/>", Timeout=600)
    await rest.becomes(ringing, "ringing")
    await rest.ask("POST", f"/Calls/{ringing}.json", {"Status": "canceled"})
    assert (await rest.becomes(ringing, "canceled"))["duration"] is None


async def test_calls_are_listed_page_by_page(sandbox: SandboxHere, rest: Rest) -> None:
    await sandbox.phone("default", behaviour={"does": "busy"})
    sids = [await rest.call(to, Twiml="<Response/>") for to in (ANA, "+50760000000", ANA, ANA)]
    for sid in sids:
        await rest.becomes(sid, "busy")
    # when those to one number are asked for, two at a time
    status, first = await rest.ask("GET", "/Calls.json", params={"To": ANA, "PageSize": "2"})
    assert (status, [call["sid"] for call in first["calls"]]) == (200, [sids[3], sids[2]])
    assert (first["start"], first["end"], first["page"], first["previous_page_uri"]) == (0, 1, 0, None)
    # then a call that is made meanwhile shifts nothing
    await rest.call(ANA, Twiml="<Response/>")
    path = first["next_page_uri"].partition(ACCOUNT)[2]
    _, second = await rest.ask("GET", path)
    assert ([call["sid"] for call in second["calls"]], second["next_page_uri"]) == ([sids[0]], None)
    # and days, instants and statuses choose
    day = parsedate_to_datetime(first["calls"][0]["start_time"]).strftime("%Y-%m-%d")
    for query, count in (
        ({"StartTime": day}, 5),
        ({"StartTime>": day, "Status": "busy"}, 5),
        ({"StartTime<": day}, 0),
        ({"StartTime>": "2100-01-01T00:00:00Z"}, 0),
        ({"From": NUMBER, "To": "+50760000000"}, 1),
        ({"Status": "completed"}, 0),
    ):
        _, found = await rest.ask("GET", "/Calls.json", params=query)
        assert len(found["calls"]) == count, query


async def test_a_call_looks_as_documented(sandbox: SandboxHere, rest: Rest, hilo: Company) -> None:
    form = {"To": "+14158675309", "From": NUMBER, "Url": f"{hilo.base}/begin", "Timeout": "600"}
    status, call = await rest.ask("POST", "/Calls.json", form)
    assert status == 201
    assert re.fullmatch("CA[0-9a-f]{32}", call["sid"])
    # The answer that makes a call knows no dates yet.
    dates = ("date_created", "date_updated", "start_time", "end_time", "duration", "price", "answered_by")
    assert {name: call[name] for name in dates} == dict.fromkeys(dates)
    assert (call["status"], call["direction"], call["price_unit"]) == ("queued", "outbound-api", "USD")
    assert (call["to_formatted"], call["from_formatted"]) == ("(415) 867-5309", NUMBER)
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{call['sid']}"
    assert call["uri"] == f"{path}.json"
    assert call["subresource_uris"]["events"] == f"{path}/Events.json"
    later = await rest.becomes(call["sid"], "ringing")
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", later["start_time"])
    assert set(later) == set(call)


async def test_requests_for_a_call_are_its_events(sandbox: SandboxHere, rest: Rest, hilo: Company) -> None:
    told = {"StatusCallback": f"{hilo.base}/told?order=o1", "events": EVENTS}
    sid = await rest.call(ANA, Url=f"{hilo.base}/begin", Timeout=600, **told)
    await hilo.hears("told", "ringing")
    await sandbox.phone("act", number=ANA, do="reject")
    await rest.becomes(sid, "busy")
    # then they are shown a quarter of an hour after its end, and no earlier
    assert (await rest.ask("GET", f"/Calls/{sid}/Events.json"))[1]["events"] == []
    await sandbox.fault(phone={"events_seconds": 0})
    _, events = await rest.ask("GET", f"/Calls/{sid}/Events.json")
    requests = [event["request"] for event in events["events"]]
    assert {request["url"] for request in requests} == {f"{hilo.base}/told?order=o1"}
    assert [request["parameters"]["call_status"] for request in requests] == ["initiated", "ringing", "busy"]


async def test_addresses_are_asked_by_get_where_that_is_wanted(sandbox: SandboxHere, rest: Rest, hilo: Company) -> None:
    hilo.twiml = {"begin": '<Redirect method="GET">/next?b=2&amp;c=%C3%B1</Redirect>', "next": "<Hangup/>"}
    await sandbox.phone("lines", number=ANA, plan=[{"does": "answer"}])
    told = {"StatusCallback": f"{hilo.base}/told", "StatusCallbackMethod": "GET"}
    sid = await rest.call(ANA, Url=f"{hilo.base}/begin?a=1", Method="GET", **told)
    assert (await hilo.hears("told"))["CallSid"] == sid
    assert [(one.fields.get("a"), one.fields.get("c"), one.is_signed) for one in hilo.told] == [
        ("1", None, True),
        (None, "ñ", True),
        (None, None, True),
    ]


async def test_nothing_leaves_the_machine(sandbox: SandboxHere, rest: Rest, hilo: Company) -> None:
    # given TwiML that leads elsewhere
    hilo.twiml = {"begin": "<Redirect>https://hilo.example/next</Redirect>"}
    await sandbox.phone("lines", number=ANA, plan=[{"does": "answer"}])
    await rest.becomes(await rest.call(ANA, Url=f"{hilo.base}/begin"), "completed")
    assert [one["error_code"] for one in (await sandbox.phone())["alerts"]] == [11200]


async def test_a_whisper_may_decline_but_not_dial(sandbox: SandboxHere, rest: Rest, hilo: Company) -> None:
    # given a customer's phone that is played something before the two are joined
    hilo.twiml = {"begin": BRIDGE.format(number=NUMBER, to=ANA), "after": ""}
    hilo.twiml["whisper"] = f"<Dial>{RAUL}</Dial><Hangup/>"
    await sandbox.phone("default", behaviour={"does": "answer"})
    await rest.becomes(await rest.call("+50760000009", Url=f"{hilo.base}/begin"), "completed")
    # then it does not dial, and its hanging up leaves the two apart
    (after,) = hilo.of("after")
    assert (after["DialCallStatus"], after["DialBridged"]) == ("completed", "false")
    assert {leg["phone"] for leg in (await sandbox.phone())["legs"]} == {"+50760000009", ANA}


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": ""}, 21201),
        ({"To": "6123"}, 21211),
        ({"To": "+0761234567"}, 21211),
        ({"To": NUMBER}, 21211),
        ({"From": ""}, 21213),
        ({"From": "Hilo"}, 21212),
        ({"From": ANA}, 21210),
        ({"Url": ""}, 21205),
        ({"Url": "https://hilo.example/voice"}, 21205),
        ({"Timeout": "soon"}, 21208),
        ({"StatusCallback": "nowhere"}, 21609),
        ({"StatusCallbackEvent": "exploded"}, 21626),
    ],
)
async def test_what_can_not_be_asked_is_refused(rest: Rest, form: dict[str, str], code: int) -> None:
    asked = {"To": ANA, "From": NUMBER, "Url": "http://127.0.0.1:9/voice", **form}
    status, answer = await rest.ask("POST", "/Calls.json", {name: value for name, value in asked.items() if value})
    assert (status, answer["code"], answer["status"]) == (400, code, 400)
    assert answer["message"]
    assert answer["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    # and nobody is rung
    _, found = await rest.ask("GET", "/Calls.json")
    assert found["calls"] == []


async def test_who_is_not_the_account_gets_nothing(rest: Rest) -> None:
    for auth in ("", *(aiohttp.encode_basic_auth(*one) for one in ((ACCOUNT, "wrong"), ("AC" + "f" * 32, TOKEN)))):
        status, answer = await rest.ask("GET", "/Calls.json", auth=auth)
        assert (status, answer["code"]) == (401, 20003)
    status, answer = await rest.ask("GET", f"/Calls/CA{'0' * 32}.json")
    assert (status, answer["code"], answer["status"]) == (404, 20404, 404)


@pytest.mark.parametrize("answer", [500, 0])
async def test_a_company_that_gives_no_twiml_loses_the_call(
    sandbox: SandboxHere, rest: Rest, hilo: Company, answer: int
) -> None:
    # given a company whose server fails, or says what is no TwiML
    hilo.status, hilo.twiml = answer, {"begin": "<oops"}
    await sandbox.phone("lines", number=ANA, plan=[{"does": "answer"}])
    sid = await rest.call(ANA, Url=f"{hilo.base}/begin")
    await rest.becomes(sid, "completed")
    state = await sandbox.phone()
    assert [one["error_code"] for one in state["alerts"]] == [11200 if answer else 12100]
    assert state["legs"][0]["heard"] == ["We are sorry. An application error has occurred. Goodbye."]


async def test_calls_survive_a_restart(tmp_path: Any, hilo: Company) -> None:
    async with SandboxHere(tmp_path) as sandbox, aiohttp.ClientSession() as session:
        await sandbox.phone("lines", number=ANA, plan=[{"does": "answer"}])
        sid = await Rest(sandbox, session).call(ANA, Twiml='<Response><Pause length="60"/></Response>')
        await Rest(sandbox, session).becomes(sid, "in-progress")
    async with SandboxHere(tmp_path) as sandbox, aiohttp.ClientSession() as session:
        _, found = await Rest(sandbox, session).ask("GET", "/Calls.json", params={"To": ANA})
        assert [(call["sid"], call["status"]) for call in found["calls"]] == [(sid, "completed")]


def test_signatures_are_those_of_others() -> None:
    """The shared cases, and the tests' own signature, agree with what the exchange sends."""
    lines = (shared_cases("signatures") / "twilio.jsonl").read_text(encoding="utf-8").splitlines()
    tried = 0
    for case in map(json.loads, lines):
        # The second is of who receives: a port that a proxy has lost is put up with there. The body of one is JSON.
        if "params" not in case or "port" in case.get("note", ""):
            continue
        made = signature(case["auth_token"], case["url"], case["params"])
        assert (made == case["signature"]) is case["valid"], case
        tried += 1
    assert tried >= 3
    url, fields = "https://hilo.example/x?a=b", {"B": "2 3", "A": "ñ"}
    assert signature("t", url, fields) == signed(url, "A=%C3%B1&B=2+3", "t")
