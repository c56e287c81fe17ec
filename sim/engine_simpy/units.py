"""Units that do the work: community staff, street enforcement teams, department crews; alone, one after another, or together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws.random import Block
from sim.engine_simpy.pools import Job, Member
from sim.engine_simpy.tickets import Issue, Ticket
from sim.escalation import outgrown
from sim.feedback import check_passes
from sim.timeline import NOBODY, Close, Event, Purpose
from sim.triage import wrong_department

if TYPE_CHECKING:
    from sim.engine_simpy.city import City
    from sim.engine_simpy.clock import Story

__all__ = ["Units"]

_GRID, _COMMUNITY, _STREET, _DISTRICT = 0, 1, 2, 3


class Units:
    """Who works on what, and what follows."""

    def __init__(self, city: City) -> None:
        self.city, self.clock, self.rules = city, city.clock, city.rules
        organisation = city.organisation
        self.staff, self.street_team = organisation.community_staff.tolist(), organisation.street_team.tolist()
        self.crew, self.team = organisation.crew.tolist(), organisation.team.tolist()

    def worker(self, me: Member) -> Story:
        """A member of a unit: waits to be called, travels and works, through the nights if need be, and reports what was done."""
        while True:
            job = yield me.called()
            self.sets_out(job)
            if (yield me.works_on(job)):
                me.done(job)
                self.is_worked(job, me.pool.index)

    # -- who ----------------------------------------------------------------------------------------------------------------

    def of(self, issue: Issue, part: int) -> int:
        """The unit able to do a part of the work: lowest tier with authority, department in charge."""
        if issue.able == _DISTRICT:
            return self.crew[issue.departments[part]]
        if issue.able == _STREET:
            return self.street_team[self.city.street[issue.grid]]
        team = self.team[issue.grid][issue.category] if issue.able == _GRID else NOBODY
        return team if team >= 0 else self.staff[self.city.community[issue.grid]]

    def wrong_for(self, issue: Issue, part: int, u: float) -> int:
        """The wrong unit: a street without authority 管不了, another department, or the street for what is the community's."""
        street = self.street_team[self.city.street[issue.grid]]
        if issue.able < _STREET or (issue.able == _DISTRICT and u < self.rules.too_low):
            return street
        share = self.rules.too_low if issue.able == _DISTRICT else 0.0
        return self.crew[wrong_department((u - share) / (1 - share), issue.departments[part], len(self.crew))]

    # -- work ---------------------------------------------------------------------------------------------------------------

    def accepts(self, ticket: Ticket, unit: int) -> None:
        """签收: the job joins the unit's queue; what has grown beyond its authority meanwhile goes back."""
        if ticket.closed:
            return
        if outgrown(ticket.issue.able, self.city.tier[unit]):
            self.city.desks.is_back(ticket, unit, Event.RETURNED)
            return
        self.takes(ticket, unit, ticket.part)

    def takes(self, ticket: Ticket, unit: int, part: int, purpose: int = Purpose.WORK) -> None:
        """A unit has a part of a ticket to do."""
        issue = ticket.issue
        departments = issue.departments
        self.clock.record(Event.ACCEPTED, issue.number, ticket.number, unit, NOBODY, departments[min(part, len(departments) - 1)])
        ticket.unit = unit
        self.works(ticket, unit, purpose)

    def works(self, ticket: Ticket, unit: int, purpose: int) -> None:
        """Travel and touch time are drawn for every visit."""
        issue, city = ticket.issue, self.city
        touch, travel, fix = issue.luck(Block.WORK, city.luck)
        tier, category = city.tier[unit], issue.category
        seconds = int(city.touch_mean[category][tier] * touch * issue.touch * city.speed[unit][category] + 0.5)
        way = 0 if purpose == Purpose.ON_THE_SPOT else int(city.travel_mean[category][tier] * travel + 0.5)
        city.give(city.pools[unit], ticket, purpose, seconds, way)
        ticket.jobs[-1][1].luck = fix

    def convene(self, ticket: Ticket) -> None:
        """拉群: every department has its part at once; nobody waits for another."""
        if ticket.closed:
            return
        issue = ticket.issue
        for part in range(ticket.part, ticket.part + ticket.left):
            unit = self.of(issue, part)
            self.clock.record(Event.DISPATCHED, issue.number, ticket.number, unit, NOBODY, ticket.dispatches)
            self.takes(ticket, unit, part)
        ticket.dispatches += 1

    def sets_out(self, job: Job) -> None:
        """On the way nobody knows whether it is still there; whoever finds nothing has spent the way and a look."""
        issue: Issue = job.matter.issue
        if job.matter.closed:       # called away from it, and meanwhile others have ended the ticket
            job.left = job.travel_left = 0
        elif issue.ended:
            self.only_looks(job)
        else:
            issue.started = True

    def only_looks(self, job: Job) -> None:
        """What is left of a job whose issue is gone: the rest of the way, and a look."""
        job.left = min(job.left, job.travel_left + int(self.rules.look + 0.5))

    def finds_it_gone(self, issue: Issue) -> None:
        """Resolved by a worker of one ticket: those on their way for another will find nothing."""
        for ticket in issue.tickets:
            for pool, job in ticket.jobs:
                if job.member is not None and pool.on_the_way(job):
                    self.only_looks(job)
                    job.member.is_done_earlier(job)

    def is_worked(self, job: Job, unit: int) -> None:
        """处置: a part is done; after the last one the ticket is checked or closed."""
        ticket = self.city.put_down(job)
        if ticket.closed:
            return
        ticket.unit = unit
        issue, city = ticket.issue, self.city
        if issue.ended and not ticket.fixed:
            city.close(ticket, Close.GONE)
            return
        if ticket.convened:
            ticket.left -= 1
            if ticket.left:
                return
        elif job.purpose != Purpose.ON_THE_SPOT and issue.able == _DISTRICT and ticket.part + 1 < len(issue.departments):
            ticket.part += 1
            city.desks.asks_to_send_again(ticket)
            return
        ticket.left = 1
        ticket.fixed = city.truly_fixed(ticket, job.luck)
        self.clock.record(Event.WORKED, issue.number, ticket.number, unit, NOBODY, int(ticket.fixed))
        if ticket.fixed:
            city.resolve(issue, ticket, unit)
        if job.purpose == Purpose.ON_THE_SPOT:
            city.close(ticket)
        else:
            self.asks_for_a_check(ticket)

    # -- verification -------------------------------------------------------------------------------------------------------

    def asks_for_a_check(self, ticket: Ticket) -> None:
        """核查: a share of what was worked is checked, on the spot or by telephone; departments close the rest themselves."""
        rules, issue, city = self.rules, ticket.issue, self.city
        sampled, by_call, seconds, ticket.detects = issue.luck(Block.CHECK, city.luck)
        if sampled >= rules.verify_share:
            city.close(ticket)
            return
        team = self.team[issue.grid][issue.category]
        if team < 0 or by_call < rules.verify_by_call:
            city.desks.calls_back(ticket)
        else:
            city.give(city.pools[team], ticket, Purpose.VERIFY, int(rules.verify_mean * seconds + 0.5))

    def is_checked(self, ticket: Ticket, place: int) -> None:
        """Passed: closed.  Failed: rework 返工 by the same unit."""
        issue, city = ticket.issue, self.city
        passed = check_passes(issue.ended, ticket.detects, self.rules.verify_detects)
        self.clock.record(Event.VERIFIED, issue.number, ticket.number, place, NOBODY, int(passed))
        if passed:
            city.close(ticket)
            return
        ticket.reworks += 1
        self.clock.record(Event.REWORK, issue.number, ticket.number, ticket.unit, NOBODY, ticket.reworks)
        if ticket.convened:
            ticket.left = 1
        self.works(ticket, ticket.unit, Purpose.WORK)
