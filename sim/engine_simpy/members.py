"""Members of pools, the shifts they keep, and the jobs they are given.

A member is a SimPy process (see `units.py`, `desks.py`, ...): it waits to be called, works, and says what follows.
"""

from __future__ import annotations

from heapq import heappush
from typing import TYPE_CHECKING, Any

from sim.calendars import finish, worked
from sim.engine_simpy.clock import Turn, rank
from sim.tables import AT_SHIFT_END
from sim.timeline import NEVER, Event, Phase

if TYPE_CHECKING:
    from sim.engine_simpy.pools import Pool

__all__ = ["REST", "Job", "Member", "Shift"]

REST, _OVERTIME, _HAND_OVER = (AT_SHIFT_END.index(rule) for rule in ("rest", "overtime", "hand_over"))
_COMPLETION, _SHIFT, _ENDED = int(Phase.COMPLETION), int(Phase.SHIFT), int(Event.ENDED)


class Job:
    """Something to be done by one member of one pool.

    Attributes
    ----------
    issue, ticket : int
        Whose it is (`ticket` -1 before registration and in bare systems).
    purpose : Purpose
        What for.
    urgency : int
        First part of the queue key; a smaller one goes first and, in a pre-emptive pool, interrupts a larger one where `interrupts`.
    since : int
        Time registered (s), the next part of the key.
    key : int
        Place in the queue it is in or was last in.
    left, travel_left : int
        Working seconds still needed, travel included; the travel in them.
    matter : object
        What the member needs to know: ticket, contact, customer.
    luck : float
        Luck of the true fix, drawn with the visit.
    team : Pool or None
        In emergencies: the grid team of which somebody may be seconded to it; once somebody is, the unit whose work it is.
    """

    __slots__ = (
        "entry",
        "interrupts",
        "issue",
        "key",
        "left",
        "luck",
        "matter",
        "member",
        "purpose",
        "since",
        "started",
        "tail",
        "team",
        "ticket",
        "travel_left",
        "urgency",
    )

    def __init__(self, issue: int, ticket: int, purpose: int, urgency: int, since: int, left: int, travel: int = 0,
                 matter: Any = None, *, tail: int = 0, interrupts: bool = False) -> None:
        self.issue = issue
        self.ticket = ticket
        self.purpose = purpose
        self.urgency = urgency
        self.since, self.key = since, 0
        self.left = left + travel
        self.travel_left = travel
        self.matter = matter
        self.tail = tail
        self.interrupts = interrupts
        self.entry: tuple | None = None
        self.member: Member | None = None
        self.started = -1
        self.luck = 0.0
        self.team: Pool | None = None


class Shift:
    """Members of one pool who keep one calendar, and which of them are free."""

    __slots__ = ("calendar", "close", "ends", "firsts", "free", "last", "open", "position", "starts", "works")

    def __init__(self, calendar: int, firsts: list[int], starts: list[int], ends: list[int], works: list[int]) -> None:
        self.calendar = calendar
        self.firsts, self.starts, self.ends, self.works = firsts, starts, ends, works
        self.position, self.last = firsts[calendar], firsts[calendar + 1] - 1
        self.open, self.close = NEVER, NEVER
        if self.position <= self.last:
            self.open, self.close = starts[self.position], ends[self.position]
        self.free: list[tuple[int, int, Member]] = []

    def on_duty(self, now: int) -> bool:
        """Whether the shift works in the second that starts now; time never goes back."""
        while now >= self.close:
            if self.position >= self.last:
                self.open = self.close = NEVER
                return False
            self.position += 1
            self.open, self.close = self.starts[self.position], self.ends[self.position]
        return now >= self.open

    def done_after(self, now: int, work: int) -> int:
        """The second at which `work` working seconds from now are done (s; NEVER if not within the run)."""
        return finish(self.firsts, self.starts, self.ends, self.works, self.calendar, now, work)

    def worked_until(self, now: int) -> int:
        """Working time of one member from the start of the run to now (s)."""
        self.on_duty(now)
        if self.close == NEVER:
            return self.works[self.last] + self.ends[self.last] - self.starts[self.last] if self.last >= self.firsts[
                self.calendar] else 0
        return self.works[self.position] + (now - self.open if now > self.open else 0)

    def worked_between(self, since: int, now: int) -> int:
        """Working time of one member between two seconds (s)."""
        spans = self.firsts, self.starts, self.ends, self.works, self.calendar
        return worked(*spans, now) - worked(*spans, since)


