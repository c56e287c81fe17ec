"""Waits and stretches of work as they end, and how an issue's life is shared out: twins of `outcome.spells`, `pools` and `stages`."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.calendars import worked
from sim.compiling import melted_part, part
from sim.outcome.compiled.memory import calendars_of, counts_of, spans_of, stages_of, works_of
from sim.outcome.margins import BACKLOG_STATES, DAY, HOUR, POOL_COUNTS, STAGES, WAIT_COUNTS, WAIT_EDGES, WAITING
from sim.outcome.spells import ABANDONED, STARTED, WITHDRAWN
from sim.tables import TIERS
from sim.timeline import NEVER

__all__ = ["HAND_OFF", "LATENT", "bin_of", "here_at_midnight", "share_out", "stay_is_over", "stretch_is_over", "unit_of",
           "wait_is_over", "worked_until"]

(_JOINED, _STARTED, _NO_WAIT, _ENDED, _ABANDONED, _WITHDRAWN, _WAIT_SECONDS, _LEAVE_SECONDS, _STAY_SECONDS, _WAITING_AREA,
 _SERVICE_AREA, _BUSY, _OVERTIME, _TRAVEL, _PRESENT_WAITING, _PRESENT_SERVICE) = (POOL_COUNTS.index(name) for name in (
     "joined", "started", "no_wait", "ended", "abandoned", "withdrawn", "wait_seconds", "leave_seconds", "stay_seconds", "waiting_area",
     "service_area", "busy_seconds", "overtime_seconds", "travel_seconds", "present_waiting", "present_service"))
_OF_CATEGORY = tuple(WAIT_COUNTS.index(name) for name in (
    "joined", "started", "no_wait", "abandoned", "wait_seconds", "ended", "stay_seconds"))
_C_JOINED, _C_STARTED, _C_NO_WAIT, _C_ABANDONED, _C_WAIT_SECONDS, _C_ENDED, _C_STAY_SECONDS = _OF_CATEGORY
_POOL, _WAIT, _BINS, _STAGES, _TIERS, _STATES = (
    len(POOL_COUNTS), len(WAIT_COUNTS), len(WAIT_EDGES), len(STAGES), len(TIERS), len(BACKLOG_STATES))
_S_LATENT, _S_LYING, _S_HAND_OFF, _S_WAITING, _S_RESTING = (
    STAGES.index(name) for name in ("latent", "lying", "hand_off", WAITING[0], "resting"))
_WAITING, _IN_WORK = BACKLOG_STATES.index("waiting"), BACKLOG_STATES.index("in_work")

LATENT = 1          # units of an issue's word: a field of bits for what counts more is higher up
HAND_OFF = 1 << 1
_FIRST, _WIDTH = 9, 8
_PLACES = len(WAITING)


@melted_part
def unit_of(kind):
    """One job waiting at a pool of a kind, in an issue's word."""
    return 1 << (_FIRST + _WIDTH * kind)


@melted_part
def stage_of(word):
    """The stage that counts while nobody works on an issue."""
    if word < HAND_OFF:
        return _S_LATENT if word else _S_LYING
    high = word >> _FIRST
    if not high:
        return _S_HAND_OFF
    kind = 0
    while high >> _WIDTH:
        high >>= _WIDTH
        kind += 1
    return _S_WAITING + kind


@part
def bin_of(edges, duration):
    """The bin that holds a duration, 0 or more: that of the last edge not above it.

    Halved by sums alone: no processor can foresee which half it will be.
    """
    low, left = 0, len(edges)
    while left > 1:
        half = left >> 1
        low += half * (edges[low + half] <= duration)
        left -= half
    return low


@melted_part
def within(begin, end, low, high):
    """Seconds of an interval that lie in [low, high)."""
    return max(min(end, high) - max(begin, low), 0)


