"""Pools, their members and shifts: which job is next, who serves it, what happens at the shift's end, who is interrupted."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.calendars import finish, worked
from sim.centres import is_by_telephone
from sim.compiling import melted_part, part
from sim.engine_numba.acts import COMPLETES, HANDS_OVER, IS_HANDED, WAKES
from sim.engine_numba.beats import changes
from sim.engine_numba.clock import rank, record, schedule, touch
from sim.engine_numba.heaps import new_node, pop, push
from sim.engine_numba.layout import int_at, ints, job_at, member_at, node_at, pool_at, resident_at, shift_at, ticket_at
from sim.engine_numba.regimes import in_charge, under
from sim.engine_numba.shifts import on_duty
from sim.order import WAKES as SHIFTS_FIRST
from sim.order import beyond_all, detail_of_ticket, queue_key
from sim.tables import AT_SHIFT_END
from sim.timeline import NEVER, Event, Phase, Purpose

__all__ = ["done", "hands_over", "has_until", "is_done_earlier", "is_free", "join", "leave", "make_room", "move", "new_job", "on_the_way", "put_back",
           "serve_one"]

_REST, _OVERTIME = AT_SHIFT_END.index("rest"), AT_SHIFT_END.index("overtime")
_HAND_OVER = AT_SHIFT_END.index("hand_over")
_JOINED, _STARTED, _SUSPENDED, _ENDED = int(Event.JOINED), int(Event.STARTED), int(Event.SUSPENDED), int(Event.ENDED)
_COMPLETION, _SHIFT, _ARRIVAL = int(Phase.COMPLETION), int(Phase.SHIFT), int(Phase.ARRIVAL)
_HANDED_OVER, _CONTACT = int(Event.HANDED_OVER), int(Purpose.CONTACT)


# -- jobs -------------------------------------------------------------------------------------------------------------------------

@melted_part
def new_job(w):
    """A free job's place; the world has made sure that there is one."""
    j = w.jobs_free
    job = job_at(w, j)
    w.jobs_free = job.next
    w.jobs_left -= 1
    job.issue_at = job.ticket = job.ticket_at = job.member = job.started = job.matter = job.next = -1
    job.entry = job.interrupts = 0
    job.luck = 0.0
    job.travel_left = job.tail = 0
    return j


@melted_part
def forget_job(w, j):
    """Give a job back."""
    job_at(w, j).next = w.jobs_free
    w.jobs_free = j
    w.jobs_left += 1


# -- the queue --------------------------------------------------------------------------------------------------------------------

@melted_part
def _stands_in_line(w, pool, j):
    job = job_at(w, j)
    job.entries += 1
    job.entry = job.entries
    pool.waiting = push(w, pool.waiting, new_node(w, job.key, job.issue, job.tail, j, job.entry))
    if pool.presses and job.interrupts:
        _presses(w, pool, j)


@part
def _presses(w, pool, j):
    job = job_at(w, j)
    key = queue_key(0, job.urgency, job.since, 0)
    pool.pressing = push(w, pool.pressing, new_node(w, key, job.issue, job.tail, j, job.entry))


@part
def join(w, p, j):
    """A job joins the queue."""
    pool, job = pool_at(w, p), job_at(w, j)
    job.pool = p
    job.key = queue_key(pool.fcfs, job.urgency, job.since, w.now)
    _stands_in_line(w, pool, j)
    pool.length += 1
    record(w, _JOINED, job.issue, job.ticket, p, -1, job.purpose)
    if pool.free or pool.preemptive or pool.unlimited:
        touch(w, p)


@part
def move(w, j, urgency):
    """The lamp of a waiting job changes: it takes its new place at once."""
    job = job_at(w, j)
    pool = pool_at(w, job.pool)
    if urgency == job.urgency:
        return
    job.urgency = urgency
    if not pool.fcfs:
        job.key = queue_key(0, urgency, job.since, 0)
        if job.entry:
            _stands_in_line(w, pool, j)
            touch(w, job.pool)
    elif pool.presses and job.interrupts and job.entry:
        _presses(w, pool, j)
        touch(w, job.pool)


@part
def leave(w, j):
    """A waiting job leaves unserved; False where it does not wait any more."""
    job = job_at(w, j)
    if not job.entry:
        return False
    job.entry = 0
    pool_at(w, job.pool).length -= 1
    return True


