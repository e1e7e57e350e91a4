"""Looking at Twilio: which of its calls an order's is, and how far it has come.

Twilio's list of calls does not show what address a call was made with, and takes no id of ours. What tells a call apart
is the customer who is dialled from it, and the requests that Twilio made for it, each of which names the order; it
promises to show those a quarter of an hour after the call's end only (its page "Call Event resource").
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from channels.phone.settings import TwilioSettings
from channels.phone.tools import Tools
from channels.phone.twilio.client import TwilioClient
from channels.phone.twilio.statuses import (
    COMPLETED,
    HUNG_UP_AT_ONCE,
    NO_KEY,
    OVER,
    TALKING,
    Became,
    is_machine,
    of_agent,
    of_customer,
)
from channels.phone.twilio.twiml import address_of
from router.model.call import CallStatus
from router.model.errors import PermanentError, TemporaryError, UnknownOutcome
from router.model.ids import MessageId
from router.model.message import OutboundMessage

# What Twilio took may not be in its list yet, and its clock may differ from ours.
LISTED_AFTER = timedelta(seconds=30)
# Ends that a SIP code may tell better.
CODED = (CallStatus.FAILED, CallStatus.ENDED)
CLOCKS_DIFFER = timedelta(minutes=1)
# Within that time the agent has pressed a key, or the call is over; one of which nothing tells by then is in doubt.
TOLD_APART_WITHIN = timedelta(minutes=2)
LOOK_AGAIN = 10.0
PAGE = "50"
TALKS = CallStatus.TALKING


class Looking:
    """Looks at one account's calls."""

    def __init__(self, settings: TwilioSettings, client: TwilioClient, tools: Tools) -> None:
        self._settings = settings
        self._client = client
        self._tools = tools

    async def find(self, order: OutboundMessage) -> str | None:
        """The SID of the call that was begun for `order`; None if there surely is none.

        Raises TemporaryError while that can't be known yet, UnknownOutcome where it can't be told apart from others.
        """
        call = await self._tools.calls.of(order.id)
        began_at = call.at if call else order.created_at
        unclear = 0
        for candidate in await self._candidates(order, began_at):
            match await self._is_of(candidate, order):
                case True:
                    return str(candidate.get("sid"))
                case None:
                    unclear += 1
        waited = self._tools.clock.now() - began_at
        if waited < LISTED_AFTER:
            raise TemporaryError(
                "a call that was just begun may not be in Twilio's list yet", _left(LISTED_AFTER, waited)
            )
        if unclear and waited < TOLD_APART_WITHIN:
            raise TemporaryError("Twilio does not show yet what this call was made for", LOOK_AGAIN)
        if unclear:
            raise UnknownOutcome("the agent's phone was rung then, and Twilio does not show for which call")
        return None

    async def became(self, call: str, order: MessageId) -> Became | None:
        """How far the call to the agent `call`, and the one to the customer, have come; None for nothing yet."""
        try:
            agents = await self._client.get(f"/Calls/{call}.json")
        except PermanentError:
            # The account knows no such call: nobody was rung, or it was deleted there.
            return Became(CallStatus.FAILED, "Twilio knows no such call")
        status = str(agents.get("status", ""))
        if status not in (TALKING, COMPLETED):
            return of_agent(status)
        customers = await self._calls([("ParentCallSid", call), ("PageSize", PAGE)])
        if customers:
            return self._of_list(customers[0])
        return of_agent(TALKING) if status == TALKING else await self._of_none(order)

    async def _of_none(self, order: MessageId) -> Became:
        """What became of a call from which no customer was dialled: it must not only be missing in the list."""
        call = await self._tools.calls.of(order)
        if call is None or call.accepted_at is None:
            return Became(CallStatus.AGENT_AWAY, NO_KEY)
        waited = self._tools.clock.now() - call.accepted_at
        if waited < LISTED_AFTER:
            raise TemporaryError("the customer's call may not be in Twilio's list yet", _left(LISTED_AFTER, waited))
        return Became(CallStatus.AGENT_AWAY, HUNG_UP_AT_ONCE)

    async def answered_by(self, call: str) -> str:
        """Who took the call, by Twilio's word: `human`, `machine_start`, empty for nothing."""
        return str((await self._client.get(f"/Calls/{call}.json")).get("answered_by") or "")

    async def _candidates(self, order: OutboundMessage, began_at: datetime) -> list[Mapping[str, Any]]:
        """The calls to the agent since then that are not known to be other orders', the latest first.

        Not by `StartTime`: a call that waits in Twilio's queue has none, and would be left out.
        """
        device = order.order.device if order.order else None
        if device is None:
            return []
        query = [("To", address_of(device)), ("From", self._settings.number), ("PageSize", PAGE)]
        since = began_at - CLOCKS_DIFFER
        calls = [each for each in await self._calls(query) if _is_since(each, since)]
        others = await self._tools.placed.holders([str(each.get("sid")) for each in calls])
        return [each for each in calls if others.get(str(each.get("sid")), order.id) == order.id]

    async def _is_of(self, call: Mapping[str, Any], order: OutboundMessage) -> bool | None:
        """Whether `call` was made for `order`, as far as its customer is concerned; None if that can't be told yet."""
        sid = str(call.get("sid"))
        if (await self._tools.placed.of(order.id)) == (sid,):
            return True
        events = (await self._client.get(f"/Calls/{sid}/Events.json")).get("events")
        urls = [_url(each) for each in events if isinstance(each, dict)] if isinstance(events, list) else []
        if any(f"o={quote(order.id, safe='')}&" in f"{url.partition('#')[0]}&" for url in urls):
            return True
        if any("/channels/phone/twilio/" in url for url in urls):
            return False
        customers = await self._calls([("ParentCallSid", sid), ("PageSize", PAGE)])
        if customers:
            return any(each.get("to") == address_of(order.recipient) for each in customers)
        # Whosesoever it was: it is over, all is told of it, and no customer was rung by it.
        return False if self._is_long_over(call) else None

    def _of_list(self, customers: Mapping[str, Any]) -> Became | None:
        """What the list shows of the call to the customer; nothing of an end whose own report may be on its way.

        Only that has the SIP code, which tells a number that nobody has, and a line that fell.
        """
        became = _of_list(customers)
        if became is None or became.status not in CODED:
            return became
        at = _instant(customers.get("end_time")) or _instant(customers.get("date_created"))
        is_told = at is None or self._tools.clock.now() - at >= LISTED_AFTER
        return became if is_told else None

    def _is_long_over(self, call: Mapping[str, Any]) -> bool:
        ended_at = _instant(call.get("end_time"))
        return (
            call.get("status") in OVER and ended_at is not None and (self._tools.clock.now() - ended_at >= LISTED_AFTER)
        )

    async def _calls(self, query: list[tuple[str, str]]) -> list[Mapping[str, Any]]:
        found = (await self._client.get("/Calls.json", query)).get("calls")
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _of_list(customers: Mapping[str, Any]) -> Became | None:
    """How far the call to the customer has come, by what the list shows of it: no SIP code."""
    told = {"CallDuration": str(customers.get("duration") or "")}
    became = of_customer(str(customers.get("status", "")), told)
    if became and is_machine(str(customers.get("answered_by") or "")):
        return Became(CallStatus.VOICEMAIL, machine=str(customers.get("sid")) if became.status is TALKS else "")
    return became


def _is_since(call: Mapping[str, Any], instant: datetime) -> bool:
    """Whether `call` was made after `instant`; one that does not say so may have been."""
    created_at = _instant(call.get("date_created"))
    return created_at is None or created_at >= instant


def _instant(written: object) -> datetime | None:
    try:
        at = parsedate_to_datetime(str(written))
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo else None


def _url(event: Mapping[str, Any]) -> str:
    request = event.get("request")
    return str(request.get("url", "")) if isinstance(request, dict) else ""


def _left(wanted: timedelta, waited: timedelta) -> float:
    return max((wanted - waited).total_seconds(), 1.0)
