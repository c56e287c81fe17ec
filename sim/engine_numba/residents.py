"""Residents: issues arise among them, they notice, report, wait, ask again; or they only want to know something."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.centres import all_lines_taken, centre_turned_to, desk_seconds, goes_to_community, is_by_telephone, seen_severity
from sim.compiling import melted_part, part
from sim.draws.random import Block
from sim.engine_numba.acts import ENDS_BY_ITSELF, GOES_ON, HANGS_UP, LINE_BUSY, MORE, NOTICES, SWEEPS_BY, WORSENS
from sim.engine_numba.beats import hide
from sim.engine_numba.clock import rank, record, schedule, schedule_unless_served
from sim.engine_numba.emergencies import counts
from sim.engine_numba.estates import may_take_on
from sim.engine_numba.layout import (
    FIRST_COUNTER,
    category_at,
    float_at,
    int_at,
    issue_at,
    job_at,
    pool_at,
    resident_at,
    rules_of,
    ticket_at,
)
from sim.engine_numba.luck import (
    arising_luck,
    channel_of,
    contact_luck,
    desk_luck,
    luck,
    next_attempt,
    report_luck,
    reporter_luck,
    sensor_luck,
    turn,
    wrong_centre_luck,
)
from sim.engine_numba.participation import joins_in
from sim.engine_numba.pools import forget_job, join, leave, new_job
from sim.engine_numba.regimes import in_charge
from sim.engine_numba.root_causes import prevents
from sim.engine_numba.sensors import may_see
from sim.engine_numba.tickets import alive, forget_issue, new_issue, rerank
from sim.engine_numba.trust import brings_one_more, keeps_silent
from sim.escalation import able_tier
from sim.feedback import may_end
from sim.grid_workers import clock_until_found, is_looked_for
from sim.issues import worsened
from sim.order import (
    SENSOR_ATTEMPT,
    SWEPT,
    TERMINAL_ATTEMPT,
    contact_tail,
    detail_of_busy,
    detail_of_notice,
    detail_of_patience,
    detail_of_resident,
)
from sim.residents import asks_again, call_back_seconds, calls_back, may_ask, patience_seconds, wait_to_ask
from sim.screening import next_round
from sim.tables import CHANNELS
from sim.timeline import NEVER, Event, Phase, Purpose, said_of_contact
from sim.triage import urgency

__all__ = ["alarms", "arises", "ends_by_itself", "goes_on", "hangs_up", "is_answered", "line_is_busy", "notices", "petitions",
           "reports_by_terminal", "somebody_asks", "worsens"]

_TERMINAL, _SENSOR = CHANNELS.index("terminal"), CHANNELS.index("sensor")
_ALARM, _FALSE_ALARM = int(Event.ALARM), int(Event.FALSE_ALARM)
_BY_LETTER, _PETITIONED = CHANNELS.index("app"), int(Event.PETITIONED)
_ARRIVAL, _PATIENCE, _WORSENING = int(Phase.ARRIVAL), int(Phase.PATIENCE), int(Phase.WORSENING)
_PREVENTED = int(Event.PREVENTED)
_OCCURRED, _GONE, _WORSENED = int(Event.OCCURRED), int(Event.GONE), int(Event.WORSENED)
_CONTACTED, _BLOCKED, _HUNG_UP, _GAVE_UP = int(Event.CONTACTED), int(Event.BLOCKED), int(Event.HUNG_UP), int(Event.GAVE_UP)
_CONTACT, _B_CONTACT, _B_ASK, _B_PATROL = int(Purpose.CONTACT), int(Block.CONTACT), int(Block.ASK), int(Block.PATROL)


# -- issues -----------------------------------------------------------------------------------------------------------------------

@melted_part
def arises(w, number, subject, category, grid):
    """An issue arises: from now on it may be found, be reported, get worse, or end by itself."""
    i = new_issue(w)
    issue = issue_at(w, i)
    severity, able, delegation, first, second, third, lasts, worse, phase, misses, reporters = arising_luck(
        w, number, subject, category, int_at(w, "grid_class", grid))
    issue.number, issue.subject, issue.category, issue.grid, issue.severity = number, subject, category, grid, severity
    issue.able = able_tier(able, delegation, category_at(w, category).delegated)
    issue.departments[0], issue.departments[1], issue.departments[2] = first, second, third
    issue.parts = 1 + (second >= 0) + (third >= 0)
    record(w, _OCCURRED, number, -1, grid, -1, severity)
    if prevents(w, i):
        record(w, _PREVENTED, number, -1, -1, -1, 0)
        forget_issue(w, i)
        return
    if lasts < NEVER:
        schedule(w, w.now + lasts, rank(_PATIENCE, number, 0), ENDS_BY_ITSELF, i, number)
    if worse < NEVER:
        schedule(w, w.now + worse, rank(_WORSENING, number, 0), WORSENS, i, number)
    team = int_at(w, "team", grid * w.categories_n + category)
    if team >= 0 and pool_at(w, team).beat and is_looked_for(misses):
        issue.attempts[_B_PATROL - FIRST_COUNTER] = 0
        hide(w, team, i, clock_until_found(phase, misses, pool_at(w, team).round_time))
    if category_at(w, category).screened > 0:
        schedule(w, next_round(w.now, rules_of(w).sweep_every), rank(_ARRIVAL, number, SWEPT), SWEEPS_BY, i, number)
    may_see(w, i)
    may_take_on(w, i)
    reporters = joins_in(w, i, reporters)
    if brings_one_more(w, i, reporters):
        reporters += 1
    for reporter in range(reporters):
        after = reporter_luck(w, i, reporter)[0]
        schedule(w, w.now + after, rank(_ARRIVAL, number, detail_of_notice(reporter)), NOTICES + (reporter << MORE), i, number)


@part
def ends_by_itself(w, i, number):
    """The vendor leaves, the noise stops: unless somebody has already set out to work on it."""
    issue = issue_at(w, i)
    if may_end(not alive(w, i, number), issue.started):
        issue.ended = 1
        record(w, _GONE, number, -1, -1, -1, 0)
        if issue.tickets < 0:
            forget_issue(w, i)


@part
def worsens(w, i, number):
    """小事拖大: severity rises one step, and with it the tier it needs and the touch time."""
    issue = issue_at(w, i)
    if not alive(w, i, number):
        return
    severity, able, touch = worsened(issue.severity, issue.able, issue.touch, category_at(w, issue.category).worsens_touch)
    if severity == issue.severity:
        return
    issue.severity, issue.able, issue.touch = severity, able, touch
    record(w, _WORSENED, number, -1, -1, -1, issue.severity)
    rerank(w, i)
    tickets, t = 0, issue.tickets
    while t >= 0:
        tickets, t = tickets + 1, ticket_at(w, t).next
    counts(w, i, tickets)


# -- those who report -------------------------------------------------------------------------------------------------------------

@part
def _new_resident(w):
    r = w.residents_free
    resident = resident_at(w, r)
    w.residents_free = resident.next
    w.residents_left -= 1
    resident.ask = resident.asks_again = 0
    return r


@part
def _goes_home(w, r):
    resident_at(w, r).next = w.residents_free
    w.residents_free = r
    w.residents_left += 1


@melted_part
def notices(w, i, number, reporter):
    """One of those who would report it comes by: if it is still there, there is something to tell; or nothing is said."""
    if not alive(w, i, number) or keeps_silent(w, i, reporter):
        return
    issue, r = issue_at(w, i), _new_resident(w)
    resident = resident_at(w, r)
    channel, wrong, which = report_luck(w, i, reporter)
    resident.issue, resident.issue_at, resident.category, resident.channel = number, i, issue.category, channel
    resident.detail = detail_of_resident(reporter)
    _chooses_desk(w, r, issue.grid, wrong, which)
    _turns_to_desk(w, r)


@part
def petitions(w, i, number, reporter, why):
    """信访: unless it is over by now, a letter to the district's centre, and then they wait as others do."""
    if not alive(w, i, number):
        return
    issue, r = issue_at(w, i), _new_resident(w)
    resident = resident_at(w, r)
    record(w, _PETITIONED, number, -1, category_at(w, issue.category).district_desk, -1, why)
    resident.issue, resident.issue_at, resident.category, resident.channel = number, i, issue.category, _BY_LETTER
    resident.detail = detail_of_resident(reporter)
    _chooses_desk(w, r, issue.grid, 1.0, 0.0)
    _turns_to_desk(w, r)


