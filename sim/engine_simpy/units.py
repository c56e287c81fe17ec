"""Units that do the work: community staff, street enforcement teams, department crews; alone, one after another, or together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.departments import GONE, NEXT_DEPARTMENT, OTHERS_ARE_AT_IT, asked_of, what_follows_work
from sim.draws.random import Block
from sim.engine_simpy.pools import Job, Member
from sim.engine_simpy.tickets import Issue, Ticket
from sim.escalation import outgrown, work_tier
from sim.feedback import (
    BY_TELEPHONE,
    NO_CHECK,
    NOTHING_LEFT,
    ONLY_A_LOOK,
    check_passes,
    check_seconds,
    checked_how,
    left_when_gone,
    what_to_do_there,
)
from sim.staff import touch_seconds, travel_seconds
from sim.tables import Tier
from sim.timeline import NOBODY, Close, Event, Purpose

if TYPE_CHECKING:
    from sim.engine_simpy.city import City
    from sim.engine_simpy.clock import Story

__all__ = ["Units"]

_GRID, _COMMUNITY, _STREET, _DISTRICT = (int(tier) for tier in Tier)

_ACCEPTED, _DISPATCHED, _RETURNED, _REWORK = int(Event.ACCEPTED), int(Event.DISPATCHED), int(Event.RETURNED), int(Event.REWORK)
_VERIFIED, _WORKED = int(Event.VERIFIED), int(Event.WORKED)
_TO_ON_THE_SPOT, _TO_VERIFY, _TO_WORK = int(Purpose.ON_THE_SPOT), int(Purpose.VERIFY), int(Purpose.WORK)
_TO_CONSULT, _TO_SCREEN = int(Purpose.CONSULT), int(Purpose.SCREEN)


class Units:
    """Who works on what, and what follows."""

    def __init__(self, city: City) -> None:
        self.city, self.clock, self.rules = city, city.clock, city.rules
        organisation = city.organisation
        self.staff, self.street_team = organisation.community_staff.tolist(), organisation.street_team.tolist()
        self.crew, self.team = organisation.crew.tolist(), organisation.team.tolist()

    def worker(self, me: Member) -> Story:
        """A member of a unit: waits to be called, travels and works, through the nights if need be, and reports what was done.

        In a sweep community staff go from door to door, and now and then they hold a meeting.
        """
        while True:
            job = yield me.called()
            if job.purpose == _TO_SCREEN:
                if (yield me.works_on(job)):
                    me.done(job)
                    self.city.screening.has_found(job.matter, me.pool)
                continue
            self.sets_out(job)
            if job.purpose == _TO_CONSULT:
                if (yield me.works_on(job)):
                    me.done(job)
                    self.city.three_ways.is_talked_over(job, me.pool.index)
                continue
            if (yield me.works_on(job)):
                me.done(job)
                self.is_worked(job, me.pool.index)

    # -- who ----------------------------------------------------------------------------------------------------------------

    def of(self, issue: Issue, part: int) -> int:
        """The unit able to do a part of the work: lowest tier with authority, department in charge."""
        team = self.team[issue.grid][issue.category]
        tier = work_tier(issue.able, team)
        if tier == _DISTRICT:
            return self.crew[issue.departments[part]]
        if tier == _STREET:
            return self.street_team[self.city.street[issue.grid]]
        return team if tier == _GRID else self.staff[self.city.community[issue.grid]]

    # -- work ---------------------------------------------------------------------------------------------------------------

    def accepts(self, ticket: Ticket, unit: int) -> None:
        """签收: the job joins the unit's queue; what has grown beyond its authority meanwhile goes back."""
        if ticket.closed:
            return
        unit = self.city.reform.in_charge(unit, ticket.issue.category, ticket.issue.grid)
        if outgrown(ticket.issue.able, self.city.tier[unit]):
            self.city.desks.is_back(ticket, unit, _RETURNED)
            return
        self.takes(ticket, unit, ticket.part)

    def takes(self, ticket: Ticket, unit: int, part: int, purpose: int = _TO_WORK) -> None:
        """A unit has a part of a ticket to do."""
        issue = ticket.issue
        departments = issue.departments
        self.clock.record(_ACCEPTED, issue.number, ticket.number, unit, NOBODY, departments[asked_of(part, len(departments))])
        ticket.unit = unit
        self.works(ticket, unit, purpose)

    def works(self, ticket: Ticket, unit: int, purpose: int) -> None:
        """Travel and touch time are drawn for every visit."""
        issue, city = ticket.issue, self.city
        unit = city.reform.in_charge(unit, issue.category, issue.grid)
        touch, travel, fix = issue.luck(Block.WORK, city.luck)
        tier, category = city.tier[unit], issue.category
        seconds = touch_seconds(city.touch_mean[category][tier], touch, issue.touch, city.speed[unit][category] * city.slower)
        way = travel_seconds(city.travel_mean[category][tier], travel, purpose == _TO_ON_THE_SPOT)
        city.give(city.pools[unit], ticket, purpose, seconds, way)
        ticket.jobs[-1][1].luck = fix

    def convene(self, ticket: Ticket) -> None:
        """拉群: every department has its part at once; nobody waits for another."""
        if ticket.closed:
            return
        issue = ticket.issue
        for part in range(ticket.part, ticket.part + ticket.left):
            unit = self.of(issue, part)
            self.clock.record(_DISPATCHED, issue.number, ticket.number, unit, NOBODY, ticket.dispatches)
            self.takes(ticket, unit, part)
        ticket.dispatches += 1

    def sets_out(self, job: Job) -> None:
        """On the way nobody knows whether it is still there; whoever finds nothing has spent the way and a look."""
        issue: Issue = job.matter.issue
        task = what_to_do_there(job.matter.closed, issue.ended)
        if task == NOTHING_LEFT:        # called away from it, and meanwhile others have closed the ticket
            job.left = job.travel_left = 0
        elif task == ONLY_A_LOOK:
            self.only_looks(job)
        else:
            issue.started = True

    def only_looks(self, job: Job) -> None:
        """What is left of a job whose issue is gone: the rest of the way, and a look."""
        job.left = left_when_gone(job.left, job.travel_left, self.rules.look)

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
        on_the_spot = job.purpose == _TO_ON_THE_SPOT
        follows = what_follows_work(issue.ended and not ticket.fixed, ticket.convened, ticket.left, on_the_spot, issue.able, ticket.part,
                                    len(issue.departments))
        if follows == GONE:
            city.close(ticket, Close.GONE)
            return
        if not on_the_spot and not city.participation.is_helper(unit):
            city.assessment.has_done(unit, ticket)
        if follows == OTHERS_ARE_AT_IT:
            ticket.left -= 1
            return
        if follows == NEXT_DEPARTMENT:
            ticket.part += 1
            city.desks.asks_to_send_again(ticket)
            return
        if city.participation.is_helper(unit):
            fixed = city.participation.have_worked(ticket, unit, job.luck)
            if not fixed:
                ticket.left = 1
                city.desks.asks_to_send_again(ticket)
                return
        else:
            fixed = city.truly_fixed(ticket, job.luck)
        self.is_finished(ticket, unit, fixed, on_the_spot)

    def is_finished(self, ticket: Ticket, unit: int, fixed: bool, on_the_spot: bool = False) -> None:
        """The last part is done: truly fixed or not, checked or closed."""
        issue, city = ticket.issue, self.city
        ticket.left = 1     # of rework, too
        ticket.fixed = fixed
        self.clock.record(_WORKED, issue.number, ticket.number, unit, NOBODY, int(ticket.fixed))
        if ticket.fixed:
            city.resolve(issue, ticket, unit)
        if on_the_spot:
            city.close(ticket)
        else:
            self.asks_for_a_check(ticket)

    # -- verification -------------------------------------------------------------------------------------------------------

    def asks_for_a_check(self, ticket: Ticket) -> None:
        """核查: a share of what was worked is checked, on the spot or by telephone; departments close the rest themselves."""
        rules, issue, city = self.rules, ticket.issue, self.city
        sampled, by_call, seconds, ticket.detects = issue.luck(Block.CHECK, city.luck)
        team = self.team[issue.grid][issue.category]
        how = checked_how(sampled, city.assessment.checks(issue), by_call, rules.verify_by_call, team)
        if how == NO_CHECK:
            city.close(ticket)
        elif how == BY_TELEPHONE:
            city.desks.calls_back(ticket)
        else:
            city.give(city.pools[team], ticket, _TO_VERIFY, check_seconds(rules.verify_mean, seconds))

    def is_checked(self, ticket: Ticket, place: int) -> None:
        """Passed: closed.  Failed: rework 返工 by the same unit."""
        issue, city = ticket.issue, self.city
        passed = check_passes(issue.ended, ticket.detects, self.rules.verify_detects)
        self.clock.record(_VERIFIED, issue.number, ticket.number, place, NOBODY, int(passed))
        if passed:
            city.close(ticket)
            return
        ticket.reworks += 1
        city.assessment.has_to_do_again(ticket)
        self.clock.record(_REWORK, issue.number, ticket.number, ticket.unit, NOBODY, ticket.reworks)
        self.works(ticket, ticket.unit, _TO_WORK)
