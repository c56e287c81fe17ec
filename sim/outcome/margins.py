"""The names of what is counted, the bins of durations, and the container that keeps it.  See `sim.outcome` for the meaning."""

from __future__ import annotations

import copy
import json
import math
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from sim.residents import SCORES
from sim.tables import Tables

__all__ = ["ASSESSMENT_COUNTS", "BACKLOG_STATES", "DAILY_COUNTS", "DAY", "ENDED_AT", "FOUND_AT", "HOUR", "ISSUE_COUNTS",
           "LOADS", "POOL_COUNTS", "SCORES", "SEVERITIES", "STAGES", "TICKET_COUNTS", "TIMES", "TIME_EDGES", "TRUST_COUNTS",
           "WAIT_COUNTS", "WAIT_EDGES", "WAIT_QUANTILES", "Outcome", "categories_of", "histogram", "tally"]

HOUR = 3600
DAY = 86400

SEVERITIES = ("ordinary", "serious", "urgent")

ISSUE_COUNTS = (
    "occurred",             # issues that occurred
    "found",                # discovered before they ended
    "found_by_staff",       # of these: first by patrol or sweep
    "unfound",              # neither discovered while they lasted (open ones: until the run stopped) nor settled
    "resolved",             # truly resolved
    "gone",                 # ended by themselves (bare: lost)
    "open",                 # none of these (nor prevented) when the run stopped
    "worsened",             # severity rose while they existed
    "claimed",              # a ticket was closed as worked
    "reports",              # reports about them: contacts of residents and finds that patrols took up
    "registered",           # tickets opened for them
    "discovery_seconds",    # s, occurred -> discovered, over the found
    "resolution_seconds",   # s, occurred -> resolved, over the resolved
    "handling_seconds",     # s, discovered -> resolved, over the resolved
    "life_seconds",         # s, occurred -> end of life or of the run
    "harm_seconds",         # s, life weighted by severity while it lasted (1, 3, 10)
    # screening
    "screened",             # of the found: first by a sweep
    # root causes
    "prevented",            # did not arise, since the cause of their kind was worked on
    "found_by_sensor",      # of the found: first by a sensor
    "settled",              # of the resolved: by those who live there, without a ticket
    # petitions
    "petitions",            # petitions upward about them
)
TICKET_COUNTS = (
    "due",                  # tickets that fell due
    "duplicate",            # opened for an issue that already had one
    "repeat",               # opened for an issue of which one had been closed before
    "sent_up",              # tickets sent up at least one hop, passed on or not
    "lost",                 # of these: not passed on at some hop
    "hops_up",              # hops upward
    "dispatched",           # sent to a unit at least once
    "dispatched_in_limit",  # of these: first dispatch within 30 minutes of registration (urgent 10)
    "dispatched_right",     # of these: first unit = last unit, or no unit returned it (joint work)
    "accepted",             # signed by a unit at least once
    "accepted_in_limit",    # of the dispatched: first signed within 2 working hours of the dispatch (urgent: 30 minutes)
    "returned",             # of the dispatched: returned or refused at least once
    "bounces",              # returns and refusals
    "ping_pong",            # of the dispatched: unit A, unit B, unit A again
    "worked",               # the work was done, or whoever came found nothing left to do
    "worked_in_time",       # of these: within the deadline
    "closed",
    "closed_in_time",
    "closed_false",         # closed as worked though the issue is not truly fixed
    "checked",              # verified at least once
    "rework",               # of the worked: sent back at least once
    "yellow", "red",        # lamps lit
    "ordered",              # supervision orders written
    "lifted",               # times taken up a tier for being late
    "evaluated",            # scored by the resident
    "satisfied",            # of these: 80 or 100
    "score_sum",            # sum of the scores
    "closing_seconds",      # s, registered -> closed, over the closed
    "limit_seconds",        # s, registered -> due, over the closed
    # screening
    "released",             # times set going by a dispatching review
    # three ways
    "guided",               # private matters, guided to self-help
    "consulted",            # talked over at the community's meeting
    "agreed",               # of these: those concerned agreed
    "fast_way",             # big matters, with a named owner
    # case owners
    "owned",                # old or repeated, and a leader's case
)
POOL_COUNTS = (
    "joined",               # jobs that joined the queue
    "started",              # of these: started before the run stopped
    "no_wait",              # of these: in the second in which they joined
    "ended",                # of the joined: ended
    "abandoned",            # of the joined: hung up before they started
    "withdrawn",            # of the joined: taken away before they started (lifted a tier)
    "blocked",              # not let in: all lines or places taken
    "calls",                # desks: telephone calls, each try
    "wait_seconds",         # s, joined -> first start, over the started
    "leave_seconds",        # s, joined -> hung up, over the abandoned
    "stay_seconds",         # s, joined -> ended, over the ended
    "waiting_area",         # s, jobs waiting, summed over the measured interval
    "service_area",         # s, jobs in service (travel and rest of the worker included), likewise
    "busy_seconds",         # s, rostered member time at work (travel included), likewise
    "overtime_seconds",     # s, work outside the calendar, likewise
    "travel_seconds",       # s, travel that began in the measured interval
    "rostered_seconds",     # s, member time on the calendar in the measured interval; 0 where members are unlimited
    "present_waiting",      # jobs that waited at some second of the measured interval
    "present_service",      # jobs that were in service at some second of it
    "forms_seconds",        # s, member time lost to forms in the measured interval, which is not rostered
    "absent_seconds",       # s, member time of leave, sickness, vacancies and learning, likewise
)
WAIT_COUNTS = ("joined", "started", "no_wait", "abandoned", "wait_seconds", "ended", "stay_seconds")
"""Those of `POOL_COUNTS` that are kept by category too."""
DAILY_COUNTS = (
    "occurred", "discovered", "registered", "due", "worked", "closed", "resolved", "gone", "worsened",
    "contacts", "phone_contacts", "blocked", "hung_up", "gave_up",     # residents at the desks, each call
    "known",                # issues known and not ended, at the day's last second
    "open_tickets",         # tickets open then
    "old_tickets",          # of these: registered more than 60 days before
    "alarms", "false_alarms", "dismissed",  # of sensors, on issues and on nothing; of the latter those that a clerk dismissed
    "on_nothing",           # tickets opened on what is no issue
    "helped", "referred",   # by volunteers and mediators: solved, and passed on
    "fabricated",           # reports made up to meet a quota
    "emergencies",          # declared
    "seconded",             # jobs to which somebody on patrol was seconded
    "handed_over",          # what waited at a desk or with a team that a reform ended, and was handed over
)
TIMES = (
    "discovered",           # occurred -> discovered
    "unfound",              # occurred -> ended or run stopped, never discovered
    "resolved",             # occurred -> truly resolved
    "gone",                 # occurred -> ended by itself
    "open",                 # occurred -> run stopped (censored)
    "found_resolved",       # discovered -> truly resolved
    "found_gone",           # discovered -> ended by itself
    "found_open",           # discovered -> run stopped (censored)
    "closed",               # ticket: registered -> closed
    "unclosed",             # ticket: registered -> run stopped (censored)
)
WAITING = ("waiting_grid_team", "waiting_desk", "waiting_community_staff", "waiting_street_team", "waiting_crew",
           "waiting_servers")
