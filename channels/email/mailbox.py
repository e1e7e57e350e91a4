"""Reading a mailbox for ever: in order, through all that breaks, with a place that is kept once each mail is safe."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog
from redis.exceptions import RedisError

from channels.email.fetcher import Fetcher
from channels.email.imap import ImapSession, SignInRefused, Summary
from channels.email.letter import UNDATED, Letter
from channels.email.own_thread import OwnThread
from channels.email.place import Place
from channels.email.progress import Progress
from channels.email.settings import ImapSettings
from router.model.clock import Clock
from router.model.errors import HiloError, PermanentError, StartError, TemporaryError
from router.store.shelf import Shelf

log = structlog.get_logger()

PAGE = 50
# Servers end a silent connection after half an hour, firewalls sooner (RFC 2177 section 3).
LONGEST_IDLE = timedelta(minutes=9)
FIRST_PAUSE = timedelta(seconds=0.5)
LONGEST_PAUSE = timedelta(minutes=1)
# Some servers lock an account that tries too often.
LONGEST_PAUSE_REFUSED = timedelta(minutes=5)
LONGEST_PAUSE_FULL = timedelta(seconds=10)
SEEN, FLAGGED = b"\\Seen", b"\\Flagged"

Take = Callable[[Letter], Awaitable[None]]


class Mailbox:
    """One mailbox of one account; `name` tells its place from those of others."""

    def __init__(self, settings: ImapSettings, max_size: int, shelf: Shelf, clock: Clock, name: str) -> None:
        self._settings = settings
        self._shelf = shelf
        self._clock = clock
        self._name = name
        # Grows with each refusal: what was handed out in an earlier turn is read again behind what was refused.
        self.turn = 0
        self._turn_read = 0
        self._saving = asyncio.Lock()
        self._thread: OwnThread | None = None
        self._progress = Progress(Place())
        self._to_flag: dict[bytes, list[int]] = {SEEN: [], FLAGGED: []}
        self._fetcher = Fetcher(max_size)
        # How often in a row the server could not be reached, and the inbox refused.
        self._failures = 0
        self._refusals = 0
        self._is_refused = False

    async def read(self, take: Take) -> None:
        """Hand each mail to `take`, oldest first, beginning behind the last that was settled; until cancelled.

        Raises TemporaryError if the place can't be read from the store.
        """
        self._progress = Progress(await self._kept_place())
        self.turn += 1
        self._begin_turn()
        with OwnThread("mailbox") as thread:
            self._thread = thread
            while True:
                session = ImapSession(self._settings)
                try:
                    await thread.call(session.open)
                    await self._follow(session, thread, take)
                except (TemporaryError, StartError) as error:
                    await self._pause_after(error)
                finally:
                    session.abort()
                    thread.later(session.close)

    async def settle(self, letter: Letter) -> None:
        """Move the place up to the last mail before which all are settled, and keep it."""
        if self._progress.settled(letter.validity, letter.uid):
            self._refusals = 0
            await self._passed_on(letter, SEEN)

    async def refuse(self, letter: Letter, error: HiloError) -> None:
        """Leave the place where it was and read again from there, after a pause.

        What can never be taken would stop all that come after it: after a PermanentError the mail stays in the mailbox,
        flagged for a person, and the place moves on.
        """
        if not isinstance(error, PermanentError):
            self.turn += 1
            self._is_refused = True
            self._rouse()
        elif self._progress.settled(letter.validity, letter.uid):
            log.error("mail_left_in_mailbox", mailbox=self._name, uid=letter.uid, error=str(error))
            await self._passed_on(letter, FLAGGED)

    async def _follow(self, session: ImapSession, thread: OwnThread, take: Take) -> None:
        read_through: tuple[int, int] | None = None
        while True:
            if self._is_refused:
                self._refusals += 1
                await self._clock.sleep(_pause(self._refusals, LONGEST_PAUSE_FULL))
                self._begin_turn()
                read_through = None
            glance = await thread.call(session.look)
            if glance.validity != self._progress.place.validity:
                self._begin_anew(glance.validity)
            # News that a server tells along with another answer is not told again in IDLE, so that is entered only
            # straight after a look that promised none.
            if read_through == (glance.validity, glance.next_uid) and not self._has_flags():
                self._answered()
                await self._note_end()
                longest = min(self._settings.poll, LONGEST_IDLE)
                await thread.call(session.wait, longest.total_seconds(), thread.wake)
                read_through = None
                continue
            uids = await thread.call(session.uids, self._progress.reached, glance.next_uid)
            for start in range(0, len(uids), PAGE):
                if not self._is_refused:
                    await self._read_page(session, thread, uids[start : start + PAGE], take)
            await self._flag(session, thread)
            read_through = None if uids else (glance.validity, glance.next_uid)

    def _begin_turn(self) -> None:
        self._progress.rewind()
        self._turn_read = self.turn
        self._is_refused = False

    async def _read_page(self, session: ImapSession, thread: OwnThread, uids: Sequence[int], take: Take) -> None:
        summaries = await thread.call(session.summaries, uids)
        for uid in uids:
            letter = await self._letter(session, thread, uid, summaries.get(uid))
            if letter is None:
                self._progress.passed(uid)
                continue
            self._progress.handed_out(uid)
            await take(letter)
            if self._is_refused:
                return

    async def _letter(
        self, session: ImapSession, thread: OwnThread, uid: int, summary: Summary | None
    ) -> Letter | None:
        """The mail; None if it is gone, or was surely read under another UIDVALIDITY."""
        if summary is None:
            return None
        place = self._progress.place
        if place.knows(summary.received_at):
            self._progress.skipped += 1
            return None
        fetched = await self._fetcher.fetch(session, thread, uid, summary)
        self._answered()
        if fetched is None:
            return None
        raw, problem = fetched
        received_at, came_at = summary.received_at or self._clock.now(), summary.received_at or UNDATED
        validity, size = place.validity or 0, summary.size or 0
        return Letter(self, validity, uid, raw, size, received_at, came_at, problem, turn=self._turn_read)

    async def _flag(self, session: ImapSession, thread: OwnThread) -> None:
        for flag, uids in self._to_flag.items():
            if uids:
                taken, uids[:] = tuple(uids), ()
                await thread.call(session.flag, taken, flag)

    def _has_flags(self) -> bool:
        return any(self._to_flag.values())

    async def _passed_on(self, letter: Letter, flag: bytes) -> None:
        self._to_flag[flag].append(letter.uid)
        await self._keep_place()
        self._rouse()

    def _rouse(self) -> None:
        if self._thread:
            self._thread.wake.set()

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

    def _begin_anew(self, validity: int) -> None:
        """The server numbers its mails anew: read all again, but those that the inbox may have forgotten."""
        if self._progress.place.validity is not None:
            log.warning("mailbox_renumbered", mailbox=self._name, hint="all is read again; what is known is left out")
        self._progress.renumber(validity, self._clock.now())
        for uids in self._to_flag.values():
            uids.clear()

    async def _note_end(self) -> None:
        """All that the mailbox holds was handed out; once it is settled too, keep when that was."""
        if self._progress.skipped:
            log.info("mails_known_already", mailbox=self._name, count=self._progress.skipped)
        if self._progress.note_end(self._clock.now()):
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
                await self._shelf.put(self._name, str(self._progress.place))
            except (RedisError, OSError) as error:
                log.warning("mailbox_place_not_kept", mailbox=self._name, error=str(error))


def _pause(failures: int, longest: timedelta) -> timedelta:
    """How long to wait after that many failures: twice as long each time, by chance a part of it."""
    seconds = min(FIRST_PAUSE.total_seconds() * 2.0 ** min(failures, 20), longest.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.5, 1.0))
