"""Why a leg ended: the causes of ITU-T Q.850, as Asterisk tells them, and what they mean for a call.

The numbers are those of Q.850 (05/2018), table 1; Asterisk takes them for all its channels and makes them of SIP's
answers (`hangup_sip2cause` of its SIP channels, after RFC 3398 section 8.2.6).
"""

from router.model.call import CallStatus

NORMAL = 16

# Of a customer who was rung and did not talk. What is not in the table is `FAILED`.
UNANSWERED = {
    1: CallStatus.WRONG_NUMBER,  # unallocated (unassigned) number: SIP 404, 485, 604
    17: CallStatus.BUSY,  # user busy: SIP 486, 600
    18: CallStatus.NO_ANSWER,  # no user responding: SIP 408
    19: CallStatus.NO_ANSWER,  # no answer from user (user alerted): SIP 480
    20: CallStatus.NO_ANSWER,  # subscriber absent: switched off, no coverage
    21: CallStatus.BUSY,  # call rejected: SIP 403, 603
    22: CallStatus.WRONG_NUMBER,  # number changed: SIP 410
    26: CallStatus.NO_ANSWER,  # non-selected user clearing: answered elsewhere
    28: CallStatus.WRONG_NUMBER,  # invalid number format (address incomplete): SIP 484
}

# Both talked, and one hung up: normal clearing; normal, unspecified; and Asterisk's 0 where nobody told it a cause.
# Anything else, once they talked, is a line that fell: 27 destination out of order, 34 no circuit, 38 network out of
# order, 41 temporary failure, 42 congestion, 44 channel not available (Asterisk's RTP timeout), 102 timer, 127 …
HUNG_UP = frozenset({0, NORMAL, 31})

# What Asterisk's own dialling says where no cause came with it (`Dial`'s `dialstatus`).
DIALLED = {
    "BUSY": CallStatus.BUSY,
    "NOANSWER": CallStatus.NO_ANSWER,
    "CANCEL": CallStatus.NO_ANSWER,
}


def unanswered(cause: int, dialled: str = "", *, has_rung: bool = False) -> CallStatus:
    """How a call ended in which the customer was rung and nobody talked."""
    if cause in UNANSWERED:
        return UNANSWERED[cause]
    if cause in HUNG_UP:
        # Asterisk gave up ringing: its own timeout has no cause.
        return DIALLED.get(dialled, CallStatus.NO_ANSWER if has_rung else CallStatus.FAILED)
    return CallStatus.FAILED


def talked(cause: int) -> CallStatus:
    """How a call ended in which both talked, by the cause of the leg that ended first."""
    return CallStatus.ENDED if cause in HUNG_UP else CallStatus.DROPPED
