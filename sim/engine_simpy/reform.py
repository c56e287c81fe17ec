"""Reform 改革: whoever carries it through, and under which rules things happen until it is done."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from heapq import heapify
from typing import TYPE_CHECKING, Any

from sim.draws.random import Block
from sim.engine_simpy.assessment import Assessment
from sim.engine_simpy.case_owners import CaseOwners
from sim.engine_simpy.clock import Turn, rank
from sim.engine_simpy.desks import Desks
from sim.engine_simpy.padding import Padding
from sim.engine_simpy.participation import Participation
from sim.engine_simpy.pools import Job, Pool
from sim.engine_simpy.residents import Residents
from sim.engine_simpy.root_causes import RootCauses
from sim.engine_simpy.screening import Screening
from sim.engine_simpy.sensors import Sensors
from sim.engine_simpy.supervision import Supervision
from sim.engine_simpy.three_ways import ThreeWays
from sim.engine_simpy.tickets import Contact, Issue, Ticket
from sim.engine_simpy.units import Units
from sim.grid_workers import clock_until_found, is_looked_for
from sim.order import WHOLE_DISTRICT
from sim.reform import asked_so_far, clock_left, slowed
from sim.tables import PoolKind
from sim.timeline import NOBODY, Event, Phase

if TYPE_CHECKING:
    from sim.engine_simpy.city import City
    from sim.engine_simpy.clock import Story

__all__ = ["OF_SIDE", "Reform"]

_COMPLETION, _SHIFT = int(Phase.COMPLETION), int(Phase.SHIFT)
_REFORMED, _HANDED_OVER = int(Event.REFORMED), int(Event.HANDED_OVER)
_DESK, _GRID_TEAM = int(PoolKind.DESK), int(PoolKind.GRID_TEAM)
BEFORE, BETWEEN, AFTER = 0, 1, 2
OF_SIDE: dict[str, tuple[Any, tuple[str, ...]]] = {
    "residents": (Residents, ("delegated",)),
    "desks": (Desks, ("rules", "shared", "district_desk", "centres", "centre_of", "several_centres", "handling")),
    "units": (Units, ("rules", "team")), "supervision": (Supervision, ("rules",)), "screening": (Screening, ("rules", "screened")),
    "root_causes": (RootCauses, ("rules",)), "assessment": (Assessment, ("rules",)),
    "sensors": (Sensors, ("settings", "reached", "delay", "delegated")),
    "participation": (Participation, ("settings", "helper_of", "share", "pool", "success")), "padding": (Padding, ("rules", "team")),
    "three_ways": (ThreeWays, ("rules", "nature")), "case_owners": (CaseOwners, ("rules",))}
"""What of each actor belongs to an organisation, and changes with it; all else is what the actor knows and has done."""


class Reform:
    """改革: the organisation that each street has now.

    Attributes
    ----------
    planned : bool
    regime, since : list of int
        By street: which side's rules it follows, and since when.
    gone : list of bool
        By pool: it is no more.
    tickets : dict
        Open ones, each with its limit and whether that is in working time.
    issues : dict
        Those that are there, by number.
    """

    def __init__(self, city: City) -> None:
        self.city, self.clock = city, city.clock
        self.planned = city.tables.reform is not None
        self.gone = [False] * len(city.pools)
        if city.tables.reform is None:
            return
        self.settings = city.tables.reform
        self.regime, self.since = [BEFORE] * len(city.tables.street), [0] * len(city.tables.street)
        self.district, self.now = BEFORE, BEFORE
        self.street = [city.street[grid] for grid in city.draws.grid.tolist()]
        self.street_time, self.pool_time = self.settings.street_time.tolist(), self.settings.pool_time.tolist()
        self.pool_until, self.pool_born = self.settings.pool_until.tolist(), self.settings.pool_born.tolist()
        self.comes, self.begins = self.settings.member_comes.tolist(), self.settings.member_from.tolist()
        self.leaves, self.following = self.settings.member_until.tolist(), self.settings.member_next.tolist()
        self.coming_from = {after: place for place, after in enumerate(self.following) if after >= 0}
        self.members = [member for pool in city.pools for member in pool.members]
        self.tickets: dict[Ticket, tuple[float, int]] = {}
        self.issues: dict[int, Issue] = {}
        self.sides = [_side(city, side) for side in self.settings.sides]
        for pool, preempts in zip(city.pools, self.settings.preemptive.tolist(), strict=True):
            pool.presses = pool.presses or bool(preempts)
            pool.on_hand_over, pool.on_leave = self.hands_over, self.is_off
        self.clock.before = self.comes_under

    # -- under which rules --------------------------------------------------------------------------------------------------------

    def comes_under(self, order: int) -> None:
        """What happens now is up to the organisation of the street that it concerns; what concerns nobody's street, to the district's."""
        phase, subject = order >> 44, order >> 12 & WHOLE_DISTRICT
        if phase == _SHIFT:
            return
        if phase == _COMPLETION:
            job = self.members[subject].job
            if job is not None:
                self.under(self.street[job.issue])
        elif subject != WHOLE_DISTRICT:
            self.under(self.street[subject])
        else:
            self._follow(self.district, 0)

    def under(self, street: int) -> None:
        """The organisation that this street has now."""
        self._follow(self.regime[street], self.since[street])

    def _follow(self, regime: int, since: int) -> None:
        city = self.city
        if regime != self.now:
            self.now = regime
            for actor, values in self.sides[regime]:
                actor.__dict__.update(values)
        changed = regime == AFTER
        city.slower = slowed(self.settings.dip_share, self.settings.dip_seconds, self.clock._now - since) if changed else 1.0
        city.asked_since = since if changed and self.settings.joins_in else 0

    def in_charge(self, pool: int, category: int, grid: int) -> int:
        """Who does now what a pool did: the pool itself, if it still is."""
        if not self.gone[pool]:
            return pool
        city, kind = self.city, self.city.kind[pool]
        if kind == _DESK:
            return city.desks.district_desk[category]
        team = city.units.team[grid][category]
        return team if kind == _GRID_TEAM and team >= 0 else city.units.staff[city.community[grid]]

    def opens(self, ticket: Ticket, limit: float, working: int) -> None:
        """A ticket is open."""
        if self.planned:
            self.tickets[ticket] = limit, working

    # -- day by day -----------------------------------------------------------------------------------------------------------------

    def reformer(self) -> Story:
        """改革: on the first day the district changes, on each street's day the street."""
        if self.planned:
            for number, time in enumerate(self.settings.moments.tolist()):
                yield self.clock.at(time, rank(_SHIFT, WHOLE_DISTRICT), Turn())
                self.changes(time, not number)

    def changes(self, time: int, first: bool) -> None:
        """A day of the reform: rules, desks and teams, what waited there, tickets, what is not known yet, and at last who works where."""
        city = self.city
        for street, changes in enumerate(self.street_time):
            if changes == time:
                self.regime[street], self.since[street] = AFTER, time
                self.clock.record(_REFORMED, NOBODY, value=street)
            elif first:
                self.regime[street] = BETWEEN
        if first:
            self._district_changes()
        for pool in city.pools:
            if self.pool_time[pool.index] == time:
                self._pool_changes(pool, time)
        closed = [pool for pool in city.pools if self.pool_until[pool.index] == time]
        for pool in closed:
            for entry in sorted(entry for entry in pool.waiting if entry[3].entry is entry):
                pool.leave(entry[3])
                self.hands_over(pool, entry[3])
        for ticket, (limit, working) in self.tickets.items():
            self._ticket_changes(ticket, limit, working, time)
        for pool in closed:
            if pool.index in city.grid_workers.beats:
                self._beat_ends(pool)
        for issue in [issue for issue in self.issues.values() if issue.ended]:
            del self.issues[issue.number]
        for issue in self.issues.values():
            if self.street_time[self.street[issue.number]] == time:
                self._is_looked_for_now(issue)
        for where, member in enumerate(self.members):
            if self.leaves[where] == time:
                member.gone = True
                if member.job is None:
                    self._goes(member)
        for where, member in enumerate(self.members):
            if self.comes[where] and self.begins[where] == time and not self._is_busy_elsewhere(where):
                self.clock.begin(city.employs(member))

    def _district_changes(self) -> None:
        city, settings = self.city, self.settings
        self.district = AFTER
        self._follow(AFTER, 0)
        city.root_causes.chain = city.assessment.chain = 1
        if not settings.stays_analysed:
            city.root_causes.tickets = [0] * len(city.root_causes.tickets)
        if not settings.stays_assessed:
            for unit in city.assessment.units:
                unit.forget()
                unit.effort = unit.refusal = 1.0
                unit.checks = 0.0
        self.clock.begin(city.root_causes.analyst())
        self.clock.begin(city.assessment.assessor())

    def _pool_changes(self, pool: Pool, time: int) -> None:
        """Who may be interrupted, and which team begins in the middle of a quota's period; a pool may be no more."""
        city, index = self.city, pool.index
        pool.preemptive = bool(self.settings.preemptive[index])
        pool.interrupting = pool.preemptive
        pool.eager = pool.interrupting or pool.unlimited
        if pool.interrupting:
            pool.touch()
        rules, old = self.settings.sides[AFTER].rules, self.settings.sides[BEFORE].rules
        if rules.padding and city.kind[index] == _GRID_TEAM and (not old.padding or self.pool_born[index]):
            city.padding.reports[index] = (int(time // rules.padding_period),
                                           asked_so_far(len(pool.members), rules.quota, rules.padding_period, time))
        if self.pool_until[index] == time:
            self.gone[index] = pool.gone = True

    # -- what waits -------------------------------------------------------------------------------------------------------------------

    def hands_over(self, pool: Pool, job: Job) -> None:
        """移交: what has left the queue of a pool that is no more goes to whoever is in charge now; whoever calls is put through at once."""
        grid = int(self.city.draws.grid[job.issue])
        self.under(self.city.street[grid])
        matter = job.matter
        to = self.in_charge(pool.index, matter.category if isinstance(matter, Contact) else matter.issue.category, grid)
        self.clock.record(_HANDED_OVER, job.issue, job.ticket, pool.index, NOBODY, to)
        if isinstance(matter, Contact):
            matter.desk = matter.right_desk = to
            if matter.calls:
                self.city.residents.phones[pool.index] -= 1
                self.city.residents.phones[to] += 1
            self.city.pools[to].join(job)
            return
        matter.place = NOBODY
        self.clock.then(self.clock._now + self.settings.hand_over, self.city.rank(matter), self._arrives, (job, to))

    def _arrives(self, what: tuple[Job, int]) -> None:
        job, to = what
        ticket: Ticket = job.matter
        if not ticket.closed:
            pool = self.city.pools[to]
            ticket.place = to
            ticket.jobs = [(pool, job) if pair[1] is job else pair for pair in ticket.jobs]
            pool.join(job)

    def _ticket_changes(self, ticket: Ticket, limit: float, working: int, time: int) -> None:
        """An open ticket: whose it is now, and what the new rules begin to do with it."""
        issue, city, street = ticket.issue, self.city, self.street[ticket.issue.number]
        self.under(street)
        ticket.desk = self.in_charge(ticket.desk, issue.category, issue.grid)
        if ticket.unit >= 0:
            ticket.unit = self.in_charge(ticket.unit, issue.category, issue.grid)
        ticket.known = [self.in_charge(desk, issue.category, issue.grid) for desk in ticket.known]
        if self.street_time[street] != time:
            return
        old, new = self.settings.sides[BEFORE], self.settings.sides[AFTER]
        if ticket.lying and self.settings.take_up_lost and new.organisation.shared_ledger and not old.organisation.shared_ledger:
            city.desks.will_be_seen(ticket)
        if not old.rules.supervision:
            city.supervision.takes_note(ticket, limit, working)
        if old.rules.dispatch_every <= 0:
            city.screening.takes_note(ticket)
        if old.rules.owned_at_most <= 0:
            city.case_owners.takes_note_late(ticket)

    # -- what is not known yet ----------------------------------------------------------------------------------------------------------

    def _beat_ends(self, pool: Pool) -> None:
        """What a team that is no more would have found, the team that looks for it now finds after the same part of its round."""
        beats = self.city.grid_workers.beats
        beat = beats[pool.index]
        beat.advance()
        for due, _, issue in beat.hidden:
            self.under(self.city.street[issue.grid])
            other = beats.get(self.city.units.team[issue.grid][issue.category])
            if other is not None and not issue.ended:
                other.hide(issue, clock_left(max(0, due - beat.reading), beat.round_time, other.round_time))
        beat.hidden.clear()
        beat.expect()

    def _is_looked_for_now(self, issue: Issue) -> None:
        """Something that nobody looked for, and now somebody does: a team on its rounds, or the staff in their sweeps."""
        city, before = self.city, self.settings.sides[BEFORE]
        self.under(city.street[issue.grid])
        beat = city.grid_workers.beats.get(city.units.team[issue.grid][issue.category])
        if beat is not None and before.organisation.team[issue.grid][issue.category] < 0:
            issue.attempts[Block.PATROL] = 0
            phase, misses, *_ = city.luck.again(issue.subject, issue.category, Block.PATROL, 0)
            if is_looked_for(misses):
                beat.hide(issue, clock_until_found(phase, misses, beat.round_time))
        if not issue.found and before.rules.screened[issue.category] <= 0:
            city.screening.may_find(issue)

    # -- who works where ----------------------------------------------------------------------------------------------------------------

    def _goes(self, member: Any) -> None:
        """Whoever has nothing in hand is off at once."""
        shift, pool = member.shift, member.pool
        shift.free[:] = [entry for entry in shift.free if entry[2] is not member]
        heapify(shift.free)
        pool.free -= 1
        if pool.on_change is not None:
            pool.on_change(shift, -1)

    def _is_busy_elsewhere(self, where: int) -> bool:
        place = self.coming_from.get(where)
        return place is not None and self.members[place].job is not None

    def is_off(self, member: Any) -> None:
        """Whoever had a job in hand has done it, and begins at the new place."""
        after = self.following[member.where]
        if after >= 0:
            self.clock.begin(self.city.employs(self.members[after]))


def _side(city: City, side: Any) -> list[tuple[Any, dict[str, Any]]]:
    """What each actor has of an organisation: what it would hold if the city had no other."""
    twin = copy(city)
    twin.tables = replace(city.tables, rules=side.rules, organisation=side.organisation, sensors=side.sensors, participation=side.participation)
    twin.rules, twin.organisation, twin.speed = side.rules, side.organisation, side.organisation.speed.tolist()
    found: list[tuple[Any, dict[str, Any]]] = [(city, {"rules": twin.rules, "organisation": twin.organisation, "speed": twin.speed})]
    for name, (actor, held) in OF_SIDE.items():
        other = actor(twin)
        found.append((getattr(city, name), {one: getattr(other, one) for one in held}))
    found.append((city.grid_workers, {"team": side.organisation.team.tolist()}))
    return found
