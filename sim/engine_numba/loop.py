"""The run itself: what happens next, until there is nothing left, or until Python has to make room."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import compiled, melted_part, part
from sim.engine_numba import acts
from sim.engine_numba.assessment import assesses, expect_assessment
from sim.engine_numba.bare import customer_arrives, is_served, loses_patience
from sim.engine_numba.case_owners import owns
from sim.engine_numba.clock import MOST_CALLERS, NOTHING, SPAN, next_second, next_span, rank, schedule_who_waits, take, touch
from sim.engine_numba.desks import arrives, files, is_back, is_seen, moves_on, sends_again, triages
from sim.engine_numba.emergencies import first_lender, is_seconded, notes_lender, works_for
from sim.engine_numba.estates import settles
from sim.engine_numba.grid_workers import looks
from sim.engine_numba.layout import int_at, issue_at, job_at, long_at, member_at, node_at, pool_at, put_int, rules_of, ticket_at
from sim.engine_numba.padding import occasion
from sim.engine_numba.petitions import is_late
from sim.engine_numba.pools import done, hands_over, has_until, is_free, leave, make_room, put_back, serve_one
from sim.engine_numba.reform import expect_reform, is_handed, reforms
from sim.engine_numba.regimes import comes_under, in_charge, under
from sim.engine_numba.residents import (
    alarms,
    arises,
    ends_by_itself,
    goes_on,
    hangs_up,
    line_is_busy,
    notices,
    petitions,
    somebody_asks,
    worsens,
)
from sim.engine_numba.root_causes import analyses, expect_analysis
from sim.engine_numba.screening import dispatching, has_found, sweeps
from sim.engine_numba.sensors import false_alarm
from sim.engine_numba.supervision import reviews
from sim.engine_numba.three_ways import meets, sorts
from sim.engine_numba.tickets import open_ticket, put_down
from sim.engine_numba.trust import expect_survey, surveys
from sim.engine_numba.units import accepts, convenes, is_checked, is_talked_over, is_worked, sets_out
from sim.tables import PoolKind, Stream
from sim.timeline import Event, Phase, Purpose

__all__ = ["DONE", "FULL", "ROOM", "STRETCH", "begin", "run"]

DONE, FULL = 0, 1
MARGIN = 64     # of each kind of record, and rows: more than one step can take
STRETCH = 16    # steps between two looks at how much room there is
ROOM = STRETCH * MARGIN
_DESK, _GRID_TEAM, _SERVERS = int(PoolKind.DESK), int(PoolKind.GRID_TEAM), int(PoolKind.SERVERS)
_CONTACT, _FORWARD, _REDISPATCH, _VERIFY = int(Purpose.CONTACT), int(Purpose.FORWARD), int(Purpose.REDISPATCH), int(Purpose.VERIFY)
_RETURNED, _REFUSED, _ARRIVAL = int(Event.RETURNED), int(Event.REFUSED), int(Phase.ARRIVAL)
_QUESTIONS, _OCCASIONS = int(Stream.QUESTIONS), int(Stream.OCCASIONS)
_ACT = (1 << acts.MORE) - 1
_COMPLETES, _HANDS_OVER, _WAKES, _LOSES_PATIENCE = acts.COMPLETES, acts.HANDS_OVER, acts.WAKES, acts.LOSES_PATIENCE
_ENDS_BY_ITSELF, _WORSENS, _NOTICES, _GOES_ON = acts.ENDS_BY_ITSELF, acts.WORSENS, acts.NOTICES, acts.GOES_ON
_LINE_BUSY, _HANGS_UP, _LOOKS, _ARRIVES = acts.LINE_BUSY, acts.HANGS_UP, acts.LOOKS, acts.ARRIVES
_IS_SEEN, _CONVENES, _RETURNS, _REFUSES = acts.IS_SEEN, acts.CONVENES, acts.RETURNS, acts.REFUSES
_SCREEN, _SWEEPS_BY, _DISPATCHES = int(Purpose.SCREEN), acts.SWEEPS_BY, acts.DISPATCHES
_ANALYSES, _ASSESSES = acts.ANALYSES, acts.ASSESSES
_ACCEPTS, _REVIEWS, _MORE, _ALARMS, _SETTLES = acts.ACCEPTS, acts.REVIEWS, acts.MORE, acts.ALARMS, acts.SETTLES
_CONSULT, _SORTS, _MEETS = int(Purpose.CONSULT), acts.SORTS, acts.MEETS
_OWNS, _PETITIONS, _IS_LATE = acts.OWNS, acts.PETITIONS, acts.IS_LATE
_SURVEYS = acts.SURVEYS
_REFORMS, _IS_HANDED = acts.REFORMS, acts.IS_HANDED


@compiled
def begin(world):
    """Everybody comes to work, one by one; what comes round lies ahead."""
    w = world[0]
    for m in range(w.members_used):
        if not w.reforms or not long_at(w, "member_comes", m):
            is_free(w, m)
    if w.categories_n:
        expect_analysis(w)
        expect_assessment(w)
        expect_survey(w, 0)
        expect_reform(w, 0)


@compiled
def run(world):
    """Go on until everything has happened (DONE), or until there is no room for what one more step may need (FULL)."""
    w = world[0]
    steps = 1 if w.in_bulk else STRETCH
    # Room is looked after once for a stretch of steps; a customer may find every pool full, one after another.
    need = steps * (MARGIN + (w.pools_n if w.bounded else 0))
    while True:
        if w.unchecked == 0:
            if not _room(w, need, 1):
                return FULL
            w.unchecked = steps
        if w.round_at < w.round_n:
            p = int_at(w, "round", w.round_at)
            if not _room(w, need + make_room(w, p), 0):
                return FULL
            w.round_at += 1
            _serves(w, p)
            continue
        second = next_second(w)
        arrival = int_at(w, "time", w.arrival) if w.arrival < w.arrivals else NOTHING
        soonest = min(second, arrival)
        if w.touched_n and soonest > w.now:
            _who_is_served_next(w)
            continue
        if w.lenders_n and soonest > w.now:
            place = first_lender(w)
            p = int_at(w, "lenders", place)
            if not _room(w, need + make_room(w, p), 0):
                return FULL
            w.lenders_n -= 1
            put_int(w, "lenders", place, int_at(w, "lenders", w.lenders_n))
            _lends(w, p)
            continue
        if w.callers_n and soonest > w.now:
            if not _room(w, need + MOST_CALLERS, 0):
                return FULL
            schedule_who_waits(w)
            continue
        if soonest > w.end:
            if (w.span + 1) << SPAN > w.end:
                return DONE
            next_span(w)
            continue
        if second == NOTHING and arrival >> SPAN > w.span:
            next_span(w)
            continue
        w.now = soonest
        w.unchecked -= 1
        if arrival < second or (arrival == second and rank(_ARRIVAL, w.arrival, 0) < _first_rank(w, second)):
            if w.reforms:
                under(w, int_at(w, "grid_street", int_at(w, "grid", w.arrival)))
            _somebody_arrives(w)
        else:
            if w.reforms:
                comes_under(w, _first_rank(w, second))
            act, a, b = take(w, second)
            _happens(w, act, a, b)


@part
def _room(w, need, records):
    """Whether there is room for so many rows and nodes and, if asked, records; notes the need where there is not."""
    enough = w.rows_size - w.rows_used >= need and w.nodes_left >= need and w.members_size - w.members_used >= need
    if enough and records:
        enough = w.jobs_left >= ROOM and w.tickets_left >= ROOM and w.issues_left >= ROOM and w.residents_left >= ROOM
        # In a stretch of steps each may move the heaps of two beats, none of them twice.
        enough = enough and w.chunks_left >= ROOM and w.finds_size - w.finds_used >= 4 * STRETCH * w.finds_most
        enough = enough and w.attempts_seen + 1 < w.attempts_drawn
    w.need = need
    return enough


@part
def _first_rank(w, second):
    return node_at(w, int_at(w, "buckets", second & ((1 << SPAN) - 1))).key


@part
def _who_is_served_next(w):
    """The pools that changed will be looked through in their order; what changes meanwhile is left for the next time."""
    n = w.touched_n
    for place in range(n):
        p, at = int_at(w, "touched", place), place
        while at > 0 and int_at(w, "round", at - 1) > p:
            put_int(w, "round", at, int_at(w, "round", at - 1))
            at -= 1
        put_int(w, "round", at, p)
    w.touched_n, w.round_at, w.round_n = 0, 0, n


@melted_part
def _serves(w, p):
    """Call free members for waiting jobs, in order, until there is no pair left."""
    pool = pool_at(w, p)
    pool.touched = 0
    if pool.lends:
        notes_lender(w, p)
    while pool.length and (pool.free or pool.unlimited or pool.interrupting):
        m = serve_one(w, p)
        if m < 0:
            return
        if pool.kind != _SERVERS and pool.kind != _DESK:
            j = member_at(w, m).job
            if job_at(w, j).purpose != _SCREEN and (pool.kind != _GRID_TEAM or job_at(w, j).purpose != _VERIFY):
                sets_out(w, j)
        has_until(w, m)


@melted_part
def _lends(w, p):
    """Free members of a grid team are seconded to what still waits, the most urgent first, until no more of them may be."""
    pool_at(w, p).lending = 0
    while True:
        m = is_seconded(w, p)
        if m < 0:
            return
        sets_out(w, member_at(w, m).job)
        has_until(w, m)


@part
def _somebody_arrives(w):
    number = w.arrival
    w.arrival += 1
    subject, stream = long_at(w, "subject", number), int_at(w, "stream", number)
    if w.categories_n == 0:
        customer_arrives(w, number, stream, subject)
        return
    category, grid = int_at(w, "stream_category", stream), int_at(w, "grid", number)
    if stream < w.categories_n:
        arises(w, number, subject, category, grid)
    elif int_at(w, "stream_kind", stream) == _QUESTIONS:
        somebody_asks(w, number, subject, category, grid)
    elif int_at(w, "stream_kind", stream) == _OCCASIONS:
        occasion(w, number, subject, category, grid)
    else:
        false_alarm(w, number, subject, category, grid)


@part
def _happens(w, step, a, b):
    """One step of somebody or something: `a` says whose, `b` its name, should the place be another's by now."""
    act, more = step & _ACT, step >> _MORE
    if act == _COMPLETES:
        if member_at(w, a).turn == b:
            _completes(w, a)
    elif act == _HANDS_OVER:
        if member_at(w, a).turn == b:
            p, j = member_at(w, a).pool, member_at(w, a).job
            put_back(w, a)
            if pool_at(w, p).gone:
                leave(w, j)
                hands_over(w, p, j)
            is_free(w, a)
    elif act == _WAKES:
        touch(w, a)
    elif act == _LOSES_PATIENCE:
        loses_patience(w, a, b)
    elif act == _ENDS_BY_ITSELF:
        ends_by_itself(w, a, b)
    elif act == _WORSENS:
        worsens(w, a, b)
    elif act == _NOTICES:
        notices(w, a, b, more)
    elif act == _GOES_ON:
        goes_on(w, a)
    elif act == _LINE_BUSY:
        line_is_busy(w, a)
    elif act == _HANGS_UP:
        hangs_up(w, a, b)
    elif act == _LOOKS:
        if pool_at(w, a).beat_turn == b:
            looks(w, a)
    elif act == _SWEEPS_BY:
        sweeps(w, a, b)
    elif act == _PETITIONS:
        petitions(w, a, b, more >> 1, more & 1)
    elif act == _SURVEYS:
        surveys(w, a)
    elif act == _ANALYSES:
        if b == w.district:     # a reform begins the round anew
            analyses(w)
    elif act == _REFORMS:
        reforms(w, more, a, b)
    elif act == _IS_HANDED:
        is_handed(w, a, b)
    elif act == _ALARMS:
        alarms(w, a, b)
    elif act == _ASSESSES:
        if b == w.district:
            assesses(w, a)
    elif act == _SETTLES:
        settles(w, a, b, more)
    elif open_ticket(w, a, b):
        _ticket_happens(w, act, a, more)


