"""Which countries Hilo rings in where nobody of ours chose the number: whoever names one has us pay for the call."""

from router.core.numbers import country_of
from router.core.step import Step
from router.model.message import Handle
from router.model.policy import CallPolicy


def is_reached(number: Handle, policy: CallPolicy, region: str) -> bool:
    """Whether `number` lies where visitors, callers and rules may have us ring.

    That is in the `countries` of the policy, else in those with hours of their own and in `region`; where none is
    named at all, in every country.
    """
    named = policy.countries or tuple({*policy.ringing, region} - {""})
    return not named or country_of(number) in named


def may_be_rung(number: Handle, step: Step) -> bool:
    """Whether that is so by the rules in force."""
    return is_reached(number, step.rulebook.calls, step.context.policy.region)
