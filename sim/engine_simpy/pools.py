"""Pools on SimPy: members who wait to be called, and jobs that wait in a heap.

The pool keeps the order of docs/model.md: which job is next, who serves it, what happens at the shift's end, who is interrupted.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from sim.engine_simpy.clock import Clock, Turn, rank
from sim.engine_simpy.members import REST, Job, Member, Shift
from sim.order import WAKES, beyond_all, queue_key
from sim.timeline import NEVER, Event, Order, Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.engine_simpy.clock import Story
    from sim.tables import Tables

__all__ = ["Job", "Member", "Pool", "Shift", "make_pools"]

_SHIFT = int(Phase.SHIFT)
_JOINED, _STARTED, _SUSPENDED = int(Event.JOINED), int(Event.STARTED), int(Event.SUSPENDED)


class Pool:
    """Members, the queue before them, and the rules of both."""

    def __init__(self, clock: Clock, index: int, *, order: int, at_shift_end: int, preemptive: int, unlimited: bool) -> None:
        self.clock, self.index = clock, index
        self.fcfs = order == Order.FCFS
        self.at_shift_end, self.preemptive, self.unlimited = at_shift_end, bool(preemptive), unlimited
        self.waiting: list[tuple[int, int, int, Job]] = []
        # Those of them that may interrupt, in a pre-emptive pool: most urgent first, whatever the order of the queue.
        self.pressing: list[tuple[int, int, int, tuple]] = []
        self.length = 0
        self.busy = 0
        # Without a free member a new job changes nothing, unless it may interrupt or brings its own server.
        self.eager = bool(preemptive) or unlimited
        self.free = 0
        self.first = 0      # number of its first member among all of the city
        self.touched = False
        self.wakes = NEVER
        self.shifts: list[Shift] = []
        self.always: Shift | None = None    # the only shift, where it works day and night throughout the run
        self.at_once = False                # members work on what they are called for without a word (`Member.serves`)
        self.members: list[Member] = []
        self.on_change: Callable[[Shift, int], None] | None = None
        # In a reform: it may be, or may have been, pre-emptive; it is no more; what becomes of a job then, and of whoever leaves.
        self.presses, self.gone = bool(preemptive), False
        self.on_hand_over: Callable[[Pool, Job], None] = _nothing
        self.on_leave: Callable[[Member], None] = _nothing
        self.employ: Callable[[Member], Story] = idle_hands
        # Emergencies: whether urgent work interrupts now, whether it may call a grid team for help, whether members may be seconded now;
        # and what calls for them, most urgent first.
        self.interrupting, self.may_call, self.lends = preemptive == 1, False, False
        self.calls: list[tuple[int, int, int, tuple]] = []

    # -- the queue -----------------------------------------------------------------------------------------------------------

    def join(self, job: Job) -> None:
        """A job joins the queue."""
        clock = self.clock
        now = clock._now
        job.key = key = queue_key(self.fcfs, job.urgency, job.since, now)
        job.entry = entry = (key, job.issue, job.tail, job)
        heappush(self.waiting, entry)
        if job.interrupts:
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
            job.key = key = queue_key(False, urgency, job.since, 0)
            if job.entry is not None:
                job.entry = entry = (key, job.issue, job.tail, job)
                heappush(self.waiting, entry)
                if job.interrupts:
                    self._presses(job)
                self.touch()
        elif job.interrupts and job.entry is not None:
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
                pressing = self._pressing_job() if self.interrupting else None
                member = self._interrupt_for(pressing) if pressing is not None else None
                if member is None or pressing is None:
                    if self.free or pressing is not None:
                        self.wake_at_next_shift(pressing is not None)
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

    def hand(self, member: Member, job: Job) -> None:
        """Give a member a job that never stood in the queue."""
        clock = self.clock
        self.busy += 1
        job.member, member.job = member, job
        job.started = clock._now
        clock.record(_STARTED, job.issue, job.ticket, self.index, member.number, job.travel_left)
        if self.on_change is not None:
            self.on_change(member.shift, -1)
        call = member.call
        call._value = job
        callbacks, call.callbacks = call.callbacks, None  # type: ignore[assignment]
        callbacks[0](call)

    def _one_more(self) -> Member:
        member = Member(self, len(self.members), self.first + len(self.members), self.shifts[0])
        self.members.append(member)
        self.clock.begin(self.employ(member))
        self.free -= 1
        return heappop(self.shifts[0].free)[2]

    def _presses(self, job: Job) -> None:
        """It may interrupt where the pool lets it, and call for help in emergencies."""
        assert job.entry is not None
        entry = queue_key(False, job.urgency, job.since, 0), job.issue, job.tail, job.entry
        if self.presses:
            _first_of(self.pressing)
            heappush(self.pressing, entry)
        if self.may_call and job.team is not None:
            _first_of(job.team.calls)
            heappush(job.team.calls, entry)
            if job.team.lends:
                job.team.touch()

    def _pressing_job(self) -> Job | None:
        """The most urgent of the waiting jobs that may interrupt; others may stand before it in the queue."""
        return _first_of(self.pressing)

    def _interrupt_for(self, job: Job) -> Member | None:
        """Victim: the job of lowest priority, then the one started last, then the highest issue; its member is free again."""
        now = self.clock._now
        victim: Job | None = None
        for member in self.members:
            other = member.job
            if other is None or other.urgency <= job.urgency or member.gone or not member.shift.on_duty(now):
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
        now = self.clock._now
        # Whoever works overtime travels on after the shift's end.
        spent = job.member.shift.worked_between(job.started, now) if self.at_shift_end == REST else now - job.started
        return spent < job.travel_left

    def put_back(self, member: Member) -> None:
        """What a member works on goes back to the queue, with what is left of it; it keeps its place in the order."""
        job, clock = member.job, self.clock
        assert job is not None
        shift, now = member.shift, clock._now
        spent = shift.worked_between(job.started, now) if self.at_shift_end == REST else now - job.started
        job.left -= spent
        job.travel_left = max(0, job.travel_left - spent)
        self.busy -= 1
        member.job = job.member = None
        # The old turn may still stand in the clock's heap.
        member.turn = Turn(True)
        clock.cells.extend((now, _SUSPENDED, job.issue, job.ticket, self.index, member.number, job.left))
        job.entry = entry = (job.key, job.issue, job.tail, job)
        heappush(self.waiting, entry)
        if job.interrupts:
            self._presses(job)
        self.length += 1
        self.touch()
        if self.gone:
            self.leave(job)
            self.on_hand_over(self, job)

    def wake_at_next_shift(self, interrupts: bool) -> None:
        """Nobody on duty is free: look again when the next shift starts in which somebody is, or may be interrupted."""
        now = self.clock._now
        wakes = min((shift.open for shift in self.shifts if (interrupts or shift.free) and not shift.on_duty(now)), default=NEVER)
        if wakes < NEVER and not now < self.wakes <= wakes:
            self.wakes = wakes
            self.clock.then(wakes, rank(_SHIFT, self.index, WAKES), _touch, self)


def _first_of(heap: list[tuple[int, int, int, tuple]]) -> Job | None:
    """The first job of a heap that still waits where it did when it was put there; those that do not are dropped."""
    while heap and heap[0][3][3].entry is not heap[0][3]:
        heappop(heap)
    return heap[0][3][3] if heap else None


def _nothing(*_: object) -> None:
    """Nobody asks."""


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
                    preemptive=int(tables.pools.preemptive[index]), unlimited=bool(tables.pools.unlimited[index]))
        # Servers of an unlimited pool are numbered beyond all members, so that no two share a place in the order of a second.
        pool.first = beyond_all(index) if pool.unlimited else firsts[index]
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

