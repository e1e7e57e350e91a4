"""Asterisk's slice of the configuration."""

import re
from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from router.model.secret import SecretField
from router.model.units import Duration, Slice, Text, WebAddress, mistake

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
FIELD = re.compile(r"\{([^{}]*)\}")


def _name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise mistake(
            "a name begins with a letter and has letters, digits, `-` and `_`, 40 at most", "for example `hilo`"
        )
    return value


def _with(*fields: str) -> AfterValidator:
    """A template that may hold `fields`, and the first of them must be there."""

    def checked(value: str) -> str:
        unknown = set(FIELD.findall(value)) - set(fields)
        if unknown or not any("{" + name + "}" in value for name in fields):
            raise mistake(
                "a template names what is put in", f"one of {', '.join('`{' + name + '}`' for name in fields)}"
            )
        return value

    return AfterValidator(checked)


Name = Annotated[str, AfterValidator(_name)]


class AsteriskSettings(Slice):
    """One Asterisk: `url` is where its HTTP server listens, `user` and `password` are those of `ari.conf`.

    `numbers` and `devices` say which endpoint rings a telephone number (`{number}` is `+50761234567`, `{digits}` the
    same without `+`) and an agent's SIP phone (`{user}` is what stands before the `@`). `caller_id` is the number that
    customers see. `briefing` is a media URI that the agent hears before the customer is rung (`{text}` is the briefing,
    percent-encoded, `{language}` its language): without one there is none, as ARI has no voice of its own. `confirm` is
    what an agent hears at a telephone number, where they press a key to go on: a voicemail presses none. `screen` is
    the dialplan's context that finds out whether a machine answered the customer's phone. `recordings` is the link of a
    recording by its `{name}`: with it calls are recorded.
    """

    url: WebAddress = "http://127.0.0.1:8088"
    app: Name = "hilo"
    user: Text
    password: SecretField
    numbers: Annotated[Text, _with("number", "digits")]
    devices: Annotated[Text, _with("user")] = "PJSIP/{user}"
    caller_id: str = ""
    briefing: Annotated[Text, _with("text", "language")] | None = None
    confirm: Text = "sound:vm-press,sound:digits/1"
    screen: Name | None = None
    recordings: Annotated[Text, _with("name")] | None = None
    agent_rings: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(minutes=5))] = timedelta(seconds=25)
    customer_rings: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(minutes=5))] = timedelta(seconds=45)

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        # The password travels with every request.
        host = self.url.removeprefix("http://").partition("/")[0].rpartition("@")[2]
        is_near = host.partition(":")[0] in ("127.0.0.1", "localhost") or host.startswith("[::1]")
        if self.url.startswith("http://") and not is_near:
            raise mistake("`url` is not encrypted", "`https://…`; `http://` is for an Asterisk on this machine")
        return self
