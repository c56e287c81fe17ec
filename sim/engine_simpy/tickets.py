"""What the actors hold in their hands: issues, tickets, contacts."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from sim.draws.city import BLOCKS
from sim.draws.luck import KEPT, First
from sim.draws.random import Block
from sim.order import FIRST_REPORTERS
from sim.timeline import NOBODY

if TYPE_CHECKING:
    from sim.draws.city import CityLuck
    from sim.engine_simpy.clock import Step, Turn
    from sim.engine_simpy.pools import Job, Pool

__all__ = ["CLOSED", "SWEEPS", "Contact", "Issue", "Ticket"]

CLOSED = 0
"""Counter of what residents do when a ticket was closed: the number of a block that no attempt is counted for."""
SWEEPS = 18
"""Counter of the sweeps that looked for it."""
_COUNTERS = 21
# Where the luck of attempt 0 begins and ends in the row that an issue keeps.
_FIRST = {Block.WORK: (First.WORK, 3), Block.CONTACT: (First.CONTACT, 4), Block.ASK: (First.ASK, 4), Block.DISPATCH: (First.DISPATCH, 4),
          Block.HOP: (First.HOP, 4), Block.CHECK: (First.CHECK, 4), Block.AFTER: (First.AFTER, 4)}
_FROM, _TO = [-1] * BLOCKS, [-1] * BLOCKS
for _block, (_column, _width) in _FIRST.items():
    _FROM[_block], _TO[_block] = _column - KEPT, _column - KEPT + _width
_DESK, _HOP_AGAIN, _MISSES_AGAIN = First.DESK - KEPT, First.HOP_AGAIN - KEPT, First.MISSES_AGAIN - KEPT
_NO_ATTEMPTS = array("i", [-1] * _COUNTERS)
_NO_ATTEMPTS[Block.NOTICE] = FIRST_REPORTERS - 1
_NOTICE, _PATROL, _DESKS, _HOP = int(Block.NOTICE), int(Block.PATROL), int(Block.DESK), int(Block.HOP)


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
    phantom : bool
        There never was anything: a false alarm.
    tickets : list of Ticket
        Open ones.
    ends, worsens : Step or None
        Its natural end and its worsening, where they lie ahead.
    registered : int
        Tickets ever registered.
    attempts : array of int
        By block, the last attempt made; -1 none.
    row : array of float
        Luck of attempt 0 from column `KEPT` on (`First`).
    """

    __slots__ = ("able", "attempts", "category", "closed_before", "departments", "ended", "ends", "found", "grid", "number",
                 "phantom", "registered", "reported", "resolved", "row", "severity", "started", "subject", "tickets", "touch", "worsens")

    def __init__(self, number: int, subject: int, category: int, grid: int, able: int, severity: int, departments: tuple[int, ...],
                 row: array[float]) -> None:
        self.number, self.subject, self.category, self.grid = number, subject, category, grid
        self.able, self.severity, self.departments, self.row = able, severity, departments, row
        self.attempts = _NO_ATTEMPTS[:]
        self.tickets: list[Ticket] = []
        self.registered = 0
        self.touch = 1.0
        self.ends: Step | None = None
        self.worsens: Step | None = None
        self.ended = self.resolved = self.started = self.found = self.closed_before = False
        self.reported = False
        self.phantom = False

    def forget(self) -> None:
        """It has ended and no ticket is open: nothing will be asked of it any more, and a year has half a million of them."""
        for turn in (self.ends, self.worsens):
            if turn is not None:
                turn.cancel()
        self.ends = self.worsens = self.row = None  # type: ignore[assignment]

    def luck(self, block: Block, draws: CityLuck, counter: int | None = None) -> Any:
        """The luck of the next attempt at a purpose: the k-th attempt has the same luck in every organisation.

        Two purposes that share a block take different lanes of it and count their attempts apart: the second gives its `counter`.
        """
        attempts, counter = self.attempts, block if counter is None else counter
        attempt = attempts[counter] = attempts[counter] + 1
        if attempt == 0 and _FROM[block] >= 0:
            return self.row[_FROM[block]:_TO[block]]
        if attempt == 1 and block == _HOP:
            return self.row[_HOP_AGAIN:_HOP_AGAIN + 4]
        return draws.again(self.subject, self.category, block, attempt)

    def misses_again(self, draws: CityLuck) -> int:
        """Passes that miss it before it is seen the next time."""
        attempt = self.attempts[_PATROL] = self.attempts[_PATROL] + 1
        if attempt == 1:
            return int(self.row[_MISSES_AGAIN])
        misses: int = draws.again(self.subject, self.category, Block.PATROL, attempt)[1]
        return misses

    def desk_luck(self, draws: CityLuck) -> float:
        """Factor on a clerk's time for the next thing a desk does with it; four a block."""
        attempt = self.attempts[_DESKS] = self.attempts[_DESKS] + 1
        if attempt < 4:
            return self.row[_DESK + attempt]
        lane: float = draws.again(self.subject, self.category, Block.DESK, attempt // 4)[attempt % 4]
        return lane

    def notice_luck(self, draws: CityLuck, reporter: int | None = None) -> tuple[int, int, float, float]:
        """Delay, channel and luck with the centres of one of the first reporters but the very first, or of the next one after them."""
        if reporter is None:
            reporter = self.attempts[_NOTICE] = self.attempts[_NOTICE] + 1
        lanes: Any = draws.again(self.subject, self.category, Block.NOTICE, reporter)
        return lanes


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
    ordered : bool
        There is a supervision order on it.
    helped : bool
        Volunteers or mediators have been asked.
    detects : float
        Luck of the check that is under way.
    given : int
        Jobs ever given out for it.
    owned : bool
        A leader owns it.
    sorted_out : bool
        It has been deliberated on.
    ahead : bool
        Somebody has put it ahead: in queues it counts as red.
    jobs : list of (Pool, Job)
        What waits or is in work for it.
    """

    __slots__ = ("ahead", "closed", "convened", "desk", "detects", "dispatches", "due", "fixed", "given", "helped", "hops", "issue",
                 "jobs", "known", "lamp", "left", "losses", "lying", "number", "ordered", "ordinal", "owned", "part", "place",
                 "registered", "returns", "reworks", "ruled", "sorted_out", "unit")

    def __init__(self, number: int, issue: Issue, desk: int, now: int, due: int) -> None:
        self.number, self.issue, self.desk, self.registered, self.due = number, issue, desk, now, due
        self.ordinal = issue.registered
        self.known = [desk]
        self.place = desk
        self.jobs: list[tuple[Pool, Job]] = []
        self.part = self.given = self.hops = self.dispatches = self.returns = self.reworks = self.lamp = self.ruled = self.losses = 0
        self.left = 1
        self.unit = NOBODY
        self.detects = 0.0
        self.closed = self.lying = self.fixed = self.convened = self.ordered = self.ahead = self.sorted_out = self.owned = False
        self.helped = False


class Contact:
    """Somebody turns to a desk: a resident by telephone, app or in person, or a grid worker by terminal."""

    __slots__ = ("answered", "attempt", "calls", "category", "channel", "desk", "issue", "right_desk")

    def __init__(self, attempt: int, category: int, channel: int, desk: int, right_desk: int, issue: Issue | None,
                 answered: Turn) -> None:
        self.attempt, self.category, self.channel, self.desk, self.right_desk = attempt, category, channel, desk, right_desk
        self.issue, self.answered = issue, answered
        self.calls = False      # whether it takes a telephone line

