"""Reports that grid workers make up 虚报 while they are behind their quota."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engine_simpy.tickets import Issue
from sim.padding import is_made_up
from sim.tables import Tier
from sim.timeline import Event

if TYPE_CHECKING:
    from sim.engine_simpy.city import City

__all__ = ["Padding"]

_FABRICATED, _ORDINARY, _GRID = int(Event.FABRICATED), 0, int(Tier.GRID)


class Padding:
    """The reports of every team in this period, against its quota."""

    def __init__(self, city: City) -> None:
        self.city, self.clock, self.rules = city, city.clock, city.rules
        self.team = city.organisation.team.tolist()
        self.reports = [(0, 0)] * len(city.pools)       # number of the period, reports in it

    def reported(self, team: int) -> None:
        """A team has filed a report, made up or not."""
        if self.rules.padding:
            self.reports[team] = self._period(), self.so_far(team) + 1

    def so_far(self, team: int) -> int:
        """Reports of a team in this period."""
        period, reports = self.reports[team]
        return reports if period == self._period() else 0

    def _period(self) -> int:
        return self.clock._now // self.rules.padding_period

    def occasion(self, number: int, subject: int, category: int, grid: int, lucky: tuple[Any, ...]) -> None:
        """虚报: whoever is behind the quota makes up something ordinary that a grid worker can see to, and keys it in."""
        _, _, _, one, *_, row = lucky
        team = self.team[grid][category]
        if not is_made_up(self.so_far(team), len(self.city.pools[team].members), self.rules.quota, self.rules.padding_period, self.clock._now):
            return
        nothing = Issue(number, subject, category, grid, _GRID, _ORDINARY, (one,), row)
        nothing.phantom = nothing.ended = nothing.found = True
        self.reported(team)
        self.clock.record(_FABRICATED, number, place=team)
        self.city.residents.reports_by_terminal(nothing, self.city.desks.community_desk[self.city.community[grid]])