@part
def _ticket_happens(w, act, t, more):
    if act == _ARRIVES:
        arrives(w, t)
    elif act == _IS_SEEN:
        is_seen(w, t, more)
    elif act == _CONVENES:
        convenes(w, t)
    elif act == _RETURNS:
        is_back(w, t, ticket_at(w, t).sent_to, _RETURNED)
    elif act == _REFUSES:
        is_back(w, t, ticket_at(w, t).sent_to, _REFUSED)
    elif act == _ACCEPTS:
        accepts(w, t, ticket_at(w, t).sent_to)
    elif act == _DISPATCHES:
        dispatching(w, t)
    elif act == _SORTS:
        if sorts(w, t):
            moves_on(w, t)
    elif act == _MEETS:
        if rules_of(w).three_ways:
            meets(w, t)
        else:           # given up in a reform
            arrives(w, t)
    elif act == _OWNS:
        owns(w, t)
    elif act == _IS_LATE:
        is_late(w, t)
    else:
        reviews(w, t)


@melted_part
def _completes(w, m):
    """A member has done what was in hand: what follows from it, and then the member is free."""
    p = member_at(w, m).pool
    kind = pool_at(w, p).kind
    if kind == _SERVERS:
        is_served(w, m)
        return
    j = done(w, m)
    purpose = job_at(w, j).purpose
    if purpose == _CONTACT:
        files(w, p, j)
    elif purpose == _SCREEN:
        has_found(w, j, p)
    elif purpose == _CONSULT:
        is_talked_over(w, j, p)
    elif kind == _DESK or purpose == _VERIFY:
        t = put_down(w, j)
        here = p
        if w.reforms and t >= 0 and kind == _DESK:
            here = in_charge(w, p, issue_at(w, ticket_at(w, t).issue).category, issue_at(w, ticket_at(w, t).issue).grid)
        if t < 0:
            pass
        elif purpose == _FORWARD:
            triages(w, t, here)
        elif purpose == _REDISPATCH:
            sends_again(w, here, t)
        else:
            is_checked(w, t, here)
    else:
        is_worked(w, j, works_for(w, p, job_at(w, j).matter))
    is_free(w, m)