@melted_part
def somebody_asks(w, number, subject, category, grid):
    """咨询: a question, answered at the desk; whoever has the wrong centre is told and asks the right one."""
    r = _new_resident(w)
    resident = resident_at(w, r)
    resident.issue, resident.issue_at, resident.category, resident.subject = number, -1, category, subject
    resident.channel = channel_of(w, number, subject)
    resident.detail, resident.attempt = detail_of_resident(0), 0
    wrong, which = 1.0, 0.0
    if w.centres_n > 1:
        wrong, which = wrong_centre_luck(w, number, subject)
    _chooses_desk(w, r, grid, wrong, which)
    _turns_to_desk(w, r)


@part
def _chooses_desk(w, r, grid, wrong, which):
    """The desk a resident turns to and the one in charge: with several centres the wrong one may be picked."""
    resident = resident_at(w, r)
    category = category_at(w, resident.category)
    if goes_to_community(resident.channel):
        resident.desk = resident.right_desk = int_at(w, "community_desk", int_at(w, "grid_community", grid))
        return
    centre = centre_turned_to(wrong, rules_of(w).wrong_centre, which, category.centre, w.centres_n)
    resident.desk, resident.right_desk = int_at(w, "centres", centre), category.district_desk


@part
def _turns_to_desk(w, r):
    """The next call, message or visit of a resident."""
    resident = resident_at(w, r)
    i = resident.issue_at
    if w.reforms:
        grid = int_at(w, "grid", resident.issue)
        resident.desk = in_charge(w, resident.desk, resident.category, grid)
        resident.right_desk = in_charge(w, resident.right_desk, resident.category, grid)
    if i >= 0:
        resident.subject = issue_at(w, i).subject
        resident.attempt = next_attempt(w, i, _B_CONTACT)
    time, patience, calls_back, after = contact_luck(w, resident.issue, resident.subject, resident.attempt)
    resident.call_back, resident.call_back_after = calls_back, after
    ask = resident.ask if i >= 0 else resident.attempt
    time = turn(w, _B_CONTACT, 0, time)
    _turns_to(w, r, resident.issue, i, resident.category, resident.desk, resident.channel, resident.attempt, ask, time, patience)