@melted_part
def here_at_midnight(book, cell, step, begin, end):
    """Somebody is there over [begin, end): a step up and a step down by day, in cells `step` apart; what is open at the end stays."""
    out, day = counts_of(book), begin // DAY
    if day < book.days:
        out[cell + day * step] += 1
    if end < book.end and end // DAY < book.days:
        out[cell + end // DAY * step] -= 1


@melted_part
def wait_is_over(book, pool, place, category, begin, first, end, came_out):
    """A wait of a job at a pool has ended, or the run has."""
    out, low, high = counts_of(book), book.low, book.high
    cell = book.pools + place * _POOL
    out[cell + _WAITING_AREA] += within(begin, end, low, high)
    if begin < high and end >= low:
        out[cell + _PRESENT_WAITING] += 1
    here_at_midnight(book, book.backlog + _WAITING * _TIERS + pool.tier, _STATES * _TIERS, begin, end)
    if not first or begin < low or begin >= high:
        return
    wait, by_category = end - begin, book.waits_by_category + (category * book.wait_places + pool.wait_place) * _WAIT
    out[cell + _JOINED] += 1
    out[by_category + _C_JOINED] += 1
    if came_out == STARTED:
        out[cell + _STARTED] += 1
        out[cell + _WAIT_SECONDS] += wait
        out[by_category + _C_STARTED] += 1
        out[by_category + _C_WAIT_SECONDS] += wait
        if wait:
            out[book.pool_waits + place * _BINS + bin_of(WAIT_EDGES, wait)] += 1
        else:
            out[book.pool_waits + place * _BINS] += 1
            out[cell + _NO_WAIT] += 1
            out[by_category + _C_NO_WAIT] += 1
    elif came_out == ABANDONED:
        out[cell + _ABANDONED] += 1
        out[cell + _LEAVE_SECONDS] += wait
        out[by_category + _C_ABANDONED] += 1
    elif came_out == WITHDRAWN:
        out[cell + _WITHDRAWN] += 1


@melted_part
def stay_is_over(book, pool, place, category, begin, end):
    """A job that joined a pool at `begin` has ended there."""
    if book.low <= begin < book.high:
        out = counts_of(book)
        cell, by_category = book.pools + place * _POOL, book.waits_by_category + (category * book.wait_places + pool.wait_place) * _WAIT
        out[cell + _ENDED] += 1
        out[cell + _STAY_SECONDS] += end - begin
        out[by_category + _C_ENDED] += 1
        out[by_category + _C_STAY_SECONDS] += end - begin
        out[book.pool_stays + place * _BINS + bin_of(WAIT_EDGES, end - begin)] += 1


# --- work ---------------------------------------------------------------------------------------------------------------------


@melted_part
def worked_until(book, calendar, now):
    """Working time of a calendar from the start of the run to now (s); time never goes back."""
    spans, at = spans_of(book), calendar.at
    while at + 1 < calendar.stop and spans[at + 1].start <= now:
        at += 1
    calendar.at = at
    if at < calendar.first:
        return 0
    return spans[at].done + min(now, spans[at].end) - spans[at].start


@part
def _at_hours(book, edges, times, begin, end):
    """A piece of work, for the load by hour."""
    out = counts_of(book)
    begin, end = min(max(begin, book.low), book.high), min(max(end, book.low), book.high)
    if begin < end:
        slot = min(begin // HOUR, book.hours)
        out[edges + slot] += 1
        out[times + slot] += begin
        slot = min(end // HOUR, book.hours)
        out[edges + slot] -= 1
        out[times + slot] -= end


@part
def stretch_is_over(book, pool, place, work, end):
    """A stretch of work has ended, or the run has: it is cut at its member's shifts."""
    out, spans, low, high = counts_of(book), spans_of(book), book.low, book.high
    calendar, begin = calendars_of(book)[work.number], work.begin
    cell = book.pools + place * _POOL
    out[cell + _SERVICE_AREA] += within(begin, end, low, high)
    if begin < high and end >= low:
        out[cell + _PRESENT_SERVICE] += 1
    here_at_midnight(book, book.backlog + _IN_WORK * _TIERS + pool.tier, _STATES * _TIERS, begin, end)
    done = worked_until(book, calendar, end)
    at_it = end - begin if work.overtime else done - work.done
    on_duty = min(max(done, calendar.low), calendar.high) - min(max(work.done, calendar.low), calendar.high)
    out[cell + _BUSY] += on_duty
    if work.overtime:
        out[cell + _OVERTIME] += min(max(end, low), high) - min(max(begin, low), high) - on_duty
    if low <= begin < high:
        out[cell + _TRAVEL] += max(min(work.travel, at_it), 0)
    edges, times = (book.desk_edges, book.desk_times) if pool.desk else (book.field_edges, book.field_times)
    if work.overtime:
        _at_hours(book, edges, times, begin, end)
        return
    span = work.span
    while span < calendar.stop and spans[span].start < end:
        _at_hours(book, edges, times, max(begin, spans[span].start), min(end, spans[span].end))
        span += 1


# --- the stages of an issue -----------------------------------------------------------------------------------------------------


@melted_part
def share_out(book, issue, slot, now):
    """The life of an issue from where it was shared out last until now goes to its stages."""
    since = issue.since
    if not issue.counted or issue.how or now <= since:
        return
    issue.since = now
    if issue.services == 0:
        stages_of(book)[slot * _STAGES + stage_of(issue.word)] += now - since
    else:
        _shares_work(book, issue, slot, since, now)


@part
def _shares_work(book, issue, slot, since, now):
    if issue.services == 1:
        _one_works(book, slot * _STAGES, works_of(book)[issue.works], since, now)
    else:
        _several_work(book, slot * _STAGES, issue.works, since, now)


@melted_part
def _one_works(book, cell, work, since, now):
    """One member works on it: travel, work, and rest while the calendar rests."""
    stages, calendars, spans = stages_of(book), calendars_of(book), spans_of(book)
    if work.overtime:
        spent, at_it = since - work.begin, now - since
    else:
        before = work.done
        if since > work.begin:
            before = worked(calendars["first"], spans["start"], spans["end"], spans["done"], work.number, since)
        spent, at_it = before - work.done, worked_until(book, calendars[work.number], now) - before
    travel = min(max(work.travel - spent, 0), at_it)
    stages[cell + work.way] += travel
    stages[cell + work.field] += at_it - travel
    stages[cell + _S_RESTING] += now - since - at_it


@part
def _several_work(book, cell, first, since, now):
    """Several do: at any second the highest of their stages counts, from one change to the next."""
    stages, works = stages_of(book), works_of(book)
    while since < now:
        highest, until, at = 0, now, first
        while at:
            stage, change = _stage_and_change(book, works[at], since)
            highest, until = max(highest, stage), min(until, change)
            at = works[at].next_of_issue
        stages[cell + highest] += until - since
        since = until


@part
def _stage_and_change(book, work, time):
    """Stage of a stretch of work at a second, and the second at which that changes."""
    if work.overtime:
        arrives = work.begin + work.travel
        return (work.way, arrives) if time < arrives else (work.field, NEVER)
    calendar, spans, span = calendars_of(book)[work.number], spans_of(book), work.span
    while span < calendar.stop and spans[span].end <= time:
        span += 1
    if span >= calendar.stop:
        return _S_RESTING, NEVER
    if spans[span].start > time:
        return _S_RESTING, spans[span].start
    ahead = work.travel - (spans[span].done + time - spans[span].start - work.done)
    return (work.way, min(time + ahead, spans[span].end)) if ahead > 0 else (work.field, spans[span].end)
