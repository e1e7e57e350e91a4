"""What rules give a conversation: the owning team, and all else that follows from them."""

from collections.abc import Mapping

import msgspec

from router.model.commitment import CallbackWish, Ladder, Target
from router.model.ids import TeamId
from router.model.team import Priority
from router.model.value import Value


class Route(Value, frozen=True):
    """The team that owns the conversation and why, and what the rules that matched add.

    `is_reroute` lets it take a conversation that another team owns. `targets` has at most one of each kind,
    `acknowledge` the text for each language (empty: none is sent), and `skills` and `spoken` (a language's code) what
    the agent should bring along.
    """

    team: TeamId
    reason: str
    priority: Priority | None = None
    tags: tuple[str, ...] = ()
    is_reroute: bool = False
    facts: Mapping[str, str] = msgspec.field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    acknowledge: Mapping[str, str] = msgspec.field(default_factory=dict)
    callback: CallbackWish | None = None
    ladder: Ladder | None = None
    skills: tuple[str, ...] = ()
    spoken: str = ""
