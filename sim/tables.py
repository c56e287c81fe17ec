"""The scenario as arrays: what the draws, every engine and every measure read.

`Scenario.tables()` makes them once; nothing changes them afterwards.  Times are whole seconds since the scenario's start (local
midnight of `run.start`), shares are plain numbers, places are indices.  Names stand beside the arrays so that measures can label.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from sim.dispatch_rules import DispatchRules

if TYPE_CHECKING:
    from sim.transition import ReformTables

__all__ = ["AT_SHIFT_END", "CHANNELS", "TIERS", "AbsenceTables", "BareTables", "CalendarTables", "CityTables", "DemandTables", "DispatchRules",
           "EmergencyTables", "OrganisationTables", "ParticipationTables", "PoolKind", "PoolTables", "ResidentTables", "SensorTables", "Stream",
           "Tables", "Tier", "once"]

TIERS = ("grid", "community", "street", "district")
CHANNELS = ("phone", "app", "walk_in", "terminal", "sensor")
AT_SHIFT_END = ("rest", "overtime", "hand_over")


class Tier(IntEnum):
    """Tiers 层级 from the bottom up."""

    GRID = 0
    COMMUNITY = 1
    STREET = 2
    DISTRICT = 3


class PoolKind(IntEnum):
    """What the members of a pool do all day."""

    GRID_TEAM = 0
    DESK = 1
    COMMUNITY_STAFF = 2
    STREET_TEAM = 3
    DEPARTMENT_CREW = 4
    SERVERS = 5         # bare system


class Stream(IntEnum):
    """What arises in a stream."""

    ISSUES = 0
    QUESTIONS = 1       # consultations
    FALSE_ALARMS = 2    # of sensors: nothing is there
    OCCASIONS = 3       # to make up a report


@dataclass(frozen=True)
class CalendarTables:
    """Work intervals of every calendar over the whole run, end to end (CSR).

    Interval k of calendar c is `[start[first[c] + k], end[first[c] + k])`; `worked` is the working time before that interval (s).
    Intervals are disjoint, ascending and never empty.  A calendar without end (day and night) has one interval over the whole run.
    """

    key: tuple[str, ...]
    first: np.ndarray       # int64, calendars + 1
    start: np.ndarray       # int64
    end: np.ndarray         # int64
    worked: np.ndarray      # int64


@dataclass(frozen=True)
class PoolTables:
    """Every pool (a desk is one), members end to end (CSR), in the order declared."""

    key: tuple[str, ...]            # "desk/district/urban_order", "grid_team/community 3/merged", "crew/fire", bare: its name
    title: tuple[dict[str, str], ...]   # {"en": ..., "zh": ...}
    kind: np.ndarray                # PoolKind
    tier: np.ndarray                # Tier; bare: 0
    unit: np.ndarray                # index of the community or street it serves; 0 at the district and in bare systems
    role: tuple[str, ...]           # group for reports: "desk", "grid_worker:patrol", "crew:fire", ...
    order: np.ndarray               # timeline.Order
    at_shift_end: np.ndarray        # index into AT_SHIFT_END
    preemptive: np.ndarray          # 1: urgent work (bare: higher class priority) pre-empts; 2: in emergencies
    capacity: np.ndarray            # bare: waiting and in service together, -1 without bound; desks: telephone lines, -1 without
    overflow: np.ndarray            # bare: pool that takes what does not fit, -1 lost
    unlimited: np.ndarray           # 1: as many members as there are jobs (bare)
    first_member: np.ndarray        # pools + 1
    member_calendar: np.ndarray     # calendar of each member
    wage_per_second: np.ndarray     # pay per rostered second of one member, CNY
    nominal_calendar: np.ndarray    # calendar of each member without absences; its first member's is the unit's working time
    helpers: np.ndarray             # 1: unpaid helpers, who count as nobody's heads
    lost_share: np.ndarray          # share of its members' hours that is lost to forms, and not rostered


@dataclass(frozen=True)
class DemandTables:
    """What arises, by stream.  Stream s < categories is the issues of category s; the rest are consultations and what is no issue at all."""

    stream: tuple[str, ...]
    category: np.ndarray        # category of each stream
    cell_rate: np.ndarray       # (streams, grids): expected events per average day
    weekday: np.ndarray         # (streams, 7) Monday first; mean 1
    month: np.ndarray           # (streams, 12); mean 1 over a year of 365 days
    hour: np.ndarray            # (streams, 24) shares of the day; sum 1
    daily_cv: np.ndarray        # (streams,) coefficient of variation of a day's rate (Gamma)
    severity: np.ndarray        # (categories, 3) cumulative, ordinary, serious, urgent
    authority: np.ndarray       # (classes, categories, 4) cumulative over tiers: the lowest tier able to solve it
    department: np.ndarray      # (categories, departments) cumulative: the department in charge
    more_departments: np.ndarray    # (categories, 3) cumulative: 0, 1 or 2 further departments needed
    touch_mean: np.ndarray      # (categories, 4) mean touch time by tier, s
    touch_cv: np.ndarray        # (categories,)
    travel_mean: np.ndarray     # (categories, 4) mean travel time by tier, s
    travel_cv: np.ndarray       # (categories,)
    lasts_mean: np.ndarray      # (categories,) how long it lasts if nobody acts, s; 0 for ever
    lasts_cv: np.ndarray
    lasts_share: np.ndarray     # share that ends by itself at all
    worsens: np.ndarray         # chance of worsening
    worsens_after: np.ndarray   # mean delay (exponential), s
    worsens_touch: np.ndarray   # factor on the touch time
    visible: np.ndarray         # chance that one patrol pass detects it
    deadline: np.ndarray        # (categories, 3) by severity, s
    deadline_working: np.ndarray    # (categories, 3) 1: counted on `deadline_calendar`, 0: around the clock
    deadline_calendar: int
    # surges, none where there is none
    surge_factor: np.ndarray    # (surges, streams) factor on the rate at full height
    surge_first: np.ndarray     # (surges,) first day of the run on which it is there
    surge_days: np.ndarray      # (surges,) days at full height
    surge_half_life: np.ndarray  # (surges,) then it falls to half in this time, s
    # sensors
    kind: np.ndarray            # (streams,) Stream
    # estates
    estate_solves: np.ndarray   # (classes, categories) chance that the estate deals with it itself
    estate_after: np.ndarray    # (classes,) mean time after which it has (exponential), s


@dataclass(frozen=True)
class ResidentTables:
    """How residents notice, report, wait and judge.  Arrays by category; times in seconds."""

    reporters: np.ndarray           # mean number of residents who would report it (Poisson, at most 4)
    notice_mean: np.ndarray         # mean delay until a reporter notices (lognormal)
    notice_cv: np.ndarray
    channel: np.ndarray             # (categories, 3) cumulative over phone, app, walk_in
    consultation_channel: np.ndarray    # (3,) cumulative
    phone_patience_mean: float      # how long a caller holds the line (exponential)
    call_back: float                # chance to call again after a busy line or hanging up
    call_back_after: float          # mean delay (exponential)
    ask_again: float                # chance to ask again while it is not resolved
    ask_again_after: float          # mean wait (lognormal, cv 0.5)
    asks_at_most: int
    repeat: float                   # chance to report again after a false fix
    repeat_within: float            # uniform over this span
    evaluated: float                # share of closed tickets called back for a score
    petition_false: float           # chance of a petition after a false closing
    petition_overdue: float         # chance of a petition on an overdue ticket
    petition_after: float           # mean time until then (exponential)
    trust_gain: float               # share of the way to the most trust that a good experience goes
    trust_loss: float               # share of the way to the least that a bad one goes
    trust_low: float
    trust_high: float
    score: np.ndarray               # (2, 2, 5) cumulative over scores 100, 80, 50, 0, -100 by truly fixed (0/1), in time (0/1)


@dataclass(frozen=True)
class OrganisationTables:
    """Who is where: from places and categories to pools."""

    shared_ledger: int
    team: np.ndarray            # (grids, categories) the grid team that looks for and works on this category there; -1 nobody
    round_time: np.ndarray      # (pools,) patrol clock of one round of the beat (member-seconds); 0 for other pools
    district_desk: np.ndarray   # (categories,) the desk of the centre in charge
    centres: np.ndarray         # pools that are district desks, in the order declared
    street_desk: np.ndarray     # (streets,)
    community_desk: np.ndarray  # (communities,)
    community_staff: np.ndarray  # (communities,)
    street_team: np.ndarray     # (streets,)
    crew: np.ndarray            # (departments,)
    speed: np.ndarray           # (pools, categories) factor on touch time (1 usual, 1.05 slower)


@dataclass(frozen=True)
class SensorTables:
    """What sensors see, where somebody watches them; without kinds where nobody does."""

    sensor_reached: np.ndarray  # (categories, kinds) chance that a kind of sensor or one before it detects an issue
    sensor_delay: np.ndarray    # (kinds,) mean time from occurrence to alarm (exponential), s
    sensor_kinds: int
    watch_calendar: int         # alarms reach the desk in the hours of this calendar; -1 day and night
    recognised: float           # chance that the clerk sees that an alarm is false


@dataclass(frozen=True)
class AbsenceTables:
    """Leave, sickness and turnover of members: chances a day."""

    on: int
    leave: float
    falls_ill: float
    sick_days: float            # mean length of a spell (geometric)
    goes: float                 # leaves the post for good
    vacancy: int                # days until it is filled
    learning: int               # days after that
    learning_share: float       # share of its hours that a learner does not work on jobs


@dataclass(frozen=True)
class ParticipationTables:
    """What residents do themselves, and who helps."""

    participation: int
    reports: float              # chance that one more resident reports, at full interest
    self_help: float            # chance that residents deal with it themselves
    self_help_after: float      # mean time after which they have (exponential), s
    rewarded: int
    interest_half_life: float   # s
    visits_every: float         # s; 0 never
    helper_of: np.ndarray       # (categories,) helpers who are asked first; -1 none
    helper_share: np.ndarray    # (categories,) share of the work that they are given
    helper_pool: np.ndarray     # (helpers, communities) their pools
    helper_success: np.ndarray  # (pools,) chance that helpers solve it; -1 where a pool are no helpers


@dataclass(frozen=True)
class EmergencyTables:
    """What is done in emergencies."""

    emergencies: int = 0            # 1: they are declared
    emergency_bar: int = 0          # open urgent tickets that make one
    emergency_over: float = 0.0     # share of the bar below which it is called off
    emergency_team: int = 0         # 1: a cross-department team works on what is urgent
    emergency_convene: float = 0.0  # until it stands
    seconded: float = 0.0           # share of each grid team that may be seconded at a time
    seconded_slower: float = 1.0    # factor on their touch time


@dataclass(frozen=True)
class CityTables:
    """District, streets, communities, grids."""

    department: tuple[str, ...]
    category: tuple[str, ...]
    street: tuple[str, ...]
    community: tuple[str, ...]
    grid: tuple[str, ...]
    estate_class: tuple[str, ...]
    grid_class: np.ndarray          # (grids,)
    grid_community: np.ndarray
    community_street: np.ndarray
    grid_population: np.ndarray
    demand: DemandTables
    residents: ResidentTables
    rules: DispatchRules
    organisation: OrganisationTables
    sensors: SensorTables
    absence: AbsenceTables
    participation: ParticipationTables
    emergencies: EmergencyTables = EmergencyTables()
    reform: ReformTables | None = None


@dataclass(frozen=True)
class BareTables:
    """A service system without a city: classes of customers, pools, routing."""

    class_name: tuple[str, ...]
    priority: np.ndarray            # (classes,) lower goes first
    arrivals: tuple[dict, ...]      # by class: {"kind": "poisson", ...} as the settings say, numbers in 1/s and s
    service: tuple[tuple[dict | None, ...], ...]    # (classes, pools) distribution: {"kind": "exponential", "mean": 600.0}
    patience: tuple[tuple[dict | None, ...], ...]   # (classes, pools)
    entry: np.ndarray               # (classes, pools) cumulative
    routing: np.ndarray             # (classes, pools, pools + 1) cumulative; the last column leaves the system
    trace: np.ndarray | None        # given customers: (n, 2 + 2 * pools) time, class, service at each pool, patience at each (-1 none)


@dataclass(frozen=True)
class Tables:
    """A whole scenario."""

    key: str                        # the scenario's name
    start_weekday: int              # 0 Monday
    start_ordinal: int              # datetime.date.toordinal() of day 0
    warm_up: int                    # s
    horizon: int                    # s, measured
    run_out: int                    # s
    calendars: CalendarTables
    pools: PoolTables
    city: CityTables | None         # exactly one of the two
    bare: BareTables | None

    @property
    def end(self) -> int:
        """The second at which a run stops."""
        return self.warm_up + self.horizon + self.run_out


_Tables = TypeVar("_Tables", Tables, CityTables)
_Found = TypeVar("_Found")


def once(function: Callable[[_Tables], _Found]) -> Callable[[_Tables], _Found]:
    """Mark a function of tables alone: it is worked out once for each scenario, however many replications ask.

    What it gives belongs to all of them, threads included, and may not be changed; two that ask at the same time may both work it out.

    Examples
    --------
    >>> asked = []
    >>> @once
    ... def seconds(tables):
    ...     asked.append(tables)
    ...     return tables.end
    >>> queue = Tables("queue", 0, 1, 0, 60, 0, None, None, None, None)
    >>> seconds(queue), seconds(queue), len(asked)
    (60, 60, 1)
    """
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def kept(tables: _Tables) -> _Found:
        held = vars(tables).setdefault("_once", {})     # beside the fields: no part of what makes two tables equal
        if name not in held:
            held[name] = function(tables)
        found: _Found = held[name]
        return found

    return kept