STAGES = ("latent", "lying", "hand_off", *WAITING, "resting", "travelling", "handling", "working", "rework")
"""Stages of an issue's life, the one that counts at any second being the last that applies."""
ASSESSMENT_COUNTS = (
    "assessed",             # assessments of the unit
    "points",               # their points of 1000, summed
    "listed",               # times listed for supervision
)
TRUST_COUNTS = (
    "asked",                # times the community was asked, at the end of a run
    "trust",                # its answers in thousandths, summed
)
FOUND_AT = ("grid", "community", "street", "district", "nobody")
ENDED_AT = ("grid", "community", "street", "district", "gone", "open", "prevented")
LOADS = ("contacts", "occurrences", "desk_busy", "field_busy")
BACKLOG_STATES = ("latent", "waiting", "in_work")
WAIT_QUANTILES = ("p50", "p90", "p95", "max")


def _edges(*pieces: tuple[int, int]) -> np.ndarray:
    """Left edges from 0: pieces of (step, up to and including)."""
    edges = [0]
    for step, last in pieces:
        edges.extend(range(edges[-1] + step, last + 1, step))
    return np.asarray(edges, np.int64)


TIME_EDGES = _edges((10, 600), (60, 2 * HOUR), (300, DAY), (HOUR, 7 * DAY), (6 * HOUR, 30 * DAY), (DAY, 180 * DAY),
                    (7 * DAY, 750 * DAY))
