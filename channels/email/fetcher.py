"""Getting mails out of a mailbox one by one, and getting past those that can't be had."""

from collections import Counter

from channels.email.imap import ImapSession, Summary
from channels.email.notes import Problem
from channels.email.own_thread import OwnThread
from router.model.errors import TemporaryError

HEAD_BYTES = 100_000
# So often a server may break off while it sends one mail before the rest goes on without that mail.
STUMBLES = 5

Fetched = tuple[bytes, Problem | None]


class Fetcher:
    """Remembers over which mail a server broke off, through all the connections that this took."""

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._stumbles: Counter[int] = Counter()

    async def fetch(self, session: ImapSession, thread: OwnThread, uid: int, summary: Summary) -> Fetched | None:
        """The mail, or its headers and the problem that keeps the rest where it is; None if it is gone.

        Raises TemporaryError if the server broke off, or does not say the size: nobody knows what would come then.
        """
        problem = self._problem(uid, summary)
        if self._stumbles[uid] >= 2 * STUMBLES:
            # Not even the headers get through.
            return b"", problem
        try:
            if summary.size is None and not problem:
                raise TemporaryError(f"the mail server does not say the size of the mail with the UID {uid}")
            raw = await (thread.call(session.head, uid, HEAD_BYTES) if problem else thread.call(session.mail, uid))
        except TemporaryError:
            self._stumbles = Counter({uid: self._stumbles[uid] + 1})
            raise
        self._stumbles.clear()
        return None if raw is None else (raw, problem)

    def _problem(self, uid: int, summary: Summary) -> Problem | None:
        if summary.size is not None and summary.size > self._max_size:
            return Problem.TOO_LARGE
        return Problem.NOT_SERVED if self._stumbles[uid] >= STUMBLES else None
