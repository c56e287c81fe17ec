"""Three-way triage 三事分流: whoever deliberates on a matter, and the community's meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws.random import Block
from sim.engine_simpy.clock import rank
from sim.engine_simpy.pools import Job
from sim.engine_simpy.tickets import Issue, Ticket
from sim.order import detail_of_notice
from sim.residents import chosen
from sim.screening import next_round
from sim.staff import touch_seconds
from sim.three_ways import BIG, PRIVATE, SMALL, agreed, comes_back, deliberates, deliberation_seconds, guided_seconds, way_of
from sim.timeline import NOBODY, Close, Event, Phase, Purpose

if TYPE_CHECKING:
    from sim.engine_simpy.city import City

__all__ = ["ThreeWays"]

_ARRIVAL, _PATIENCE = int(Phase.ARRIVAL), int(Phase.PATIENCE)
_CONSULTED, _SORTED, _TO_CONSULT = int(Event.CONSULTED), int(Event.SORTED), int(Purpose.CONSULT)


class ThreeWays:
    """三事分流."""

    def __init__(self, city: City) -> None:
        self.city, self.clock, self.rules = city, city.clock, city.rules
        self.nature = city.rules.nature.tolist()

    def takes(self, ticket: Ticket) -> bool:
        """审议: what comes in is deliberated on before anything is done about it; False where it goes on at once."""
        if not deliberates(self.rules.three_ways, ticket.sorted_out, ticket.issue.severity):
            return False
        ticket.sorted_out = True
        self.city.later(deliberation_seconds(self.rules.deliberation, self._luck(ticket.issue)[1]), ticket, self._sorts)
        return True

    def _luck(self, issue: Issue) -> tuple[float, ...]:
        lanes: tuple[float, ...] = self.city.luck.again(issue.subject, issue.category, Block.NATURE, 0)
        return lanes

    def _sorts(self, ticket: Ticket) -> None:
        """Private, small or big: each its own way."""
        if ticket.closed:
            return
        issue, desk = ticket.issue, ticket.desk
        if not self.rules.three_ways:       # given up in a reform
            self.city.desks.moves_on(ticket, desk)
            return
        nature = chosen(self.nature[issue.category], self._luck(issue)[0])
        way = way_of(nature, issue.closed_before, issue.able)
        self.clock.record(_SORTED, issue.number, ticket.number, desk, NOBODY, way)
        if way == PRIVATE:
            self.guides(ticket)
        elif way == SMALL:
            time = next_round(self.clock._now, self.rules.meeting_every)
            self.city.later(time - self.clock._now, ticket, self.meets)
        else:
            if way == BIG:
                ticket.ahead, ticket.ruled = True, 1
            self.city.desks.moves_on(ticket, desk)

    def guides(self, ticket: Ticket) -> None:
        """私事自办: the ticket closes; some come back for help, the others settle it in their own time."""
        issue, rules = ticket.issue, self.rules
        self.city.close(ticket, Close.GUIDED)
        if issue.ended:
            return
        settles, returns, *_ = self.city.luck.again(issue.subject, issue.category, Block.GUIDED, 0)
        if not comes_back(self._luck(issue)[3], rules.help_case):
            after = guided_seconds(rules.settles_after, settles)
            self.clock.then(self.clock._now + after, rank(_PATIENCE, issue.number), self.city.residents.ends_by_itself, issue)
            return
        _, *what = issue.notice_luck(self.city.luck)
        reporter, after = issue.attempts[Block.NOTICE], guided_seconds(rules.help_after, returns)
        self.clock.then(self.clock._now + after, rank(_ARRIVAL, issue.number, detail_of_notice(reporter)), self.city.residents.notices,
                        (issue, *what, reporter))

    def meets(self, ticket: Ticket) -> None:
        """小事共办: it is on the table at the community's meeting, one matter after another."""
        if ticket.closed:
            return
        issue, city = ticket.issue, self.city
        if not self.rules.three_ways:
            city.desks.takes_over(ticket)
            return
        factor, _, fix = issue.luck(Block.WORK, city.luck)
        staff = city.units.staff[city.community[issue.grid]]
        city.give(city.pools[staff], ticket, _TO_CONSULT, touch_seconds(self.rules.meeting, factor, 1.0, 1.0))
        ticket.jobs[-1][1].luck = fix

    def is_talked_over(self, job: Job, staff: int) -> None:
        """Those concerned agree, and what they agreed on is done; or it goes the usual way."""
        ticket = self.city.put_down(job)
        if ticket.closed:
            return
        issue, city = ticket.issue, self.city
        if issue.ended:
            ticket.unit = staff
            city.close(ticket, Close.GONE)
            return
        agree = agreed(self._luck(issue)[2], self.rules.agree)
        self.clock.record(_CONSULTED, issue.number, ticket.number, staff, NOBODY, int(agree))
        if agree:
            ticket.unit = staff
            city.units.is_finished(ticket, staff, city.truly_fixed(ticket, job.luck))
        else:
            city.desks.takes_over(ticket)
