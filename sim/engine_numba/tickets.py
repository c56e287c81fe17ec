"""Issues and tickets: how they begin, are given to pools, and end."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.calendars import finish
from sim.case_owners import first_look, owner_effort
from sim.compiling import part
from sim.draws.random import Block
from sim.engine_numba.acts import DISPATCHES, IS_LATE, MORE, NOTICES, OWNS, REVIEWS
from sim.engine_numba.assessment import scored_as
from sim.engine_numba.clock import rank, record, schedule
from sim.engine_numba.emergencies import counts
from sim.engine_numba.layout import (
    assessed_at,
    category_at,
    cause_at,
    int_at,
    ints,
    issue_at,
    job_at,
    long_at,
    pool_at,
    put_long,
    rules_of,
    ticket_at,
)
from sim.engine_numba.luck import CLOSED, luck, next_reporter
from sim.engine_numba.petitions import closed_false
from sim.engine_numba.pools import forget_job, is_done_earlier, join, leave, move, new_job, on_the_way
from sim.engine_numba.trust import learns
from sim.escalation import truly_fixed as is_true_fix
from sim.feedback import closed_at, left_when_gone
from sim.order import DISPATCHING, LATENESS, OWNERS, detail_of_notice, detail_of_review, detail_of_ticket, ticket_tail
from sim.residents import is_evaluated, repeat_seconds, reports_again, score_given
from sim.screening import next_round
from sim.supervision import YELLOW, closed_in_time, due_time, effort, review_share
from sim.timeline import NEVER, Close, Event, Phase, Purpose, Registered
from sim.triage import goes_as, interrupts, urgency

__all__ = ["alive", "at", "close", "due", "forget_issue", "give", "later", "new_issue", "only_looks", "open_ticket",
           "put_down", "rank_of_review", "register", "rerank", "resolve", "truly_fixed", "working_time_later"]

_ARRIVAL, _REVIEW = int(Phase.ARRIVAL), int(Phase.REVIEW)
_REGISTERED, _CLOSED, _EVALUATED, _RESOLVED = int(Event.REGISTERED), int(Event.CLOSED), int(Event.EVALUATED), int(Event.RESOLVED)
_ASK, _AFTER, _GUIDED = int(Block.ASK), int(Block.AFTER), int(Close.GUIDED)
_REPEAT, _WORK = int(Registered.REPEAT), int(Purpose.WORK)


# -- issues -----------------------------------------------------------------------------------------------------------------------

@part
def new_issue(w):
    """A free issue's place; the world has made sure that there is one."""
    i = w.issues_free
    issue = issue_at(w, i)
    w.issues_free = issue.next
    w.issues_left -= 1
    issue.tickets = issue.last_ticket = -1
    issue.registered = 0
    issue.touch = 1.0
    issue.ended = issue.resolved = issue.started = issue.found = issue.closed_before = issue.reported = issue.phantom = 0
    for counter in range(len(issue.attempts)):
        issue.attempts[counter] = -1
    return i


@part
def alive(w, i, number):
    """Whether an issue is still there; its place may be another's by now."""
    issue = issue_at(w, i)
    return issue.number == number and not issue.ended


@part
def forget_issue(w, i):
    """It has ended and no ticket is open: nothing will be asked of it any more."""
    issue = issue_at(w, i)
    issue.number = -1
    issue.next = w.issues_free
    w.issues_free = i
    w.issues_left += 1


# -- tickets ----------------------------------------------------------------------------------------------------------------------

@part
def open_ticket(w, t, number):
    """Whether a ticket is still open; its place may be another's by now."""
    return ticket_at(w, t).number == number


