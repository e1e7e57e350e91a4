"""One look at a feed of X: its pages, newest first, until what is known is reached. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from channels.twitter.normalise import KIND, Included, Left, versions_before
from channels.twitter.reading import identifier, line, part, parts
from channels.twitter.settings import CHANNEL
from router.model.event import MessageWithdrawn
from router.model.message import Handle, InboundMessage

# X may answer with empty pages, and with the same page again; nobody follows it for ever.
MOST_PAGES = 400

Read = Callable[[object, Included, datetime], InboundMessage | Left]


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """Something that a feed showed: a message, or why it is none, or that a message is gone.

    `versions` are the ids of what it is an edit of.

    `taken` is the memory that knows whether it is settled.
    """

    feed: str
    taken: str
    id: int
    message: InboundMessage | MessageWithdrawn | Left
    versions: tuple[str, ...] = ()


WITHDRAWN = "withdrawn"


def gone(post: str, author: str) -> Item:
    """That the author of `post` has deleted it."""
    return Item(WITHDRAWN, WITHDRAWN, int(post), MessageWithdrawn(post, CHANNEL, Handle(KIND, author)))


@dataclass(slots=True)
class Sweep:
    """The pages of a feed from the newest down to the id `since`, which began to be read at `began_at`.

    All up to `known` was read before. `is_cut` says that the feed ended before it came there: what lies between that
    and `oldest` it does not show.
    """

    feed: str
    taken: str
    since: int
    known: int
    began_at: datetime
    read: Read
    token: str = ""
    pages: int = 0
    newest: int = 0
    oldest: int = 0
    is_done: bool = False
    is_cut: bool = False
    unreadable: int = 0
    # Above it X's list of mentions ends, and a search goes on; 0 until then.
    until: int = 0
    items: dict[int, Item] = field(default_factory=dict)

    def take(self, answer: object, most_pages: int = MOST_PAGES) -> None:
        """Add a page; the feed shows no more than `most_pages` of them."""
        self.pages += 1
        count, included = len(self.items), Included.of(answer)
        ids = [self._kept(each, included) for each in parts(answer, "data")]
        token = line(part(answer, "meta"), "next_token", most=500)
        has_reached = any(0 < each <= self.since for each in ids)
        is_at_end = not token or (token == self.token and len(self.items) == count)
        # Where X's list ends it may say so on one more page, an empty one.
        is_over = self.pages - (not ids) >= most_pages if is_at_end else self.pages >= MOST_PAGES
        self.is_cut = is_over and not has_reached and self.oldest > self.known
        self.is_done = has_reached or is_at_end or is_over
        self.token = token

    def go_on_below(self) -> None:
        """Go on with what is older than all that was shown, by another way."""
        self.until, self.token, self.pages = self.oldest, "", 0
        self.is_done = self.is_cut = False

    def _kept(self, shown: object, included: Included) -> int:
        known = identifier(shown, "id")
        if not known:
            # Without an id it can't be told from what came before: counted, and told once a look.
            self.unreadable += 1
            return 0
        number = int(known)
        if number > self.since:
            self.newest = max(self.newest, number)
            self.oldest = min(self.oldest or number, number)
            self.items[number] = Item(
                self.feed, self.taken, number, self.read(shown, included, self.began_at), versions_before(shown)
            )
        return number
