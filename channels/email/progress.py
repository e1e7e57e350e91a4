"""What was handed out of a mailbox, what of it is settled, and so how far the mailbox has been read. Pure."""

from collections import OrderedDict
from datetime import datetime

from channels.email.place import Place


class Progress:
    """The place moves only over what is settled, in the mailbox' order; `reached` runs ahead of it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.reached = place.uid
        self.skipped = 0
        self._open: OrderedDict[int, bool] = OrderedDict()

    @property
    def is_settled(self) -> bool:
        """Whether nothing that was handed out is still open."""
        return not self._open

    def handed_out(self, uid: int) -> None:
        """The mail is on its way: all that come later wait for it."""
        self.reached = uid
        self._open[uid] = False

    def passed(self, uid: int) -> None:
        """The mail is not to be handed out: it is gone, or known."""
        self.reached = uid
        self._open[uid] = True
        self._advance()

    def settled(self, validity: int, uid: int) -> bool:
        """Whether the mail was waited for; it is not any more."""
        if validity != self.place.validity or uid not in self._open:
            return False
        self._open[uid] = True
        self._advance()
        return True

    def rewind(self) -> None:
        """Go on behind the last mail before which all are settled; what comes twice, the inbox knows."""
        self._open.clear()
        self.reached = self.place.uid

    def renumber(self, validity: int, now: datetime) -> None:
        """Begin again: the server numbers its mails anew."""
        self.place = self.place.renumbered(validity, now)
        self.rewind()

    def note_end(self, now: datetime) -> bool:
        """Note that the mailbox was read to its end at `now`; whether that is worth keeping."""
        self.skipped = 0
        if not self.is_settled or not self.place.is_worth_noting(now):
            return False
        self.place = self.place.read_through(now)
        return True

    def _advance(self) -> None:
        while self._open and self._open[(uid := next(iter(self._open)))]:
            del self._open[uid]
            self.place = self.place.at(uid)
