"""Grid workers 网格员: they patrol when nothing else is to be done, and the team's patrol clock counts who does."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from sim.centres import why_registered
from sim.draws.random import Block
from sim.engine_simpy.clock import Clock, Step, rank
from sim.engine_simpy.pools import Member, Pool, Shift
from sim.engine_simpy.tickets import Issue
from sim.grid_workers import (
    NOTHING,
    SEEN_AGAIN,
    SOLVED_THERE,
    clock_until_found,
    clock_until_seen_again,
    is_looked_for,
    what_follows_find,
)
from sim.order import FOUND
from sim.timeline import NEVER, NOBODY, Event, Found, Phase, Purpose

if TYPE_CHECKING:
    from sim.engine_simpy.city import City
    from sim.engine_simpy.clock import Story

__all__ = ["Beat", "GridWorkers"]

_DISCOVERED, _DISPATCHED, _SEEN_AGAIN = int(Event.DISCOVERED), int(Event.DISPATCHED), int(Event.SEEN_AGAIN)
_ARRIVAL = int(Phase.ARRIVAL)
_TO_ON_THE_SPOT, _TO_VERIFY = int(Purpose.ON_THE_SPOT), int(Purpose.VERIFY)


class Beat:
    """A team's beat and its patrol clock: it runs, in working time, at the number of members who are patrolling.

    What waits to be found stands in a heap by the reading of the clock at which it will be.  Only the next find is an event; when
    members leave the patrol it comes too early and is put off, when they come back it is looked up again.
    """

    def __init__(self, clock: Clock, pool: Pool, round_time: float) -> None:
        self.clock, self.pool, self.round_time = clock, pool, round_time
        self.reading = 0
        self.patrolling = {shift: len(shift.free) for shift in pool.shifts}
        self.worked = dict.fromkeys(pool.shifts, 0)
        self.counted_on = dict(self.patrolling)
        self.hidden: list[tuple[int, int, Issue]] = []
        self.turn: Step | None = None
        self.finds: Any = None
        pool.on_change = self.changes

    def hide(self, issue: Issue, amount: int) -> None:
        """An issue will be found after so much more patrol clock (member-seconds)."""
        self.advance()
        entry = (self.reading + amount, issue.number, issue)
        heappush(self.hidden, entry)
        if self.hidden[0] is entry:
            self.expect()

    def changes(self, shift: Shift, difference: int) -> None:
        """A member leaves the patrol for a task, or comes back."""
        self.advance()
        self.patrolling[shift] += difference
        if difference > 0 and self.patrolling[shift] > self.counted_on[shift]:
            self.expect()

    def advance(self) -> None:
        """Bring the clock up to now."""
        now = self.clock._now
        for shift, number in self.patrolling.items():
            worked = shift.worked_until(now)
            self.reading += number * (worked - self.worked[shift])
            self.worked[shift] = worked

    def expect(self) -> None:
        """When the next find will be if nobody leaves the patrol."""
        if self.turn is not None:
            self.turn.cancel()
            self.turn = None
        while self.hidden and self.hidden[0][2].ended:
            heappop(self.hidden)
        if self.hidden:
            self.counted_on = dict(self.patrolling)
            due, number, _ = self.hidden[0]
            time = self.reaches(max(0, due - self.reading))
            if time <= self.clock.end:
                self.turn = self.clock.then(time, rank(_ARRIVAL, number, FOUND), self.looks)

    def reaches(self, amount: int) -> int:
        """The second at which the clock will have gone on by `amount` if nobody leaves (s; NEVER if not within the run)."""
        time = self.clock._now
        at = [(shift, number, shift.position) for shift, number in self.patrolling.items() if number]
        if not amount:
            return time
        while at:
            rate, until, ahead = 0, NEVER, []
            for shift, number, position in at:
                while position <= shift.last and shift.ends[position] <= time:
                    position += 1
                if position > shift.last:
                    continue
                ahead.append((shift, number, position))
                if shift.starts[position] <= time:
                    rate += number
                    until = min(until, shift.ends[position])
                else:
                    until = min(until, shift.starts[position])
            if not ahead or time > self.clock.end:
                return NEVER
            if rate * (until - time) >= amount:
                return time + -(-amount // rate)
            amount -= rate * (until - time)
            time, at = until, ahead
        return NEVER

    def looks(self, _: Any) -> None:
        """The clock may have reached the next find."""
        self.turn = None
        self.advance()
        if self.hidden and self.hidden[0][0] <= self.reading:
            self.finds(self.pool, heappop(self.hidden)[2])
        self.expect()


class GridWorkers:
    """The teams, what they find, and what they do about it."""

    def __init__(self, city: City) -> None:
        self.city, self.clock = city, city.clock
        self.team = city.organisation.team.tolist()
        self.beats = {pool.index: Beat(city.clock, pool, float(city.organisation.round_time[pool.index]))
                      for pool in city.pools if city.organisation.round_time[pool.index] > 0}
        for beat in self.beats.values():
            beat.finds = self.finds

    def grid_worker(self, me: Member) -> Story:
        """网格员/平安员: patrols until called; then works on what was found or sent, or checks what others have done."""
        units = self.city.units
        while True:
            task = yield me.called()            # patrolling meanwhile
            if task.purpose != _TO_VERIFY:
                units.sets_out(task)
            if not (yield me.works_on(task)):
                continue
            me.done(task)
            if task.purpose == _TO_VERIFY:
                ticket = self.city.put_down(task)
                if not ticket.closed:
                    units.is_checked(ticket, me.pool.index)
            else:
                units.is_worked(task, self.city.emergencies.works_for(me.pool, task))

    def looks_for(self, issue: Issue, phase: float, misses: int) -> None:
        """The team that looks for this kind of thing there will find it, if it lasts: after so much patrol clock."""
        beat = self.beats.get(self.team[issue.grid][issue.category])
        if beat is not None and is_looked_for(misses):
            issue.attempts[Block.PATROL] = 0
            beat.hide(issue, clock_until_found(phase, misses, beat.round_time))

    def comes_by_again(self, issue: Issue, beat: Beat) -> None:
        """What is still there will be seen again, a whole round later at the earliest."""
        beat.hide(issue, clock_until_seen_again(issue.misses_again(self.city.luck), beat.round_time))

    def finds(self, team: Pool, issue: Issue) -> None:
        """发现: what a worker may do on the spot is done on the spot, the rest is reported by terminal."""
        if issue.ended:
            return
        city, clock = self.city, self.clock
        self.comes_by_again(issue, self.beats[team.index])
        desk = city.desks.community_desk[city.community[issue.grid]]
        known = city.desks.visible(issue, desk) or city.desks.visible(issue, team.index)    # the team knows its own tickets too
        follows = what_follows_find(issue.reported, issue.found, known is not None, issue.able)
        if follows == NOTHING:
            return
        if not issue.found:
            issue.found = True
            clock.record(_DISCOVERED, issue.number, place=team.index, value=Found.PATROL)
        if follows == SEEN_AGAIN:
            assert known is not None
            clock.record(_SEEN_AGAIN, issue.number, known.number, team.index)
            if known.lying:
                city.desks.takes_up(known)
        elif follows == SOLVED_THERE:
            city.padding.reported(team.index)
            ticket = city.register(issue, team.index, why_registered(bool(issue.tickets), issue.closed_before))
            clock.record(_DISPATCHED, issue.number, ticket.number, team.index, NOBODY, 0)
            ticket.dispatches = 1
            city.units.takes(ticket, team.index, 0, _TO_ON_THE_SPOT)
        else:
            city.padding.reported(team.index)
            city.residents.reports_by_terminal(issue, desk)

