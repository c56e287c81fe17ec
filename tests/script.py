"""Scenarios small enough to follow by hand, with luck written out: a script in, a timeline to read out.

The city: one street, two communities of one grid each, two kinds of issue (noise, waste), three departments of one head each (police,
water, works).  All work day and night, all coefficients of variation are 0 and all mechanisms are neutral unless a test says otherwise:

    clerk's time     telephone 100 s, app 100 s, in person 200 s, terminal 50 s, question 80 s, taking over 20 s, call-back 40 s
    travel           grid worker 30 s, community 60 s, street 300 s, district 900 s
    touch time       grid worker 60 s, community 120 s, street 600 s, district 1800 s; a look 10 s; a check on the spot 70 s
    patrol           600 s a round of a grid; limits 10 h, 5 h, 1 h

Luck that a script does not mention is neither good nor bad: every factor is 1, every share 0.5, so that a chance of 0 never happens, a
chance of 1 always does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from sim import compiling, engine_simpy
from sim.draws import Block, Draws
from sim.draws.city import CityLuck
from sim.draws.luck import WIDTH, First
from sim.scenario import from_dict
from sim.tables import CHANNELS, TIERS, Stream, Tables
from sim.timeline import NEVER, Close, Event, Found, Purpose, Registered, Settled, Timeline, first_difference

NOISE, WASTE = 0, 1
POLICE, WATER, WORKS = 0, 1, 2
GRID, COMMUNITY, STREET, DISTRICT = range(4)
PHONE, APP, WALK_IN = 0, 1, 2
ORDINARY, SERIOUS, URGENT = 0, 1, 2
QUIET = frozenset({Event.OCCURRED, Event.CONTACTED, Event.JOINED, Event.ENDED, Event.ACCEPTED, Event.TRIAGED})
"""Rows left out of what is read, unless asked for."""

_RUN = {"start": "2025-01-06", "warm_up": "0 s", "horizon": "2 days", "run_out": "0 s", "replications": 1, "seed": 1}
_ALWAYS = {"shifts": {"always": 1.0}, "at_shift_end": "rest"}


def _category(name: str, role: str) -> dict[str, Any]:
    return {
        "title": {"en": name, "zh": name}, "rate": "0 per 1000 residents/day", "hour": "flat",
        "severity": {"ordinary": 1.0}, "authority": {"grid": 0.25, "community": 0.25, "street": 0.25, "district": 0.25},
        "departments": {"police": 0.4, "water": 0.3, "works": 0.3},
        "touch": {"grid": "60 s", "community": "120 s", "street": "600 s", "district": "1800 s"}, "touch_cv": 0.0,
        "travel": {"grid": "30 s", "community": "60 s", "street": "300 s", "district": "900 s"}, "travel_cv": 0.0,
        "visible": 1.0, "role": role, "subject": role, "reporters": 0.0, "notice": {"mean": "600 s", "cv": 0.0},
        "deadline": {"ordinary": "10 h", "serious": "5 h", "urgent": "1 h"}, "consultations": "0.001 per 1000 residents/day"}


def city_settings() -> dict[str, Any]:
    """The city of the module's docstring, as a file would hold it."""
    named = {key: {"en": key, "zh": key} for key in ("police", "water", "works", "order", "repair")}
    return {
        "name": "script", "run": dict(_RUN), "calendars": {"holidays": "none"},
        "city": {"residents": 2000, "streets": 1, "communities": 2, "grids": 2, "spread": 0.0},
        "departments": {key: {"title": named[key], "heads": 1, "shift": "always"} for key in ("police", "water", "works")},
        "issues": {"daily_cv": 0.0, "categories": {"noise": _category("noise", "order"), "waste": _category("waste", "repair")}},
        "residents": {"phone_patience": "300 s", "call_back": 0.0, "call_back_after": "400 s", "ask_again": 0.0,
                      "ask_again_after": "7200 s", "asks_at_most": 2, "repeat": 0.0, "repeat_within": "2000 s", "evaluated": 0.0},
        "grid_workers": {"roles": {key: {"title": named[key], "share": 0.5} for key in ("order", "repair")}, "round": "600 s",
                         "team_area": "community", "role_area": "street", "shifts": {"always": 1.0}},
        "centres": {"handling": {"phone": "100 s", "app": "100 s", "walk_in": "200 s", "terminal": "50 s"}, "handling_cv": 0.0,
                    "consultation": "80 s", "forward": "20 s", "call_back": "40 s", "lines_per_clerk": 2.0,
                    "subjects": {key: {"title": named[key], "share": 0.5} for key in ("order", "repair")}},
        "staff": {"grid_workers": {"heads": 2}, **{post: {"heads": heads, **_ALWAYS} for post, heads in (
            ("district_desk", 2), ("street_desk", 1), ("community_desk", 2), ("community_staff", 2), ("street_team", 1))}},
        "feedback": {"true_fix": 1.0, "look": "10 s"},
        "organisation": {
            "centres": {"mode": "merged"}, "grid_workers": {"mode": "merged"}, "ledger": {"mode": "shared", "recovery": "5000 s"},
            "signal": {"on": False}, "force": {"on": False}, "triage": {"on": False}, "authority": {"on": False},
            "joint_work": {"mode": "serial", "convene": "1000 s"}, "supervision": {"on": False}, "verification": {"on": False},
            "integration_costs": {"on": False}, "pre_emption": {"on": False}, "queue_order": "priority"}}


