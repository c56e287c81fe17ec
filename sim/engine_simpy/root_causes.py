"""Root-cause analysis 类案分析: whoever counts the classes of cases and has the worst one worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws.random import Block
from sim.engine_simpy.clock import Turn, rank
from sim.order import ANALYSIS, WHOLE_DISTRICT
from sim.root_causes import NO_CLUSTER, after_work, is_prevented, reduction, said_of_analysis, worst
from sim.screening import next_round
from sim.timeline import NEVER, NOBODY, Event, Phase

if TYPE_CHECKING:
    from sim.engine_simpy.city import City
    from sim.engine_simpy.clock import Story

__all__ = ["RootCauses"]

_ANALYSED, _REVIEW = int(Event.ANALYSED), int(Phase.REVIEW)


class RootCauses:
    """类案.

    Attributes
    ----------
    tickets : list of int
        Tickets registered since the last analysis, by cluster.
    level, since : list
        Share of its issues that was prevented when a cluster was last worked on, and when that was.
    """

    def __init__(self, city: City) -> None:
        self.city, self.clock, self.rules = city, city.clock, city.rules
        self.cluster = city.rules.cluster.tolist()
        number = max(self.cluster) + 1
        self.chain = 0      # a reform begins the round anew
        self.tickets, self.level, self.since = [0] * number, [0.0] * number, [0] * number

    def analyst(self) -> Story:
        """类案分析: every so often the tickets are counted by cluster, and the causes of the worst one are worked on."""
        chain = self.chain
        while True:
            time = next_round(self.clock._now, self.rules.analysis_every)
            if time == NEVER:
                return
            yield self.clock.at(time, rank(_REVIEW, WHOLE_DISTRICT, ANALYSIS), Turn(self.clock))
            if chain != self.chain:
                return
            self.analyses()

    def analyses(self) -> None:
        """The worst cluster is worked on: a share of what would still arise from it is prevented from now on."""
        chosen, most = NO_CLUSTER, 0
        for cluster, tickets in enumerate(self.tickets):
            chosen, most = worst(chosen, most, cluster, tickets, self.rules.analysis_least)
        self.tickets = [0] * len(self.tickets)
        if chosen == NO_CLUSTER:
            return
        self.level[chosen], self.since[chosen] = after_work(self.share(chosen), self.rules.analysis_cut), self.clock._now
        self.clock.record(_ANALYSED, NOBODY, value=said_of_analysis(chosen, most))

    def share(self, cluster: int) -> float:
        """Share of a cluster's issues that is prevented now."""
        return reduction(self.level[cluster], self.clock._now - self.since[cluster], self.rules.analysis_half_life)

    def takes_note(self, category: int) -> None:
        """A ticket opens."""
        self.tickets[self.cluster[category]] += 1

    def prevents(self, subject: int, category: int) -> bool:
        """Whether an issue that would arise now does not, since its cause was worked on."""
        cluster = self.cluster[category]
        if self.level[cluster] == 0.0:
            return False
        return is_prevented(self.city.luck.again(subject, category, Block.CAUSE, 0)[0], self.share(cluster))
