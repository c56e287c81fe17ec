"""Desks of the three tiers: clerks answer, file, triage, send up and down, send again what comes back, and check by telephone."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.centres import sees
from sim.compiling import part
from sim.draws.random import Block
from sim.engine_numba.acts import ACCEPTS, ARRIVES, CONVENES, IS_SEEN, MORE, REFUSES, RETURNS
from sim.engine_numba.clock import record
from sim.engine_numba.layout import category_at, float_at, int_at, issue_at, job_at, pool_at, resident_at, rules_of, ticket_at
from sim.engine_numba.luck import desk_luck, luck
from sim.engine_numba.pools import forget_job
from sim.engine_numba.residents import TERMINAL, is_answered
from sim.engine_numba.tickets import alive, at, give, later, register, working_time_later
from sim.escalation import next_tier, passes_on
from sim.tables import CHANNELS, Tier
from sim.timeline import Event, Found, Purpose, Registered
from sim.triage import dispatched_wrong, is_ruled, refuses, wrong_department

__all__ = ["arrives", "asks_to_send_again", "calls_back", "files", "is_back", "is_seen", "sends_again", "takes_up", "triages", "unit_of",
           "visible", "why_registered"]

_GRID, _COMMUNITY, _STREET, _DISTRICT = int(Tier.GRID), int(Tier.COMMUNITY), int(Tier.STREET), int(Tier.DISTRICT)
_PHONE, _URGENT = CHANNELS.index("phone"), 2
_FORWARD, _REDISPATCH, _VERIFY = int(Purpose.FORWARD), int(Purpose.REDISPATCH), int(Purpose.VERIFY)
_DISCOVERED, _MERGED, _TRANSFERRED, _TRIAGED = int(Event.DISCOVERED), int(Event.MERGED), int(Event.TRANSFERRED), int(Event.TRIAGED)
_LOST, _RECOVERED, _SENT, _DISPATCHED = int(Event.LOST), int(Event.RECOVERED), int(Event.SENT), int(Event.DISPATCHED)
_RETURNED, _REDISPATCHED, _RULED = int(Event.RETURNED), int(Event.REDISPATCHED), int(Event.RULED)
_RESIDENT = int(Found.RESIDENT)
_FIRST, _DUPLICATE, _REPEAT = int(Registered.FIRST), int(Registered.DUPLICATE), int(Registered.REPEAT)
_TRANSFER, _HOP, _DISPATCH, _HOLD = int(Block.TRANSFER), int(Block.HOP), int(Block.DISPATCH), int(Block.HOLD)


# -- reports ----------------------------------------------------------------------------------------------------------------------

@part
def files(w, desk, j):
    """立案: a report becomes a ticket, or is merged into one that this desk can see."""
    job = job_at(w, j)
    r, i, number, channel, right_desk = job.matter, job.issue_at, job.issue, job.kind, desk
    forget_job(w, j)
    if channel == _PHONE:
        pool_at(w, desk).phones -= 1
    if r >= 0:
        right_desk = resident_at(w, r).right_desk
        is_answered(w, r)
    if i < 0 or not alive(w, i, number):
        return
    issue = issue_at(w, i)
    if channel == TERMINAL:
        issue.reported = 0
    if not issue.found:
        issue.found = 1
        record(w, _DISCOVERED, number, -1, desk, -1, _RESIDENT)
    known = visible(w, i, desk)
    if known >= 0:
        record(w, _MERGED, number, ticket_at(w, known).number, desk, -1, 0)
        if ticket_at(w, known).lying:
            takes_up(w, known)
        return
    t = register(w, i, desk, why_registered(w, i))
    if right_desk != desk:
        _transfers(w, t, desk, right_desk)
    else:
        triages(w, t, desk)


@part
def why_registered(w, i):
    """First ticket of the issue, a duplicate of an open one, or a repeat of a closed one."""
    issue = issue_at(w, i)
    if issue.tickets >= 0:
        return _DUPLICATE
    return _REPEAT if issue.closed_before else _FIRST


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
    seconds = 0.0
    if not rules.shared_ledger:
        seconds = rules.transfer_mean * luck(w, ticket.issue, _TRANSFER, _TRANSFER)[0]
    ticket.desk = right_desk
    later(w, seconds, t, ARRIVES)


# -- triage -----------------------------------------------------------------------------------------------------------------------

@part
def triages(w, t, desk):
    """研判分拨: which tier and department, and so whether it is dispatched from here or sent on."""
    ticket, rules = ticket_at(w, t), rules_of(w)
    issue = issue_at(w, ticket.issue)
    ticket.desk = desk
    if not _has_had(ticket, desk):
        ticket.known[ticket.knowing] = desk
        ticket.knowing += 1
    tier, wanted = pool_at(w, desk).tier, max(issue.able, _COMMUNITY)
    record(w, _TRIAGED, issue.number, ticket.number, desk, -1, issue.able + 4 * issue.departments[0])
    if wanted > tier:
        _sends_up(w, t)
    elif wanted < tier and not rules.shared_ledger:
        ticket.hops += 1
        _sends(w, t, next_tier(tier, wanted, 0), rules.signal_time * luck(w, ticket.issue, _HOP, _HOP)[1])
    else:
        ticket.hops += tier - wanted
        _dispatches(w, t)


@part
def _sends_up(w, t):
    """A hop up passes the ticket on, or not 信号衰减: then it lies there until it is seen or somebody asks again."""
    ticket, rules = ticket_at(w, t), rules_of(w)
    issue, tier = issue_at(w, ticket.issue), pool_at(w, ticket.desk).tier
    drawn = luck(w, ticket.issue, _HOP, _HOP)
    ticket.hops = 0
    if passes_on(drawn[0], rules.signal_pass):
        _sends(w, t, next_tier(tier, max(issue.able, _COMMUNITY), rules.shared_ledger), rules.signal_time * drawn[1])
        return
    ticket.lying = 1
    ticket.losses += 1
    record(w, _LOST, issue.number, ticket.number, ticket.desk, -1, 0)
    if rules.shared_ledger:
        at(w, w.now + int(rules.signal_recovery + 0.5), t, IS_SEEN + (ticket.losses << MORE))


@part
def takes_up(w, t):
    """What lay there is sent on after all: with a new chance to be lost where nobody else can see it."""
    ticket = ticket_at(w, t)
    issue = issue_at(w, ticket.issue)
    ticket.lying = 0
    record(w, _RECOVERED, issue.number, ticket.number, ticket.desk, -1, 0)
    if rules_of(w).shared_ledger:
        _sends(w, t, max(issue.able, _COMMUNITY), 0.0)
    else:
        _sends_up(w, t)


@part
def is_seen(w, t, loss):
    """What a hop lost is noticed on the shared platform, unless it was taken up meanwhile and lost once more."""
    if ticket_at(w, t).lying and ticket_at(w, t).losses == loss:
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
    speed = float_at(w, "speed", ticket.desk * w.categories_n + issue_at(w, ticket.issue).category)
    give(w, ticket.desk, t, purpose, int(mean * speed * desk_luck(w, ticket.issue) + 0.5), 0, 0.0)


# -- dispatch ---------------------------------------------------------------------------------------------------------------------

@part
def unit_of(w, i, which):
    """The unit able to do a part of the work: lowest tier with authority, department in charge."""
    issue = issue_at(w, i)
    if issue.able == _DISTRICT:
        return int_at(w, "crew", issue.departments[which])
    if issue.able == _STREET:
        return int_at(w, "street_team", int_at(w, "grid_street", issue.grid))
    team = int_at(w, "team", issue.grid * w.categories_n + issue.category) if issue.able == _GRID else -1
    return team if team >= 0 else int_at(w, "staff", int_at(w, "grid_community", issue.grid))


@part
def _wrong_unit_for(w, i, which, u):
    """The wrong unit: a street without authority 管不了, another department, or the street for what is the community's."""
    issue, rules = issue_at(w, i), rules_of(w)
    if issue.able < _STREET or (issue.able == _DISTRICT and u < rules.too_low):
        return int_at(w, "street_team", int_at(w, "grid_street", issue.grid))
    share = rules.too_low if issue.able == _DISTRICT else 0.0
    return int_at(w, "crew", wrong_department((u - share) / (1 - share), issue.departments[which], w.departments_n))


