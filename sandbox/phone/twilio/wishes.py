"""What may be asked of `Calls.json`: the forms, read as Twilio reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from multidict import MultiMapping

from sandbox.phone.lines import number_of
from sandbox.phone.twilio.problems import invalid
from sandbox.phone.twilio.records import EVENTS, Detection, Hook
from sandbox.x.records import is_loopback

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_SIP = re.compile(r"sips?:[^@\s]+@[^@\s]+", re.IGNORECASE)
_MOST_RINGING = 600


@dataclass(frozen=True, slots=True)
class Instructions:
    """What a call is to do once it is answered: TwiML, or where to get it."""

    twiml: str = ""
    url: str = ""
    method: str = "POST"
    fallback: Hook | None = None


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call to be made."""

    to: str
    sender: str
    instructions: Instructions
    timeout: int
    hook: Hook | None
    detection: Detection | None
    is_recorded: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of a call under way: an end (`completed` or `canceled`), or other instructions."""

    status: str = ""
    instructions: Instructions | None = None


def new_call(form: MultiMapping[str], own: str) -> NewCall:
    """The call that `form` asks for, from `own`. Raises Refused."""
    return NewCall(
        to=_to(form.get("To", ""), own),
        sender=_sender(form.get("From", ""), own),
        instructions=_instructions(form),
        timeout=_timeout(form.get("Timeout", "60")),
        hook=_hook(form),
        detection=_detection(form),
        is_recorded=form.get("Record", "").lower() == "true",
    )


def change_of(form: MultiMapping[str]) -> Change:
    """The change that `form` asks for. Raises Refused."""
    status = form.get("Status", "")
    if status:
        if status not in ("completed", "canceled"):
            raise invalid(21218, f"Invalid Status: {status}")
        return Change(status)
    return Change(instructions=_instructions(form))


def is_number(text: str) -> bool:
    """Whether Twilio would try to ring it: E.164, or a SIP address."""
    return bool(_NUMBER.fullmatch(text) or _SIP.fullmatch(text))


def hook_of(attributes: Mapping[str, str], address: str, prefix: str = "statusCallback") -> Hook:
    """Where a noun of Dial has its progress told."""
    events = attributes.get(f"{prefix}Event", "completed").split()
    method = attributes.get(f"{prefix}Method", "POST").upper()
    return Hook(address, method, tuple(one for one in events if one in EVENTS))


def _to(text: str, own: str) -> str:
    if not text:
        raise invalid(21201, "No 'To' number is specified")
    number = text if text.lower().startswith("sip") else number_of(text)
    if not is_number(number) or number == own:
        raise invalid(21211, f"Invalid 'To' Phone Number: {text}")
    return number


def _sender(text: str, own: str) -> str:
    if not text:
        raise invalid(21213, "No 'From' number is specified")
    number = number_of(text)
    if not is_number(number):
        raise invalid(21212, f"Invalid 'From' Phone Number: {text}")
    if number != own:
        why = f"The source phone number provided, {text}, is not yet verified for your account. "
        raise invalid(21210, f"{why}You may only make calls from phone numbers that you've verified or purchased.")
    return number


def _instructions(form: MultiMapping[str]) -> Instructions:
    url, twiml = form.get("Url", ""), form.get("Twiml", "")
    if not url and not twiml:
        raise invalid(21205, "Url parameter is required.")
    fallback = _address(form, "FallbackUrl")
    return Instructions(
        # Url wins where both are given: TwiML is looked at only without it.
        twiml="" if url else twiml,
        url=_address(form, "Url"),
        method=_method(form, "Method"),
        fallback=Hook(fallback, _method(form, "FallbackMethod")) if fallback else None,
    )


def _hook(form: MultiMapping[str]) -> Hook | None:
    url = _address(form, "StatusCallback", 21609)
    events = tuple(form.getall("StatusCallbackEvent", ["completed"]))
    unknown = [one for one in events if one not in EVENTS]
    if unknown:
        raise invalid(21626, f"Invalid StatusCallbackEvents: {', '.join(unknown)}")
    return Hook(url, _method(form, "StatusCallbackMethod"), events) if url else None


def _detection(form: MultiMapping[str]) -> Detection | None:
    wanted = form.get("MachineDetection", "").lower()
    # "If both SendDigits and MachineDetection are provided, MachineDetection is ignored."
    if wanted not in ("enable", "detectmessageend") or form.get("SendDigits"):
        return None
    url = _address(form, "AsyncAmdStatusCallback")
    hook = Hook(url, _method(form, "AsyncAmdStatusCallbackMethod")) if url else None
    return Detection(wanted != "enable", form.get("AsyncAmd", "").lower() == "true", hook)


def _timeout(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise invalid(21208, f"Invalid Timeout: {text}")
    return min(int(text), _MOST_RINGING)


def _address(form: MultiMapping[str], name: str, code: int = 21205) -> str:
    url = form.get(name, "")
    if url and not is_loopback(url.partition("#")[0]):
        # The real one takes any address that the world can reach; this one lets nothing out of the machine.
        raise invalid(code, f"{name} is not a valid URL: {url} (the sandbox calls addresses of this machine only)")
    return url


def _method(form: MultiMapping[str], name: str) -> str:
    method = form.get(name, "POST").upper()
    if method not in ("GET", "POST"):
        raise invalid(21206, f"Invalid {name}: {method}")
    return method