class Member:
    """Somebody who works in a pool."""

    __slots__ = ("call", "clock", "gone", "job", "number", "pool", "shift", "turn", "where")

    def __init__(self, pool: Pool, number: int, where: int, shift: Shift) -> None:
        self.pool, self.number, self.where, self.shift = pool, number, where, shift
        self.clock = pool.clock
        self.job: Job | None = None
        self.gone = False       # works elsewhere now, or will as soon as the job in hand is done
        self.call, self.turn = Turn(), Turn(True)

    def called(self) -> Turn:
        """Wait, free, for the next job; gives the job."""
        self._is_free()
        call = self.call
        call.callbacks = []
        return call

    def works_on(self, job: Job) -> Turn:
        """Travel and work, through the shifts as the pool's rule says; gives True when done, False when called away from it."""
        turn = self.turn
        turn.callbacks = []
        self.has_until(job)
        return turn

    def serves(self) -> Turn:
        """Wait for the next job and work on it, in one breath; then `job` is what was done, or None when called away from it.

        For servers who have nothing to do between the call and the work (`Pool.at_once`).
        """
        self._is_free()
        turn = self.turn
        turn.callbacks = []
        return turn

    def has_until(self, job: Job) -> None:
        """Set the turn to when the job is done, or to the end of the shift where it is handed over."""
        clock, pool, turn, shift = self.clock, self.pool, self.turn, self.shift
        now = clock._now
        end = now + job.left
        rule = pool.at_shift_end
        if end > shift.close and rule != _OVERTIME:
            if rule == REST:
                end = shift.done_after(now, job.left)
            else:
                turn._value = False
                turn.callbacks.insert(0, self._hands_over)
                clock.at(shift.close, rank(_SHIFT, self.where), turn)
                return
        if end < clock.near and end <= clock.end:
            heappush(clock._queue, (end, self.where << 12, next(clock._eid), turn))  # type: ignore[misc]
        else:
            clock.at(end, self.where << 12, turn)

    def is_done_earlier(self, job: Job) -> None:
        """Less is left of the job in hand than was thought (`Job.left`, counted from its start): it ends so much earlier."""
        clock, shift = self.clock, self.shift
        end = shift.done_after(job.started, job.left) if self.pool.at_shift_end == REST else job.started + job.left
        if end > shift.close and self.pool.at_shift_end == _HAND_OVER:
            return      # whoever takes it over will see
        turn, self.turn = self.turn, Turn(True)
        self.turn.callbacks = [go_on for go_on in turn.callbacks if go_on != self._hands_over]
        turn.cancel()
        clock.at(end, rank(_COMPLETION, 0) + (self.where << 12), self.turn)

    def _is_free(self) -> None:
        pool = self.pool
        if self.gone:
            pool.on_leave(self)
            return
        heappush(self.shift.free, (self.clock._now, self.number, self))
        pool.free += 1
        if (pool.waiting or pool.lends) and not pool.touched:
            pool.touched = True
            self.clock.touched.append(pool)
        if pool.on_change is not None:
            pool.on_change(self.shift, 1)

    def done(self, job: Job) -> None:
        """Record that the job is finished."""
        clock, pool = self.clock, self.pool
        pool.busy -= 1
        self.job = job.member = None
        clock.cells.extend((clock._now, _ENDED, job.issue, job.ticket, pool.index, self.number, job.purpose))

    def _hands_over(self, _: Any) -> None:
        if self.job is not None:    # else interrupted before the shift's end: it is back in the queue already
            self.pool.put_back(self)
