"""Reading a mailbox for ever: in order, through all that breaks, with a place that is kept once each mail is safe."""

import asyncio
import random
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ParamSpec, TypeVar

import structlog
from redis.exceptions import RedisError

from channels.email.imap import ImapSession, SignInRefused, Summary
from channels.email.notes import Problem
from channels.email.place import Place
from channels.email.settings import ImapSettings
from channels.email.wake import Wake
from router.model.clock import Clock
from router.model.errors import HiloError, PermanentError, StartError, TemporaryError
from router.store.shelf import Shelf

log = structlog.get_logger()

P = ParamSpec("P")
R = TypeVar("R")

PAGE = 50
HEAD_BYTES = 100_000
# Servers end a silent connection after half an hour, firewalls sooner (RFC 2177 section 3).
LONGEST_IDLE = timedelta(minutes=9)
FIRST_PAUSE = timedelta(seconds=0.5)
LONGEST_PAUSE = timedelta(minutes=1)
# Some servers lock an account that tries too often.
LONGEST_PAUSE_REFUSED = timedelta(minutes=5)
# So often a server may break off while it sends one mail before the rest goes on without that mail.
STUMBLES = 5
SEEN, FLAGGED = b"\\Seen", b"\\Flagged"


@dataclass(frozen=True, slots=True, eq=False)
class Letter:
    """A mail of the mailbox; where there is a `problem` that kept it there, `raw` is no more than its headers."""

    mailbox: "Mailbox"
    validity: int
    uid: int
    raw: bytes = field(repr=False)
    size: int
    received_at: datetime
    problem: Problem | None = None
    return_path: str | None = None

    async def settle(self) -> None:
        """The mail is safe: the mailbox' place moves on once all before it are."""
        await self.mailbox.settle(self)

    async def refuse(self, error: HiloError) -> None:
        """The mail is to come again; or, after a PermanentError, to be left in the mailbox with a flag."""
        await self.mailbox.refuse(self, error)


