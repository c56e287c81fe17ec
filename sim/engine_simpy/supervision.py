"""Supervision 督办: whoever watches the clock on every ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine_simpy.clock import Turn
from sim.engine_simpy.tickets import Ticket
from sim.escalation import lifted_to, may_be_lifted
from sim.supervision import LIFT, RED, YELLOW, due_time, review_share
from sim.timeline import NOBODY, Event, Phase, Purpose

if TYPE_CHECKING:
    from sim.engine_simpy.city import City
    from sim.engine_simpy.clock import Story

__all__ = ["Supervision"]

_LAMP, _LIFTED, _ORDERED = int(Event.LAMP), int(Event.LIFTED), int(Event.ORDERED)
_REVIEW = int(Phase.REVIEW)
_TO_WORK = int(Purpose.WORK)


class Supervision:
    """挂单计时、亮灯、督办."""

    def __init__(self, city: City) -> None:
        self.city, self.clock, self.rules = city, city.clock, city.rules

    def takes_note(self, ticket: Ticket, limit: float, working: int) -> None:
        """A ticket opens: where there is supervision, somebody will look at it when its first lamp is due."""
        share = self._share(YELLOW)
        if share > 0:
            time = max(self.clock._now, self._due(ticket, limit * share, working))
            self.clock.then(time, self.city.rank(ticket, _REVIEW), self._looks, (ticket, limit, working))

    def _looks(self, what: tuple[Ticket, float, int]) -> None:
        if not what[0].closed:
            self.clock.begin(self.watches(*what))

    def watches(self, ticket: Ticket, limit: float, working: int) -> Story:
        """督查员: the lamp turns yellow now, at another share of the limit red with an order; later the ticket goes up a tier."""
        if self._share(YELLOW) <= 0:        # given up in a reform
            return
        self.lights(ticket, YELLOW)
        yield self._at(ticket, limit * self._share(RED), working)
        if ticket.closed or self._share(RED) <= 0:
            return
        self.lights(ticket, RED)
        self.orders(ticket)
        share = self._share(LIFT)
        if share > 0:
            yield self._at(ticket, limit * share, working)
            if not ticket.closed and self._share(LIFT) > 0:
                self.lifts(ticket)

    def lights(self, ticket: Ticket, lamp: int) -> None:
        """亮灯: what waits with it takes its new place at once."""
        ticket.lamp = lamp
        self.clock.record(_LAMP, ticket.issue.number, ticket.number, ticket.place, NOBODY, lamp)
        self.city.rerank(ticket.issue)

    def orders(self, ticket: Ticket) -> None:
        """督办单: more effort, and what lies somewhere is sent on."""
        ticket.ordered = True
        self.clock.record(_ORDERED, ticket.issue.number, ticket.number, ticket.desk)
        if ticket.lying:
            self.city.desks.takes_up(ticket)

    def lifts(self, ticket: Ticket) -> None:
        """Too late by far: work that still waits below the district goes to the next tier's unit."""
        units, city, issue = self.city.units, self.city, ticket.issue
        for pool, job in list(ticket.jobs):
            tier = city.tier[pool.index]
            if not may_be_lifted(job.purpose == _TO_WORK, tier) or job.started >= 0 or not pool.leave(job):
                continue
            ticket.jobs = [pair for pair in ticket.jobs if pair[1] is not job]
            issue.able = lifted_to(issue.able, tier)
            ticket.hops = 0
            unit = units.of(issue, ticket.part)
            self.clock.record(_LIFTED, issue.number, ticket.number, pool.index, NOBODY, unit)
            units.takes(ticket, unit, ticket.part)

    def _share(self, review: int) -> float:
        rules = self.rules
        return review_share(rules.supervision, review, rules.lamp_yellow, rules.lamp_red, rules.lift)

    def _at(self, ticket: Ticket, limit: float, working: int) -> Turn:
        return self.clock.at(max(self.clock._now, self._due(ticket, limit, working)), self.city.rank(ticket, _REVIEW), Turn())

    def _due(self, ticket: Ticket, limit: float, working: int) -> int:
        city = self.city
        return due_time(*city.spans, city.tables.demand.deadline_calendar, working, ticket.registered, limit)
