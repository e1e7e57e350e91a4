"""A short day of callbacks, played by the pure parts: what was promised is kept, and nobody has two calls."""

import dataclasses

from bench.phone_day import Day, policy_of_the_day
from bench.phone_people import Scale

SHORT = Scale(agents=6, callbacks=280)


def test_what_was_promised_is_kept_by_busy_agents() -> None:
    result = Day(SHORT, policy_of_the_day(SHORT)).play()
    assert result.doubled == 0
    assert result.promised + result.turned_away == SHORT.callbacks
    assert result.promised > 0.9 * SHORT.callbacks
    assert result.occupancy > 0.75
    assert result.kept > 0.97
    # who was promised a call has talked with us, was told that we did not reach them, or is called tomorrow
    over = result.became["kept"] + result.became["late"] + result.became["told"] + result.carried
    assert over >= result.promised


def test_without_a_bound_to_what_is_promised_it_is_not_kept() -> None:
    # the control arm: the same people, and twice as much promised as can be kept
    many = dataclasses.replace(SHORT, callbacks=480)
    policy = dataclasses.replace(policy_of_the_day(many), occupancy=1.7)
    result = Day(many, policy).play()
    assert result.kept < 0.9
    assert result.doubled == 0
    # and with the bound the others are told at once that there is no time
    bound = Day(many, policy_of_the_day(many)).play()
    assert bound.kept > 0.97
    assert bound.turned_away > 120
