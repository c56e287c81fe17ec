"""What the actors hold in their hands: issues, tickets, contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.draws.city import Lucky
from sim.draws.random import Block
from sim.timeline import NOBODY

if TYPE_CHECKING:
    from sim.draws.city import CityLuck
    from sim.engine_simpy.clock import Step, Turn
    from sim.engine_simpy.pools import Job, Pool

__all__ = ["Contact", "Issue", "Ticket"]

_RESERVED_FOR_REPORTERS = 4
# Where the luck of attempt 0 stands in `Lucky`.
_FIRST = {Block.WORK: "work", Block.CONTACT: "contact", Block.ASK: "ask", Block.DISPATCH: "dispatch", Block.HOP: "hop",
          Block.CHECK: "check", Block.AFTER: "after"}
_IN_LUCKY = {int(block): Lucky._fields.index(name) for block, name in _FIRST.items()}


class Issue:
    """An issue that exists, known or not.

    Attributes
    ----------
    able : int
        The lowest tier with the authority to solve it, delegation and worsening included.
    ended, resolved, started, found, closed_before : bool
        Gone or resolved; truly resolved; somebody has set out to work on it; known; a ticket of it was closed before.
    reported : bool
        A grid worker's report of it waits at a desk.
    tickets : list of Ticket
        Open ones.
    ends, worsens : Step or None
        Its natural end and its worsening, where they lie ahead.
    registered : int
        Tickets ever registered.
    """

    __slots__ = ("able", "attempts", "category", "closed_before", "departments", "ended", "ends", "found", "grid", "lucky", "number",
                 "registered", "reported", "resolved", "severity", "started", "subject", "tickets", "touch", "worsens")

    def __init__(self, number: int, subject: int, category: int, grid: int, able: int, lucky: Lucky) -> None:
        self.number, self.subject, self.category, self.grid = number, subject, category, grid
        self.able, self.severity, self.departments, self.lucky = able, lucky.severity, lucky.departments, lucky
        self.attempts: dict[int, int] = {}
        self.tickets: list[Ticket] = []
        self.registered = 0
        self.touch = 1.0
        self.ends: Step | None = None
        self.worsens: Step | None = None
        self.ended = self.resolved = self.started = self.found = self.closed_before = False
        self.reported = False

    def forget(self) -> None:
        """It has ended and no ticket is open: nothing will be asked of it any more, and a year has half a million of them."""
        for turn in (self.ends, self.worsens):
            if turn is not None:
                turn.cancel()
        self.ends = self.worsens = self.lucky = None  # type: ignore[assignment]

    def luck(self, block: Block, draws: CityLuck, counter: int | None = None) -> tuple[Any, ...]:
        """The luck of the next attempt at a purpose: the k-th attempt has the same luck in every organisation.

        Two purposes that share a block take different lanes of it and count their attempts apart: the second gives its `counter`.
        """
        attempts, counter = self.attempts, block if counter is None else counter
        attempt = attempts[counter] = attempts.get(counter, -1) + 1
        if attempt == 0:
            where = _IN_LUCKY.get(block)
            if where is not None:
                lanes: Any = self.lucky[where]
                return lanes
        if attempt == 1 and block == Block.HOP and self.lucky.hop_again:
            return self.lucky.hop_again
        return draws.again(self.subject, self.category, block, attempt)

    def misses_again(self, draws: CityLuck) -> int:
        """Passes that miss it before it is seen the next time."""
        attempt = self.attempts[Block.PATROL] = self.attempts.get(Block.PATROL, -1) + 1
        if attempt == 1 and self.lucky.misses_again >= 0:
            return self.lucky.misses_again
        misses: int = draws.again(self.subject, self.category, Block.PATROL, attempt)[1]
        return misses

    def desk_luck(self, draws: CityLuck) -> float:
        """Factor on a clerk's time for the next thing a desk does with it; four a block."""
        attempts = self.attempts
        attempt = attempts[Block.DESK] = attempts.get(Block.DESK, -1) + 1
        if attempt < 4:
            return self.lucky.desk[attempt]
        return draws.again(self.subject, self.category, Block.DESK, attempt // 4)[attempt % 4]

    def notice_luck(self, draws: CityLuck, reporter: int | None = None) -> tuple[int, int, float, float]:
        """Delay, channel and luck with the centres of one of the first reporters, or of the next one after them."""
        if reporter == 0:
            return self.lucky.notice
        if reporter is None:
            reporter = self.attempts.get(Block.NOTICE, _RESERVED_FOR_REPORTERS - 1) + 1
            self.attempts[Block.NOTICE] = reporter
        return draws.again(self.subject, self.category, Block.NOTICE, reporter)


class Ticket:
    """A ticket 工单 on an issue.

    Attributes
    ----------
    ordinal : int
        Number among the tickets of its issue, from 0.
    desk, place : int
        The desk in charge; the pool where it is now, or -1 on its way.
    known : list of int
        Desks that have had it (without a shared ledger nobody else can see it).
    part, left : int
        Department whose turn it is (serial work); parts not yet done.
    hops : int
        Hops down between the order and the work.
    unit : int
        The unit that accepted it last.
    detects : float
        Luck of the check that is under way.
    given : int
        Jobs ever given out for it.
    jobs : list of (Pool, Job)
        What waits or is in work for it.
    """

    __slots__ = ("closed", "convened", "desk", "detects", "dispatches", "due", "effort", "fixed", "given", "hops", "issue",
                 "jobs", "known", "lamp", "left", "losses", "lying", "number", "ordinal", "part", "place", "registered", "returns",
                 "reworks", "ruled", "unit")

    def __init__(self, number: int, issue: Issue, desk: int, now: int, due: int) -> None:
        self.number, self.issue, self.desk, self.registered, self.due = number, issue, desk, now, due
        self.ordinal = issue.registered
        self.known = [desk]
        self.place = desk
        self.jobs: list[tuple[Pool, Job]] = []
        self.part = self.given = self.hops = self.dispatches = self.returns = self.reworks = self.lamp = self.ruled = self.losses = 0
        self.left = 1
        self.unit = NOBODY
        self.effort, self.detects = 1.0, 0.0
        self.closed = self.lying = self.fixed = self.convened = False


class Contact:
    """Somebody turns to a desk: a resident by telephone, app or in person, or a grid worker by terminal."""

    __slots__ = ("answered", "attempt", "category", "channel", "desk", "issue", "right_desk")

    def __init__(self, attempt: int, category: int, channel: int, desk: int, right_desk: int, issue: Issue | None,
                 answered: Turn) -> None:
        self.attempt, self.category, self.channel, self.desk, self.right_desk = attempt, category, channel, desk, right_desk
        self.issue, self.answered = issue, answered

