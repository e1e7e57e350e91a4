"""Model to bytes and back: JSON by msgspec, with a version; the fields of an event stand beside its body."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from router.model.clock import from_milliseconds, milliseconds
from router.model.errand import Errand, Run, Told
from router.model.errors import NewerVersion, PermanentError
from router.model.event import (
    AddressGiven,
    BecamePart,
    Body,
    CallbackDropped,
    CallbackSet,
    CallDeclined,
    CallerChecked,
    CallLogged,
    CallOffered,
    CallReported,
    CallTaken,
    CallWanted,
    CallWrapped,
    Claimed,
    CodeAsked,
    DeliveryReported,
    DirectoryAnswered,
    Event,
    FactDropped,
    FactSet,
    HandleFound,
    Linked,
    MergeAsked,
    MergeOff,
    MessageArrived,
    MessageWithdrawn,
    NoteAdded,
    PartArrived,
    PartingAsked,
    PartLeaves,
    PartReturned,
    PartSettled,
    PartTaken,
    Passed,
    PromiseMade,
    PromiseMoved,
    PromiseSettled,
    Released,
    Reopened,
    ReplyConfirmed,
    ReplyRepeated,
    ReplyWritten,
    Resolved,
    Snoozed,
    StillAwaited,
    SuggestionDropped,
    TimerDue,
    Transferred,
    Unlinked,
)
from router.model.ids import ConversationId, CustomerId, EventId, partition_of

VERSION = "1"
KINDS: dict[str, type] = {
    "message": MessageArrived,
    "address": AddressGiven,
    "withdrawn": MessageWithdrawn,
    "directory": DirectoryAnswered,
    "reply": ReplyWritten,
    "confirm": ReplyConfirmed,
    "resend": ReplyRepeated,
    "code": CodeAsked,
    "fact": FactSet,
    "drop_fact": FactDropped,
    "link": Linked,
    "drop_suggestion": SuggestionDropped,
    "unlink": Unlinked,
    "note": NoteAdded,
    "claim": Claimed,
    "release": Released,
    "transfer": Transferred,
    "resolve": Resolved,
    "reopen": Reopened,
    "snooze": Snoozed,
    "callback": CallbackSet,
    "drop_callback": CallbackDropped,
    "take_call": CallTaken,
    "decline_call": CallDeclined,
    "log_call": CallLogged,
    "wrap_up": CallWrapped,
    "check_caller": CallerChecked,
    "promise": PromiseMade,
    "settle_promise": PromiseSettled,
    "move_promise": PromiseMoved,
    "call_wanted": CallWanted,
    "call_offered": CallOffered,
    "call": CallReported,
    "timer": TimerDue,
    "receipt": DeliveryReported,
    "found": HandleFound,
    "merge": MergeAsked,
    "merge_off": MergeOff,
    "still_awaited": StillAwaited,
    "became_part": BecamePart,
    "part_settled": PartSettled,
    "part": PartArrived,
    "part_taken": PartTaken,
    "parting": PartingAsked,
    "part_leaves": PartLeaves,
    "part_returned": PartReturned,
    "passed": Passed,
}
NAMES = {kind: name for name, kind in KINDS.items()}

T = TypeVar("T")
# Sets in one order in every process: a repeated command must have the digest of the first one.
_encoder = msgspec.json.Encoder(order="deterministic")
_errands: msgspec.json.Decoder[Run] = msgspec.json.Decoder(Run)
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def encode(value: object) -> bytes:
    """`value` (a model's value or plain data) as JSON; PermanentError if a text in it can't be written as UTF-8."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError as error:
        raise PermanentError(f"a {type(value).__name__} can't be written down: {error}") from error


def decode(kind: type[T], data: bytes | str) -> T:
    """The value of type `kind` that `data` holds; PermanentError if it holds none."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    try:
        value: T = decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PermanentError(f"no {kind.__name__} can be read from this: {error}") from error
    return value


def text(value: bytes | str) -> str:
    """What Redis answered, as text."""
    return value.decode() if isinstance(value, bytes) else value


def event_fields(
    body: Body,
    accepted_at: datetime,
    *,
    customer: CustomerId | None = None,
    conversation: ConversationId | None = None,
    key: str = "",
    expected: int | None = None,
) -> dict[str, str | bytes]:
    """The fields of the stream entry for an event."""
    fields: dict[str, str | bytes] = {
        "v": VERSION,
        "kind": NAMES[type(body)],
        "at": str(milliseconds(accepted_at)),
        "body": encode(body),
    }
    optional = {"customer": customer, "conversation": conversation, "key": key, "expected": expected}
    return fields | {name: str(value) for name, value in optional.items() if value not in (None, "")}


def errand_fields(errand: Errand, made_at: datetime) -> dict[str, str | bytes]:
    """What the stream entry of an errand holds: of one that tells somebody something, that event as it will be."""
    if isinstance(errand, Told):
        return {"errand": "told", **event_fields(errand.body, made_at, customer=errand.customer)}
    return {"v": VERSION, "errand": "run", "body": encode(errand)}


def read_errand(fields: Mapping[bytes, bytes]) -> Run | dict[str, str | bytes]:
    """The errand that a stream entry holds; of one that tells somebody something, the fields of that event.

    Raises NewerVersion if a newer Hilo wrote it, PermanentError if it holds none that anybody could read.
    """
    version, kind = fields.get(b"v", b""), fields.get(b"errand", b"")
    if version.isdigit() and int(version) > int(VERSION):
        raise NewerVersion(f"an errand of version {int(version)} is for a newer Hilo than this one")
    if kind == b"told" and b"customer" in fields:
        return {text(name): value for name, value in fields.items() if name != b"errand"}
    if kind != b"run" or version != VERSION.encode():
        raise PermanentError(f"errand {kind!r}, version {version!r} is not known here")
    try:
        return _errands.decode(fields.get(b"body", b""))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PermanentError(f"no errand can be read from this: {error}") from error


def read_event(identifier: bytes, partition: int, fields: Mapping[bytes, bytes]) -> Event:
    """The event that a stream entry holds.

    Raises NewerVersion if a newer Hilo wrote it, PermanentError if it holds none that anybody could read.
    """
    version = fields.get(b"v", b"")
    if version.isdigit() and int(version) > int(VERSION):
        raise NewerVersion(f"an event of version {int(version)} is for a newer Hilo than this one")
    kind = KINDS.get(fields.get(b"kind", b"").decode("utf-8", "replace"))
    if kind is None or version != VERSION.encode():
        raise PermanentError(f"event kind {fields.get(b'kind')!r}, version {version!r} is not known here")
    try:
        return _event(identifier, partition, fields, kind)
    except (KeyError, ValueError) as error:
        raise PermanentError(f"an event without what every event has: {error!r}") from error


def _event(identifier: bytes, partition: int, fields: Mapping[bytes, bytes], kind: type) -> Event:
    customer, conversation = fields.get(b"customer"), fields.get(b"conversation")
    expected = fields.get(b"expected")
    if conversation and partition_of(conversation.decode()) != partition:
        raise PermanentError("it names a conversation of another partition")
    return Event(
        id=EventId(identifier.decode()),
        partition=partition,
        accepted_at=from_milliseconds(int(fields[b"at"])),
        body=decode(kind, fields[b"body"]),
        customer=CustomerId(customer.decode()) if customer else None,
        conversation=ConversationId(conversation.decode()) if conversation else None,
        key=fields.get(b"key", b"").decode(),
        expected=int(expected) if expected else None,
    )
