"""What happened when: the record every engine writes and every measure reads.

A run is a table of whole numbers, seven to a row: `time, kind, issue, ticket, place, member, value`.  Rows stand in the order in
which things happened; within one second that order is the model's (`Phase`), never the engine's.  `NOBODY` (-1) in a column means
that the column has no meaning for that kind of row.

Two numberings live here and are kept apart on purpose: `Phase` orders what falls on one second, `Event` names what is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np

from sim.compiling import inlined

__all__ = ["COLUMNS", "NEVER", "NOBODY", "Close", "Event", "Found", "Order", "Phase", "Purpose", "Registered", "Settled", "Timeline",
           "first_difference", "narrowed", "narrowest", "said_of_contact"]

NOBODY = -1
NEVER = 2**31 - 1
"""A time that is never reached: later than any horizon (68 years, s)."""

COLUMNS = ("time", "kind", "issue", "ticket", "place", "member", "value")


class Phase(IntEnum):
    """Order of events within one second (docs/model.md, "Within one second").  Lower goes first; equal ones go by subject."""

    COMPLETION = 0
    PATIENCE = 1
    WORSENING = 2
    SHIFT = 3
    REVIEW = 4
    ARRIVAL = 5


class Event(IntEnum):
    """Kinds of rows.  The comment names what `place` and `value` hold; `issue`, `ticket`, `member` are as they say.

    `place` is a pool (desks are pools) unless said otherwise.  In a bare system an issue is a customer and a category is a class.
    """

    OCCURRED = 1        # 发生: an issue arises (place: grid; value: severity); a bare customer arrives (place: NOBODY)
    CONTACTED = 2       # somebody turns to a desk (place: desk; value: channel + 8 * ask, ask 0 being the first of that person)
    BLOCKED = 3         # all lines or places taken (place: pool); a bare customer without overflow is lost with this row
    HUNG_UP = 4         # patience ended before service started (place: pool); the contact or the bare customer is gone
    GAVE_UP = 5         # a caller who was blocked or hung up does not call back
    DISCOVERED = 6      # 发现: first knowledge of the issue (place: pool that learnt of it; value: Found)
    SEEN_AGAIN = 7      # seen again by patrol, with a ticket known to the finder (place: team); if it lies it is taken up
    REGISTERED = 8      # 立案: a ticket opens (place: desk or team; value: Registered)
    MERGED = 9          # a report is merged into open ticket `ticket` (place: desk)
    JOINED = 10         # a job joins the queue of a pool (value: Purpose)
    STARTED = 11        # a member starts or resumes it (value: seconds of travel ahead in this stretch)
    SUSPENDED = 12      # pre-empted or handed over at the shift's end (value: working seconds left)
    ENDED = 13          # the member is done with it (value: Purpose)
    TRIAGED = 14        # 研判: tier and department decided (place: desk; value: tier + 4 * department)
    SENT = 15           # sent to the next desk up or down (place: the desk it leaves; value: the desk it goes to)
    LOST = 16           # a hop did not pass it on; it lies there (place: desk)
    RECOVERED = 17      # what lay there is taken up again (place: desk)
    TRANSFERRED = 18    # handed from one centre's platform to another's (place: from; value: to)
    DISPATCHED = 19     # 派遣 (place: the unit; value: number of this dispatch of the ticket, from 0)
    ACCEPTED = 20       # 签收 (place: the unit; value: department)
    RETURNED = 21       # 退单: not its own, or no authority (place: the unit; value: department asked for)
    REFUSED = 22        # the right unit refuses (place: the unit)
    RULED = 23          # the centre's ruling binds the next dispatch (place: desk)
    WORKED = 24         # 处置: the last part of the work is done (place: the unit of the last part; value: 1 a true fix, 0 not)
    VERIFIED = 25       # 核查 (place: who checked; value: 1 passed, 0 failed)
    REWORK = 26         # 返工: sent back to the unit (place: the unit; value: number of this rework, from 1)
    CLOSED = 27         # 结案 (place: the unit that last worked on it, or where it stopped; value: Close)
    RESOLVED = 28       # the issue is truly resolved (place: the unit)
    GONE = 29           # the issue ended by itself
    WORSENED = 30       # 小事拖大 (value: the new severity)
    LAMP = 31           # 亮灯 (place: where the ticket is, or NOBODY on its way; value: 1 yellow, 2 red)
    ORDERED = 32        # 督办: a supervision order is written (place: desk in charge)
    LIFTED = 33         # taken up a tier for being late (place: the unit it is taken from; value: the unit it goes to)
    EVALUATED = 34      # 评价 (value: call-back score 100, 80, 50, 0 or -100)
    REDISPATCHED = 35   # back at the desk that dispatched it, to be sent again (place: desk)
    LEFT = 36           # a bare customer leaves the system
    RELEASED = 60       # 旬调度: a stuck ticket is set going (place: where it is, or NOBODY on its way; value: 1 it lay there, 0 it waited)
    PREVENTED = 61      # the issue does not arise: the cause of its kind was worked on
    ASSESSED = 63       # 考评: a unit is scored (no issue; value: department, or departments + street, + 1024 * points of 1000)
    LISTED = 64         # 挂牌督办: a street is listed until the next assessment (no issue; value: street)
    SORTED = 65         # 三事分流: the way a matter takes (place: desk; value: 0 private, 1 small, 2 big, 3 the usual one)
    CONSULTED = 66      # talked over at the community's meeting (place: community staff; value: 1 agreed, 0 not)
    OWNED = 67          # 领导包案: a ticket gets an owner (place: where it is, or NOBODY on its way; value: cases owned in the street)
    PETITIONED = 68     # 信访: somebody petitions the district (place: its desk in charge; value: 0 closed falsely, 1 overdue)
    TRUSTED = 69        # trust at the end of the run (no issue; value: thousandths + 4096 * community)
    ANALYSED = 62       # 类案分析: a cluster's causes are worked on (no issue; value: cluster + 1024 * tickets since the last time)
    # sensors
    ALARM = 80          # 告警: a sensor's alarm on an issue reaches a desk (place: desk)
    FALSE_ALARM = 81    # 误报: an alarm on nothing reaches a desk (place: desk)
    DISMISSED = 82      # the clerk sees that an alarm is false; no ticket (place: desk)
    # estates
    SETTLED = 83        # 自行解决: dealt with by those who live there, and so resolved (place: grid; value: Settled)
    # participation
    REFERRED = 84       # volunteers or mediators could not solve it, and pass it on (place: their pool)
    HELPED = 85         # volunteers or mediators have solved it (place: their pool)
    # padding
    FABRICATED = 86     # 虚报: a report is made up (place: grid team)
    # emergencies
    DECLARED = 87       # 启动应急: an emergency is declared (no issue; value: urgent tickets open)
    STOOD_DOWN = 88     # 解除应急: it is called off (no issue; value: seconds that it has lasted)
    SECONDED = 89       # 抽调: somebody on patrol is seconded to what waits (place: the unit it waits for; value: their team)
    # reform
    REFORMED = 90       # 改革: a street has the new organisation from now on (no issue; value: street)
    HANDED_OVER = 91    # 移交: what waits is handed over to whoever is in charge now (place: where it waited; value: pool)


class Purpose(IntEnum):
    """What a job in a queue is for."""

    CONTACT = 0         # desk: answering a report or consultation, filing and triaging it
    FORWARD = 1         # desk: taking over a ticket from another desk and triaging it
    REDISPATCH = 2      # desk: sending again what came back, or handing it to the next department
    WORK = 3            # unit: the work itself, with travel
    ON_THE_SPOT = 4     # grid team: solved where it was found
    VERIFY = 5          # grid team or desk: 核查
    SERVICE = 6         # bare system: a service
    CONSULT = 21        # community staff: a matter at the community's meeting
    SCREEN = 20         # community staff: 排查, a find of a sweep


class Found(IntEnum):
    """Source of a discovery.  Inspections have their numbers kept free."""

    PATROL = 0
    RESIDENT = 1
    SENSOR = 2
    SCREENING = 20


class Settled(IntEnum):
    """Who deals with an issue without a ticket."""

    MANAGER = 0         # the estate's property manager
    RESIDENTS = 1       # the residents themselves


class Registered(IntEnum):
    """Why a ticket is not the issue's first."""

    FIRST = 0
    DUPLICATE = 1       # another ticket of the issue is open on another platform
    REPEAT = 2          # 重复投诉: a ticket of the issue was closed before, none is open