@part
def goes_on(w, r):
    """The wait until the next call or the next question is over."""
    resident, rules = resident_at(w, r), rules_of(w)
    if resident.issue_at >= 0:
        resident.ask += resident.asks_again
        if not alive(w, resident.issue_at, resident.issue) or not may_ask(resident.ask, rules.asks_at_most):
            _goes_home(w, r)
            return
    else:
        resident.attempt += 1
    resident.asks_again = 0
    _turns_to_desk(w, r)


@part
def _waits(w, r, seconds, asks_again):
    resident = resident_at(w, r)
    resident.asks_again = asks_again
    schedule(w, w.now + seconds, rank(_ARRIVAL, resident.issue, resident.detail), GOES_ON, r, resident.issue)


# -- telephones -------------------------------------------------------------------------------------------------------------------

@part
def _turns_to(w, r, number, i, category, desk, channel, attempt, ask, time, patience):
    """Call, write or walk in."""
    pool, rules = pool_at(w, desk), rules_of(w)
    record(w, _CONTACTED, number, -1, desk, -1, said_of_contact(channel, ask))
    if is_by_telephone(channel):
        if all_lines_taken(pool.capacity, pool.phones):
            record(w, _BLOCKED, number, -1, desk, -1, 0)
            schedule(w, w.now, rank(_ARRIVAL, number, detail_of_busy(attempt)), LINE_BUSY, r, number)
            return
        pool.phones += 1
    severity = seen_severity(issue_at(w, max(i, 0)).severity, channel, i < 0)
    mean = rules.consultation_mean if i < 0 else rules.handling_mean[channel]
    j = new_job(w)
    job = job_at(w, j)
    job.issue, job.issue_at, job.purpose, job.urgency, job.since = number, i, _CONTACT, urgency(0, severity), w.now
    job.left = desk_seconds(mean, float_at(w, "speed", desk * w.categories_n + category) * w.slower, time)
    job.tail, job.matter, job.kind = contact_tail(attempt), r, channel
    join(w, desk, j)
    if is_by_telephone(channel):
        seconds = patience_seconds(rules.phone_patience_mean, turn(w, _B_CONTACT, 1, patience))
        schedule_unless_served(w, seconds, rank(_PATIENCE, number, detail_of_patience(attempt)), HANGS_UP, j)


