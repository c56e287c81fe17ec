"""Assessment 考评: whoever scores departments and streets, and what they make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.assessment import NO_SCORE, checks_of, effort_of, is_listed, pressure, refusal_of, said_of_score, score_of, scored_as
from sim.engine_simpy.clock import Turn, rank
from sim.order import ASSESSMENT, WHOLE_DISTRICT
from sim.screening import next_round
from sim.timeline import NEVER, NOBODY, Event, Phase

if TYPE_CHECKING:
    from sim.engine_simpy.city import City
    from sim.engine_simpy.clock import Story
    from sim.engine_simpy.tickets import Issue, Ticket

__all__ = ["Assessment"]

_ASSESSED, _LISTED, _REVIEW = int(Event.ASSESSED), int(Event.LISTED), int(Phase.REVIEW)


class Unit:
    """A department or a street: what others have experienced of it since the last time, and what its last score makes it do."""

    __slots__ = ("checks", "done", "effort", "in_time", "refusal", "returns", "rework")

    def __init__(self) -> None:
        self.effort = self.refusal = 1.0
        self.checks = 0.0
        self.forget()

    def forget(self) -> None:
        """A new month begins."""
        self.done = self.in_time = self.rework = self.returns = 0


class Assessment:
    """考评."""

    def __init__(self, city: City) -> None:
        self.city, self.clock, self.rules = city, city.clock, city.rules
        self.departments = len(city.tables.department)
        self.department = {crew: number for number, crew in enumerate(city.organisation.crew.tolist())}
        self.chain = 0      # a reform begins the round anew
        self.units = [Unit() for _ in range(self.departments + len(city.tables.street))]

    def assessor(self) -> Story:
        """考评: every so often all departments and streets are scored, one after another."""
        chain = self.chain
        while True:
            time = next_round(self.clock._now, self.rules.assess_every)
            if time == NEVER:
                return
            for number in range(len(self.units)):
                yield self.clock.at(time, rank(_REVIEW, WHOLE_DISTRICT, ASSESSMENT + number), Turn(self.clock))
                if chain != self.chain:
                    return
                self.scores(number)

    def scores(self, number: int) -> None:
        """A department tries harder and refuses less the more it lacks; a street under the bar is listed, tries harder and is checked more."""
        unit, rules = self.units[number], self.rules
        score = score_of(unit.done, unit.in_time, unit.rework, unit.returns, rules.self_share, rules.self_bias)
        unit.forget()
        if score != NO_SCORE:
            self.clock.record(_ASSESSED, NOBODY, value=said_of_score(number, score))
        if number < self.departments:
            felt = pressure(score, rules.bar)
            unit.effort, unit.refusal = effort_of(felt, rules.assess_effort), refusal_of(felt, rules.refusal_cut)
            return
        listed = is_listed(score, rules.bar)
        unit.effort, unit.checks = (rules.listed_effort, rules.listed_checks) if listed else (1.0, 0.0)
        if listed:
            self.clock.record(_LISTED, NOBODY, value=number - self.departments)

    # -- what is experienced, and what comes of it --------------------------------------------------------------------------------

    def unit(self, pool: int, issue: Issue) -> Unit:
        """Who gets the points for what a pool does about an issue."""
        return self.units[scored_as(self.department.get(pool, NOBODY), self.city.street[issue.grid], self.departments)]

    def has_done(self, pool: int, ticket: Ticket) -> None:
        """A part of the work is done."""
        unit = self.unit(pool, ticket.issue)
        unit.done += 1
        unit.in_time += self.clock._now <= ticket.due

    def has_to_do_again(self, ticket: Ticket) -> None:
        """A check failed."""
        self.unit(ticket.unit, ticket.issue).rework += 1

    def has_sent_back(self, pool: int, issue: Issue) -> None:
        """A ticket came back."""
        self.unit(pool, issue).returns += 1

    def effort(self, pool: int, issue: Issue) -> float:
        """Factor on the chance of a true fix."""
        return self.unit(pool, issue).effort

    def refusal(self, pool: int, issue: Issue) -> float:
        """Factor on the chance of a refusal."""
        return self.unit(pool, issue).refusal

    def checks(self, issue: Issue) -> float:
        """Share of the work that is checked where the issue lies."""
        return checks_of(self.rules.verify_share, self.units[self.departments + self.city.street[issue.grid]].checks)