def city(changes: Mapping[str, Any] | None = None) -> Tables:
    """The city with settings changed by dotted path."""
    return from_dict(city_settings(), changes).tables()


def bare(pools: Mapping[str, Mapping[str, Any]], customers: Sequence[Mapping[str, Any]] = (), *, run: Mapping[str, Any] | None = None,
         shifts: Mapping[str, Any] | None = None, route: Sequence[str] = (), classes: Mapping[str, Any] | None = None,
         priorities: Mapping[str, int] | None = None) -> Tables:
    """A service system whose customers are given one by one, as rows of a trace; they enter the first pool and follow `route`.

    Parameters
    ----------
    customers : sequence of mapping
        time, class, service_<pool>, patience_<pool>, priority.
    priorities : mapping, optional
        Classes and their priorities; one class `any` of priority 0 where left out.
    classes : mapping, optional
        Classes written out, in place of the trace.
    """
    names = list(pools)
    steps = [names[0], *route]
    routing = {here: {there: 1.0} for here, there in zip(steps, [*steps[1:], "exit"], strict=True)}
    given = {pool: {"given": "from trace"} for pool in names}
    made = classes or {name: {"priority": priority, "arrivals": {"kind": "csv"}, "entry": names[0], "service": given, "patience": given,
                              "routing": routing} for name, priority in (priorities or {"any": 0}).items()}
    rows = [{"class": "any", **{f"service_{pool}": 0 for pool in names}, **row} for row in customers]
    data: dict[str, Any] = {
        "name": "script", "run": {**_RUN, **(run or {})}, "calendars": {"holidays": "none", "shifts": dict(shifts or {})},
        "bare": {"pools": {name: {"heads": 1, **pool} for name, pool in pools.items()}, "classes": made}}
    if not classes:
        data["bare"]["trace"] = rows
    return from_dict(data).tables()


# --- luck written out -----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Arises:
    """An issue of a script.

    Attributes
    ----------
    at : int
        When (s).
    able : int
        Lowest tier with the authority, before delegation.
    lasts, worsens : int or None
        Seconds after which it ends by itself, or gets worse; None never.
    found_after : float or None
        Rounds of patrol until it is found; None never.
    reporters : sequence of (int, int)
        Residents who report it: delay (s) and channel.
    luck : mapping
        Luck by purpose: for each attempt the four lanes of its `Block`; attempts that it does not mention have the usual luck.
    """

    at: int = 0
    category: int = NOISE
    grid: int = 0
    severity: int = ORDINARY
    able: int = DISTRICT
    departments: tuple[int, ...] = (WORKS,)
    delegation: float = 0.5
    lasts: int | None = None
    worsens: int | None = None
    found_after: float | None = None
    reporters: Sequence[tuple[int, int]] = ()
    luck: Mapping[Block, Sequence[tuple[float, ...]]] = field(default_factory=dict)


@dataclass(frozen=True)
class FalseAlarm(Arises):
    """A sensor's alarm on nothing; what a clerk takes it for is said as of an issue."""


@dataclass(frozen=True)
class Occasion(Arises):
    """An occasion to make up a report."""


@dataclass(frozen=True)
class Asks:
    """A question of a script: when, on what, where, by which channel, with which luck of its contacts and of the centre."""

    at: int = 0
    category: int = NOISE
    grid: int = 0
    channel: int = PHONE
    luck: Sequence[tuple[float, ...]] = ()
    wrong: tuple[float, float] = (0.5, 0.5)


