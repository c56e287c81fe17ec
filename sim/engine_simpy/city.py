"""A city on SimPy: who is where, and the small things that all actors do.

The actors themselves have a file each: `residents.py`, `grid_workers.py`, `desks.py`, `units.py`, `supervision.py`, `sensors.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.calendars import finish
from sim.draws.city import CityLuck
from sim.draws.random import Block
from sim.engine_simpy.assessment import Assessment
from sim.engine_simpy.case_owners import CaseOwners
from sim.engine_simpy.clock import Clock, rank
from sim.engine_simpy.desks import Desks
from sim.engine_simpy.emergencies import Emergencies
from sim.engine_simpy.estates import Estates
from sim.engine_simpy.grid_workers import GridWorkers
from sim.engine_simpy.padding import Padding
from sim.engine_simpy.participation import Participation
from sim.engine_simpy.petitions import Petitions
from sim.engine_simpy.pools import Job, Member, Pool, make_pools
from sim.engine_simpy.reform import Reform
from sim.engine_simpy.residents import Residents
from sim.engine_simpy.root_causes import RootCauses
from sim.engine_simpy.screening import Screening
from sim.engine_simpy.sensors import Sensors
from sim.engine_simpy.supervision import Supervision
from sim.engine_simpy.three_ways import ThreeWays
from sim.engine_simpy.tickets import Issue, Ticket
from sim.engine_simpy.trust import Trust
from sim.engine_simpy.units import Units
from sim.escalation import truly_fixed
from sim.feedback import closed_at
from sim.order import detail_of_review, detail_of_ticket, ticket_tail
from sim.residents import is_evaluated, score_given
from sim.supervision import closed_in_time, due_time, effort
from sim.tables import CityTables, PoolKind
from sim.timeline import NEVER, NOBODY, Close, Event, Phase
from sim.triage import goes_as, interrupts, urgency

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.draws import Draws
    from sim.engine_simpy.clock import Story
    from sim.tables import Tables

__all__ = ["City", "play"]

_AFTER = Block.AFTER

_CLOSED, _EVALUATED, _REGISTERED, _RESOLVED = int(Event.CLOSED), int(Event.EVALUATED), int(Event.REGISTERED), int(Event.RESOLVED)
_ARRIVAL, _REVIEW = int(Phase.ARRIVAL), int(Phase.REVIEW)


class City:
    """The district in one run.

    Attributes
    ----------
    tables : CityTables
    rules, organisation : DispatchRules, OrganisationTables
    pools : list of Pool
    """

    def __init__(self, tables: Tables, draws: Draws) -> None:
        assert isinstance(draws.luck, CityLuck)
        assert tables.city is not None
        self.all_tables, self.tables, self.draws, self.luck = tables, tables.city, draws, draws.luck
        city: CityTables = tables.city
        self.rules, self.organisation = city.rules, city.organisation
        self.clock = Clock(tables.end)
        self.pools = make_pools(self.clock, tables)
        calendars = tables.calendars
        self.spans = calendars.first.tolist(), calendars.start.tolist(), calendars.end.tolist(), calendars.worked.tolist()
        self.tier, self.kind = tables.pools.tier.tolist(), tables.pools.kind.tolist()
        self.calendar = [int(tables.pools.nominal_calendar[first]) for first in tables.pools.first_member[:-1]]
        self.community = city.grid_community.tolist()
        self.street = city.community_street[city.grid_community].tolist()
        self.deadline, self.deadline_working = city.demand.deadline.tolist(), city.demand.deadline_working.tolist()
        self.touch_mean, self.travel_mean = city.demand.touch_mean.tolist(), city.demand.travel_mean.tolist()
        self.speed = city.organisation.speed.tolist()
        self.evaluated, self.scores = city.residents.evaluated, city.residents.score.tolist()
        self.tickets = 0
        self.residents, self.desks, self.units = Residents(self), Desks(self), Units(self)
        self.grid_workers, self.supervision = GridWorkers(self), Supervision(self)
        self.screening = Screening(self)
        self.root_causes = RootCauses(self)
        self.assessment = Assessment(self)
        self.sensors, self.estates = Sensors(self), Estates(self)
        self.participation, self.padding = Participation(self), Padding(self)
        self.three_ways, self.case_owners = ThreeWays(self), CaseOwners(self)
        self.petitions, self.trust = Petitions(self), Trust(self)
        self.emergencies = Emergencies(self)
        self.slower, self.asked_since = 1.0, 0      # in a reform: factor on times, and since when residents are asked to take part
        self.reform = Reform(self)
        for pool in self.pools:
            for member in pool.members:
                if not (self.reform.planned and self.reform.comes[member.where]):
                    self.clock.begin(self.employs(member))

    def employs(self, member: Member) -> Story:
        """What a member does all day."""
        kind = self.kind[member.pool.index]
        if kind == PoolKind.DESK:
            return self.desks.clerk(member)
        return self.grid_workers.grid_worker(member) if kind == PoolKind.GRID_TEAM else self.units.worker(member)

    # -- tickets -------------------------------------------------------------------------------------------------------------

    def register(self, issue: Issue, place: int, why: int) -> Ticket:
        """立案: a ticket opens at a desk or team; its clock runs from now."""
        now = self.clock._now
        limit, working = self.deadline[issue.category][issue.severity], self.deadline_working[issue.category][issue.severity]
        due = due_time(*self.spans, self.tables.demand.deadline_calendar, working, now, limit)
        ticket = Ticket(self.tickets, issue, place, now, due)
        self.tickets += 1
        issue.registered += 1
        issue.tickets.append(ticket)
        self.clock.record(_REGISTERED, issue.number, ticket.number, place, NOBODY, why)
        self.reform.opens(ticket, limit, working)
        self.supervision.takes_note(ticket, limit, working)
        self.screening.takes_note(ticket)
        self.root_causes.takes_note(issue.category)
        self.case_owners.takes_note(ticket, why)
        self.petitions.takes_note(ticket)
        self.emergencies.counts(issue, 1)
        return ticket

    def give(self, pool: Pool, ticket: Ticket, purpose: int, seconds: int, travel: int = 0) -> None:
        """A job for this ticket joins a queue."""
        issue = ticket.issue
        ticket.given += 1
        job = Job(issue.number, ticket.number, purpose, urgency(goes_as(ticket.lamp, ticket.ahead), issue.severity), ticket.registered,
                  seconds, travel, ticket, tail=ticket_tail(ticket.ordinal, ticket.given), interrupts=interrupts(issue.severity))
        job.left, job.travel_left = min(job.left, NEVER), min(job.travel_left, NEVER)
        ticket.place = pool.index
        ticket.jobs.append((pool, job))
        self.emergencies.may_help(pool, job, issue)
        pool.join(job)

    def put_down(self, job: Job) -> Ticket:
        """A member is done with a job: it is off the ticket's list."""
        ticket: Ticket = job.matter
        ticket.jobs = [pair for pair in ticket.jobs if pair[1] is not job]
        return ticket

    def rerank(self, issue: Issue) -> None:
        """Lamp or severity changed: what waits takes its new place at once."""
        for ticket in issue.tickets:
            for pool, job in ticket.jobs:
                job.interrupts = interrupts(issue.severity)
                pool.move(job, urgency(goes_as(ticket.lamp, ticket.ahead), issue.severity))

    def later(self, seconds: int, ticket: Ticket, act: Callable[[Ticket], None]) -> None:
        """A step of a ticket on its way, some seconds from now."""
        ticket.place = NOBODY
        self.at(self.clock._now + seconds, ticket, act)

    def at(self, time: int, ticket: Ticket, act: Callable[[Ticket], None]) -> None:
        """A step of a ticket at a given second."""
        self.clock.then(time, self.rank(ticket), act, ticket)

    def rank(self, ticket: Ticket, phase: int = _ARRIVAL) -> int:
        """Order of a ticket's steps within a second: by issue, then by ticket."""
        return rank(phase, ticket.issue.number, detail_of_ticket(ticket.ordinal))

    def rank_of_review(self, ticket: Ticket, kind: int) -> int:
        """Order of a ticket's periodic reviews within a second: by issue, then after all lamps, by kind."""
        return rank(_REVIEW, ticket.issue.number, detail_of_review(ticket.ordinal, kind))

    def working_time_later(self, pool: int, seconds: int) -> int:
        """The second at which so much working time of a unit has passed from now."""
        return finish(*self.spans, self.calendar[pool], self.clock._now, seconds)

    def truly_fixed(self, ticket: Ticket, u: float) -> bool:
        """Whether finished work is a true fix."""
        rules = self.rules
        harder = effort(ticket.ordered, rules.order_effort) * self.assessment.effort(ticket.unit, ticket.issue) * self.case_owners.effort(ticket)
        return truly_fixed(u, rules.true_fix, rules.force_keep, ticket.hops, harder)

    def close(self, ticket: Ticket, how: int = Close.WORKED) -> None:
        """结案: the ticket ends; the issue may still be there."""
        issue, now = ticket.issue, self.clock._now
        ticket.closed = True
        issue.tickets.remove(ticket)
        if self.reform.planned:
            del self.reform.tickets[ticket]
        issue.closed_before = True
        self.case_owners.closes(ticket)
        for pool, job in ticket.jobs:
            pool.leave(job)
        ticket.jobs.clear()
        self.clock.record(_CLOSED, issue.number, ticket.number, closed_at(ticket.unit, ticket.desk), NOBODY, how)
        called, score, *_ = issue.luck(_AFTER, self.luck)
        if is_evaluated(called, self.evaluated) and not issue.phantom:
            self.clock.record(_EVALUATED, issue.number, ticket.number, value=score_given(
                self.scores, issue.resolved, closed_in_time(now, ticket.due), score))
        self.trust.learns(ticket, how)
        self.emergencies.counts(issue, -1)
        if not issue.ended:
            if how != Close.GUIDED:
                self.residents.may_repeat(issue)
            self.petitions.closes(ticket, how)
        elif not issue.tickets:
            issue.forget()

    def resolve(self, issue: Issue, ticket: Ticket, place: int) -> None:
        """The issue is truly resolved."""
        issue.ended = issue.resolved = True
        self.clock.record(_RESOLVED, issue.number, ticket.number, place)
        self.units.finds_it_gone(issue)


def play(tables: Tables, draws: Draws) -> Clock:
    """Run a city to its end; the record is in the clock."""
    city = City(tables, draws)
    city.clock.begin(city.residents.occurrences())
    city.clock.begin(city.reform.reformer())
    city.clock.begin(city.root_causes.analyst())
    city.clock.begin(city.assessment.assessor())
    city.clock.begin(city.trust.surveyor())
    city.clock.play()
    return city.clock
