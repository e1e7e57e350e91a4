"""What an agent wrote as a fact, in the one form in which facts are kept, whoever said it."""

import re

from msgspec.structs import replace

from router.core.found.check_digits import is_card
from router.core.found.identities import identity
from router.core.found.phones import phone
from router.core.found.plain import plain
from router.model.event import FactSet
from router.model.fact import OPEN_KINDS, Fact, FactKind
from router.model.units import MAIL_ADDRESS

MOST_LETTERS = 300
KIND = re.compile("[a-z][a-z0-9_-]{0,39}")
SORT = re.compile("[a-z0-9_-]{0,40}")
_LEAST_DIGITS = 6
_CARD = re.compile("[0-9][0-9 .-]{11,30}[0-9]")


class Refused(Exception):
    """Nobody may keep that as a fact; `code` says why."""

    def __init__(self, code: str) -> None:
        """`code` is a refusal's."""
        super().__init__(code)
        self.code = code


def fact_of(command: FactSet, was: Fact | None, region: str) -> Fact:
    """The fact that `command` says, where it was said as `was` has it. Raises Refused for what can be none."""
    written = " ".join(command.value.split())
    if not KIND.fullmatch(command.kind) or not SORT.fullmatch(command.sort):
        raise Refused("unknown_fact_kind")
    if not written:
        raise Refused("empty_fact")
    if len(written) > MOST_LETTERS or not written.isprintable():
        raise Refused("bad_fact")
    if command.kind != FactKind.SERIAL and _is_card(written):
        raise Refused("no_cards")
    value, sort, proved = _value(command, written, region)
    is_open = command.kind in OPEN_KINDS or bool(was and was.is_open)
    if was:
        return replace(was, value=value, sort=sort or was.sort, proved=proved, is_open=is_open)
    return Fact(command.kind, value, sort, proved=proved, is_open=is_open)


def _value(command: FactSet, written: str, region: str) -> tuple[str, str, bool | None]:
    """The value in its one form, its sort, and what its check digit says."""
    match command.kind:
        case FactKind.EMAIL:
            if not MAIL_ADDRESS.fullmatch(written):
                raise Refused("bad_fact")
            return written.lower(), command.sort, None
        case FactKind.PHONE:
            if sum(sign.isdigit() for sign in written) < _LEAST_DIGITS:
                raise Refused("bad_fact")
            return phone(plain(written), region), command.sort, None
        case FactKind.IDENTITY:
            called = command.sort.partition("-")[0]
            known = identity(plain(written).lower(), called, region)
            return known.value, known.sort or command.sort, known.proved
    return written, command.sort, None


def _is_card(written: str) -> bool:
    """Whether it is a payment card's number; that of a device may look the same."""
    return bool(_CARD.fullmatch(written)) and is_card("".join(sign for sign in written if sign.isdigit()))
