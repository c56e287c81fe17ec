"""Petitions upward 信访: whoever has been put off turns to the district."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws.random import Block
from sim.engine_simpy.clock import rank
from sim.engine_simpy.tickets import Issue, Ticket
from sim.order import LATENESS, detail_of_notice, detail_of_resident
from sim.petitions import OF_FALSE_CLOSING, OF_LATENESS, petition_seconds, petitions
from sim.tables import CHANNELS
from sim.timeline import NOBODY, Close, Event, Phase

if TYPE_CHECKING:
    from sim.engine_simpy.city import City

__all__ = ["Petitions"]

_ARRIVAL, _PETITIONED, _BY_LETTER = int(Phase.ARRIVAL), int(Event.PETITIONED), CHANNELS.index("app")


class Petitions:
    """信访."""

    def __init__(self, city: City) -> None:
        self.city, self.clock, self.settings = city, city.clock, city.tables.residents

    def takes_note(self, ticket: Ticket) -> None:
        """A ticket opens: when its limit passes, somebody may have enough."""
        if self.settings.petition_overdue > 0:
            self.clock.then(ticket.due, self.city.rank_of_review(ticket, LATENESS), self.is_late, ticket)

    def is_late(self, ticket: Ticket) -> None:
        """It is overdue."""
        if not ticket.closed:
            _, _, chance, after = self._luck(ticket)
            self._may_petition(ticket.issue, OF_LATENESS, chance, self.settings.petition_overdue, after)

    def closes(self, ticket: Ticket, how: int) -> None:
        """It is closed as worked, and the issue is still there."""
        if how == Close.WORKED and self.settings.petition_false > 0:
            chance, after, *_ = self._luck(ticket)
            self._may_petition(ticket.issue, OF_FALSE_CLOSING, chance, self.settings.petition_false, after)

    def _luck(self, ticket: Ticket) -> tuple[float, ...]:
        lanes: tuple[float, ...] = self.city.luck.again(ticket.issue.subject, ticket.issue.category, Block.PETITION, ticket.ordinal)
        return lanes

    def _may_petition(self, issue: Issue, why: int, u: float, chance: float, luck: float) -> None:
        if petitions(u, chance):
            issue.attempts[Block.NOTICE] += 1
            reporter, after = issue.attempts[Block.NOTICE], petition_seconds(self.settings.petition_after, luck)
            self.clock.then(self.clock._now + after, rank(_ARRIVAL, issue.number, detail_of_notice(reporter)), self.petitions,
                            (issue, reporter, why))

    def petitions(self, what: tuple[Issue, int, int]) -> None:
        """信访: unless it is over by now, a letter to the district's centre, and then they wait as others do."""
        issue, reporter, why = what
        if issue.ended:
            return
        self.clock.record(_PETITIONED, issue.number, place=self.city.desks.district_desk[issue.category], member=NOBODY, value=why)
        self.clock.begin(self.city.residents.resident(issue, _BY_LETTER, 1.0, 0.0, detail_of_resident(reporter)))
