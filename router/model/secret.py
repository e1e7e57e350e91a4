"""Secrets come by file or environment name; the configuration holds only where they are."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo

from router.model.errors import StartError
from router.model.units import mistake

SECRET_BYTES = 65_536
HOW_TO_GIVE = "write `{env: NAME}` for an environment variable, or `{file: path}` for a file"


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is: in the environment variable `env`, or in `file`. What it is never shows in a repr."""

    env: str = ""
    file: Path | None = None
    _direct: str = field(default="", repr=False)

    @classmethod
    def of(cls, text: str) -> "Secret":
        """A secret that the program made itself and holds in memory: a test's, never the configuration's."""
        return cls(_direct=text)

    def reveal(self) -> str:
        """The secret, read anew, without the line's end; StartError, saying what to do, if it is not there."""
        if self._direct:
            return self._direct
        return _from_file(self.file) if self.file else _from_environment(self.env)


def _from_environment(name: str) -> str:
    text = os.environ.get(name, "")
    if not text:
        raise StartError(f"the environment variable {name} is not set: set it to the secret, or name a file instead")
    return text


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            text = opened.read(SECRET_BYTES).decode().strip("\r\n")
    except FileNotFoundError:
        raise StartError(f"the secret's file {path} is not there: write the secret into it") from None
    except OSError as error:
        raise StartError(
            f"the secret's file {path} can't be read ({error.strerror}): let Hilo's user read it"
        ) from error
    except UnicodeDecodeError:
        raise StartError(f"the secret's file {path} is not text in UTF-8: write the secret into it") from None
    if not text:
        raise StartError(f"the secret's file {path} is empty: write the secret into it")
    return text


def _secret(value: object, info: ValidationInfo) -> Secret:
    """The secret that `value` in the configuration stands for; a mistake if it can't be revealed.

    The context of the validation says from which `folder` files are named, and which of them is `made_later`.
    """
    if isinstance(value, Secret):
        return value
    context: Mapping[str, Any] = info.context or {}
    secret = _placed(value, context.get("folder", Path()))
    if context.get("with_secrets") and (secret.file is None or secret.file != context.get("made_later")):
        try:
            secret.reveal()
        except StartError as error:
            raise mistake(str(error)) from error
    return secret


def _placed(value: object, folder: Path) -> Secret:
    if not isinstance(value, Mapping):
        raise mistake("a secret never stands in the configuration itself", HOW_TO_GIVE, is_hidden=True)
    if len(value) != 1 or not set(value) <= {"env", "file"}:
        raise mistake("a secret is given by exactly one of `env` and `file`", HOW_TO_GIVE)
    kind, place = next(iter(value.items()))
    if not isinstance(place, str) or not place.strip() or "\0" in place:
        raise mistake(f"`{kind}` names no place", HOW_TO_GIVE)
    return Secret(env=place) if kind == "env" else Secret(file=(folder / place).absolute())


SecretField = Annotated[Secret, BeforeValidator(_secret)]
