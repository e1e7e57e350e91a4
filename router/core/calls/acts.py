"""What agents, providers and the dispatcher do about calls, each at the file that its matter names."""

from router.core.calls import asked, offers, orders, reports, wrap_up
from router.core.step import Step
from router.model.decision import Decision
from router.model.event import (
    CallbackDropped,
    CallbackSet,
    CallDeclined,
    CallerChecked,
    CallLogged,
    CallOffered,
    CallReported,
    CallTaken,
    CallWrapped,
)

Act = (
    CallbackSet
    | CallbackDropped
    | CallOffered
    | CallTaken
    | CallDeclined
    | CallReported
    | CallLogged
    | CallWrapped
    | CallerChecked
)


def acted(step: Step, body: Act) -> Decision:
    """What follows from `body`."""
    match body:
        case CallbackSet():
            return asked.callback_set(step, body)
        case CallbackDropped():
            return asked.callback_dropped(step, body)
        case CallOffered():
            return offers.call_offered(step, body)
        case CallDeclined():
            return offers.call_declined(step, body)
        case CallTaken():
            return orders.call_taken(step, body)
        case CallReported():
            return reports.call_reported(step, body)
        case CallLogged():
            return reports.call_logged(step, body)
        case CallWrapped():
            return wrap_up.call_wrapped(step, body)
        case CallerChecked():
            return wrap_up.caller_checked(step, body)
