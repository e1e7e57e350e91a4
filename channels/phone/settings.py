"""The phone channel's slice of the configuration."""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from channels.phone.asterisk.settings import AsteriskSettings
from router.core.found.phones import COUNTRIES
from router.model.message import ChannelName
from router.model.secret import SecretField
from router.model.units import Duration, Endpoint, Listen, Slice, Switch, Text, WebAddress, mistake

CHANNEL = ChannelName("phone")
# There is one account of it, as orders name it.
ACCOUNT = "main"
TWILIO = "https://api.twilio.com"
# The voices of our two languages, by what Twilio calls them (its page "TwiML Voice: Say").
VOICES = {"es": "es-MX", "en": "en-US"}


class ProviderName(StrEnum):
    """Who drives the calls; with `manual` the agents dial, and say what happened."""

    MANUAL = "manual"
    TWILIO = "twilio"
    ASTERISK = "asterisk"


def _number(value: str) -> str:
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", value):
        raise mistake(f"`{value[:60]}` is no number", "with its country's code, for example `+5078331111`")
    return value


def _account(value: str) -> str:
    if not re.fullmatch("AC[0-9a-f]{32}", value):
        raise mistake(
            "an account's SID is `AC` and 32 letters and digits", "it stands on the first page of the console"
        )
    return value


def _region(value: str) -> str:
    if value.upper() not in COUNTRIES:
        raise mistake(f"`{value[:60]}` is no country whose numbers are known here", "two letters, for example `PA`")
    return value.upper()


Number = Annotated[str, AfterValidator(_number)]


class IncomingSettings(Slice):
    """What an exchange of yours shows at `POST /channels/phone/incoming`: without a `token` that door is closed."""

    token: SecretField


class TwilioSettings(Slice):
    """An account at Twilio: its SID and token, the `number` that customers see, and where Twilio calls us back.

    `public_url` is what stands before `/channels/phone/twilio` for Twilio: signatures are checked over it. A phone is
    rung for `ring`. With `machine_detection` a customer's voicemail is hung up on, with `record` calls are recorded.
    """

    account_sid: Annotated[str, AfterValidator(_account)]
    auth_token: SecretField
    number: Number
    public_url: WebAddress
    base_url: WebAddress = TWILIO
    ring: Annotated[Duration, Field(ge=timedelta(seconds=5), le=timedelta(minutes=2))] = timedelta(seconds=25)
    machine_detection: Switch = True
    record: Switch = False
    voices: Mapping[str, Text] = Field(default_factory=lambda: dict(VOICES))

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        for key, url in (("base_url", self.base_url), ("public_url", self.public_url)):
            if url.startswith("http://") and not _is_loopback(url):
                raise mistake(f"`{key}` is not encrypted", "begin it with `https://`; `http://` is for the sandbox")
        return self


class PhoneSettings(Slice):
    """Who makes the calls, and where exchanges reach us; `region` is whose numbers come without a country's code."""

    provider: ProviderName = ProviderName.MANUAL
    listen: Listen = Endpoint("127.0.0.1", 8428)
    region: Annotated[str, AfterValidator(_region)] | None = None
    incoming: IncomingSettings | None = None
    twilio: TwilioSettings | None = None
    asterisk: AsteriskSettings | None = None

    @model_validator(mode="after")
    def _provided(self) -> Self:
        if self.provider is ProviderName.TWILIO and self.twilio is None:
            raise mistake("the provider is `twilio`, and nothing is said of it", "give `twilio: {account_sid: …}`")
        if self.provider is ProviderName.ASTERISK and self.asterisk is None:
            raise mistake("the provider is `asterisk`, and nothing is said of it", "give `asterisk: {user: …}`")
        return self


def _is_loopback(address: str) -> bool:
    host = address.removeprefix("http://").partition("/")[0]
    return host.partition(":")[0] in ("127.0.0.1", "localhost") or host.startswith("[::1]")
