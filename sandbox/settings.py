"""What the sandbox may be told: one JSON object, every key optional."""

from __future__ import annotations

import difflib
import os
from dataclasses import field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from yarl import URL

from sandbox.x.records import is_loopback

PASSWORD = "HILO_SANDBOX_PASSWORD"  # noqa: S105 - a name


class SettingsError(Exception):
    """The settings can't be used; its text says why in a plain sentence."""


def _base_url(text: str) -> str:
    """`text` without a slash at its end, once it is an absolute http or https address without a query."""
    url = URL(text)
    if url.scheme not in ("http", "https") or not url.host or url.query_string or url.fragment:
        raise ValueError("it should be an address such as http://127.0.0.1:8420")
    return str(url).rstrip("/")


def _loopback_url(text: str) -> str:
    if not is_loopback(text):
        raise ValueError("it should be an address of this machine, such as http://127.0.0.1:8427/x/webhook")
    return text


Port = Annotated[int, Field(ge=0, le=65535)]
Key = Annotated[str, Field(pattern="^[!-~]*$", repr=False)]
LoopbackUrl = Annotated[str, AfterValidator(_loopback_url)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Settings:
    """Where the sandbox listens and keeps what it holds; port 0 lets the system choose one."""

    data: Path = Path("data/sandbox")
    # Any password of the sandbox's is known to all, so it never listens where others could reach it.
    host: Literal["127.0.0.1"] = "127.0.0.1"
    page_port: Port = 8425
    smtp_port: Port = 2525
    imap_port: Port = 1143
    x_port: Port = 8426
    phone_port: Port = 8429
    # By the environment, so that the list of processes does not show it.
    password: Annotated[str, Field(min_length=1)] = field(default_factory=lambda: os.environ.get(PASSWORD, "sandbox"))
    care_address: str = "care@hilo.example"
    # The company's account at X and the keys of its app; a key that is not given is the password.
    x_username: Annotated[str, Field(pattern="^[A-Za-z0-9_]{1,15}$")] = "HiloCare"
    x_name: str = "Hilo"
    # Registered and subscribed as soon as it answers the challenge; on this machine only.
    x_webhook_url: LoopbackUrl | None = None
    x_consumer_key: Key = ""
    x_consumer_secret: Key = ""
    x_access_token: Key = ""
    x_access_token_secret: Key = ""
    # The company's account and number at Twilio; a token that is not given is the password.
    phone_account_sid: Annotated[str, Field(pattern="^AC[0-9a-f]{32}$")] = "AC" + "0" * 31 + "1"
    phone_auth_token: Key = ""
    phone_number: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")] = "+5078000000"
    # Asked for TwiML when somebody rings the company, and told when such a call is over.
    phone_voice_url: LoopbackUrl | None = None
    phone_status_url: LoopbackUrl | None = None
    # The number whose calls Asterisk gives to its application.
    ari_number: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")] = "+5078000001"
    # So many seconds of calls pass in one of ours; a test may be in a hurry.
    phone_speed: Annotated[float, Field(gt=0, le=1000)] = 1
    chat_url: BaseUrl | None = None
    desk_url: BaseUrl | None = None
    max_mail_bytes: Annotated[int, Field(ge=1024)] = 25 * 1024 * 1024


def read_settings(text: str) -> Settings:
    """The settings in the JSON object `text`. Raises SettingsError, which names every mistake."""
    try:
        return TypeAdapter(Settings).validate_json(text)
    except ValidationError as error:
        raise SettingsError("; ".join(_mistakes(error))) from error


def _mistakes(error: ValidationError) -> list[str]:
    mistakes = []
    for detail in error.errors():
        key = ".".join(str(part) for part in detail["loc"])
        if detail["type"] == "unexpected_keyword_argument":
            mistakes.append(f"there is no setting {key}{_did_you_mean(key)}")
        elif key == "host":
            mistakes.append("host: the sandbox listens on 127.0.0.1 only")
        else:
            mistakes.append(f"{key}: {detail['msg']}" if key else detail["msg"])
    return mistakes


def _did_you_mean(key: str) -> str:
    near = difflib.get_close_matches(key, list(Settings.__dataclass_fields__), n=1)
    return f" (did you mean {near[0]}?)" if near else ""
