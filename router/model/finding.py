"""What the guard sees in a reply before it leaves."""

from datetime import datetime
from enum import StrEnum

from router.model.promise import PromiseKind
from router.model.value import Value


class PersonalData(StrEnum):
    """What tells who somebody is, or how to get at them or their money."""

    EMAIL = "email"
    PHONE = "phone"
    IDENTITY = "identity"
    ACCOUNT = "account"
    CARD = "card"
    ADDRESS = "address"


class Sighting(Value, frozen=True):
    """Personal data of one `kind` in a text, from `start` to before `end`, counted in Unicode code points."""

    kind: PersonalData
    start: int
    end: int


class Destination(StrEnum):
    """Where a reply sends the customer."""

    DM = "dm"
    EMAIL = "email"
    PHONE = "phone"
    WEB = "web"
    APP = "app"
    CHAT = "chat"
    WHATSAPP = "whatsapp"
    BRANCH = "branch"
    COMPANY = "company"


class Deflection(Value, frozen=True):
    """The `phrase` in a reply that sends the customer `to` another place; `start` to before `end`, in code points."""

    to: Destination
    phrase: str
    start: int
    end: int


class FindingKind(StrEnum):
    """What a reply may not do, or what is to be recorded of it (`promise`)."""

    DEFLECTION = "deflection"
    REPEAT = "repeat"
    EXPOSURE = "exposure"
    PROMISE = "promise"
    EMPTY = "empty"


# What alone stops a reply that a script judges without knowing whom it goes to.
STOPPING = frozenset({FindingKind.DEFLECTION, FindingKind.REPEAT, FindingKind.EXPOSURE})


class Finding(Value, frozen=True):
    """What the guard saw in a reply: the `phrase` from `start` to before `end`, counted in Unicode code points.

    What stands in a mail's subject has both 0.

    A deflection sends the customer `to` another place. An exposure shows `what` sort of personal data; `is_customers`
    says that it is known to be this customer's own, so that nobody can take it for something else. A repeat asks for
    the `fact` (its kind) that is known as `known` (masked where lists mask it), or to do the step `known` again (`fact`
    is then `tried`). A promise is one of the kind `promise`, to be kept until `due_at`. What is `vague`, or empty,
    names no instant: the policy made the one that stands there (None where nobody asked it).
    """

    kind: FindingKind
    start: int
    end: int
    phrase: str = ""
    to: Destination | None = None
    what: PersonalData | None = None
    is_customers: bool = False
    fact: str = ""
    known: str = ""
    due_at: datetime | None = None
    vague: bool = False
    promise: PromiseKind | None = None


class Offer(StrEnum):
    """A way out of a reply that was stopped: what Hilo does for the agent, or what the agent may do.

    We write the direct message or the mail ourselves, call the customer, show the fact, give the date that the policy
    makes; where the customer takes no direct messages, invite them; or it leaves in spite of what was found.
    """

    DM = "dm"
    EMAIL = "email"
    CALL = "call"
    SHOW_FACT = "show_fact"
    DATE = "date"
    INVITATION = "invitation"
    DESPITE = "despite"


class Reason(StrEnum):
    """Why what looks like personal data is none, as an agent says: it is ours, or it names a matter, or else."""

    OURS = "ours"
    REFERENCE = "reference"
    OTHER = "other"


class Cleared(Value, frozen=True):
    """A part of a reply that its author says is no personal data, and why."""

    text: str
    reason: Reason


class Despite(Value, frozen=True):
    """A reply leaves in spite of what the guard found, for the `reason` that is recorded.

    `empty` is passed by any agent; deflections and repeats by a supervisor, who has to give a reason.
    """

    reason: str = ""
