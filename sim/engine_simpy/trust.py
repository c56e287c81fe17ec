"""Trust 信任: what a community's residents make of their experiences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws.random import Block
from sim.engine_simpy.clock import Turn, rank
from sim.engine_simpy.tickets import Issue, Ticket
from sim.order import WHOLE_DISTRICT
from sim.supervision import closed_in_time
from sim.timeline import NOBODY, Close, Event, Phase
from sim.trust import AT_FIRST, after_experience, is_experienced, one_more, said_of_trust, speaks_up

if TYPE_CHECKING:
    from sim.engine_simpy.city import City
    from sim.engine_simpy.clock import Story

__all__ = ["Trust"]

_ARRIVAL, _TRUSTED = int(Phase.ARRIVAL), int(Event.TRUSTED)


class Trust:
    """信任.

    Attributes
    ----------
    level : list of float
        By community.
    """

    def __init__(self, city: City) -> None:
        self.city, self.clock, self.settings = city, city.clock, city.tables.residents
        self.level = [AT_FIRST] * len(city.tables.community)
        self.reporters = city.tables.residents.reporters.tolist()

    def surveyor(self) -> Story:
        """At the end of the run every community is asked."""
        if self.settings.trust_gain == self.settings.trust_loss == 0.0:
            return
        for community in range(len(self.level)):
            yield self.clock.at(self.clock.end, rank(_ARRIVAL, WHOLE_DISTRICT), Turn(self.clock))
            self.clock.record(_TRUSTED, NOBODY, value=said_of_trust(community, self.level[community]))

    def learns(self, ticket: Ticket, how: int) -> None:
        """A ticket is closed: whoever reported it has had a good experience, or a bad one."""
        issue, settings = ticket.issue, self.settings
        if is_experienced(how == Close.WORKED, issue.attempts[Block.CONTACT] >= 0):
            community = self.city.community[issue.grid]
            good = issue.resolved and closed_in_time(self.clock._now, ticket.due)
            self.level[community] = after_experience(self.level[community], good, settings.trust_gain, settings.trust_loss, settings.trust_low,
                                                     settings.trust_high)

    def keeps_silent(self, issue: Issue, reporter: int) -> bool:
        """Whether somebody who has noticed it says nothing."""
        level = self.level[self.city.community[issue.grid]]
        return level < 1.0 and not speaks_up(self.city.luck.again(issue.subject, issue.category, Block.TRUST, 1 + reporter)[0], level)

    def brings_one_more(self, subject: int, category: int, grid: int, reporters: int) -> bool:
        """Whether one more will report an issue that arises now."""
        level = self.level[self.city.community[grid]]
        return level > 1.0 and one_more(self.city.luck.again(subject, category, Block.TRUST, 0)[0], level, self.reporters[category], reporters)