_USUAL: dict[int, tuple[Any, ...]] = {
    Block.PATROL: (0.5, 0), Block.WORK: (1.0, 1.0, 0.5), Block.NOTICE: (600, PHONE, 0.5, 0.5), Block.CONTACT: (1.0, 1.0, 0.5, 1.0),
    Block.ASK: (0.5, 1.0, 0.5, 0.5), Block.DISPATCH: (0.5, 0.5, 1.0, 0.5), Block.HOP: (0.5, 1.0, 0.5, 0.5),
    Block.CHECK: (0.5, 0.5, 1.0, 0.5), Block.AFTER: (0.5, 0.5, 0.5, 0.5), Block.DESK: (1.0, 1.0, 1.0, 1.0),
    Block.HOLD: (1.0, 0.5, 0.5, 0.5), Block.TRANSFER: (1.0, 0.5, 0.5, 0.5),
    Block.SCREEN: (0.5, 1.0, 0.5, 0.5), Block.CAUSE: (0.5, 0.5, 0.5, 0.5), Block.SENSOR: (0.5, 1.0, 1.0, 0.5),
    Block.ESTATE: (0.5, 1.0, 0.5, 0.5), Block.PARTICIPATION: (0.5, 0.5, 1.0, 0.5),
    Block.NATURE: (0.5, 1.0, 0.5, 0.5), Block.GUIDED: (1.0, 1.0, 0.5, 0.5),
    Block.PETITION: (0.5, 1.0, 0.5, 1.0), Block.TRUST: (0.5, 0.5, 0.5, 0.5)}
_NEVER_FOUND = 1_000_000
_COLUMN = {Block.WORK: First.WORK, Block.NOTICE: First.NOTICE, Block.CONTACT: First.CONTACT, Block.ASK: First.ASK,
           Block.DISPATCH: First.DISPATCH, Block.HOP: First.HOP, Block.CHECK: First.CHECK, Block.AFTER: First.AFTER, Block.DESK: First.DESK}