class Close(IntEnum):
    """How a ticket ended."""

    WORKED = 0          # worked on and closed as done, truly fixed or not
    GONE = 1            # whoever arrived found nothing to do
    GUIDED = 20         # a private matter, guided to self-help and the market


class Order(IntEnum):
    """Queue order of a pool."""

    PRIORITY = 0        # lamp, severity (bare: class priority), time registered, issue
    FCFS = 1            # time of joining this queue, issue


@inlined
def said_of_contact(channel: int, ask: int) -> int:
    """`value` of a row CONTACTED: channel, and how often this person has asked before (1000 at most).

    Examples
    --------
    >>> said_of_contact(2, 3)
    26
    """
    return channel + 8 * min(ask, 1000)


def narrowed(rows: np.ndarray) -> tuple[np.ndarray, ...]:
    """The seven columns of some rows, each in the narrowest type that holds it: a year of a city has twenty million rows.

    Examples
    --------
    >>> [column.dtype.name for column in narrowed(np.array([[70000, 1, 0, -1, 300, 2, 0]], np.int32))]
    ['int32', 'int8', 'int8', 'int8', 'int16', 'int8', 'int8']
    """
    if not len(rows):
        return tuple(np.empty(0, np.int8) for _ in rows.T)
    columns = np.ascontiguousarray(rows.T)      # from here on numbers that are worked on together lie together
    lows, highs = columns.min(axis=1).tolist(), columns.max(axis=1).tolist()
    return tuple(values.astype(narrowest(low, high)) for values, low, high in zip(columns, lows, highs, strict=True))