@part
def hands_over(w, p, j):
    """移交: what has left the queue of a pool that is no more goes to whoever is in charge now; whoever calls is put through at once."""
    job = job_at(w, j)
    number, grid, t, r = job.issue, int_at(w, "grid", job.issue), job.ticket_at, job.matter
    under(w, int_at(w, "grid_street", grid))
    to = in_charge(w, p, int_at(w, "stream_category", int_at(w, "stream", number)), grid)
    record(w, _HANDED_OVER, number, job.ticket, p, -1, to)
    if job.purpose != _CONTACT:
        if t >= 0:
            ticket = ticket_at(w, t)
            ticket.place = -1
            schedule(w, w.now + w.hand_over, rank(_ARRIVAL, number, detail_of_ticket(ticket.ordinal)), IS_HANDED, j, to)
        return
    if r >= 0:
        resident_at(w, r).desk = resident_at(w, r).right_desk = to
    if is_by_telephone(job.kind):
        pool_at(w, p).phones -= 1
        pool_at(w, to).phones += 1
    if job.started < 0:
        job.entries -= 1        # the same wait: patience goes on
    join(w, to, j)


# -- members ----------------------------------------------------------------------------------------------------------------------

@part
def is_free(w, m):
    """A member has nothing in hand: free from now."""
    if member_at(w, m).gone:        # begins at another place, if there is one
        m = member_at(w, m).following
        if m < 0:
            return
    member = member_at(w, m)
    pool, shift = pool_at(w, member.pool), shift_at(w, member.shift)
    # Nobody has been free longer than those who stand there already; of those of this second the lowest number goes first.
    before, after = shift.last_free, -1
    while before >= 0 and member_at(w, before).since == w.now and member_at(w, before).number > member.number:
        before, after = member_at(w, before).before, before
    member.since, member.before, member.next = w.now, before, after
    if before < 0:
        shift.free = m
    else:
        member_at(w, before).next = m
    if after < 0:
        shift.last_free = m
    else:
        member_at(w, after).before = m
    pool.free += 1
    if pool.length:
        touch(w, member.pool)
    if pool.beat:
        changes(w, member.pool, member.shift, 1)


@melted_part
def has_until(w, m):
    """When the job in hand will be done, or handed over at the shift's end."""
    member = member_at(w, m)
    job, pool, shift = job_at(w, member.job), pool_at(w, member.pool), shift_at(w, member.shift)
    end = w.now + job.left
    if end > shift.close and pool.rule != _OVERTIME:
        if pool.rule == _REST:
            end = _done_after(w, shift, w.now, job.left)
        else:
            schedule(w, shift.close, rank(_SHIFT, member.where, 0), HANDS_OVER, m, member.turn)
            return
    schedule(w, end, rank(_COMPLETION, member.where, 0), COMPLETES, m, member.turn)


@part
def _done_after(w, shift, since, work):
    return finish(ints(w.cal_first), ints(w.cal_start), ints(w.cal_end), ints(w.cal_worked), shift.calendar, since, work)


@part
def _worked_between(w, shift, since, until):
    first, start, end, before = ints(w.cal_first), ints(w.cal_start), ints(w.cal_end), ints(w.cal_worked)
    return worked(first, start, end, before, shift.calendar, until) - worked(first, start, end, before, shift.calendar, since)


@part
def is_done_earlier(w, m):
    """Less is left of the job in hand than was thought (`left`, counted from its start): it ends so much earlier."""
    member = member_at(w, m)
    job, pool, shift = job_at(w, member.job), pool_at(w, member.pool), shift_at(w, member.shift)
    end = _done_after(w, shift, job.started, job.left) if pool.rule == _REST else job.started + job.left
    if end > shift.close and pool.rule == _HAND_OVER:
        return      # whoever takes it over will see
    member.turn += 1
    schedule(w, end, rank(_COMPLETION, member.where, 0), COMPLETES, m, member.turn)


@part
def on_the_way(w, j):
    """Whether the member who has this job in hand is still travelling."""
    job = job_at(w, j)
    # Whoever works overtime travels on after the shift's end.
    if pool_at(w, job.pool).rule != _REST:
        return w.now - job.started < job.travel_left
    return _worked_between(w, shift_at(w, member_at(w, job.member).shift), job.started, w.now) < job.travel_left


@melted_part
def done(w, m):
    """A member has finished the job in hand; gives the job."""
    member = member_at(w, m)
    j = member.job
    job = job_at(w, j)
    member.job = job.member = -1
    member.turn += 1
    pool_at(w, member.pool).busy -= 1
    record(w, _ENDED, job.issue, job.ticket, member.pool, member.number, job.purpose)
    return j


@part
def put_back(w, m):
    """What a member works on goes back to the queue, with what is left of it; it keeps its place in the order."""
    member = member_at(w, m)
    j = member.job
    job, pool, shift = job_at(w, j), pool_at(w, member.pool), shift_at(w, member.shift)
    spent = _worked_between(w, shift, job.started, w.now) if pool.rule == _REST else w.now - job.started
    job.left -= spent
    job.travel_left = max(0, job.travel_left - spent)
    pool.busy -= 1
    member.job = job.member = -1
    member.turn += 1
    record(w, _SUSPENDED, job.issue, job.ticket, member.pool, member.number, job.left)
    _stands_in_line(w, pool, j)
    pool.length += 1
    touch(w, member.pool)


