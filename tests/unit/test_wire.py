"""What goes over the wire, and what can't."""

import pytest

from router.model.decision import Outcome, OutcomeKind
from router.model.errors import PermanentError
from router.model.event import ReplyWritten
from router.model.finding import Cleared, Finding, FindingKind, PersonalData, Reason
from router.model.ids import AgentId
from router.model.message import Attachment, ChannelName
from router.model.team import Agent
from router.model.value import Value
from router.store import wire


def test_a_text_that_is_no_unicode_is_told_as_what_stays_wrong() -> None:
    # So it is set aside alone: any other error would end the worker, and end it again at its next start.
    with pytest.raises(PermanentError, match="can't be written down"):
        wire.encode({"note": "\ud800"})


def test_a_reply_and_its_outcome_are_read_by_who_knows_no_sides_and_the_other_way_round() -> None:
    # given the shapes of a version that knew nothing of public and private
    class OldReply(Value, frozen=True):
        agent: Agent
        text: str
        channel: ChannelName | None = None

    class OldOutcome(Value, frozen=True):
        kind: OutcomeKind
        reason: str = ""

    ana = Agent(AgentId("ana"), "Ana", frozenset())
    # then a plain reply has the bytes, and so the digest, that it always had
    assert wire.encode(ReplyWritten(ana, "Hola")) == wire.encode(OldReply(ana, "Hola"))
    # and what is new is read back here, and passed over there
    reply = ReplyWritten(ana, "Hola", None, public=False, cleared=(Cleared("6123-4567", Reason.OURS),))
    stopped = Outcome(
        OutcomeKind.REFUSED,
        reason="personal_data",
        found=(Finding(FindingKind.EXPOSURE, 3, 12, what=PersonalData.PHONE),),
    )
    assert wire.decode(ReplyWritten, wire.encode(reply)) == reply
    assert wire.decode(Outcome, wire.encode(stopped)) == stopped
    assert wire.decode(OldReply, wire.encode(reply)) == OldReply(ana, "Hola")
    assert wire.decode(OldOutcome, wire.encode(stopped)) == OldOutcome(OutcomeKind.REFUSED, "personal_data")


def test_files_of_a_reply_are_passed_over_by_who_knows_none() -> None:
    class OldReply(Value, frozen=True):
        agent: Agent
        text: str

    ana = Agent(AgentId("ana"), "Ana", frozenset())
    reply = ReplyWritten(ana, "Hola", attachments=(Attachment("plan.pdf", "application/pdf", 7, "d" * 64),))
    assert wire.decode(ReplyWritten, wire.encode(reply)) == reply
    assert wire.decode(OldReply, wire.encode(reply)) == OldReply(ana, "Hola")