class ScriptedLuck(CityLuck):
    """Luck as a script says: `again` looks it up, `written` lays all of it out for an engine that calls nobody."""

    def __init__(self, tables: Tables, story: Sequence[Arises | Asks], order: Sequence[int]) -> None:
        assert tables.city is not None
        super().__init__(tables.city, (0, 0))
        self.story, self.order = story, order
        self.first = np.zeros((len(order), WIDTH))
        for row, name in enumerate(order):
            one = story[name]
            put = self._put_issue if isinstance(one, Arises) else self._put_question
            put(self.first[row], name)
        self.row = {name: row for row, name in enumerate(order)}

    def _of(self, subject: int, block: int, attempt: int) -> tuple[Any, ...]:
        one = self.story[subject]
        if isinstance(one, Asks):
            return tuple(one.luck[attempt]) if attempt < len(one.luck) else _USUAL[Block.CONTACT]
        if block == Block.NOTICE:
            if attempt < len(one.reporters):
                said = one.reporters[attempt]
                return (*said, 0.5, 0.5)[:4]
            attempt -= 4        # those who repeat come after the first four
        if block == Block.PATROL and attempt == 0:
            return (0.5, _NEVER_FOUND) if one.found_after is None else (one.found_after, 0)
        said = one.luck.get(Block(block), ())
        return tuple(said[attempt]) if 0 <= attempt < len(said) else _USUAL[block]

    def _put_issue(self, row: np.ndarray, name: int) -> None:
        one = self.story[name]
        assert isinstance(one, Arises)
        row[:First.DEPARTMENT] = one.severity, one.able, one.delegation
        row[First.DEPARTMENT:First.LASTS] = (*one.departments, -1, -1)[:3]
        row[First.LASTS] = NEVER if one.lasts is None else one.lasts
        row[First.WORSENS] = NEVER if one.worsens is None else one.worsens
        row[First.PHASE], row[First.MISSES] = self._of(name, Block.PATROL, 0)
        row[First.REPORTERS] = len(one.reporters)
        for block, column in _COLUMN.items():
            lanes = self._of(name, block, 0)
            row[column:column + len(lanes)] = lanes
        row[First.HOP_AGAIN:First.HOP_AGAIN + 4] = self._of(name, Block.HOP, 1)
        row[First.MISSES_AGAIN] = self._of(name, Block.PATROL, 1)[1]

    def _put_question(self, row: np.ndarray, name: int) -> None:
        one = self.story[name]
        assert isinstance(one, Asks)
        row[First.NOTICE + 1], row[First.NOTICE + 2], row[First.NOTICE + 3] = one.channel, *one.wrong
        row[First.CONTACT:First.CONTACT + 4] = self._of(name, Block.CONTACT, 0)

    def written(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """All that the script mentions, as a table."""
        found: dict[int, tuple[Any, ...]] = {}
        for row, name in enumerate(self.order):
            one = self.story[name]
            if isinstance(one, Asks):
                mentioned = {(Block.CONTACT, attempt) for attempt in range(len(one.luck))}
            else:
                mentioned = {(block, attempt + (4 if block == Block.NOTICE else 0)) for block, said in one.luck.items()
                             for attempt in range(len(said))}
                mentioned |= {(Block.PATROL, 0), *((Block.NOTICE, reporter) for reporter in range(len(one.reporters)))}
            for block, attempt in mentioned:
                found[(row << 20) + (int(block) << 12) + attempt] = self._of(name, block, attempt)
        keys = sorted(found)
        lanes, usual = np.zeros((len(keys), 4)), np.zeros((1 + max(_USUAL), 4))
        for at, key in enumerate(keys):
            lanes[at, :len(found[key])] = found[key]
        for block, values in _USUAL.items():
            usual[block, :len(values)] = values
        return self.first, np.array(keys, np.int64), lanes, usual

    def of_issues(self, subject: np.ndarray, category: np.ndarray, grid: np.ndarray) -> np.ndarray:
        """As the script says."""
        return self.first[[self.row[name] for name in subject.tolist()]]

    def of_consultations(self, subject: np.ndarray) -> list[tuple[int, tuple[float, ...]]]:
        """As the script says."""
        return [(one.channel, self._of(name, Block.CONTACT, 0)) for name in subject.tolist() if isinstance(one := self.story[name], Asks)]

    def wrong_centre_of_consultation(self, subject: int) -> tuple[float, float]:
        """As the script says."""
        one = self.story[subject]
        assert isinstance(one, Asks)
        return one.wrong

    def again(self, subject: int, category: int, block: Block, attempt: int) -> tuple[Any, ...]:
        """As the script says."""
        return self._of(subject, block, attempt)


def _stream(one: Arises | Asks) -> Stream:
    if isinstance(one, Occasion):
        return Stream.OCCASIONS
    return Stream.QUESTIONS if isinstance(one, Asks) else Stream.FALSE_ALARMS if isinstance(one, FalseAlarm) else Stream.ISSUES


def scripted(tables: Tables, story: Sequence[Arises | Asks]) -> Draws:
    """Draws of a story; what is said later at the same second has the higher number."""
    assert tables.city is not None
    draws = Draws.__new__(Draws)
    demand = tables.city.demand
    of = {(kind, category): stream for stream, (kind, category) in enumerate(zip(demand.kind.tolist(), demand.category.tolist(), strict=True))}
    order = sorted(range(len(story)), key=lambda name: (story[name].at, name))
    draws.key = (0, 0)
    draws.time = np.array([story[name].at for name in order], np.int32)
    draws.stream = np.array([of[_stream(story[name]), story[name].category] for name in order], np.int16)
    draws.grid = np.array([story[name].grid for name in order], np.int32)
    draws.subject = np.array(order, np.uint64)
    draws.luck = ScriptedLuck(tables, story, order)
    return draws


# --- both engines -----------------------------------------------------------------------------------------------------------------

@cache
def compiled_engine() -> Callable[[Tables, Draws], Timeline] | None:
    """`simulate` of the compiled engine; None where Numba is not installed."""
    return import_module("sim.engine_numba").simulate if compiling.available() else None


def simulate(tables: Tables, draws: Draws) -> Timeline:
    """One run on the SimPy engine; the compiled engine, where it is there, must tell the same, row by row."""
    told, compiled = engine_simpy.simulate(tables, draws), compiled_engine()
    if compiled is not None:
        assert_same(told, compiled(tables, draws))
    return told


def assert_same(simpy: Timeline, compiled: Timeline) -> None:
    """Both engines tell the same; otherwise the first row in which they differ."""
    difference = first_difference(simpy, compiled)
    assert difference is None, f"SimPy is left, the compiled engine right: {difference}"


# --- reading a timeline -----------------------------------------------------------------------------------------------------------

def _short(key: str) -> str:
    kind, *rest = key.split("/")
    if kind == "desk":
        level, name = rest
        if level == "district":
            return "centre" if name == "merged" else f"centre-{name}"
        return "street-desk" if level == "street" else f"desk-{name.split()[-1]}"
    if kind == "grid_team":
        place, role = rest
        return f"team-{place.split()[-1]}" if role == "merged" else f"team-{role}"
    if kind == "helpers":
        return f"{rest[0]}-{rest[1].split()[-1]}"
    return {"community_staff": f"staff-{rest[0].split()[-1]}" if rest else "", "street_team": "street-team",
            "crew": f"crew-{rest[0]}" if rest else ""}.get(kind, key)


def names(tables: Tables) -> list[str]:
    """Short names of the pools."""
    return [_short(key) for key in tables.pools.key]


def _value(kind: Event, value: int, pools: Sequence[str], departments: Sequence[str]) -> str:
    if kind in (Event.OCCURRED, Event.WORSENED):
        return ("ordinary", "serious", "urgent")[value] if departments else ""
    if kind in (Event.SENT, Event.TRANSFERRED, Event.LIFTED, Event.SECONDED, Event.HANDED_OVER):
        return f"to {pools[value]}"
    enums = {Event.DISCOVERED: Found, Event.REGISTERED: Registered, Event.JOINED: Purpose, Event.ENDED: Purpose, Event.CLOSED: Close,
             Event.SETTLED: Settled}
    if kind in enums:
        return enums[kind](value).name.lower() if departments else ""
    said = {Event.CONTACTED: lambda: f"{CHANNELS[value % 8]} {value // 8}", Event.TRIAGED: lambda: f"{TIERS[value % 4]}/{departments[value // 4]}",
            Event.STARTED: lambda: f"way {value}" if value else "", Event.SUSPENDED: lambda: f"left {value}",
            Event.DISPATCHED: lambda: str(value), Event.ACCEPTED: lambda: departments[value],
            Event.RETURNED: lambda: departments[value], Event.REFUSED: lambda: departments[value], Event.REWORK: lambda: str(value),
            Event.WORKED: lambda: ("false fix", "true fix")[value], Event.VERIFIED: lambda: ("failed", "passed")[value],
            Event.LAMP: lambda: ("", "yellow", "red")[value], Event.EVALUATED: lambda: str(value),
            Event.RELEASED: lambda: ("waited", "lay")[value],
            Event.SORTED: lambda: ("private", "small", "big", "usual")[value], Event.CONSULTED: lambda: ("not agreed", "agreed")[value],
            Event.TRUSTED: lambda: f"community {value // 4096}, {value % 4096}", Event.OWNED: lambda: str(value),
            Event.PETITIONED: lambda: ("closed falsely", "overdue")[value],
            Event.ASSESSED: lambda: f"unit {value % 1024}, points {value // 1024}", Event.LISTED: lambda: f"street {value}",
            Event.DECLARED: lambda: str(value), Event.STOOD_DOWN: lambda: str(value),
            Event.REFORMED: lambda: f"street {value}",
            Event.ANALYSED: lambda: f"cluster {value % 1024}, tickets {value // 1024}"}
    return said[kind]() if kind in said else ""


def tell(timeline: Timeline, tables: Tables, *, hide: frozenset[Event] = QUIET, members: bool = False) -> list[str]:
    """The timeline in words: time, what, where, more; with the issue's number where there are several, and the member if asked for."""
    pools = names(tables)
    departments = tables.city.department if tables.city is not None else ()
    several = len(timeline.issue_time) > 1
    told = []
    for time, code, issue, _ticket, place, member, value in timeline.rows.tolist():
        kind = Event(code)
        if kind in hide:
            continue
        where = "" if place < 0 or kind in (Event.OCCURRED, Event.SETTLED) else pools[place]
        who = f".{member}" if members and member >= 0 else ""
        parts = [str(time), f"#{issue}" if several and issue >= 0 else "", kind.name.lower(), where + who, _value(kind, value, pools, departments)]
        told.append(" ".join(part for part in parts if part))
    return told


def lines(text: str) -> list[str]:
    """The lines of a text, blanks at the ends and empty lines left out."""
    return [" ".join(line.split()) for line in text.strip().splitlines() if line.strip()]


def play(story: Sequence[Arises | Asks], changes: Mapping[str, Any] | None = None, **reading: Any) -> list[str]:
    """Run a story in the city with settings changed by dotted path, and tell what happened."""
    tables = city(changes)
    return tell(simulate(tables, scripted(tables, story)), tables, **reading)


_SERVED = frozenset(Event) - {Event.STARTED, Event.ENDED, Event.SUSPENDED, Event.HUNG_UP, Event.BLOCKED}


def serve(pools: Mapping[str, Mapping[str, Any]], customers: Sequence[Mapping[str, Any]] = (), *, members: bool = False,
          hide: frozenset[Event] = _SERVED, **more: Any) -> list[str]:
    """Run a service system on given customers, and tell who was served when."""
    tables = bare(pools, customers, **more)
    return tell(simulate(tables, Draws(tables, 1, 0)), tables, hide=hide, members=members)
