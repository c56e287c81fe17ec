"""Pools on SimPy: members who wait to be called, and jobs that wait in a heap.

A member is a SimPy process (see `units.py`, `desks.py`, ...): it waits to be called, works, and says what follows.  The pool keeps
the order of docs/model.md: which job is next, who serves it, what happens at the shift's end, who is interrupted.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from sim.calendars import finish, worked
from sim.engine_simpy.clock import Clock, Turn, rank
from sim.timeline import NEVER, Event, Order, Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.engine_simpy.clock import Story
    from sim.tables import Tables

__all__ = ["Job", "Member", "Pool", "Shift", "make_pools"]

_COMPLETION, _SHIFT = int(Phase.COMPLETION), int(Phase.SHIFT)
_JOINED, _STARTED, _SUSPENDED, _ENDED = int(Event.JOINED), int(Event.STARTED), int(Event.SUSPENDED), int(Event.ENDED)
_REST, _OVERTIME, _HAND_OVER = 0, 1, 2
_BEYOND = 1 << 24


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

    __slots__ = ("call", "clock", "job", "number", "pool", "shift", "turn", "where")

    def __init__(self, pool: Pool, number: int, where: int, shift: Shift) -> None:
        self.pool, self.number, self.where, self.shift = pool, number, where, shift
        self.clock = pool.clock
        self.job: Job | None = None
        self.call, self.turn = Turn(pool.clock), Turn(pool.clock, True)

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
            if rule == _REST:
                end = shift.done_after(now, job.left)
            else:
                turn._value = False
                turn.callbacks.insert(0, self._hands_over)
                clock.at(shift.close, rank(_SHIFT, self.where), turn)
                return
        if end <= clock.end:
            heappush(clock._queue, (end, self.where << 12, next(clock._eid), turn))  # type: ignore[misc]

    def is_done_earlier(self, job: Job) -> None:
        """Less is left of the job in hand than was thought (`Job.left`, counted from its start): it ends so much earlier."""
        clock, shift = self.clock, self.shift
        end = shift.done_after(job.started, job.left) if self.pool.at_shift_end == _REST else job.started + job.left
        if end > shift.close and self.pool.at_shift_end == _HAND_OVER:
            return      # whoever takes it over will see
        turn, self.turn = self.turn, Turn(clock, True)
        self.turn.callbacks = [go_on for go_on in turn.callbacks if go_on != self._hands_over]
        turn.cancel()
        clock.at(end, rank(_COMPLETION, 0) + (self.where << 12), self.turn)

    def _is_free(self) -> None:
        pool = self.pool
        heappush(self.shift.free, (self.clock._now, self.number, self))
        pool.free += 1
        if pool.waiting and not pool.touched:
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


class Pool:
    """Members, the queue before them, and the rules of both."""

    def __init__(self, clock: Clock, index: int, *, order: int, at_shift_end: int, preemptive: bool, unlimited: bool) -> None:
        self.clock, self.index = clock, index
        self.fcfs = order == Order.FCFS
        self.at_shift_end, self.preemptive, self.unlimited = at_shift_end, preemptive, unlimited
        self.waiting: list[tuple[int, int, int, Job]] = []
        # Those of them that may interrupt, in a pre-emptive pool: most urgent first, whatever the order of the queue.
        self.pressing: list[tuple[int, int, tuple]] = []
        self.length = 0
        self.busy = 0
        # Without a free member a new job changes nothing, unless it may interrupt or brings its own server.
        self.eager = preemptive or unlimited
        self.free = 0
        self.first = 0      # number of its first member among all of the city
        self.touched = False
        self.wakes = NEVER
        self.shifts: list[Shift] = []
        self.always: Shift | None = None    # the only shift, where it works day and night throughout the run
        self.at_once = False                # members work on what they are called for without a word (`Member.serves`)
        self.members: list[Member] = []
        self.on_change: Callable[[Shift, int], None] | None = None
        self.employ: Callable[[Member], Story] = idle_hands

    # -- the queue -----------------------------------------------------------------------------------------------------------

    def join(self, job: Job) -> None:
        """A job joins the queue."""
        clock = self.clock
        now = clock._now
        job.key = key = now if self.fcfs else (job.urgency << 32) + job.since
        job.entry = entry = (key, job.issue, job.tail, job)
        heappush(self.waiting, entry)
        if self.preemptive and job.interrupts:
            self._presses(job)
        self.length += 1
        clock.cells.extend((now, _JOINED, job.issue, job.ticket, self.index, -1, job.purpose))
        if (self.free or self.eager) and not self.touched:
            self.touched = True
            clock.touched.append(self)

    def move(self, job: Job, urgency: int) -> None:
        """The lamp of a waiting job changes: it takes its new place at once."""
        if urgency == job.urgency:
            return
        job.urgency = urgency
        if not self.fcfs:
            job.key = key = (urgency << 32) + job.since
            if job.entry is not None:
                job.entry = entry = (key, job.issue, job.tail, job)
                heappush(self.waiting, entry)
                if self.preemptive and job.interrupts:
                    self._presses(job)
                self.touch()
        elif self.preemptive and job.interrupts and job.entry is not None:
            self._presses(job)
            self.touch()

    def leave(self, job: Job) -> bool:
        """A waiting job leaves unserved; False where it does not wait here any more."""
        if job.entry is None:
            return False
        job.entry = None
        self.length -= 1
        return True

    def touch(self) -> None:
        """Look through this pool once the second has nothing else left."""
        if not self.touched:
            self.touched = True
            self.clock.touched.append(self)

    # -- who is served next -----------------------------------------------------------------------------------------------------

    def serve(self) -> None:
        """Call free members for waiting jobs, in order, until there is no pair left."""
        waiting, clock, always = self.waiting, self.clock, self.always
        now = clock._now
        while waiting:
            entry = waiting[0]
            job = entry[3]
            if job.entry is not entry:
                heappop(waiting)
                continue
            if always is not None and always.free:
                self.free -= 1
                member: Member | None = heappop(always.free)[2]
            else:
                member = self.free_member() if self.free or self.unlimited else None
            if member is not None:
                heappop(waiting)
            else:
                pressing = self._pressing_job() if self.preemptive else None
                member = self._interrupt_for(pressing) if pressing is not None else None
                if member is None or pressing is None:
                    if self.free or pressing is not None:
                        self._wake_at_next_shift(pressing is not None)
                    return
                job = pressing
            job.entry = None
            self.length -= 1
            self.busy += 1
            job.member, member.job = member, job
            job.started = now
            clock.cells.extend((now, _STARTED, job.issue, job.ticket, self.index, member.number, job.travel_left))
            if self.on_change is not None:
                self.on_change(member.shift, -1)
            if self.at_once:
                member.has_until(job)
                continue
            call = member.call
            call._value = job
            callbacks, call.callbacks = call.callbacks, None  # type: ignore[assignment]
            callbacks[0](call)

    def free_member(self) -> Member | None:
        """The member on duty who has been free longest, then the lowest number; taken off the list."""
        now = self.clock._now
        best: Shift | None = None
        for shift in self.shifts:
            if shift.free and shift.on_duty(now) and (best is None or shift.free[0] < best.free[0]):
                best = shift
        if best is not None:
            self.free -= 1
            return heappop(best.free)[2]
        return self._one_more() if self.unlimited else None

    def _one_more(self) -> Member:
        member = Member(self, len(self.members), self.first + len(self.members), self.shifts[0])
        self.members.append(member)
        self.clock.begin(self.employ(member))
        self.free -= 1
        return heappop(self.shifts[0].free)[2]

    def _presses(self, job: Job) -> None:
        assert job.entry is not None
        heappush(self.pressing, ((job.urgency << 32) + job.since, job.issue, job.entry))

    def _pressing_job(self) -> Job | None:
        """The most urgent of the waiting jobs that may interrupt; others may stand before it in the queue."""
        pressing = self.pressing
        while pressing and pressing[0][2][3].entry is not pressing[0][2]:
            heappop(pressing)
        return pressing[0][2][3] if pressing else None

    def _interrupt_for(self, job: Job) -> Member | None:
        """Victim: the job of lowest priority, then the one started last, then the highest issue; its member is free again."""
        now = self.clock._now
        victim: Job | None = None
        for member in self.members:
            other = member.job
            if other is None or other.urgency <= job.urgency or not member.shift.on_duty(now):
                continue
            if victim is None or (other.urgency, other.started, other.issue) > (victim.urgency, victim.started, victim.issue):
                victim = other
        if victim is None or victim.member is None:
            return None
        member = victim.member
        turn = member.turn
        self.put_back(member)
        turn._value = False
        turn.now()
        return self.free_member()

    def on_the_way(self, job: Job) -> bool:
        """Whether the member who has this job in hand is still travelling."""
        assert job.member is not None
        spent = job.member.shift.worked_between(job.started, self.clock._now)
        return spent < job.travel_left

    def put_back(self, member: Member) -> None:
        """What a member works on goes back to the queue, with what is left of it; it keeps its place in the order."""
        job, clock = member.job, self.clock
        assert job is not None
        shift, now = member.shift, clock._now
        spent = shift.worked_between(job.started, now) if self.at_shift_end == _REST else now - job.started
        job.left -= spent
        job.travel_left = max(0, job.travel_left - spent)
        self.busy -= 1
        member.job = job.member = None
        # The old turn may still stand in the clock's heap.
        member.turn = Turn(clock, True)
        clock.cells.extend((now, _SUSPENDED, job.issue, job.ticket, self.index, member.number, job.left))
        job.entry = entry = (job.key, job.issue, job.tail, job)
        heappush(self.waiting, entry)
        if self.preemptive and job.interrupts:
            self._presses(job)
        self.length += 1
        self.touch()

    def _wake_at_next_shift(self, interrupts: bool) -> None:
        """Nobody on duty is free: look again when the next shift starts in which somebody is, or may be interrupted."""
        now = self.clock._now
        wakes = min((shift.open for shift in self.shifts if (interrupts or shift.free) and not shift.on_duty(now)), default=NEVER)
        if wakes < NEVER and not now < self.wakes <= wakes:
            self.wakes = wakes
            self.clock.then(wakes, rank(_SHIFT, self.index, 1), _touch, self)


def _touch(pool: Pool) -> None:
    pool.touch()


def idle_hands(member: Member) -> Story:
    """Somebody without a job description: does what is asked and nothing after it."""
    while True:
        job = yield member.called()
        if (yield member.works_on(job)):
            member.done(job)


def make_pools(clock: Clock, tables: Tables) -> list[Pool]:
    """Every pool of the scenario with its members, not yet at work."""
    calendars, pools = tables.calendars, []
    spans = calendars.first.tolist(), calendars.start.tolist(), calendars.end.tolist(), calendars.worked.tolist()
    firsts, member_calendar = tables.pools.first_member.tolist(), tables.pools.member_calendar.tolist()
    for index in range(len(tables.pools.key)):
        pool = Pool(clock, index, order=int(tables.pools.order[index]), at_shift_end=int(tables.pools.at_shift_end[index]),
                    preemptive=bool(tables.pools.preemptive[index]), unlimited=bool(tables.pools.unlimited[index]))
        # Servers of an unlimited pool are numbered beyond all members, so that no two share a place in the order of a second.
        pool.first = _BEYOND + (index << 20) if pool.unlimited else firsts[index]
        shifts: dict[int, Shift] = {0: Shift(0, *spans)} if pool.unlimited else {}
        for where in range(firsts[index], firsts[index + 1]):
            calendar = member_calendar[where]
            shift = shifts.get(calendar)
            if shift is None:
                shift = shifts[calendar] = Shift(calendar, *spans)
            pool.members.append(Member(pool, where - firsts[index], where, shift))
        pool.shifts = list(shifts.values())
        if len(pool.shifts) == 1 and pool.shifts[0].open <= 0 and pool.shifts[0].close > clock.end:
            pool.always = pool.shifts[0]
        pools.append(pool)
    return pools

