"""Desks of the three tiers: clerks answer, file, triage, send up and down, send again what comes back, and check by telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.centres import (
    HANDED_OVER,
    MERGED,
    NOTHING,
    centre_turned_to,
    desk_seconds,
    found_by,
    goes_to_community,
    is_by_terminal,
    sees,
    transfer_seconds,
    what_follows_report,
    why_registered,
)
from sim.departments import asked_of, convene_seconds, parts_together
from sim.draws.random import Block
from sim.engine_simpy.pools import Member
from sim.engine_simpy.tickets import Contact, Issue, Ticket
from sim.escalation import (
    DOWN,
    UP,
    desk_tier,
    hop_seconds,
    hops_down,
    is_seen,
    may_be_lost_again,
    next_tier,
    passes_on,
    seen_after,
    way_again,
    way_on,
)
from sim.tables import Tier
from sim.timeline import NOBODY, Event, Purpose, Registered
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

if TYPE_CHECKING:
    from sim.engine_simpy.city import City
    from sim.engine_simpy.clock import Story

__all__ = ["Desks"]

_STREET, _DISTRICT = int(Tier.STREET), int(Tier.DISTRICT)

_DISCOVERED, _DISPATCHED, _LOST, _MERGED = int(Event.DISCOVERED), int(Event.DISPATCHED), int(Event.LOST), int(Event.MERGED)
_RECOVERED, _REDISPATCHED, _REFUSED, _RETURNED = int(Event.RECOVERED), int(Event.REDISPATCHED), int(Event.REFUSED), int(Event.RETURNED)
_RULED, _SENT, _TRANSFERRED, _TRIAGED = int(Event.RULED), int(Event.SENT), int(Event.TRANSFERRED), int(Event.TRIAGED)
_TO_CONTACT, _TO_FORWARD, _TO_REDISPATCH, _TO_VERIFY = int(Purpose.CONTACT), int(Purpose.FORWARD), int(Purpose.REDISPATCH), int(Purpose.VERIFY)


class Desks:
    """指挥中心: the desks, and the rules of what they do with a ticket."""

    def __init__(self, city: City) -> None:
        self.city, self.clock, self.rules = city, city.clock, city.rules
        organisation = city.organisation
        self.shared = int(organisation.shared_ledger)
        self.district_desk, self.centres = organisation.district_desk.tolist(), organisation.centres.tolist()
        self.street_desk, self.community_desk = organisation.street_desk.tolist(), organisation.community_desk.tolist()
        self.centre_of = {desk: number for number, desk in enumerate(self.centres)}
        self.several_centres = len(self.centres) > 1
        self.handling = city.rules.handling_mean.tolist()

    def clerk(self, me: Member) -> Story:
        """坐席员: answers and files, takes over what other desks send, sends again what came back, checks by telephone."""
        desk = me.pool.index
        while True:
            job = yield me.called()
            if not (yield me.works_on(job)):
                continue
            me.done(job)
            if job.purpose == _TO_CONTACT:
                self.files(desk, job.matter)
                continue
            ticket = self.city.put_down(job)
            if ticket.closed:
                continue
            here = self.city.reform.in_charge(desk, ticket.issue.category, ticket.issue.grid)
            if job.purpose == _TO_FORWARD:
                self.triages(ticket, here)
            elif job.purpose == _TO_REDISPATCH:
                self.sends_again(here, ticket)
            else:
                self.city.units.is_checked(ticket, here)

    # -- reports ------------------------------------------------------------------------------------------------------------

    def of_entry(self, category: int, grid: int, channel: int, wrong: float, which: float) -> tuple[int, int]:
        """The desk a resident turns to and the one in charge: with several centres the wrong one may be picked."""
        if goes_to_community(channel):
            desk = self.community_desk[self.city.community[grid]]
            return desk, desk
        right, centres = self.district_desk[category], self.centres
        return centres[centre_turned_to(wrong, self.rules.wrong_centre, which, self.centre_of[right], len(centres))], right

    def files(self, desk: int, contact: Contact) -> None:
        """立案: a report becomes a ticket, or is merged into one that this desk can see."""
        issue = contact.issue
        self.city.residents.is_answered(contact)
        if issue is None:
            return
        reform = self.city.reform
        desk, right_desk = (reform.in_charge(one, issue.category, issue.grid) for one in (desk, contact.right_desk))
        if issue.phantom:
            if is_by_terminal(contact.channel):
                self.triages(self.city.register(issue, desk, Registered.FIRST), desk)
            else:
                self.city.sensors.is_looked_at(issue, desk)
            return
        known = self.visible(issue, desk)
        follows = what_follows_report(not issue.ended, known is not None, right_desk == desk)
        if follows == NOTHING:
            return
        if is_by_terminal(contact.channel):
            issue.reported = False
        if not issue.found:
            issue.found = True
            self.clock.record(_DISCOVERED, issue.number, place=desk, value=found_by(contact.channel))
        if follows == MERGED:
            assert known is not None
            self.clock.record(_MERGED, issue.number, known.number, desk)
            if known.lying:
                self.takes_up(known)
            return
        ticket = self.city.register(issue, desk, why_registered(bool(issue.tickets), issue.closed_before))
        if follows == HANDED_OVER:
            self.transfers(ticket, desk, right_desk)
        else:
            self.triages(ticket, desk)

    def visible(self, issue: Issue, desk: int) -> Ticket | None:
        """An open ticket of the issue that this desk can see: any with a shared ledger, else one that it has had."""
        for ticket in issue.tickets:
            if sees(self.shared, desk in ticket.known):
                return ticket
        return None

    def transfers(self, ticket: Ticket, desk: int, right_desk: int) -> None:
        """From one centre's platform to another's: by paper, or at once with a shared ledger."""
        self.clock.record(_TRANSFERRED, ticket.issue.number, ticket.number, desk, NOBODY, right_desk)
        luck = ticket.issue.luck(Block.TRANSFER, self.city.luck)[0]
        ticket.desk = right_desk
        self.city.later(transfer_seconds(self.shared, self.rules.transfer_mean, luck), ticket, self.takes_over)

    # -- triage -------------------------------------------------------------------------------------------------------------

    def triages(self, ticket: Ticket, desk: int) -> None:
        """研判分拨: which tier and department, and so whether it is dispatched from here or sent on."""
        issue = ticket.issue
        ticket.desk = desk
        if desk not in ticket.known:
            ticket.known.append(desk)
        self.clock.record(_TRIAGED, issue.number, ticket.number, desk, NOBODY, said_of_triage(issue.able, issue.departments[0]))
        if not self.city.three_ways.takes(ticket):
            self.moves_on(ticket, desk)

    def moves_on(self, ticket: Ticket, desk: int) -> None:
        """Dispatched from here, or sent on."""
        issue = ticket.issue
        at, wanted = self.city.tier[desk], desk_tier(issue.able)
        way = way_on(at, wanted, self.shared)
        ticket.hops = hops_down(ticket.hops, way, at, wanted)
        if way == UP:
            self.sends_up(ticket)
        elif way == DOWN:
            self.hops(ticket, issue.luck(Block.HOP, self.city.luck)[1])
        else:
            self.dispatches(ticket)

    def hops(self, ticket: Ticket, luck: float) -> None:
        """On the way to the next desk, up or down."""
        tier = next_tier(self.city.tier[ticket.desk], desk_tier(ticket.issue.able), self.shared)
        self.sends(ticket, tier, hop_seconds(self.rules.signal_time, luck))

    def sends_up(self, ticket: Ticket) -> None:
        """A hop up passes the ticket on, or not 信号衰减: then it lies there until it is seen or somebody asks again."""
        issue = ticket.issue
        luck = issue.luck(Block.HOP, self.city.luck)
        ticket.hops = 0
        if passes_on(luck[0], self.rules.signal_pass):
            self.hops(ticket, luck[1])
            return
        ticket.lying, ticket.losses = True, ticket.losses + 1
        self.clock.record(_LOST, issue.number, ticket.number, ticket.desk)
        self.will_be_seen(ticket)

    def will_be_seen(self, ticket: Ticket) -> None:
        """What lies there is seen after a while, where the ledger is shared."""
        after, loss = seen_after(self.shared, self.rules.signal_recovery), ticket.losses
        if after >= 0:
            self.city.at(self.clock._now + after, ticket, lambda ticket: self._is_seen(ticket, loss))

    def takes_up(self, ticket: Ticket) -> None:
        """What lay there is sent on after all: with a new chance to be lost where nobody else can see it."""
        ticket.lying = False
        self.clock.record(_RECOVERED, ticket.issue.number, ticket.number, ticket.desk)
        if may_be_lost_again(self.shared):
            self.sends_up(ticket)
        else:
            self.sends(ticket, desk_tier(ticket.issue.able), 0)

    def _is_seen(self, ticket: Ticket, loss: int) -> None:
        if is_seen(ticket.lying, ticket.losses, loss):
            self.takes_up(ticket)

    def sends(self, ticket: Ticket, tier: int, seconds: int) -> None:
        """To the desk of a tier, where it joins the queue."""
        issue, grid = ticket.issue, ticket.issue.grid
        target = (self.district_desk[issue.category] if tier == _DISTRICT else
                  self.street_desk[self.city.street[grid]] if tier == _STREET else self.community_desk[self.city.community[grid]])
        self.clock.record(_SENT, issue.number, ticket.number, ticket.desk, NOBODY, target)
        ticket.desk = target
        self.city.later(seconds, ticket, self.takes_over)

    def takes_over(self, ticket: Ticket) -> None:
        """It is on the desk's pile, to be triaged."""
        self._desk_job(ticket, _TO_FORWARD, self.rules.forward_mean)

    def _desk_job(self, ticket: Ticket, purpose: int, mean: float) -> None:
        if not ticket.closed:
            issue = ticket.issue
            speed = self.city.speed[ticket.desk][issue.category] * self.city.slower
            seconds = desk_seconds(mean, speed, issue.desk_luck(self.city.luck))
            self.city.give(self.city.pools[ticket.desk], ticket, purpose, seconds)

    # -- dispatch -----------------------------------------------------------------------------------------------------------

    def dispatches(self, ticket: Ticket) -> None:
        """派遣: to the unit whose turn it is; a cross-department group 拉群 is convened as a whole."""
        issue, units, rules = ticket.issue, self.city.units, self.rules
        called = self.city.emergencies.calls_a_team(issue)
        together = parts_together(issue.able, len(issue.departments), ticket.part, 1 if called else rules.parallel, ticket.convened)
        if together:
            ticket.convened, ticket.left = True, together
            seconds = convene_seconds(self.city.tables.emergencies.emergency_convene if called else rules.convene)
            self.city.later(seconds, ticket, units.convene)
            return
        if self.city.participation.are_asked(ticket):
            return
        luck = issue.luck(Block.DISPATCH, self.city.luck)
        right = units.of(issue, ticket.part)
        unit = right
        if dispatched_wrong(luck[0], rules.mis_dispatch, ticket.ruled):
            wrong = wrong_unit(issue.able, issue.departments[ticket.part], luck[1], rules.too_low, len(units.crew))
            unit = units.street_team[self.city.street[issue.grid]] if wrong == TO_STREET else units.crew[wrong]
        self.clock.record(_DISPATCHED, issue.number, ticket.number, unit, NOBODY, ticket.dispatches)
        ticket.dispatches += 1
        ticket.place = unit
        held = issue.luck(Block.HOLD, self.city.luck)[0] if unit != right else 0.0
        then = self.city.working_time_later(unit, answered_after(
            rules.sign_in_mean, luck[2], rules.sign_in_urgent, issue.severity, rules.hold_mean, held))
        answer = answer_of_unit(unit != right, luck[3], rules.refuse * self.city.assessment.refusal(unit, issue), ticket.ruled)
        if answer == ACCEPTED:
            self.city.at(then, ticket, lambda ticket: units.accepts(ticket, unit))
        else:
            why = _REFUSED if answer == REFUSED else _RETURNED
            self.city.at(then, ticket, lambda ticket: self.is_back(ticket, unit, why))

    def is_back(self, ticket: Ticket, unit: int, why: int) -> None:
        """退单: returned or refused, it goes back to the desk that sent it; after enough returns the centre rules."""
        if ticket.closed:
            return
        issue = ticket.issue
        self.clock.record(why, issue.number, ticket.number, unit, NOBODY, issue.departments[asked_of(
            ticket.part, len(issue.departments))])
        ticket.returns += 1
        self.city.assessment.has_sent_back(unit, issue)
        self.asks_to_send_again(ticket)

    def asks_to_send_again(self, ticket: Ticket) -> None:
        """Back on the desk's pile."""
        self.clock.record(_REDISPATCHED, ticket.issue.number, ticket.number, ticket.desk)
        self._desk_job(ticket, _TO_REDISPATCH, self.rules.forward_mean)

    def calls_back(self, ticket: Ticket) -> None:
        """核查 by telephone."""
        self._desk_job(ticket, _TO_VERIFY, self.rules.call_back_mean)

    def sends_again(self, desk: int, ticket: Ticket) -> None:
        """To the next department, or again; the ruling binds the next dispatch."""
        if is_ruled(ticket.returns, self.rules.ruling_after, ticket.ruled):
            ticket.ruled = 1
            self.clock.record(_RULED, ticket.issue.number, ticket.number, desk)
        if way_again(self.city.tier[desk], ticket.issue.able) == UP:
            self.sends_up(ticket)
        else:
            self.dispatches(ticket)