@part
def reports_by_terminal(w, i, desk):
    """A grid worker's report, one key press 一键上报."""
    issue = issue_at(w, i)
    issue.reported = 1
    _turns_to(w, -1, issue.number, i, issue.category, desk, _TERMINAL, TERMINAL_ATTEMPT, 0, desk_luck(w, i), 0.0)


@part
def alarms(w, i, number):
    """告警: it reaches the desk of the centre in charge, unless the issue has ended meanwhile."""
    issue = issue_at(w, i)
    if issue.number != number or (issue.ended and not issue.phantom):
        return
    desk = category_at(w, issue.category).district_desk
    record(w, _FALSE_ALARM if issue.phantom else _ALARM, number, -1, desk, -1, 0)
    _, _, time, _ = sensor_luck(w, number, issue.subject)
    _turns_to(w, -1, number, i, issue.category, desk, _SENSOR, SENSOR_ATTEMPT, 0, time, 0.0)


@part
def hangs_up(w, j, entry):
    """Patience ends before anybody answers."""
    job = job_at(w, j)
    if job.entry and job.entry == entry and job.started < 0:
        r, p = job.matter, job.pool
        leave(w, j)
        record(w, _HUNG_UP, job.issue, -1, p, -1, 0)
        pool_at(w, p).phones -= 1
        forget_job(w, j)
        line_is_busy(w, r)


@part
def line_is_busy(w, r):
    """Not answered: call again later, or give up."""
    resident, rules = resident_at(w, r), rules_of(w)
    if calls_back(resident.call_back, rules.call_back):
        after = turn(w, _B_CONTACT, 3, resident.call_back_after)
        _waits(w, r, call_back_seconds(rules.call_back_after, after), 0)
    else:
        record(w, _GAVE_UP, resident.issue, -1, resident.desk, -1, 0)
        _goes_home(w, r)


@melted_part
def is_answered(w, r):
    """The clerk is done with it: whoever reported may ask again some day; who asked at the wrong centre turns to the right one."""
    resident, rules = resident_at(w, r), rules_of(w)
    i = resident.issue_at
    if i < 0:
        if resident.desk == resident.right_desk:
            _goes_home(w, r)
            return
        resident.desk = resident.right_desk
        resident.attempt += 1
        _turns_to_desk(w, r)
        return
    if alive(w, i, resident.issue):
        again, wait, _, _ = luck(w, i, _B_ASK, _B_ASK)
        if asks_again(again, rules.ask_again):
            _waits(w, r, wait_to_ask(rules.ask_again_after, turn(w, _B_ASK, 1, wait)), 1)
            return
    _goes_home(w, r)
