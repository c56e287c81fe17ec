"""Residents: issues arise among them, they notice, report, wait, ask again; or they only want to know something."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.centres import all_lines_taken, desk_seconds, is_by_telephone, seen_severity
from sim.draws.luck import KEPT, WIDTH, First
from sim.draws.random import Block
from sim.engine_simpy.clock import Turn, rank
from sim.engine_simpy.pools import Job, Pool
from sim.engine_simpy.tickets import CLOSED, Contact, Issue
from sim.escalation import able_tier
from sim.feedback import may_end
from sim.issues import worsened
from sim.order import TERMINAL_ATTEMPT, contact_tail, detail_of_busy, detail_of_notice, detail_of_patience, detail_of_resident
from sim.residents import (
    asks_again,
    call_back_seconds,
    calls_back,
    may_ask,
    patience_seconds,
    repeat_seconds,
    reports_again,
    wait_to_ask,
)
from sim.tables import CHANNELS, Stream
from sim.timeline import NEVER, NOBODY, Event, Phase, Purpose, said_of_contact
from sim.triage import urgency

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.engine_simpy.city import City
    from sim.engine_simpy.clock import Story

__all__ = ["Residents"]

_AT_ONCE = 4096
_TERMINAL = CHANNELS.index("terminal")
_ISSUES, _QUESTIONS, _OCCASIONS = int(Stream.ISSUES), int(Stream.QUESTIONS), int(Stream.OCCASIONS)

_BLOCKED, _CONTACTED, _GAVE_UP, _GONE = int(Event.BLOCKED), int(Event.CONTACTED), int(Event.GAVE_UP), int(Event.GONE)
_PREVENTED = int(Event.PREVENTED)
_HUNG_UP, _OCCURRED, _WORSENED = int(Event.HUNG_UP), int(Event.OCCURRED), int(Event.WORSENED)
_ARRIVAL, _PATIENCE, _WORSENING = int(Phase.ARRIVAL), int(Phase.PATIENCE), int(Phase.WORSENING)
_TO_CONTACT = int(Purpose.CONTACT)
_FIRST_NOTICE = First.NOTICE + 1 - KEPT     # where its channel, and which centre, stand in the row that an issue keeps


class Residents:
    """居民: everything that starts with them."""

    def __init__(self, city: City) -> None:
        self.city, self.clock = city, city.clock
        self.settings = city.tables.residents
        self.delegated = city.rules.delegated.tolist()
        self.worsens_touch = city.tables.demand.worsens_touch.tolist()
        self.stream_category, self.stream_kind = city.tables.demand.category.tolist(), city.tables.demand.kind.tolist()
        self.phones = [0] * len(city.pools)
        self.lines = city.all_tables.pools.capacity.tolist()
        self.departments: dict[tuple[int, int, int], tuple[int, ...]] = {}      # one tuple for all issues that need the same
        # Bound once: each issue would keep three of its own else.
        self.act_of_end, self.act_of_worsening = self.ends_by_itself, self.worsens
        self.act_of_notice, self.act_of_first_notice = self.notices, self.notices_first

    # -- issues -------------------------------------------------------------------------------------------------------------

    def occurrences(self) -> Story:
        """发生: issues and questions arise, each at its second."""
        clock, draws, luck, sensors = self.clock, self.city.draws, self.city.luck, self.city.sensors
        kinds, categories = self.city.tables.demand.kind, self.city.tables.demand.category
        turn, first = Turn(), rank(_ARRIVAL, 0)
        for low in range(0, len(draws.time), _AT_ONCE):
            clock.put_away()
            part = slice(low, low + _AT_ONCE)
            stream, subject, grid = draws.stream[part], draws.subject[part], draws.grid[part]
            asks = kinds[stream] == _QUESTIONS
            lucky = _rises(luck.of_issues(subject[~asks], categories[stream[~asks]], grid[~asks]))
            asking = iter(luck.of_consultations(subject[asks]))
            rows = zip(draws.time[part].tolist(), stream.tolist(), subject.tolist(), grid.tolist(), strict=True)
            for number, (time, kind, name, where) in enumerate(rows, low):
                turn.callbacks = []
                yield clock.at(time, first + (number << 12), turn)
                if self.stream_kind[kind] == _ISSUES:
                    self.arises(number, name, kind, where, next(lucky))
                elif self.stream_kind[kind] == _QUESTIONS:
                    clock.begin(self.somebody_asks(number, name, self.stream_category[kind], where, *next(asking)))
                elif self.stream_kind[kind] == _OCCASIONS:
                    self.city.padding.occasion(number, name, self.stream_category[kind], where, next(lucky))
                else:
                    sensors.false_alarm(number, name, self.stream_category[kind], where, next(lucky))

    def arises(self, number: int, subject: int, category: int, grid: int, lucky: tuple[Any, ...]) -> None:
        """An issue arises: from now on it may be found, be reported, get worse, or end by itself."""
        clock, now = self.clock, self.clock._now
        severity, able, delegation, one, two, three, lasts, worsens, phase, misses, reporters, notices_after, row = lucky
        departments = self.departments.setdefault((one, two, three), tuple(part for part in (one, two, three) if part >= 0))
        issue = Issue(number, subject, category, grid, able_tier(able, delegation, self.delegated[category]), severity, departments, row)
        clock.record(_OCCURRED, number, place=grid, value=severity)
        if self.city.root_causes.prevents(subject, category):
            clock.record(_PREVENTED, number)
            return
        if lasts < NEVER:
            issue.ends = clock.then(now + lasts, rank(_PATIENCE, number), self.act_of_end, issue)
        if worsens < NEVER:
            issue.worsens = clock.then(now + worsens, rank(_WORSENING, number), self.act_of_worsening, issue)
        if self.city.reform.planned:
            self.city.reform.issues[number] = issue
        self.city.grid_workers.looks_for(issue, phase, misses)
        self.city.screening.may_find(issue)
        self.city.sensors.may_see(issue)
        self.city.estates.may_take_on(issue)
        reporters = self.city.participation.joins_in(issue, reporters)
        if self.city.trust.brings_one_more(subject, category, grid, reporters):
            reporters += 1
        if reporters:
            clock.then(now + notices_after, rank(_ARRIVAL, number, detail_of_notice(0)), self.act_of_first_notice, issue)
        for reporter in range(1, reporters):
            self.will_notice(issue, reporter, issue.notice_luck(self.city.luck, reporter))

    def ends_by_itself(self, issue: Issue) -> None:
        """The vendor leaves, the noise stops: unless somebody has already set out to work on it."""
        if may_end(issue.ended, issue.started):
            issue.ended = True
            self.clock.record(_GONE, issue.number)
            if not issue.tickets:
                issue.forget()

    def worsens(self, issue: Issue) -> None:
        """小事拖大: severity rises one step, and with it the tier it needs and the touch time."""
        severity, able, touch = worsened(issue.severity, issue.able, issue.touch, self.worsens_touch[issue.category])
        if issue.ended or severity == issue.severity:
            return
        issue.severity, issue.able, issue.touch = severity, able, touch
        self.clock.record(_WORSENED, issue.number, value=issue.severity)
        self.city.rerank(issue)
        self.city.emergencies.counts(issue, len(issue.tickets))

    # -- those who report ---------------------------------------------------------------------------------------------------

    def will_notice(self, issue: Issue, reporter: int, luck: tuple[int, int, float, float]) -> None:
        """One of those who would report it will come by; only if it is still there then, there is something to tell."""
        notices_after, *what = luck
        self.clock.then(self.clock._now + notices_after, rank(_ARRIVAL, issue.number, detail_of_notice(reporter)), self.act_of_notice,
                        (issue, *what, reporter))

    def notices_first(self, issue: Issue) -> None:
        """The first to come by notices it; there is one for almost every issue, and what luck has in store lies in the issue's row."""
        if not issue.ended:
            channel, wrong, which = issue.row[_FIRST_NOTICE:_FIRST_NOTICE + 3]
            self.notices((issue, int(channel), wrong, which, 0))

    def notices(self, what: tuple[Issue, int, float, float, int]) -> None:
        """It is noticed, and a resident's story begins; or nobody says anything."""
        issue, channel, wrong, which, reporter = what
        if not issue.ended and not self.city.trust.keeps_silent(issue, reporter):
            self.clock.begin(self.resident(issue, channel, wrong, which, detail_of_resident(reporter)))

    def may_repeat(self, issue: Issue) -> None:
        """A ticket was closed and the issue is still there: somebody may report it again."""
        _, _, repeats, when = issue.luck(Block.ASK, self.city.luck, counter=CLOSED)
        if reports_again(repeats, self.settings.repeat):
            _, *what = issue.notice_luck(self.city.luck)
            reporter, after = issue.attempts[Block.NOTICE], repeat_seconds(self.settings.repeat_within, when)
            self.clock.then(self.clock._now + after, rank(_ARRIVAL, issue.number, detail_of_notice(reporter)), self.act_of_notice,
                            (issue, *what, reporter))

    def resident(self, issue: Issue, channel: int, wrong: float, which: float, detail: int) -> Story:
        """A resident who has noticed it: reports, calls back when the line is busy, asks again while nothing has come of it."""
        settings, luck = self.settings, self.city.luck
        desk, right_desk = self.city.desks.of_entry(issue.category, issue.grid, channel, wrong, which)
        ask = 0
        while may_ask(ask, settings.asks_at_most) and not issue.ended:
            while True:
                luck_now = issue.luck(Block.CONTACT, luck)
                desk, right_desk = self._who_is_in_charge(desk, right_desk, issue.category, issue.grid)
                contact = Contact(issue.attempts[Block.CONTACT], issue.category, channel, desk, right_desk, issue, Turn(False))
                if (yield self.turns_to(contact, issue.number, ask, luck_now)):
                    break
                if not calls_back(luck_now[2], settings.call_back):
                    self.clock.record(_GAVE_UP, issue.number, place=contact.desk)
                    return
                yield self._later(call_back_seconds(settings.call_back_after, luck_now[3]), issue.number, detail)
                if issue.ended:
                    return
            if issue.ended:
                return
            again, wait, _, _ = issue.luck(Block.ASK, luck)
            if not asks_again(again, settings.ask_again):
                return
            yield self._later(wait_to_ask(settings.ask_again_after, wait), issue.number, detail)
            ask += 1

    def somebody_asks(self, number: int, subject: int, category: int, grid: int, channel: int,
                      luck: tuple[float, ...]) -> Story:
        """咨询: a question, answered at the desk; whoever has the wrong centre is told and asks the right one."""
        settings, draws = self.settings, self.city.luck
        wrong, which = draws.wrong_centre_of_consultation(subject) if self.city.desks.several_centres else (1.0, 0.0)
        desk, right_desk = self.city.desks.of_entry(category, grid, channel, wrong, which)
        attempt = 0
        while True:
            desk, right_desk = self._who_is_in_charge(desk, right_desk, category, grid)
            contact = Contact(attempt, category, channel, desk, desk, None, Turn(False))
            answered = yield self.turns_to(contact, number, attempt, luck)
            if contact.desk != desk:        # put through to whoever is in charge now
                desk = right_desk = contact.desk
            if answered and desk == right_desk:
                return
            if answered:
                desk = right_desk
            elif calls_back(luck[2], settings.call_back):
                yield self._later(call_back_seconds(settings.call_back_after, luck[3]), number, detail_of_resident(0))
            else:
                self.clock.record(_GAVE_UP, number, place=desk)
                return
            attempt += 1
            luck = draws.again(subject, category, Block.CONTACT, attempt)

    def _who_is_in_charge(self, desk: int, right_desk: int, category: int, grid: int) -> tuple[int, int]:
        """The desk somebody turns to and the one in charge, or those that have taken over from them."""
        reform = self.city.reform
        return reform.in_charge(desk, category, grid), reform.in_charge(right_desk, category, grid)

    # -- telephones -----------------------------------------------------------------------------------------------------------

    def turns_to(self, contact: Contact, number: int, ask: int, luck: tuple[float, ...]) -> Turn:
        """Call, write or walk in; gives True once answered, False where the line is busy or patience ends."""
        clock, pool = self.clock, self.city.pools[contact.desk]
        now, desk, issue = clock._now, contact.desk, contact.issue
        clock.record(_CONTACTED, number, place=desk, value=said_of_contact(contact.channel, ask))
        answered = contact.answered
        calls = contact.calls = is_by_telephone(contact.channel)
        if calls:
            if all_lines_taken(self.lines[desk], self.phones[desk]):
                clock.record(_BLOCKED, number, place=desk)
                return clock.at(now, rank(_ARRIVAL, number, detail_of_busy(contact.attempt)), answered)
            self.phones[desk] += 1
        severity = seen_severity(0 if issue is None else issue.severity, contact.channel, issue is None)
        mean = self.city.rules.consultation_mean if issue is None else self.city.desks.handling[contact.channel]
        seconds = desk_seconds(mean, self.city.speed[desk][contact.category] * self.city.slower, luck[0])
        job = Job(number, NOBODY, _TO_CONTACT, urgency(0, severity), now, seconds, matter=contact, tail=contact_tail(contact.attempt))
        pool.join(job)
        if calls:
            patience = patience_seconds(self.settings.phone_patience_mean, luck[1])
            clock.then(now + patience, rank(_PATIENCE, number, detail_of_patience(contact.attempt)), self._hangs_up, (pool, job))
        return answered

    def _hangs_up(self, what: tuple[Pool, Job]) -> None:
        pool, job = what
        if job.matter.desk != pool.index:       # put through to another desk
            pool = self.city.pools[job.matter.desk]
        if job.started < 0 and pool.leave(job):
            self.clock.record(_HUNG_UP, job.issue, place=pool.index)
            self.phones[pool.index] -= 1
            job.matter.answered.now()

    def reports_by_terminal(self, issue: Issue, desk: int) -> None:
        """A grid worker's report, one key press 一键上报."""
        issue.reported = True
        contact = Contact(TERMINAL_ATTEMPT, issue.category, _TERMINAL, desk, desk, issue, Turn())
        self.turns_to(contact, issue.number, 0, (issue.desk_luck(self.city.luck), 0.0, 0.0, 0.0))

    def is_answered(self, contact: Contact) -> None:
        """The clerk is done with it."""
        if contact.calls:
            self.phones[contact.desk] -= 1
        contact.answered._value = True
        contact.answered.now()

    def _later(self, seconds: int, number: int, detail: int) -> Turn:
        clock = self.clock
        return clock.at(clock._now + seconds, rank(_ARRIVAL, number, detail), Turn())


def _rises(table: np.ndarray) -> Iterator[tuple[Any, ...]]:
    """What is asked for when an issue arises, and the row of luck that it keeps: one for each row of a table by `First`."""
    whole = table[:, :KEPT].astype(np.int64).T.tolist()
    kept, width = array("d", table[:, KEPT:].tobytes()), WIDTH - KEPT
    rows = (kept[low:low + width] for low in range(0, len(kept), width))
    return zip(whole[First.SEVERITY], whole[First.ABLE], table[:, First.DELEGATION].tolist(), *whole[First.DEPARTMENT:First.PHASE],
               table[:, First.PHASE].tolist(), whole[First.MISSES], whole[First.REPORTERS], whole[First.NOTICE], rows, strict=True)