"""Left edges of the bins of issue and ticket times (s)."""
WAIT_EDGES = _edges((1, 10), (10, 120), (60, HOUR), (300, 4 * HOUR), (HOUR, 2 * DAY), (6 * HOUR, 10 * DAY), (5 * DAY, 90 * DAY))
"""Left edges of the bins of waits and stays at pools (s)."""


def categories_of(tables: Tables) -> tuple[str, ...]:
    """Names of the categories of issues; in a bare system, of the classes of customers."""
    if tables.city is not None:
        return tables.city.category
    return tables.bare.class_name if tables.bare is not None else ()


def histogram(groups: np.ndarray, number: int, durations: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Number of durations in each bin by group, shape (number, bins).

    Examples
    --------
    >>> histogram(np.array([0, 1, 1]), 2, np.array([5, 12, 999]), np.array([0, 10, 20])).tolist()
    [[1, 0, 0], [0, 1, 1]]
    """
    bins = np.searchsorted(edges, durations, side="right") - 1
    flat = np.bincount(np.asarray(groups, np.int64) * len(edges) + bins, minlength=number * len(edges))
    return flat.reshape(number, len(edges)).astype(np.int64)


def tally(groups: np.ndarray, number: int, columns: dict[str, np.ndarray], names: tuple[str, ...]) -> np.ndarray:
    """Sums of columns by group, shape (number, names); exact while each sum is below 2^53.

    Examples
    --------
    >>> tally(np.array([0, 1, 1]), 2, {"a": np.array([1, 1, 1]), "b": np.array([7, 0, 2])}, ("a", "b")).tolist()
    [[1, 7], [2, 2]]
    """
    table = np.zeros((number, len(names)), np.int64)
    for place, name in enumerate(names):
        if name in columns:
            table[:, place] = np.bincount(groups, weights=columns[name], minlength=number).astype(np.int64)
    return table


_KINDS = tuple((f"<i{size}", -(1 << 8 * size - 1), (1 << 8 * size - 1) - 1) for size in (1, 2, 4, 8))


def _narrow(array: np.ndarray) -> np.ndarray:
    """The same whole numbers in the narrowest type that holds them all, one after another."""
    least, most = (int(array.min()), int(array.max())) if array.size else (0, 0)
    return np.ascontiguousarray(array, next(kind for kind, low, high in _KINDS if low <= least and most <= high))


# An outcome as bytes: the lengths of two parts, and the parts, each deflated.  The first is JSON: labels, facts, and name, type and shape
# of each array; the second the arrays end to end, little-endian, of each the first bytes of all its numbers, then the second ones, ...:
# most of those are 0, and so a fifth smaller and twice as fast.  All else about it is in the hands of zlib, which lets other threads run.
_LENGTHS = struct.Struct("<QQ")
_HEAD_KEPT = 64         # descriptions of scenarios that are kept, packed and unpacked


def _deflated(data: bytes) -> bytes:
    deflate = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zlib.Z_RLE)
    return deflate.compress(data) + deflate.flush()


def _inflated(data: memoryview) -> bytes:
    return zlib.decompress(data, -zlib.MAX_WBITS)


_Axes = tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(maxsize=_HEAD_KEPT)
def _head(axes: _Axes, facts: str, arrays: tuple[tuple[str, str, tuple[int, ...]], ...]) -> bytes:
    """The first part; replications of a scenario differ in widths at most, so that few are made."""
    text = json.dumps({"axes": dict(axes), "arrays": arrays}, ensure_ascii=False, separators=(",", ":"))
    return _deflated(f'{text[:-1]},"facts":{facts}}}'.encode())


@lru_cache(maxsize=_HEAD_KEPT)
def _read_head(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_inflated(memoryview(data)))
    return found


class _Packed(Mapping[str, np.ndarray]):
    """Arrays of an outcome in bytes, each unpacked when it is first asked for: a sweep reads three of forty, a thousand times."""

    def __init__(self, arrays: list[tuple[str, str, list[int]]], data: memoryview) -> None:
        self._data: memoryview | bytes = data
        self._deflated = True
        self._places: dict[str, tuple[int, np.dtype, list[int]]] = {}
        self._unpacked: dict[str, np.ndarray] = {}
        first = 0
        for name, kind, shape in arrays:
            dtype = np.dtype(kind)
            self._places[name] = first, dtype, shape
            first += dtype.itemsize * math.prod(shape)

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._unpacked:
            first, dtype, shape = self._places[name]
            if self._deflated:
                self._data, self._deflated = _inflated(memoryview(self._data)), False
            size = math.prod(shape)
            planes = np.frombuffer(self._data, np.uint8, size * dtype.itemsize, first).reshape(dtype.itemsize, size)
            self._unpacked[name] = planes.T.copy().view(dtype).astype(np.int64).reshape(shape)
        return self._unpacked[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@dataclass(frozen=True)
class Outcome:
    """What is kept of one run.

    Attributes
    ----------
    arrays : dict of str to ndarray of int64
        The margins (`sim.outcome` lists them).
    axes : dict of str to list of str
        Labels of each axis.
    facts : dict
        Plain facts of the run: scenario, kind, times in seconds, residents, days.

    Examples
    --------
    >>> outcome = Outcome({"heads": np.array([3])}, {"pool": ["desk"]}, {"kind": "bare"})
    >>> Outcome.from_bytes(outcome.to_bytes()).arrays["heads"].tolist()
    [3]
    >>> outcome.to_bytes() == outcome.to_bytes()
    True
    """

    arrays: Mapping[str, np.ndarray]
    axes: dict[str, list[str]]
    facts: dict[str, Any]

    def to_bytes(self) -> bytes:
        """The outcome as bytes that hold numbers and text alone; equal outcomes give equal bytes."""
        arrays = {name: _narrow(self.arrays[name]) for name in sorted(self.arrays)}
        head = _head(tuple((axis, tuple(self.axes[axis])) for axis in sorted(self.axes)),
                     json.dumps(self.facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
                     tuple((name, array.dtype.str, array.shape) for name, array in arrays.items()))
        numbers = _deflated(b"".join(array.reshape(-1, 1).view(np.uint8).T.tobytes() for array in arrays.values()))
        return _LENGTHS.pack(len(head), len(numbers)) + head + numbers

    @classmethod
    def from_bytes(cls, data: bytes) -> Outcome:
        """The outcome back from `to_bytes`.

        Raises
        ------
        ValueError
            Bytes that are no outcome.
        """
        if len(data) < _LENGTHS.size or sum(lengths := _LENGTHS.unpack_from(data)) != len(data) - _LENGTHS.size:
            raise ValueError("these bytes are no outcome of a run")
        last = _LENGTHS.size + lengths[0]
        found = _read_head(bytes(data[_LENGTHS.size:last]))
        axes = {axis: list(labels) for axis, labels in found["axes"].items()}
        return cls(_Packed(found["arrays"], memoryview(data)[last:]), axes, copy.deepcopy(found["facts"]))

    def index(self, axis: str, label: str) -> int:
        """Place of a label on an axis.

        Examples
        --------
        >>> Outcome({}, {"tier": ["grid", "community"]}, {}).index("tier", "community")
        1
        """
        return self.axes[axis].index(label)

    def total(self, array: str, label: str) -> int:
        """Sum of one count (a label of the last axis) over all groups.

        Examples
        --------
        >>> axes = {"category": ["noise", "waste"], "issue_count": ["occurred", "found"]}
        >>> Outcome({"issues_by_category": np.array([[3, 1], [4, 2]])}, axes, {}).total("issues_by_category", "found")
        3
        """
        return int(self.arrays[array][..., self.axes[self.axis_of(array)].index(label)].sum())

    @staticmethod
    def axis_of(array: str) -> str:
        """Name of the axis of counts of an array."""
        return {"issues": "issue_count", "tickets": "ticket_count", "pools": "pool_count", "daily": "daily_count",
                "scores": "score", "stages": "stage"}[array.split("_by_")[0]]
