"""What the adapter lends to a provider."""

from dataclasses import dataclass

from channels.phone.server import PhoneServer
from channels.phone.wanted import Wanted
from router.model.clock import Clock
from router.store.lines import Lines
from router.store.open_calls import OpenCalls
from router.store.posted import Posted


@dataclass(frozen=True, slots=True)
class Tools:
    """The clock, the port that exchanges call, and what is known of calls: those `calls` under way, those `placed`.

    `calls.of(order)` has the whole order, also after a restart; `placed` knows the provider's id of each order's call,
    and whose each of its ids is, for three days; `lines` is for who drives each call himself, step by step;
    `wanted` says whether a call is still to be made.
    """

    clock: Clock
    server: PhoneServer
    calls: OpenCalls
    placed: Posted
    lines: Lines
    wanted: Wanted
