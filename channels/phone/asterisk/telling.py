"""What is told of a line: how far it has come, each once, and its end, as it was written down."""

from datetime import datetime
from urllib.parse import quote

from channels.phone.asterisk.book import Entry
from channels.phone.asterisk.line import Line
from channels.phone.asterisk.outbox import Outbox
from channels.phone.numbers import withheld
from channels.phone.provider import IncomingReport, Reported
from router.model.call import CallReport, CallStatus
from router.model.clock import Clock
from router.model.ids import AgentId, MessageId


class Teller:
    """Makes the reports of lines."""

    def __init__(self, outbox: Outbox, clock: Clock, recordings: str | None) -> None:
        """`recordings` is the link of a recording by its `{name}`, None where calls are not recorded."""
        self._outbox = outbox
        self._clock = clock
        self._recordings = recordings

    def tell(self, entry: Entry, status: CallStatus, at: datetime | None = None) -> None:
        """Report how far the call has come, once."""
        if status not in entry.told:
            entry.told.add(status)
            self._put(entry, self.report(entry.line, status, at or self._clock.now()))

    def tell_end(self, entry: Entry) -> None:
        """Report the end as it was written down."""
        if entry.line.end:
            self._put(entry, entry.line.end)

    def report(
        self, line: Line, status: CallStatus, at: datetime, seconds: int | None = None, reason: str = ""
    ) -> CallReport:
        """That the call of `line` has come to `status`."""
        recording = ""
        if self._recordings and line.answered_at and status.is_over:
            recording = self._recordings.replace("{name}", quote(line.bridge, safe=""))
        return CallReport(
            call=MessageId(line.id),
            status=status,
            at=at,
            reference=line.agent_leg if line.is_out else line.id,
            seconds=seconds,
            reason=reason,
            recording=recording,
            agent=AgentId(line.agent) if line.agent else None,
            agent_name=line.agent_name,
        )

    def _put(self, entry: Entry, report: CallReport) -> None:
        """Hand the report over; where nobody is known whose call it is, there is nobody to tell."""
        line, whom = entry.line, entry.whom
        key = f"{line.id}:{report.status}"
        if whom and line.is_out:
            self._outbox.put(Reported(key, report, whom.conversation))
        elif whom:
            self._outbox.put(IncomingReport(key, report, whom.number or withheld(line.id)))
        else:
            entry.is_safe = entry.is_safe or report.status.is_over
