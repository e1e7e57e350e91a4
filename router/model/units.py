"""How configuration and rules write durations, sizes and addresses; each mistake says what was meant."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
BYTES = {"B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
LONGEST = timedelta(days=3660)
NUMBER_AND_UNIT = re.compile(r"([0-9]{1,12}) ?([A-Za-z]+)", re.ASCII)
ENDPOINT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z_.-]+):([0-9]{1,5})", re.ASCII)
MAIL_ADDRESS = re.compile(r"[^@\s<>,;:\"]{1,64}@[0-9A-Za-z]([0-9A-Za-z.-]{0,250}[0-9A-Za-z])?")


class Slice(BaseModel):
    """A part's slice of the configuration: unknown keys are refused, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host and a port, written `127.0.0.1:8421`; port 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def mistake(message: str, hint: str = "", *, is_hidden: bool = False) -> PydanticCustomError:
    """The error for a validator to raise; `hint` says what to write instead, `is_hidden` that the line is a secret."""
    return PydanticCustomError("mistake", "{message}", {"message": message, "hint": hint, "is_hidden": is_hidden})


def duration(value: object) -> timedelta:
    """The duration that `value` (`15m`, `500ms`) stands for; a mistake without a unit."""
    if isinstance(value, timedelta):
        return value
    number, unit = _parts(
        value, MILLISECONDS, "a duration is a whole number with a unit", "`500ms`, `30s`, `15m`, `72h`"
    )
    length = timedelta(milliseconds=min(number * MILLISECONDS[unit], LONGEST // timedelta(milliseconds=1) + 1))
    if not timedelta() < length <= LONGEST:
        raise mistake("a duration is longer than nothing and at most ten years")
    return length


def size(value: object) -> int:
    """The bytes that `value` (`25MB`, `64KiB`) stands for; a plain number is taken as it is."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    number, unit = _parts(value, BYTES, "a size is a whole number with a unit", "`500kB`, `25MB`, `64MiB`")
    if number < 1:
        raise mistake("a size is more than nothing")
    return number * BYTES[unit]


def endpoint(value: object) -> Endpoint:
    """The host and the port that `value` (`127.0.0.1:8421`) stands for."""
    if isinstance(value, Endpoint):
        return value
    found = ENDPOINT.fullmatch(value) if isinstance(value, str) else None
    if not found or int(found[2]) > 65_535:
        raise mistake("an address to listen on is a host and a port", "for example `127.0.0.1:8421`")
    return Endpoint(found[1].strip("[]"), int(found[2]))


def plain_text(value: object) -> object:
    """`value` as it was written: YAML reads `100` as a number where a text is meant."""
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int | float) else value


def web_address(value: str) -> str:
    """`value` (`https://chat.example.org`) without a slash at its end."""
    try:
        parts = urlsplit(value)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_web = False
    if not is_web or any(letter.isspace() for letter in value):
        raise mistake("a web address begins with http:// or https://", "for example `https://chat.example.org`")
    return value.rstrip("/")


def mail_address(value: str) -> str:
    """`value` if it can be an address for mail (`care@hilo.example`)."""
    if not MAIL_ADDRESS.fullmatch(value) or ".." in value:
        raise mistake(f"`{value[:80]}` is no mail address", "for example `care@hilo.example`")
    return value


def _parts(value: object, units: dict[str, int], message: str, examples: str) -> tuple[int, str]:
    found = NUMBER_AND_UNIT.fullmatch(value) if isinstance(value, str) else None
    if not found or found[2] not in units:
        raise mistake(message, f"for example {examples}; the units are {', '.join(units)}")
    return int(found[1]), found[2]


Duration = Annotated[timedelta, BeforeValidator(duration)]
Size = Annotated[int, BeforeValidator(size)]
Listen = Annotated[Endpoint, BeforeValidator(endpoint)]
Port = Annotated[int, Field(strict=True, ge=1, le=65_535)]
Whole = Annotated[int, Field(strict=True)]
Switch = Annotated[bool, Field(strict=True)]
Text = Annotated[str, BeforeValidator(plain_text), Field(min_length=1, max_length=2000)]
WebAddress = Annotated[str, AfterValidator(web_address)]
MailAddress = Annotated[str, AfterValidator(mail_address)]