def narrowest(low: int, high: int) -> type[np.signedinteger]:
    """The narrowest type of whole numbers that holds all from `low` to `high`.

    Examples
    --------
    >>> narrowest(-1, 127).__name__, narrowest(-1, 128).__name__
    ('int8', 'int16')
    """
    return next(kind for kind in (np.int8, np.int16, np.int32) if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)


@dataclass(frozen=True)
class Timeline:
    """Everything that happened in one run.

    Attributes
    ----------
    chunks : tuple of tuple of ndarray
        The rows in order, some at a time, column by column (`COLUMNS`) in the narrowest whole-number type.
    issue_stream, issue_grid, issue_time, issue_subject : ndarray
        For each issue number: its stream (issue category, consultation category or bare class), its grid, the second in which it
        arose and the identity of its randomness (uint64).
    end : int
        The second at which the run stopped (horizon and run-out included).

    Examples
    --------
    >>> line = Timeline.of([[5, 1, 0, -1, 0, -1, 0]], [0], [0], [5], [1], end=10)
    >>> len(line), line.column("time").tolist(), line.rows.dtype.name
    (1, [5], 'int32')
    """

    chunks: tuple[tuple[np.ndarray, ...], ...]
    issue_stream: np.ndarray
    issue_grid: np.ndarray
    issue_time: np.ndarray
    issue_subject: np.ndarray
    end: int

    @classmethod
    def of(cls, rows: Any, stream: Any, grid: Any, time: Any, subject: Any, *, end: int) -> Timeline:
        """A timeline of given rows, seven numbers each."""
        rows = np.asarray(rows, np.int32).reshape(-1, len(COLUMNS))
        line = cls((tuple(rows.T),), np.asarray(stream, np.int16), np.asarray(grid, np.int32), np.asarray(time, np.int32),
                   np.asarray(subject, np.uint64), end)
        line.__dict__["rows"] = rows
        return line

    def __len__(self) -> int:
        return sum(len(chunk[0]) for chunk in self.chunks)

    @cached_property
    def rows(self) -> np.ndarray:
        """All rows as one table (int32, n by 7): for short runs; a city's year fills half a gigabyte."""
        return self.select(slice(None))

    def column(self, name: str) -> np.ndarray:
        """One column of all rows (int32)."""
        place = COLUMNS.index(name)
        if len(self.chunks) == 1 and self.chunks[0][place].dtype == np.int32:
            return self.chunks[0][place]
        return np.concatenate([np.empty(0, np.int32), *(chunk[place] for chunk in self.chunks)], dtype=np.int32)

    def select(self, which: slice) -> np.ndarray:
        """Some rows as a table (int32)."""
        parts, first = [np.empty((0, len(COLUMNS)), np.int32)], 0
        low, high, _ = which.indices(len(self))
        for chunk in self.chunks:
            size = len(chunk[0])
            here = slice(max(0, low - first), max(0, min(size, high - first)))
            parts.append(np.stack([values[here] for values in chunk], axis=1, dtype=np.int32))
            first += size
        return np.concatenate(parts)

    @cached_property
    def _highest(self) -> list[int]:
        return [int(chunk[COLUMNS.index("issue")].max(initial=NOBODY)) for chunk in self.chunks]

    def of_issues(self, first: int, last: int) -> np.ndarray:
        """The rows of issues `first` to `last - 1` as a table (int32)."""
        parts, place = [np.empty((0, len(COLUMNS)), np.int32)], COLUMNS.index("issue")
        for chunk, highest in zip(self.chunks, self._highest, strict=True):
            if highest < first:     # recorded before any of them arose
                continue
            here = np.flatnonzero((chunk[place] >= first) & (chunk[place] < last))
            if len(here):
                parts.append(np.stack([values[here] for values in chunk], axis=1, dtype=np.int32))
        return np.concatenate(parts)


def first_difference(left: Timeline, right: Timeline) -> str | None:
    """The first row in which two timelines differ, with three rows of context on both sides; None where they are equal.

    Examples
    --------
    >>> a = Timeline.of([[5, 1, 0, -1, 0, -1, 0]], [0], [0], [5], [1], end=9)
    >>> first_difference(a, a) is None
    True
    """
    shorter = min(len(left), len(right))
    unequal = np.flatnonzero((left.rows[:shorter] != right.rows[:shorter]).any(axis=1))
    if not len(unequal) and len(left) == len(right):
        return None
    row = int(unequal[0]) if len(unequal) else shorter
    lines = [f"first difference in row {row} ({len(left)} and {len(right)} rows)"]
    for name, side in (("left", left), ("right", right)):
        for number in range(max(0, row - 3), min(len(side), row + 2)):
            cells = side.rows[number]
            mark = ">" if number == row else " "
            kind = Event(int(cells[1])).name.lower()
            said = ", ".join(f"{column} {value}" for column, value in zip(COLUMNS[2:], cells[2:], strict=True))
            lines.append(f"{mark} {name:5} {number}: {int(cells[0])} s {kind}: {said}")
    return "\n".join(lines)
