"""Residents who take part 群众参与: one more who reports, those who help themselves, volunteers and mediators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws.random import Block
from sim.engine_simpy.tickets import Issue, Ticket
from sim.estates import taken_after
from sim.order import FIRST_REPORTERS
from sim.participation import are_asked, helps_itself, interest, reports_too, succeeds
from sim.timeline import NOBODY, Event, Settled

if TYPE_CHECKING:
    from sim.engine_simpy.city import City

__all__ = ["Participation"]

_DISPATCHED, _HELPED, _REFERRED = int(Event.DISPATCHED), int(Event.HELPED), int(Event.REFERRED)
_RESIDENTS = int(Settled.RESIDENTS)


class Participation:
    """What residents do beyond waiting."""

    def __init__(self, city: City) -> None:
        self.city, self.clock = city, city.clock
        self.settings = settings = city.tables.participation
        self.helper_of, self.share = settings.helper_of.tolist(), settings.helper_share.tolist()
        self.pool, self.success = settings.helper_pool.tolist(), settings.helper_success.tolist()

    def joins_in(self, issue: Issue, reporters: int) -> int:
        """An issue has arisen: how many will report it, and whether residents deal with it themselves."""
        settings = self.settings
        if not settings.participation:
            return reporters
        too, helps, after, _ = self.city.luck.again(issue.subject, issue.category, Block.PARTICIPATION, 0)
        now = interest(self.clock._now - self.city.asked_since, settings.rewarded, settings.interest_half_life, settings.visits_every)
        if helps_itself(helps, settings.self_help, now, issue.able):
            self.city.estates.will_settle(issue, taken_after(settings.self_help_after, after), _RESIDENTS)
        return min(reporters + reports_too(too, settings.reports, now), FIRST_REPORTERS)

    def are_asked(self, ticket: Ticket) -> bool:
        """Volunteers or mediators are asked before the unit that is paid for it."""
        issue = ticket.issue
        share = self.share[issue.category]
        if share <= 0:
            return False
        luck = self.city.luck.again(issue.subject, issue.category, Block.PARTICIPATION, 0)
        if not are_asked(luck[3], share, issue.able, ticket.helped):
            return False
        unit = self.pool[self.helper_of[issue.category]][self.city.community[issue.grid]]
        ticket.helped, ticket.place = True, unit
        self.clock.record(_DISPATCHED, issue.number, ticket.number, unit, NOBODY, ticket.dispatches)
        ticket.dispatches += 1
        self.city.at(self.clock._now, ticket, lambda ticket: self.city.units.accepts(ticket, unit))
        return True

    def is_helper(self, unit: int) -> bool:
        """Whether a unit are helpers."""
        return self.success[unit] >= 0

    def have_worked(self, ticket: Ticket, unit: int, luck: float) -> bool:
        """Whether helpers have solved it; otherwise it goes back to the desk."""
        solved = succeeds(luck, self.success[unit])
        self.clock.record(_HELPED if solved else _REFERRED, ticket.issue.number, ticket.number, unit)
        return solved