@part
def register(w, i, place, why):
    """立案: a ticket opens at a desk or team; its clock runs from now."""
    issue, t = issue_at(w, i), w.tickets_free
    ticket = ticket_at(w, t)
    w.tickets_free = ticket.next
    w.tickets_left -= 1
    ticket.number, ticket.issue, ticket.ordinal = w.issued, i, issue.registered
    ticket.limit, ticket.registered = issue.severity, w.now
    ticket.due = _limit_reached(w, t, 1.0)
    ticket.desk = ticket.place = place
    ticket.known[0], ticket.knowing = place, 1
    ticket.part = ticket.given = ticket.hops = ticket.dispatches = ticket.returns = ticket.reworks = ticket.losses = 0
    ticket.lamp = ticket.ruled = ticket.lying = ticket.fixed = ticket.convened = ticket.review = ticket.ordered = 0
    ticket.ahead = ticket.sorted_out = ticket.owned = ticket.helped = 0
    ticket.left, ticket.unit, ticket.sent_to = 1, -1, -1
    ticket.jobs = ticket.last_job = ticket.next = -1
    ticket.detects = 0.0
    w.issued += 1
    issue.registered += 1
    if issue.tickets < 0:
        issue.tickets = t
    else:
        ticket_at(w, issue.last_ticket).next = t
    issue.last_ticket = t
    record(w, _REGISTERED, issue.number, ticket.number, place, -1, why)
    due(w, t, YELLOW)
    schedule(w, next_round(w.now, rules_of(w).dispatch_every), rank_of_review(w, t, DISPATCHING), DISPATCHES, t, ticket.number)
    cause_at(w, category_at(w, issue.category).cluster).tickets += 1
    if rules_of(w).petition_overdue > 0:
        schedule(w, ticket.due, rank_of_review(w, t, LATENESS), IS_LATE, t, ticket.number)
    if rules_of(w).owned_at_most > 0:
        look = first_look(w.now, rules_of(w).owned_after, why == _REPEAT, rules_of(w).own_repeats)
        schedule(w, look, rank_of_review(w, t, OWNERS), OWNS, t, ticket.number)
    counts(w, i, 1)
    return t


@part
def _limit_reached(w, t, share):
    """When a share of the limit that runs from the ticket's registration is reached (s)."""
    ticket, category = ticket_at(w, t), category_at(w, issue_at(w, ticket_at(w, t).issue).category)
    return due_time(ints(w.cal_first), ints(w.cal_start), ints(w.cal_end), ints(w.cal_worked), rules_of(w).deadline_calendar,
                    category.working[ticket.limit], ticket.registered, category.deadline[ticket.limit] * share)


@part
def due(w, t, review):
    """Let supervision look at the ticket for this review when its share of the limit is reached."""
    rules = rules_of(w)
    share = review_share(rules.supervision, review, rules.lamp_yellow, rules.lamp_red, rules.lift)
    if share > 0:
        schedule(w, max(w.now, _limit_reached(w, t, share)), _rank(w, t, _REVIEW), REVIEWS, t, ticket_at(w, t).number)


@part
def _rank(w, t, phase):
    """Order of a ticket's steps within a second: by issue, then by ticket."""
    ticket = ticket_at(w, t)
    return rank(phase, issue_at(w, ticket.issue).number, detail_of_ticket(ticket.ordinal))


@part
def rank_of_review(w, t, kind):
    """Order of a ticket's periodic reviews within a second: by issue, then after all lamps, by kind."""
    ticket = ticket_at(w, t)
    return rank(_REVIEW, issue_at(w, ticket.issue).number, detail_of_review(ticket.ordinal, kind))


@part
def at(w, time, t, act):
    """A step of a ticket at a given second."""
    schedule(w, time, _rank(w, t, _ARRIVAL), act, t, ticket_at(w, t).number)


@part
def later(w, seconds, t, act):
    """A step of a ticket on its way, some seconds from now."""
    ticket_at(w, t).place = -1
    at(w, w.now + seconds, t, act)


@part
def working_time_later(w, p, seconds):
    """The second at which so much working time of a unit has passed from now."""
    return finish(ints(w.cal_first), ints(w.cal_start), ints(w.cal_end), ints(w.cal_worked), pool_at(w, p).calendar, w.now,
                  seconds)


@part
def give(w, p, t, purpose, seconds, travel, fix):
    """A job for this ticket joins a queue."""
    ticket = ticket_at(w, t)
    issue, j = issue_at(w, ticket.issue), new_job(w)
    job = job_at(w, j)
    ticket.given += 1
    job.issue, job.issue_at, job.ticket, job.ticket_at = issue.number, ticket.issue, ticket.number, t
    job.purpose, job.since = purpose, ticket.registered
    job.urgency = urgency(goes_as(ticket.lamp, ticket.ahead), issue.severity)
    job.left, job.travel_left = min(seconds + travel, NEVER), min(travel, NEVER)
    job.tail = ticket_tail(ticket.ordinal, ticket.given)
    job.interrupts = interrupts(issue.severity)
    job.luck = fix
    if pool_at(w, p).may_call and purpose == _WORK:
        job.matter = int_at(w, "team", issue.grid * w.categories_n + issue.category)
    ticket.place = p
    if ticket.jobs < 0:
        ticket.jobs = j
    else:
        job_at(w, ticket.last_job).next = j
    ticket.last_job = j
    join(w, p, j)


