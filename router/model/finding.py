"""What the guard sees in a reply before it leaves."""

from enum import StrEnum

from router.model.value import Value


class PersonalData(StrEnum):
    """What tells who somebody is, or how to get at them or their money."""

    EMAIL = "email"
    PHONE = "phone"
    IDENTITY = "identity"
    ACCOUNT = "account"
    CARD = "card"
    ADDRESS = "address"


class Finding(Value, frozen=True):
    """Personal data of one `kind` in a text, from `start` to before `end`, counted in Unicode code points.

    `is_customers` says that it is known to be this customer's own, so that nobody can take it for something else.
    """

    kind: PersonalData
    start: int
    end: int
    is_customers: bool = False


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


class Reason(StrEnum):
    """Why what looks like personal data is none, as an agent says: it is ours, or it names a matter, or else."""

    OURS = "ours"
    REFERENCE = "reference"
    OTHER = "other"


class Cleared(Value, frozen=True):
    """A part of a reply that its author says is no personal data, and why."""

    text: str
    reason: Reason
