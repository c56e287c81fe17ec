"""Screening 月排查, 旬调度: sweeps that look for what is hidden, and reviews that set going what is stuck."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws.random import Block
from sim.engine_simpy.clock import rank
from sim.engine_simpy.pools import Job, Pool
from sim.engine_simpy.tickets import SWEEPS, Issue, Ticket
from sim.order import DISPATCHING, SWEEP_TAIL, SWEPT
from sim.screening import LIES, NOT_STUCK, found_in_sweep, how_stuck, next_round, sweep_seconds
from sim.timeline import NEVER, NOBODY, Event, Found, Phase, Purpose
from sim.triage import urgency

if TYPE_CHECKING:
    from sim.engine_simpy.city import City

__all__ = ["Screening"]

_ARRIVAL = int(Phase.ARRIVAL)
_DISCOVERED, _RELEASED, _SCREENING, _TO_SCREEN = int(Event.DISCOVERED), int(Event.RELEASED), int(Found.SCREENING), int(Purpose.SCREEN)


class Screening:
    """排查与调度."""

    def __init__(self, city: City) -> None:
        self.city, self.clock, self.rules = city, city.clock, city.rules
        self.screened = city.rules.screened.tolist()

    # -- sweeps ---------------------------------------------------------------------------------------------------------------

    def may_find(self, issue: Issue) -> None:
        """An issue arises, or a sweep has missed it: the next one may come upon it, if it is looked for at all."""
        if self.screened[issue.category] > 0:
            time = next_round(self.clock._now, self.rules.sweep_every)
            if time < NEVER:
                self.clock.then(time, rank(_ARRIVAL, issue.number, SWEPT), self.sweeps, issue)

    def sweeps(self, issue: Issue) -> None:
        """排查: the community's staff are at the doors; what nobody knows of yet they find with a chance, and it takes them their time."""
        if issue.ended or issue.found or self.screened[issue.category] <= 0:
            return
        lucky, factor, *_ = issue.luck(Block.SCREEN, self.city.luck, SWEEPS)
        if not found_in_sweep(lucky, self.screened[issue.category]):
            self.may_find(issue)
            return
        pool = self.city.pools[self.city.units.staff[self.city.community[issue.grid]]]
        pool.join(Job(issue.number, NOBODY, _TO_SCREEN, urgency(0, 0), self.clock._now, sweep_seconds(self.rules.sweep_mean, factor),
                      matter=issue, tail=SWEEP_TAIL))

    def has_found(self, issue: Issue, staff: Pool) -> None:
        """The staff have been there: unless it is over, or others knew of it first, they report it to the community's desk."""
        if issue.ended or issue.found:
            return
        issue.found = True
        self.clock.record(_DISCOVERED, issue.number, place=staff.index, value=_SCREENING)
        self.city.residents.reports_by_terminal(issue, self.city.desks.community_desk[self.city.community[issue.grid]])

    # -- dispatching ------------------------------------------------------------------------------------------------------------

    def takes_note(self, ticket: Ticket) -> None:
        """A ticket opens, or one is as it should be: it is looked at in the next dispatching review, where there are any."""
        time = next_round(self.clock._now, self.rules.dispatch_every)
        if time < NEVER:
            self.clock.then(time, self.city.rank_of_review(ticket, DISPATCHING), self.reviews, ticket)

    def reviews(self, ticket: Ticket) -> None:
        """旬调度: what lies at a hop is sent on; what has waited for too long goes ahead of all else from now on."""
        if ticket.closed or self.rules.dispatch_every <= 0:
            return
        at_work = any(job.member is not None for _, job in ticket.jobs)
        stuck = how_stuck(ticket.lying, ticket.ahead, at_work, self.clock._now - ticket.registered, self.rules.stuck_after)
        if stuck != NOT_STUCK:
            self.clock.record(_RELEASED, ticket.issue.number, ticket.number, ticket.desk if stuck == LIES else ticket.place, NOBODY, stuck)
            if stuck == LIES:
                self.city.desks.takes_up(ticket)
            else:
                ticket.ahead = True
                self.city.rerank(ticket.issue)
        self.takes_note(ticket)
