"""What came of a simulated day of callbacks, and how it is told."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass
class Result:
    """What came of the day; `busy` and `idle` are of all agents together.

    `became` is what Hilo itself counts of callbacks. `rung_in_time` are those of the broken ones whose customer's phone
    had rung before and was not answered, `carried` those that are tried again the next day, `doubled` how often an
    agent had two calls.
    """

    asked: int = 0
    turned_away: int = 0
    promised: int = 0
    now: int = 0
    became: Counter[str] = field(default_factory=Counter)
    rung_in_time: int = 0
    carried: int = 0
    attempts: int = 0
    offers: Counter[str] = field(default_factory=Counter)
    busy: timedelta = timedelta()
    idle: timedelta = timedelta()
    longest_idle: timedelta = timedelta()
    doubled: int = 0
    decisions: int = 0

    @property
    def occupancy(self) -> float:
        """The share of their time that the agents were busy."""
        return self.busy / (self.busy + self.idle)

    @property
    def kept(self) -> float:
        """The share of the promises that were not broken: nothing was owed any more when their time was over."""
        return 1 - self.became["broken"] / self.promised

    def lines(self, agents: int) -> Iterator[str]:
        """The day in figures, a line each."""
        became, minutes = self.became, timedelta(minutes=1)
        talked = f"{became['kept']:,} calls in time, {became['late']} late"
        promised = f"{self.promised:,} promised, {self.now} of them now"
        yield f"asked       {self.asked:,}: {promised}; for {self.turned_away} there was no time"
        yield f"kept        {self.kept:.1%} of what was promised: {talked}, {became['told']} not reached and told so"
        yield f"broken      {became['broken']}; of these {self.rung_in_time} had been rung in time, and did not answer"
        yield f"left        {self.carried} to be tried again the next day"
        yield f"attempts    {self.attempts:,}, {self.attempts / self.promised:.2f} a customer"
        answers = ", ".join(f"{count:,} {what}" for what, count in self.offers.most_common())
        yield f"offers      {sum(self.offers.values()):,} ({answers}); an agent with two calls at once: {self.doubled}"
        yield f"occupancy   {self.occupancy:.1%}"
        each = self.idle / agents / minutes
        yield f"idle        {each:.0f} minutes an agent, {self.longest_idle / minutes:.1f} at once at most"
