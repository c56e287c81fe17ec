"""Case ownership 领导包案: the street's leaders, and the cases they own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.case_owners import first_look, has_room, owner_effort
from sim.engine_simpy.tickets import Ticket
from sim.order import OWNERS
from sim.timeline import NOBODY, Event, Registered

if TYPE_CHECKING:
    from sim.engine_simpy.city import City

__all__ = ["CaseOwners"]

_OWNED = int(Event.OWNED)


class CaseOwners:
    """包案领导.

    Attributes
    ----------
    owned : list of int
        Cases owned now, by street.
    """

    def __init__(self, city: City) -> None:
        self.city, self.clock, self.rules = city, city.clock, city.rules
        self.owned = [0] * len(city.tables.street)

    def takes_note(self, ticket: Ticket, why: int) -> None:
        """A ticket opens: somebody will ask for an owner when it is old, or at once where it is a repeat."""
        rules = self.rules
        if rules.owned_at_most > 0:
            time = first_look(self.clock._now, rules.owned_after, why == Registered.REPEAT, rules.own_repeats)
            self.clock.then(time, self.city.rank_of_review(ticket, OWNERS), self.looks, ticket)

    def takes_note_late(self, ticket: Ticket) -> None:
        """The same for a ticket that was open before there were owners: its age counts from its beginning."""
        if self.rules.owned_at_most > 0:
            time = max(self.clock._now, first_look(ticket.registered, self.rules.owned_after, False, 0))
            self.clock.then(time, self.city.rank_of_review(ticket, OWNERS), self.looks, ticket)

    def looks(self, ticket: Ticket) -> None:
        """包案: whoever has room owns it from now on; else it is asked again later."""
        if ticket.closed or self.rules.owned_at_most <= 0:
            return
        issue, rules = ticket.issue, self.rules
        street = self.city.street[issue.grid]
        if not has_room(self.owned[street], rules.owned_at_most):
            self.clock.then(self.clock._now + int(rules.own_again + 0.5), self.city.rank_of_review(ticket, OWNERS), self.looks, ticket)
            return
        self.owned[street] += 1
        ticket.owned = ticket.ahead = True
        ticket.ruled = 1
        self.clock.record(_OWNED, issue.number, ticket.number, ticket.place, NOBODY, self.owned[street])
        if ticket.lying:
            self.city.desks.takes_up(ticket)
        self.city.rerank(issue)

    def closes(self, ticket: Ticket) -> None:
        """A ticket closes: its owner has room again."""
        if ticket.owned:
            self.owned[self.city.street[ticket.issue.grid]] -= 1

    def effort(self, ticket: Ticket) -> float:
        """Factor on the chance of a true fix."""
        return owner_effort(ticket.owned, self.rules.owner_effort)