@part
def put_down(w, j):
    """A job is off its ticket's list, and forgotten: the ticket, or -1 where that has been closed meanwhile."""
    t = job_at(w, j).ticket_at
    if t >= 0:
        ticket, before, here = ticket_at(w, t), -1, ticket_at(w, t).jobs
        while here != j:
            before, here = here, job_at(w, here).next
        if before < 0:
            ticket.jobs = job_at(w, j).next
        else:
            job_at(w, before).next = job_at(w, j).next
        if ticket.last_job == j:
            ticket.last_job = before
    forget_job(w, j)
    return t


@part
def rerank(w, i):
    """Lamp or severity changed: what waits takes its new place at once."""
    issue = issue_at(w, i)
    t = issue.tickets
    while t >= 0:
        ticket = ticket_at(w, t)
        j = ticket.jobs
        while j >= 0:
            job_at(w, j).interrupts = interrupts(issue.severity)
            move(w, j, urgency(goes_as(ticket.lamp, ticket.ahead), issue.severity))
            j = job_at(w, j).next
        t = ticket.next


@part
def truly_fixed(w, t, u):
    """Whether finished work is a true fix."""
    ticket, rules = ticket_at(w, t), rules_of(w)
    harder = effort(ticket.ordered, rules.order_effort) * assessed_at(w, scored_as(w, ticket.unit, ticket.issue)).effort
    harder *= owner_effort(ticket.owned, rules.owner_effort)
    return is_true_fix(u, rules.true_fix, rules.force_keep, ticket.hops, harder)


@part
def resolve(w, t, place):
    """The issue is truly resolved: those on their way for another of its tickets will find nothing."""
    ticket = ticket_at(w, t)
    issue = issue_at(w, ticket.issue)
    issue.ended = issue.resolved = 1
    record(w, _RESOLVED, issue.number, ticket.number, place, -1, 0)
    other = issue.tickets
    while other >= 0:
        j = ticket_at(w, other).jobs
        while j >= 0:
            if job_at(w, j).member >= 0 and on_the_way(w, j):
                only_looks(w, j)
                is_done_earlier(w, job_at(w, j).member)
            j = job_at(w, j).next
        other = ticket_at(w, other).next


@part
def only_looks(w, j):
    """What is left of a job whose issue is gone: the rest of the way, and a look."""
    job = job_at(w, j)
    job.left = left_when_gone(job.left, job.travel_left, rules_of(w).look)


@part
def close(w, t, how):
    """结案: the ticket ends; the issue may still be there."""
    ticket = ticket_at(w, t)
    i = ticket.issue
    issue, rules, ordinal = issue_at(w, i), rules_of(w), ticket.ordinal
    _take_off(w, t)
    issue.closed_before = 1
    if ticket.owned:
        street = int_at(w, "grid_street", issue.grid)
        put_long(w, "owned", street, long_at(w, "owned", street) - 1)
    j = ticket.jobs
    while j >= 0:
        following = job_at(w, j).next
        if leave(w, j):
            forget_job(w, j)
        else:
            job_at(w, j).ticket_at = -1
        j = following
    record(w, _CLOSED, issue.number, ticket.number, closed_at(ticket.unit, ticket.desk), -1, how)
    after = luck(w, i, _AFTER, _AFTER)
    if is_evaluated(after[0], rules.evaluated) and not issue.phantom:
        score = score_given(rules.score, issue.resolved, closed_in_time(w.now, ticket.due), after[1])
        record(w, _EVALUATED, issue.number, ticket.number, -1, -1, score)
    learns(w, t, how)
    counts(w, i, -1)
    ticket.number, ticket.next = -1, w.tickets_free
    w.tickets_free = t
    w.tickets_left += 1
    if not issue.ended:
        if how != _GUIDED:
            _may_repeat(w, i)
        closed_false(w, i, ordinal, how)
    elif issue.tickets < 0:
        forget_issue(w, i)


@part
def _take_off(w, t):
    issue = issue_at(w, ticket_at(w, t).issue)
    before, here = -1, issue.tickets
    while here != t:
        before, here = here, ticket_at(w, here).next
    if before < 0:
        issue.tickets = ticket_at(w, t).next
    else:
        ticket_at(w, before).next = ticket_at(w, t).next
    if issue.last_ticket == t:
        issue.last_ticket = before


@part
def _may_repeat(w, i):
    """A ticket was closed and the issue is still there: somebody may report it again."""
    issue, rules = issue_at(w, i), rules_of(w)
    _, _, repeats, when = luck(w, i, _ASK, CLOSED)
    if reports_again(repeats, rules.repeat):
        reporter = next_reporter(w, i)
        order = rank(_ARRIVAL, issue.number, detail_of_notice(reporter))
        schedule(w, w.now + repeat_seconds(rules.repeat_within, when), order, NOTICES + (reporter << MORE), i, issue.number)