# -- who is served next -------------------------------------------------------------------------------------------------------------

@part
def make_room(w, p):
    """Rows, nodes and members that looking through a pool may take at most; each of its members may be started and interrupted once."""
    pool = pool_at(w, p)
    return 4 * (pool.length if pool.unlimited else pool.members) + 64


@melted_part
def serve_one(w, p):
    """Give the first waiting job a member: the member, who has it in hand now, or -1 when there is no pair left."""
    pool = pool_at(w, p)
    while pool.waiting >= 0 and job_at(w, node_at(w, pool.waiting).a).entry != node_at(w, pool.waiting).b:
        pool.waiting = pop(w, pool.waiting)
    if pool.waiting < 0:
        return -1
    j = node_at(w, pool.waiting).a
    m = _free_member(w, p) if pool.free or pool.unlimited else -1
    if m >= 0:
        pool.waiting = pop(w, pool.waiting)
    else:
        j = _pressing_job(w, pool) if pool.preemptive else -1
        m = _interrupt_for(w, p, j) if j >= 0 else -1
        if m < 0:
            if pool.free or j >= 0:
                _wake_at_next_shift(w, p, j >= 0)
            return -1
    job, member = job_at(w, j), member_at(w, m)
    job.entry = 0
    pool.length -= 1
    pool.busy += 1
    job.member, member.job = m, j
    job.started = w.now
    record(w, _STARTED, job.issue, job.ticket, p, member.number, job.travel_left)
    if pool.beat:
        changes(w, p, member.shift, -1)
    return m


@melted_part
def _free_member(w, p):
    """The member on duty who has been free longest, then the lowest number; taken off the list."""
    pool = pool_at(w, p)
    best = -1
    for s in range(pool.first_shift, pool.first_shift + pool.shifts):
        if shift_at(w, s).free >= 0 and on_duty(w, shift_at(w, s), w.now):
            if best < 0:
                best = s
            else:
                one, other = member_at(w, shift_at(w, s).free), member_at(w, shift_at(w, best).free)
                if one.since < other.since or (one.since == other.since and one.number < other.number):
                    best = s
    if best < 0:
        if not pool.unlimited:
            return -1
        _one_more(w, p)
        best = pool.first_shift
    shift = shift_at(w, best)
    m = shift.free
    shift.free = member_at(w, m).next
    if shift.free < 0:
        shift.last_free = -1
    else:
        member_at(w, shift.free).before = -1
    pool.free -= 1
    return m


@part
def _one_more(w, p):
    pool, m = pool_at(w, p), w.members_used
    w.members_used += 1
    member = member_at(w, m)
    member.pool, member.number, member.shift, member.job, member.turn = p, pool.members, pool.first_shift, -1, 0
    member.where, member.gone, member.following = beyond_all(p) + pool.members, 0, -1
    pool.members += 1
    is_free(w, m)


@part
def _pressing_job(w, pool):
    """The most urgent of the waiting jobs that may interrupt; others may stand before it in the queue."""
    while pool.pressing >= 0 and job_at(w, node_at(w, pool.pressing).a).entry != node_at(w, pool.pressing).b:
        pool.pressing = pop(w, pool.pressing)
    return node_at(w, pool.pressing).a if pool.pressing >= 0 else -1


@part
def _interrupt_for(w, p, j):
    """Victim: the job of lowest priority, then the one started last, then the highest issue; its member is free again."""
    pool = pool_at(w, p)
    urgency, victim = job_at(w, j).urgency, -1
    for m in range(pool.first, pool.first + pool.members):
        other = member_at(w, m).job
        if other < 0 or job_at(w, other).urgency <= urgency or member_at(w, m).gone or not on_duty(w, shift_at(w, member_at(w, m).shift), w.now):
            continue
        if victim < 0:
            victim = other
            continue
        one, worst = job_at(w, other), job_at(w, victim)
        if one.urgency > worst.urgency or (one.urgency == worst.urgency and (
                one.started > worst.started or (one.started == worst.started and one.issue > worst.issue))):
            victim = other
    if victim < 0:
        return -1
    m = job_at(w, victim).member
    put_back(w, m)
    is_free(w, m)
    return _free_member(w, p)


@part
def _wake_at_next_shift(w, p, interrupts):
    """Nobody on duty is free: look again when the next shift starts in which somebody is, or may be interrupted."""
    pool = pool_at(w, p)
    wakes = NEVER
    for s in range(pool.first_shift, pool.first_shift + pool.shifts):
        if (interrupts or shift_at(w, s).free >= 0) and not on_duty(w, shift_at(w, s), w.now):
            wakes = min(wakes, shift_at(w, s).open)
    if wakes < NEVER and not w.now < pool.wakes <= wakes:
        pool.wakes = wakes
        schedule(w, wakes, rank(_SHIFT, pool.index, SHIFTS_FIRST), WAKES, p, 0)