class Mailbox:
    """One mailbox of one account; `name` tells its place from those of others."""

    def __init__(self, settings: ImapSettings, max_size: int, shelf: Shelf, clock: Clock, name: str) -> None:
        self._settings = settings
        self._max_size = max_size
        self._shelf = shelf
        self._clock = clock
        self._name = name
        self._wake = Wake()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mailbox")
        self._place = Place()
        self._saving = asyncio.Lock()
        # What was handed out and is not settled yet, in order; the UID up to which mails were handed out.
        self._open: OrderedDict[int, bool] = OrderedDict()
        self._reached = 0
        self._to_flag: dict[bytes, list[int]] = {SEEN: [], FLAGGED: []}
        # How often the server broke off over one mail, and how often it could not be reached at all.
        self._stumbles: Counter[int] = Counter()
        self._failures = 0
        self._is_refused = False
        self._refusals = 0
        self._skipped = 0

    async def read(self, take: Callable[[Letter], Awaitable[None]]) -> None:
        """Hand each mail to `take`, oldest first, beginning behind the last that was settled; until cancelled.

        Raises TemporaryError if the place can't be read from the store.
        """
        self._place = await self._kept_place()
        self._rewind()
        while True:
            session = ImapSession(self._settings)
            try:
                await self._call(session.open)
                await self._follow(session, take)
            except (TemporaryError, StartError) as error:
                await self._pause_after(error)
            finally:
                session.abort()
                await self._call(session.close)

    async def settle(self, letter: Letter) -> None:
        """Move the place up to the last mail before which all are settled, and keep it."""
        if not self._done(letter):
            return
        self._refusals = 0
        self._to_flag[SEEN].append(letter.uid)
        await self._keep_place()
        self._wake.set()

    async def refuse(self, letter: Letter, error: HiloError) -> None:
        """Leave the place where it was and read again from there, after a pause.

        What can never be taken would stop all that come after it: after a PermanentError the mail stays in the mailbox,
        flagged for a person, and the place moves on.
        """
        if not isinstance(error, PermanentError):
            self._is_refused = True
        elif self._done(letter):
            log.error("mail_left_in_mailbox", mailbox=self._name, uid=letter.uid, error=str(error))
            self._to_flag[FLAGGED].append(letter.uid)
            await self._keep_place()
        self._wake.set()

    async def close(self) -> None:
        """End the thread; `read` must have ended."""
        self._wake.set()
        await asyncio.to_thread(self._thread.shutdown)
        self._wake.close()

    async def _follow(self, session: ImapSession, take: Callable[[Letter], Awaitable[None]]) -> None:
        while True:
            if self._is_refused:
                self._refusals += 1
                await self._clock.sleep(_pause(self._refusals, LONGEST_PAUSE))
                self._rewind()
            glance = await self._call(session.look)
            if glance.validity != self._place.validity:
                self._begin_anew(glance.validity)
            found = await self._call(session.uids, self._reached, glance.next_uid)
            for page in _pages(found):
                await self._read_page(session, page, take)
                if self._is_refused:
                    break
            await self._flag(session)
            if not found and not self._is_refused:
                self._answered()
                await self._note_end()
                longest = min(self._settings.poll, LONGEST_IDLE)
                await self._call(session.wait, longest.total_seconds(), self._wake)

    async def _read_page(
        self, session: ImapSession, page: Sequence[int], take: Callable[[Letter], Awaitable[None]]
    ) -> None:
        summaries = await self._call(session.summaries, page)
        for uid in page:
            letter = await self._letter(session, uid, summaries.get(uid))
            self._reached = uid
            self._open[uid] = letter is None
            if letter is not None:
                await take(letter)
            if self._is_refused:
                return
        self._advance()

    async def _letter(self, session: ImapSession, uid: int, summary: Summary | None) -> Letter | None:
        """The mail; None if it is gone, or was surely read under another UIDVALIDITY."""
        if summary is None:
            return None
        if self._place.knows(summary.received_at):
            self._skipped += 1
            return None
        problem = self._problem(uid, summary)
        raw = await self._fetched(session, uid, problem)
        if raw is None:
            return None
        return Letter(self, self._place.validity or 0, uid, raw, summary.size, summary.received_at, problem)

    def _problem(self, uid: int, summary: Summary) -> Problem | None:
        if summary.size > self._max_size:
            return Problem.TOO_LARGE
        return Problem.NOT_SERVED if self._stumbles[uid] >= STUMBLES else None

    async def _fetched(self, session: ImapSession, uid: int, problem: Problem | None) -> bytes | None:
        """The mail or its headers; nothing if the server breaks off again and again over just this one."""
        if self._stumbles[uid] >= 2 * STUMBLES:
            return b""
        try:
            raw = await (self._call(session.head, uid, HEAD_BYTES) if problem else self._call(session.mail, uid))
        except TemporaryError:
            self._stumbles = Counter({uid: self._stumbles[uid] + 1})
            raise
        self._stumbles.clear()
        self._answered()
        return raw

    async def _pause_after(self, error: HiloError) -> None:
        if self._failures == 0:
            log.warning("mailbox_away", mailbox=self._name, error=str(error), hint="trying until it answers")
        self._failures += 1
        longest = LONGEST_PAUSE_REFUSED if isinstance(error, SignInRefused) else LONGEST_PAUSE
        await self._clock.sleep(_pause(self._failures, longest))

    def _answered(self) -> None:
        if self._failures:
            log.info("mailbox_back", mailbox=self._name, failures=self._failures)
            self._failures = 0

    async def _flag(self, session: ImapSession) -> None:
        for flag, uids in self._to_flag.items():
            if uids:
                taken, uids[:] = tuple(uids), ()
                await self._call(session.flag, taken, flag)

    def _done(self, letter: Letter) -> bool:
        """Whether `letter` is one of those that we wait for; it is not any more."""
        if letter.validity != self._place.validity or letter.uid not in self._open:
            return False
        self._open[letter.uid] = True
        self._advance()
        return True

    def _advance(self) -> None:
        while self._open and self._open[(uid := next(iter(self._open)))]:
            del self._open[uid]
            self._place = self._place.at(uid)

    def _rewind(self) -> None:
        """Go on behind the last mail before which all are settled; what comes twice, the inbox knows."""
        self._open.clear()
        self._reached = self._place.uid
        self._is_refused = False

    def _begin_anew(self, validity: int) -> None:
        """The server numbers its mails anew: read all again, but those that the inbox may have forgotten."""
        if self._place.validity is not None:
            log.warning("mailbox_renumbered", mailbox=self._name, hint="all is read again; what is known is left out")
        self._place = self._place.renumbered(validity, self._clock.now())
        for uids in self._to_flag.values():
            uids.clear()
        self._rewind()

    async def _note_end(self) -> None:
        """All that the mailbox holds was handed out; once it is settled too, note when that was."""
        if self._skipped:
            log.info("mails_known_already", mailbox=self._name, count=self._skipped)
            self._skipped = 0
        if not self._open and self._place.is_worth_noting(self._clock.now()):
            self._place = self._place.read_through(self._clock.now())
            await self._keep_place()

    async def _kept_place(self) -> Place:
        try:
            return Place.read(await self._shelf.get(self._name))
        except (RedisError, OSError) as error:
            raise TemporaryError(f"the place in the mailbox can't be read from the store: {error}") from error

    async def _keep_place(self) -> None:
        """Put the place into the store. If that is away, the next mail does it: what is read again is known there."""
        async with self._saving:
            try:
                await self._shelf.put(self._name, str(self._place))
            except (RedisError, OSError) as error:
                log.warning("mailbox_place_not_kept", mailbox=self._name, error=str(error))

    async def _call(self, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """What `function` returns, called in the mailbox' own thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: function(*arguments, **named))


def _pages(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (uids[start : start + PAGE] for start in range(0, len(uids), PAGE))


def _pause(failures: int, longest: timedelta) -> timedelta:
    """How long to wait after that many failures: twice as long each time, by chance a part of it."""
    seconds = min(FIRST_PAUSE.total_seconds() * 2.0 ** min(failures, 20), longest.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.5, 1.0))
