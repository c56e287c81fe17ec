"""Estates and residents who deal with an issue themselves, before anybody else has set out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws.random import Block
from sim.engine_simpy.clock import rank
from sim.engine_simpy.tickets import Issue
from sim.estates import is_taken_on, taken_after
from sim.feedback import may_end
from sim.order import SETTLED
from sim.timeline import NOBODY, Event, Phase, Settled

if TYPE_CHECKING:
    from sim.engine_simpy.city import City

__all__ = ["Estates"]

_SETTLED, _RESOLVED, _ARRIVAL = int(Event.SETTLED), int(Event.RESOLVED), int(Phase.ARRIVAL)
_MANAGER = int(Settled.MANAGER)


class Estates:
    """物业: property managers, as far as there are any."""

    def __init__(self, city: City) -> None:
        self.city, self.clock = city, city.clock
        demand = city.tables.demand
        self.solves, self.after = demand.estate_solves.tolist(), demand.estate_after.tolist()
        self.grid_class = city.tables.grid_class.tolist()

    def may_take_on(self, issue: Issue) -> None:
        """An issue has arisen: the estate may deal with it by itself after a while."""
        estate = self.grid_class[issue.grid]
        chance = self.solves[estate][issue.category]
        if chance > 0:
            takes_on, after, *_ = self.city.luck.again(issue.subject, issue.category, Block.ESTATE, 0)
            if is_taken_on(takes_on, chance):
                self.will_settle(issue, taken_after(self.after[estate], after), _MANAGER)

    def will_settle(self, issue: Issue, seconds: int, who: int) -> None:
        """Whoever deals with it will have done so by then."""
        self.clock.then(self.clock._now + seconds, rank(_ARRIVAL, issue.number, SETTLED + who), self.settles, (issue, who))

    def settles(self, what: tuple[Issue, int]) -> None:
        """自行解决: truly resolved, without a ticket of its own; whoever comes for another will find nothing."""
        issue, who = what
        if not may_end(issue.ended, issue.started):
            return
        issue.ended = issue.resolved = True
        self.clock.record(_SETTLED, issue.number, NOBODY, issue.grid, NOBODY, who)
        self.clock.record(_RESOLVED, issue.number, place=self.city.units.staff[self.city.community[issue.grid]])
        if not issue.tickets:
            issue.forget()