@part
def _dispatches(w, t):
    """派遣: to the unit whose turn it is; a cross-department group 拉群 is convened as a whole."""
    ticket, rules = ticket_at(w, t), rules_of(w)
    i = ticket.issue
    issue = issue_at(w, i)
    parts = issue.parts - ticket.part if issue.able == _DISTRICT else 1
    if parts > 1 and rules.parallel and not ticket.convened:
        ticket.convened, ticket.left = 1, parts
        later(w, rules.convene, t, CONVENES)
        return
    drawn = luck(w, i, _DISPATCH, _DISPATCH)
    right = unit_of(w, i, ticket.part)
    unit = right
    if dispatched_wrong(drawn[0], rules.mis_dispatch, ticket.ruled):
        unit = _wrong_unit_for(w, i, ticket.part, drawn[1])
    record(w, _DISPATCHED, issue.number, ticket.number, unit, -1, ticket.dispatches)
    ticket.dispatches += 1
    seconds = rules.sign_in_mean * drawn[2] * (rules.sign_in_urgent if issue.severity == _URGENT else 1.0)
    signs = working_time_later(w, unit, seconds)
    ticket.place = ticket.sent_to = unit
    if unit != right:
        held = luck(w, i, _HOLD, _HOLD)[0]
        at(w, working_time_later(w, unit, seconds + rules.hold_mean * held), t, RETURNS)
    elif refuses(drawn[3], rules.refuse, ticket.ruled):
        at(w, signs, t, REFUSES)
    else:
        at(w, signs, t, ACCEPTS)


@part
def is_back(w, t, unit, why):
    """退单: returned or refused, it goes back to the desk that sent it; after enough returns the centre rules."""
    ticket = ticket_at(w, t)
    issue = issue_at(w, ticket.issue)
    record(w, why, issue.number, ticket.number, unit, -1, issue.departments[min(ticket.part, issue.parts - 1)])
    ticket.returns += 1
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
    if is_ruled(ticket.returns, rules_of(w).ruling_after) and not ticket.ruled:
        ticket.ruled = 1
        record(w, _RULED, issue.number, ticket.number, desk, -1, 0)
    if max(issue.able, _COMMUNITY) > pool_at(w, desk).tier:
        _sends_up(w, t)
    else:
        _dispatches(w, t)
