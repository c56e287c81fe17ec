"""Desks of the three tiers: clerks answer, file, triage, send up and down, send again what comes back, and check by telephone."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.centres import (
    HANDED_OVER,
    MERGED,
    NOTHING,
    desk_seconds,
    found_by,
    is_by_telephone,
    is_by_terminal,
    sees,
    transfer_seconds,
    what_follows_report,
    why_registered,
)
from sim.compiling import melted_part, part
from sim.departments import asked_of, convene_seconds, parts_together
from sim.draws.random import Block
from sim.engine_numba.acts import ACCEPTS, ARRIVES, CONVENES, IS_SEEN, MORE, REFUSES, RETURNS
from sim.engine_numba.assessment import scored_as
from sim.engine_numba.clock import record
from sim.engine_numba.emergencies import calls_a_team
from sim.engine_numba.layout import (
    assessed_at,
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
from sim.engine_numba.luck import desk_luck, luck, turn
from sim.engine_numba.participation import helpers_for
from sim.engine_numba.pools import forget_job
from sim.engine_numba.regimes import in_charge
from sim.engine_numba.residents import is_answered
from sim.engine_numba.sensors import dismisses
from sim.engine_numba.three_ways import deliberated
from sim.engine_numba.tickets import alive, at, give, later, register, working_time_later
from sim.escalation import (
    DOWN,
    UP,
    desk_tier,
    hop_seconds,
    hops_down,
    may_be_lost_again,
    next_tier,
    passes_on,
    seen_after,
    way_again,
    way_on,
    work_tier,
)
from sim.escalation import is_seen as is_seen_now
from sim.tables import Tier
from sim.timeline import Event, Purpose, Registered
from sim.triage import (
    ACCEPTED,
    REFUSED,
    TO_STREET,
    answer_of_unit,
    answered_after,
    dispatched_wrong,
    is_ruled,
    said_of_triage,
    wrong_unit,
)

__all__ = ["arrives", "asks_to_send_again", "calls_back", "files", "moves_on", "is_back", "is_seen", "sends_again", "takes_up", "triages", "unit_of",
           "visible", "will_be_seen"]

_GRID, _STREET, _DISTRICT = int(Tier.GRID), int(Tier.STREET), int(Tier.DISTRICT)
_FORWARD, _REDISPATCH, _VERIFY = int(Purpose.FORWARD), int(Purpose.REDISPATCH), int(Purpose.VERIFY)
_DISCOVERED, _MERGED, _TRANSFERRED, _TRIAGED = int(Event.DISCOVERED), int(Event.MERGED), int(Event.TRANSFERRED), int(Event.TRIAGED)
_LOST, _RECOVERED, _SENT, _DISPATCHED = int(Event.LOST), int(Event.RECOVERED), int(Event.SENT), int(Event.DISPATCHED)
_RETURNED, _REDISPATCHED, _RULED = int(Event.RETURNED), int(Event.REDISPATCHED), int(Event.RULED)
_FIRST = int(Registered.FIRST)
_TRANSFER, _HOP, _DISPATCH, _HOLD = int(Block.TRANSFER), int(Block.HOP), int(Block.DISPATCH), int(Block.HOLD)


# -- reports ----------------------------------------------------------------------------------------------------------------------

@melted_part
def files(w, desk, j):
    """立案: a report becomes a ticket, or is merged into one that this desk can see."""
    job = job_at(w, j)
    r, i, number, channel, right_desk = job.matter, job.issue_at, job.issue, job.kind, desk
    forget_job(w, j)
    if is_by_telephone(channel):
        pool_at(w, desk).phones -= 1
    if r >= 0:
        right_desk = resident_at(w, r).right_desk
        is_answered(w, r)
    if w.reforms and i >= 0:
        category, grid = issue_at(w, i).category, issue_at(w, i).grid
        desk, right_desk = in_charge(w, desk, category, grid), in_charge(w, right_desk, category, grid)
    if i >= 0 and issue_at(w, i).number == number and issue_at(w, i).phantom:
        if is_by_terminal(channel) or not dismisses(w, i, desk):
            triages(w, register(w, i, desk, _FIRST), desk)
        return
    there = i >= 0 and alive(w, i, number)
    known = visible(w, i, desk) if there else -1
    follows = what_follows_report(there, known >= 0, right_desk == desk)
    if follows == NOTHING:
        return
    issue = issue_at(w, i)
    if is_by_terminal(channel):
        issue.reported = 0
    if not issue.found:
        issue.found = 1
        record(w, _DISCOVERED, number, -1, desk, -1, found_by(channel))
    if follows == MERGED:
        record(w, _MERGED, number, ticket_at(w, known).number, desk, -1, 0)
        if ticket_at(w, known).lying:
            takes_up(w, known)
        return
    t = register(w, i, desk, why_registered(issue.tickets >= 0, issue.closed_before))
    if follows == HANDED_OVER:
        _transfers(w, t, desk, right_desk)
    else:
        triages(w, t, desk)


@part
def visible(w, i, desk):
    """An open ticket of the issue that this desk can see: any with a shared ledger, else one that it has had; -1 none."""
    shared = rules_of(w).shared_ledger
    t = issue_at(w, i).tickets
    while t >= 0:
        if sees(shared, _has_had(ticket_at(w, t), desk)):
            return t
        t = ticket_at(w, t).next
    return -1


@part
def _has_had(ticket, desk):
    for place in range(ticket.knowing):     # noqa: SIM110 - no generators in compiled code
        if ticket.known[place] == desk:
            return True
    return False


@part
def _transfers(w, t, desk, right_desk):
    """From one centre's platform to another's: by paper, or at once with a shared ledger."""
    ticket, rules = ticket_at(w, t), rules_of(w)
    record(w, _TRANSFERRED, issue_at(w, ticket.issue).number, ticket.number, desk, -1, right_desk)
    drawn = turn(w, _TRANSFER, 0, luck(w, ticket.issue, _TRANSFER, _TRANSFER)[0])
    ticket.desk = right_desk
    later(w, transfer_seconds(rules.shared_ledger, rules.transfer_mean, drawn), t, ARRIVES)


# -- triage -----------------------------------------------------------------------------------------------------------------------

@part
def triages(w, t, desk):
    """研判分拨: which tier and department, and so whether it is dispatched from here or sent on."""
    ticket = ticket_at(w, t)
    issue = issue_at(w, ticket.issue)
    ticket.desk = desk
    if not _has_had(ticket, desk):
        ticket.known[ticket.knowing] = desk
        ticket.knowing += 1
    record(w, _TRIAGED, issue.number, ticket.number, desk, -1, said_of_triage(issue.able, issue.departments[0]))
    if not deliberated(w, t):
        moves_on(w, t)


@part
def moves_on(w, t):
    """Dispatched from here, or sent on."""
    ticket, rules = ticket_at(w, t), rules_of(w)
    tier = pool_at(w, ticket.desk).tier
    wanted = desk_tier(issue_at(w, ticket.issue).able)
    way = way_on(tier, wanted, rules.shared_ledger)
    ticket.hops = hops_down(ticket.hops, way, tier, wanted)
    if way == UP:
        _sends_up(w, t)
    elif way == DOWN:
        _hops(w, t, luck(w, ticket.issue, _HOP, _HOP)[1])
    else:
        _dispatches(w, t)


@part
def _hops(w, t, drawn):
    """On the way to the next desk, up or down."""
    ticket, rules = ticket_at(w, t), rules_of(w)
    able = issue_at(w, ticket.issue).able
    seconds = hop_seconds(rules.signal_time, turn(w, _HOP, 1, drawn))
    _sends(w, t, next_tier(pool_at(w, ticket.desk).tier, desk_tier(able), rules.shared_ledger), seconds)


@part
def _sends_up(w, t):
    """A hop up passes the ticket on, or not 信号衰减: then it lies there until it is seen or somebody asks again."""
    ticket, rules = ticket_at(w, t), rules_of(w)
    drawn = luck(w, ticket.issue, _HOP, _HOP)
    ticket.hops = 0
    if passes_on(drawn[0], rules.signal_pass):
        _hops(w, t, drawn[1])
        return
    ticket.lying = 1
    ticket.losses += 1
    record(w, _LOST, issue_at(w, ticket.issue).number, ticket.number, ticket.desk, -1, 0)
    will_be_seen(w, t)


@part
def will_be_seen(w, t):
    """What lies there is seen after a while, where the ledger is shared."""
    after = seen_after(rules_of(w).shared_ledger, rules_of(w).signal_recovery)
    if after >= 0:
        at(w, w.now + after, t, IS_SEEN + (ticket_at(w, t).losses << MORE))


@part
def takes_up(w, t):
    """What lay there is sent on after all: with a new chance to be lost where nobody else can see it."""
    ticket = ticket_at(w, t)
    issue = issue_at(w, ticket.issue)
    ticket.lying = 0
    record(w, _RECOVERED, issue.number, ticket.number, ticket.desk, -1, 0)
    if may_be_lost_again(rules_of(w).shared_ledger):
        _sends_up(w, t)
    else:
        _sends(w, t, desk_tier(issue.able), 0)


@part
def is_seen(w, t, loss):
    """What a hop lost is noticed on the shared platform, unless it was taken up meanwhile and lost once more."""
    if is_seen_now(ticket_at(w, t).lying, ticket_at(w, t).losses, loss):
        takes_up(w, t)


@part
def _sends(w, t, tier, seconds):
    """To the desk of a tier, where it joins the queue."""
    ticket = ticket_at(w, t)
    issue = issue_at(w, ticket.issue)
    if tier == _DISTRICT:
        target = category_at(w, issue.category).district_desk
    elif tier == _STREET:
        target = int_at(w, "street_desk", int_at(w, "grid_street", issue.grid))
    else:
        target = int_at(w, "community_desk", int_at(w, "grid_community", issue.grid))
    record(w, _SENT, issue.number, ticket.number, ticket.desk, -1, target)
    ticket.desk = target
    later(w, seconds, t, ARRIVES)


@part
def arrives(w, t):
    """At its next desk, where it joins the queue."""
    _desk_job(w, t, _FORWARD, rules_of(w).forward_mean)


@part
def _desk_job(w, t, purpose, mean):
    ticket = ticket_at(w, t)
    speed = float_at(w, "speed", ticket.desk * w.categories_n + issue_at(w, ticket.issue).category) * w.slower
    give(w, ticket.desk, t, purpose, desk_seconds(mean, speed, desk_luck(w, ticket.issue)), 0, 0.0)


# -- dispatch ---------------------------------------------------------------------------------------------------------------------

@melted_part
def unit_of(w, i, which):
    """The unit able to do a part of the work: lowest tier with authority, department in charge."""
    issue = issue_at(w, i)
    team = int_at(w, "team", issue.grid * w.categories_n + issue.category)
    tier = work_tier(issue.able, team)
    if tier == _DISTRICT:
        return int_at(w, "crew", issue.departments[which])
    if tier == _STREET:
        return int_at(w, "street_team", int_at(w, "grid_street", issue.grid))
    return team if tier == _GRID else int_at(w, "staff", int_at(w, "grid_community", issue.grid))


@part
def _dispatches(w, t):
    """派遣: to the unit whose turn it is; a cross-department group 拉群 is convened as a whole."""
    ticket, rules = ticket_at(w, t), rules_of(w)
    i = ticket.issue
    issue = issue_at(w, i)
    called = calls_a_team(w, i)
    together = parts_together(issue.able, issue.parts, ticket.part, 1 if called else rules.parallel, ticket.convened)
    if together:
        ticket.convened, ticket.left = 1, together
        later(w, convene_seconds(rules.emergency_convene if called else rules.convene), t, CONVENES)
        return
    helpers = helpers_for(w, t)
    if helpers >= 0:
        ticket.helped = 1
        record(w, _DISPATCHED, issue.number, ticket.number, helpers, -1, ticket.dispatches)
        ticket.dispatches += 1
        ticket.place = ticket.sent_to = helpers
        at(w, w.now, t, ACCEPTS)
        return
    drawn = luck(w, i, _DISPATCH, _DISPATCH)
    right = unit_of(w, i, ticket.part)
    unit = right
    if dispatched_wrong(drawn[0], rules.mis_dispatch, ticket.ruled):
        wrong = wrong_unit(issue.able, issue.departments[ticket.part], drawn[1], rules.too_low, w.departments_n)
        unit = int_at(w, "street_team", int_at(w, "grid_street", issue.grid)) if wrong == TO_STREET else int_at(w, "crew", wrong)
    record(w, _DISPATCHED, issue.number, ticket.number, unit, -1, ticket.dispatches)
    ticket.dispatches += 1
    ticket.place = ticket.sent_to = unit
    held = turn(w, _HOLD, 0, luck(w, i, _HOLD, _HOLD)[0]) if unit != right else 0.0
    seconds = answered_after(rules.sign_in_mean, turn(w, _DISPATCH, 2, drawn[2]), rules.sign_in_urgent, issue.severity, rules.hold_mean, held)
    answer = answer_of_unit(unit != right, drawn[3], rules.refuse * assessed_at(w, scored_as(w, unit, i)).refusal, ticket.ruled)
    at(w, working_time_later(w, unit, seconds), t, ACCEPTS if answer == ACCEPTED else REFUSES if answer == REFUSED else RETURNS)


@part
def is_back(w, t, unit, why):
    """退单: returned or refused, it goes back to the desk that sent it; after enough returns the centre rules."""
    ticket = ticket_at(w, t)
    issue = issue_at(w, ticket.issue)
    record(w, why, issue.number, ticket.number, unit, -1, issue.departments[asked_of(ticket.part, issue.parts)])
    ticket.returns += 1
    assessed_at(w, scored_as(w, unit, ticket.issue)).returns += 1
    asks_to_send_again(w, t)


@part
def asks_to_send_again(w, t):
    """Back on the desk's pile."""
    ticket = ticket_at(w, t)
    record(w, _REDISPATCHED, issue_at(w, ticket.issue).number, ticket.number, ticket.desk, -1, 0)
    _desk_job(w, t, _REDISPATCH, rules_of(w).forward_mean)


@part
def calls_back(w, t):
    """核查 by telephone."""
    _desk_job(w, t, _VERIFY, rules_of(w).call_back_mean)


@part
def sends_again(w, desk, t):
    """To the next department, or again; the ruling binds the next dispatch."""
    ticket = ticket_at(w, t)
    issue = issue_at(w, ticket.issue)
    if is_ruled(ticket.returns, rules_of(w).ruling_after, ticket.ruled):
        ticket.ruled = 1
        record(w, _RULED, issue.number, ticket.number, desk, -1, 0)
    if way_again(pool_at(w, desk).tier, issue.able) == UP:
        _sends_up(w, t)
    else:
        _dispatches(w, t)
