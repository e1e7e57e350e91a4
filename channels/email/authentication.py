"""Whether a mail is proved to be its author's: by our own mail server's word, or by a signature checked here.

Proved means aligned as in DMARC (RFC 7489 section 3.1): who signs is of the organisation that From names.
"""

from dataclasses import dataclass
from datetime import datetime

from channels.email.address import domain_of
from channels.email.author import author_of
from channels.email.headers import Headers
from channels.email.mime import HEADER_BYTES, header_size
from channels.email.own_thread import OwnThread
from channels.email.resolver import Keys
from channels.email.results import finding_of
from channels.email.signatures import Signature, is_proved_by, signatures_of
from router.model.message import Handle


@dataclass(frozen=True, slots=True)
class _Question:
    """What is left to be asked of a mail by `author`: whether one of its `signatures` holds."""

    author: Handle | None = None
    is_proved: bool = False
    signatures: tuple[Signature, ...] = ()


class Authentication:
    """Knows who wrote; `server` is our own mail server as it names itself in Authentication-Results, if one does."""

    def __init__(self, keys: Keys, server: str | None = None) -> None:
        self._keys = keys
        self._server = server

    async def author(self, raw: bytes, received_at: datetime, thread: OwnThread) -> Handle | None:
        """The address that is proved to have written the mail `raw`; None if none is. Never raises for a mail.

        What costs time is done in `thread`; what the DNS costs is bounded, and nobody else waits for it.
        """
        question = await thread.call(self._question, raw, received_at)
        if question.is_proved or not question.signatures:
            return question.author if question.is_proved else None
        keys = await self._keys.find([signature.key_name for signature in question.signatures])
        return question.author if await thread.call(_is_proved, raw, question.signatures, keys) else None

    def _question(self, raw: bytes, received_at: datetime) -> _Question:
        headers = Headers.of(raw[: min(header_size(raw), HEADER_BYTES)])
        author = author_of(headers)
        if author is None:
            return _Question()
        domain = domain_of(author.address)
        finding = finding_of(headers, self._server, domain) if self._server else None
        if finding:
            return _Question(author, finding.is_proved)
        return _Question(author, signatures=tuple(signatures_of(raw, domain, received_at)))


def _is_proved(raw: bytes, signatures: tuple[Signature, ...], keys: dict[str, bytes]) -> bool:
    held = ((signature, keys.get(signature.key_name)) for signature in signatures)
    return any(is_proved_by(raw, signature, key) for signature, key in held if key)
