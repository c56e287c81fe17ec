"""Emergencies 应急处置: when they are declared, and who is seconded from patrol to urgent work."""

from __future__ import annotations

from heapq import heappop
from typing import TYPE_CHECKING

from sim.emergencies import is_declared, is_over, may_be_seconded, seconded_seconds, team_is_called
from sim.engine_simpy.pools import Job, Member, Pool
from sim.engine_simpy.tickets import Issue, Ticket
from sim.tables import PoolKind
from sim.timeline import NOBODY, Event, Purpose
from sim.triage import interrupts

if TYPE_CHECKING:
    from sim.engine_simpy.city import City

__all__ = ["Emergencies"]

_DECLARED, _STOOD_DOWN, _SECONDED = int(Event.DECLARED), int(Event.STOOD_DOWN), int(Event.SECONDED)
_JOINED, _TO_WORK = int(Event.JOINED), int(Purpose.WORK)


class Emergencies:
    """应急.

    Attributes
    ----------
    urgent : int
        Open urgent tickets.
    lasts : bool
        There is an emergency now.
    """

    def __init__(self, city: City) -> None:
        self.city, self.clock, self.settings = city, city.clock, city.tables.emergencies
        self.on, self.urgent, self.lasts, self.since = bool(self.settings.emergencies), 0, False, 0
        self.team = city.organisation.team.tolist()
        self.only_now = city.all_tables.pools.preemptive == 2
        self.lenders = []
        if self.settings.seconded > 0:
            self.lenders = [pool for pool in city.pools if city.kind[pool.index] == PoolKind.GRID_TEAM]
            city.clock.lend = self.lends
            for pool in city.pools:
                pool.may_call = city.kind[pool.index] in (PoolKind.STREET_TEAM, PoolKind.DEPARTMENT_CREW)

    # -- when ---------------------------------------------------------------------------------------------------------------

    def counts(self, issue: Issue, tickets: int) -> None:
        """So many more tickets of an issue are open, or fewer; or it has become urgent while they are."""
        if not self.on or tickets == 0 or not interrupts(issue.severity):
            return
        self.urgent += tickets
        now, settings = self.clock._now, self.settings
        if not self.lasts and is_declared(self.urgent, settings.emergency_bar):
            self.clock.record(_DECLARED, NOBODY, value=self.urgent)
            self.lasts, self.since = True, now
            self._everybody_knows()
        elif self.lasts and is_over(self.urgent, settings.emergency_bar, settings.emergency_over):
            self.clock.record(_STOOD_DOWN, NOBODY, value=now - self.since)
            self.lasts = False
            self._everybody_knows()

    def _everybody_knows(self) -> None:
        """From now on urgent work interrupts, and members may be seconded; or no more."""
        for pool in self.city.pools:
            if self.only_now[pool.index]:
                pool.interrupting = self.lasts
                pool.touch()
        for pool in self.lenders:
            pool.lends = self.lasts
            pool.touch()

    # -- a cross-department team ------------------------------------------------------------------------------------------------

    def calls_a_team(self, issue: Issue) -> bool:
        """Whether work of several departments goes to a team now."""
        return team_is_called(self.settings.emergency_team, self.lasts, issue.severity)

    # -- secondment -------------------------------------------------------------------------------------------------------------

    def may_help(self, pool: Pool, job: Job, issue: Issue) -> None:
        """Somebody of the grid team that patrols there may be seconded to what a street team or a department has to do."""
        team = self.team[issue.grid][issue.category]
        if pool.may_call and job.purpose == _TO_WORK and team >= 0:
            job.team = self.city.pools[team]

    def lends(self, team: Pool) -> None:
        """Free members of a grid team are seconded to what still waits, the most urgent first, until no more of them may be."""
        most = may_be_seconded(len(team.members), self.settings.seconded)
        while team.lends and team.calls:
            entry = team.calls[0][3]
            job: Job = entry[3]
            if job.entry is not entry:
                heappop(team.calls)
                continue
            if sum(one.job is not None and one.job.team is not None for one in team.members) >= most:
                return
            member = team.free_member() if team.free else None
            if member is None:
                if team.free:
                    team.wake_at_next_shift(False)
                return
            heappop(team.calls)
            self._is_seconded(member, team, job)

    def _is_seconded(self, member: Member, team: Pool, job: Job) -> None:
        ticket: Ticket = job.matter
        which = next(place for place, (_, one) in enumerate(ticket.jobs) if one is job)
        home = ticket.jobs[which][0]
        home.leave(job)
        self.clock.record(_SECONDED, job.issue, job.ticket, home.index, NOBODY, team.index)
        job.left = seconded_seconds(job.left, job.travel_left, self.settings.seconded_slower)
        ticket.jobs[which], ticket.place, job.team = (team, job), team.index, home
        self.clock.record(_JOINED, job.issue, job.ticket, team.index, NOBODY, job.purpose)
        team.hand(member, job)

    def works_for(self, team: Pool, job: Job) -> int:
        """The unit in whose name a grid team's member has worked: their own, or the one that they were seconded to."""
        return team.index if job.team is None else job.team.index
