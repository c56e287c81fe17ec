"""Desks of the three tiers: clerks answer, file, triage, send up and down, send again what comes back, and check by telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.centres import picks_wrong_centre, sees
from sim.draws.random import Block
from sim.engine_simpy.pools import Member
from sim.engine_simpy.tickets import Contact, Issue, Ticket
from sim.escalation import next_tier, passes_on
from sim.timeline import NOBODY, Event, Found, Purpose, Registered
from sim.triage import dispatched_wrong, is_ruled, refuses

if TYPE_CHECKING:
    from sim.engine_simpy.city import City
    from sim.engine_simpy.clock import Story

__all__ = ["Desks"]

_COMMUNITY, _STREET, _DISTRICT = 1, 2, 3
_WALK_IN, _TERMINAL = 2, 3


class Desks:
    """指挥中心: the desks, and the rules of what they do with a ticket."""

    def __init__(self, city: City) -> None:
        self.city, self.clock, self.rules = city, city.clock, city.rules
        organisation = city.organisation
        self.shared = int(organisation.shared_ledger)
        self.district_desk, self.centres = organisation.district_desk.tolist(), organisation.centres.tolist()
        self.street_desk, self.community_desk = organisation.street_desk.tolist(), organisation.community_desk.tolist()
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
            if job.purpose == Purpose.CONTACT:
                self.files(desk, job.matter)
                continue
            ticket = self.city.put_down(job)
            if ticket.closed:
                continue
            if job.purpose == Purpose.FORWARD:
                self.triages(ticket, desk)
            elif job.purpose == Purpose.REDISPATCH:
                self.sends_again(desk, ticket)
            else:
                self.city.units.is_checked(ticket, desk)

    # -- reports ------------------------------------------------------------------------------------------------------------

    def of_entry(self, category: int, grid: int, channel: int, wrong: float, which: float) -> tuple[int, int]:
        """The desk a resident turns to and the one in charge: with several centres the wrong one may be picked."""
        if channel == _WALK_IN:
            desk = self.community_desk[self.city.community[grid]]
            return desk, desk
        right = self.district_desk[category]
        if picks_wrong_centre(wrong, self.rules.wrong_centre, len(self.centres)):
            others = [desk for desk in self.centres if desk != right]
            return others[int(which * len(others))], right
        return right, right

    def time_of(self, contact: Contact) -> float:
        """Mean clerk's time for a contact (s), slower where clerks are generalists."""
        mean = self.rules.consultation_mean if contact.issue is None else self.handling[contact.channel]
        return mean * self.city.speed[contact.desk][contact.category]

    def files(self, desk: int, contact: Contact) -> None:
        """立案: a report becomes a ticket, or is merged into one that this desk can see."""
        issue = contact.issue
        self.city.residents.is_answered(contact)
        if issue is None or issue.ended:
            return
        if contact.channel == _TERMINAL:
            issue.reported = False
        if not issue.found:
            issue.found = True
            self.clock.record(Event.DISCOVERED, issue.number, place=desk, value=Found.RESIDENT)
        known = self.visible(issue, desk)
        if known is not None:
            self.clock.record(Event.MERGED, issue.number, known.number, desk)
            if known.lying:
                self.takes_up(known)
            return
        ticket = self.city.register(issue, desk, why_registered(issue))
        if contact.right_desk != desk:
            self.transfers(ticket, desk, contact.right_desk)
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
        self.clock.record(Event.TRANSFERRED, ticket.issue.number, ticket.number, desk, NOBODY, right_desk)
        seconds = 0.0
        if not self.shared:
            seconds = self.rules.transfer_mean * ticket.issue.luck(Block.TRANSFER, self.city.luck)[0]
        ticket.desk = right_desk
        self.city.later(seconds, ticket, self._arrives)

    # -- triage -------------------------------------------------------------------------------------------------------------

    def triages(self, ticket: Ticket, desk: int) -> None:
        """研判分拨: which tier and department, and so whether it is dispatched from here or sent on."""
        issue = ticket.issue
        ticket.desk = desk
        if desk not in ticket.known:
            ticket.known.append(desk)
        at, wanted = self.city.tier[desk], max(issue.able, _COMMUNITY)
        self.clock.record(Event.TRIAGED, issue.number, ticket.number, desk, NOBODY, issue.able + 4 * issue.departments[0])
        if wanted > at:
            self.sends_up(ticket)
        elif wanted < at and not self.shared:
            ticket.hops += 1
            self.sends(ticket, next_tier(at, wanted, 0), self.rules.signal_time * issue.luck(Block.HOP, self.city.luck)[1])
        else:
            ticket.hops += at - wanted
            self.dispatches(ticket)

    def sends_up(self, ticket: Ticket) -> None:
        """A hop up passes the ticket on, or not 信号衰减: then it lies there until it is seen or somebody asks again."""
        issue, at = ticket.issue, self.city.tier[ticket.desk]
        luck = issue.luck(Block.HOP, self.city.luck)
        ticket.hops = 0
        if passes_on(luck[0], self.rules.signal_pass):
            self.sends(ticket, next_tier(at, max(issue.able, _COMMUNITY), self.shared), self.rules.signal_time * luck[1])
            return
        ticket.lying, ticket.losses = True, ticket.losses + 1
        self.clock.record(Event.LOST, issue.number, ticket.number, ticket.desk)
        if self.shared:
            loss = ticket.losses
            self.city.at(self.clock._now + int(self.rules.signal_recovery + 0.5), ticket, lambda ticket: self._is_seen(ticket, loss))

    def takes_up(self, ticket: Ticket) -> None:
        """What lay there is sent on after all: with a new chance to be lost where nobody else can see it."""
        ticket.lying = False
        self.clock.record(Event.RECOVERED, ticket.issue.number, ticket.number, ticket.desk)
        if self.shared:
            self.sends(ticket, max(ticket.issue.able, _COMMUNITY), 0.0)
        else:
            self.sends_up(ticket)

    def _is_seen(self, ticket: Ticket, loss: int) -> None:
        if ticket.lying and ticket.losses == loss:      # not taken up meanwhile and lost once more
            self.takes_up(ticket)

    def sends(self, ticket: Ticket, tier: int, seconds: float) -> None:
        """To the desk of a tier, where it joins the queue."""
        issue, grid = ticket.issue, ticket.issue.grid
        target = (self.district_desk[issue.category] if tier == _DISTRICT else
                  self.street_desk[self.city.street[grid]] if tier == _STREET else self.community_desk[self.city.community[grid]])
        self.clock.record(Event.SENT, issue.number, ticket.number, ticket.desk, NOBODY, target)
        ticket.desk = target
        self.city.later(seconds, ticket, self._arrives)

    def _arrives(self, ticket: Ticket) -> None:
        self._desk_job(ticket, Purpose.FORWARD, self.rules.forward_mean)

    def _desk_job(self, ticket: Ticket, purpose: int, mean: float) -> None:
        if not ticket.closed:
            issue = ticket.issue
            seconds = int(mean * self.city.speed[ticket.desk][issue.category] * issue.desk_luck(self.city.luck) + 0.5)
            self.city.give(self.city.pools[ticket.desk], ticket, purpose, seconds)

    # -- dispatch -----------------------------------------------------------------------------------------------------------

    def dispatches(self, ticket: Ticket) -> None:
        """派遣: to the unit whose turn it is; a cross-department group 拉群 is convened as a whole."""
        issue, units = ticket.issue, self.city.units
        parts = len(issue.departments) - ticket.part if issue.able == _DISTRICT else 1
        if parts > 1 and self.rules.parallel and not ticket.convened:
            ticket.convened, ticket.left = True, parts
            self.city.later(self.rules.convene, ticket, units.convene)
            return
        luck = issue.luck(Block.DISPATCH, self.city.luck)
        right = units.of(issue, ticket.part)
        unit = right
        if dispatched_wrong(luck[0], self.rules.mis_dispatch, ticket.ruled):
            unit = units.wrong_for(issue, ticket.part, luck[1])
        self.clock.record(Event.DISPATCHED, issue.number, ticket.number, unit, NOBODY, ticket.dispatches)
        ticket.dispatches += 1
        seconds = self.rules.sign_in_mean * luck[2] * (self.rules.sign_in_urgent if issue.severity == 2 else 1.0)
        signs = self.city.working_time_later(unit, seconds)
        ticket.place = unit
        if unit != right:
            hold = issue.luck(Block.HOLD, self.city.luck)[0]
            back = self.city.working_time_later(unit, seconds + self.rules.hold_mean * hold)
            self.city.at(back, ticket, lambda ticket: self.is_back(ticket, unit, Event.RETURNED))
        elif refuses(luck[3], self.rules.refuse, ticket.ruled):
            self.city.at(signs, ticket, lambda ticket: self.is_back(ticket, unit, Event.REFUSED))
        else:
            self.city.at(signs, ticket, lambda ticket: units.accepts(ticket, unit))

    def is_back(self, ticket: Ticket, unit: int, why: int) -> None:
        """退单: returned or refused, it goes back to the desk that sent it; after enough returns the centre rules."""
        if ticket.closed:
            return
        issue = ticket.issue
        self.clock.record(why, issue.number, ticket.number, unit, NOBODY, issue.departments[min(
            ticket.part, len(issue.departments) - 1)])
        ticket.returns += 1
        self.asks_to_send_again(ticket)

    def asks_to_send_again(self, ticket: Ticket) -> None:
        """Back on the desk's pile."""
        self.clock.record(Event.REDISPATCHED, ticket.issue.number, ticket.number, ticket.desk)
        self._desk_job(ticket, Purpose.REDISPATCH, self.rules.forward_mean)

    def calls_back(self, ticket: Ticket) -> None:
        """核查 by telephone."""
        self._desk_job(ticket, Purpose.VERIFY, self.rules.call_back_mean)

    def sends_again(self, desk: int, ticket: Ticket) -> None:
        """To the next department, or again; the ruling binds the next dispatch."""
        if is_ruled(ticket.returns, self.rules.ruling_after) and not ticket.ruled:
            ticket.ruled = 1
            self.clock.record(Event.RULED, ticket.issue.number, ticket.number, desk)
        at, wanted = self.city.tier[desk], max(ticket.issue.able, _COMMUNITY)
        if wanted > at:
            self.sends_up(ticket)
        else:
            self.dispatches(ticket)


def why_registered(issue: Issue) -> int:
    """First ticket of the issue, a duplicate of an open one, or a repeat of a closed one."""
    if issue.tickets:
        return Registered.DUPLICATE
    return Registered.REPEAT if issue.closed_before else Registered.FIRST
