"""From one organisation to the other 改革过渡: two organisations as one set of tables, with who moves where and when.

Pools of both organisations stand side by side, one that both have stands once; so do their members.  A pool that only one of them has
begins or ends at its moment.  Whoever leaves a pool begins in another at the same moment, so that heads and pay are the same all the time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.calendars import within_terms
from sim.city import Places, places
from sim.organisation import HELPERS, Allotment, PoolPlan, allot, canonical
from sim.reform import Reform, first_day, street_days
from sim.rosters import duties_of, laid_out
from sim.tables import (
    CalendarTables,
    CityTables,
    DispatchRules,
    OrganisationTables,
    ParticipationTables,
    PoolKind,
    PoolTables,
    SensorTables,
    Tables,
    Tier,
)
from sim.tabulate import city_of, pools_of, tabulate
from sim.timeline import NEVER
from sim.units import DAY

_OF_THE_DISTRICT = ("wrong_centre", "transfer_mean", "analysis_every", "analysis_least", "analysis_cut", "analysis_half_life", "assess_every",
                    "self_share", "self_bias", "bar", "assess_effort", "refusal_cut", "listed_effort", "listed_checks")
"""Rules that change with the district, on the first day."""
__all__ = ["ReformTables", "Side", "tabulated"]


@dataclass(frozen=True)
class Side:
    """An organisation's part of the tables; between the first day and its own a street has the district's new desks and its own old rules."""

    rules: DispatchRules
    organisation: OrganisationTables
    sensors: SensorTables
    participation: ParticipationTables


@dataclass(frozen=True)
class ReformTables:
    """A reform as arrays; times in seconds since the start."""

    sides: tuple[Side, Side, Side]  # before, between, after
    moments: np.ndarray         # seconds at which anybody changes, ascending; the first is the district's
    street_time: np.ndarray     # (streets,) when each street changes
    pool_time: np.ndarray       # (pools,) when what a pool does changes
    pool_born: np.ndarray       # (pools,) 1: only the new organisation has it
    pool_until: np.ndarray      # (pools,) when a pool ends that only the old one has; NEVER else
    preemptive: np.ndarray      # (pools,) after
    lost_share: np.ndarray      # (pools,) after
    member_comes: np.ndarray    # (members,) 1: who begins there in the reform, and is not there before
    member_from: np.ndarray     # (members,) when a member begins there, 0 from the start
    member_until: np.ndarray    # (members,) when a member leaves, NEVER else
    member_next: np.ndarray     # (members,) the place among all members that whoever leaves takes next; -1 none
    cell_rate: np.ndarray       # (streams, grids) rates after, as `DemandTables.cell_rate`
    stays_analysed: int         # 1: both sides have root-cause analyses, which go on counting
    stays_assessed: int         # 1: the same for assessments
    joins_in: int               # 1: residents are asked to take part from then on only
    hand_over: int
    take_up_lost: int
    dip_share: float
    dip_seconds: float


def tabulated(scenario: Any) -> Tables:
    """The tables of a scenario, with a reform or without."""
    return tabulate(scenario) if scenario.reform is None else _reformed(scenario)


def _reformed(scenario: Any) -> Tables:
    """The tables of a scenario with a reform.

    Parameters
    ----------
    scenario : Scenario
        Checked: without faults, with a reform.

    Returns
    -------
    Tables
        Those of the scenario before, with the pools and members of both organisations, and with `city.reform`.
    """
    scenario = canonical(scenario)
    reform: Reform = scenario.reform
    old = scenario.model_copy(update={"reform": None})
    new = old.model_copy(update={"organisation": reform.organisation})
    plain = tabulate(old)
    span = plain.warm_up, plain.warm_up + plain.horizon
    where = places(scenario.city)
    sides = [allot(one, where) for one in (old, new)]
    days = street_days(first_day(reform, scenario.run), reform.phase_in, len(where.street))
    keys = _side_by_side(*([plan.key for plan in side.pools] for side in sides))
    at = {key: number for number, key in enumerate(keys)}
    plans = [{plan.key: plan for plan in side.pools} for side in sides]
    both = [[one.get(key) for key in keys] for one in plans]
    moved = [_numbered(side, at, [mine or other for mine, other in zip(here, there, strict=True)])
             for side, here, there in zip(sides, both, reversed(both), strict=True)]
    street_time = np.array(days, np.int64) * DAY
    of_key = {**_streets_of(sides[1], where), **_streets_of(sides[0], where)}
    street = [of_key[key] for key in keys]
    known = [mine or other for mine, other in zip(*both, strict=True)]
    pool_time = np.array([street_time.min() if at < 0 else street_time[at] for at in street], np.int64)
    calendars, slots = _members((old, new), both, pool_time, plain.end)
    _change_places(slots, known, street, street_time)
    pools = _pools((old, new), both, slots, calendars, span, pool_time)
    cities = [city_of(one, where, side) for one, side in zip((old, new), moved, strict=True)]
    before, rates = _demand(*cities)
    old_only, new_only = (np.array([plan is None for plan in of_side], bool) for of_side in reversed(both))
    desks = np.array([plan.kind == PoolKind.DESK and plan.tier == Tier.DISTRICT for plan in known], bool)
    table = ReformTables(
        sides=_sides(cities[0], cities[1], old_only, new_only, desks), moments=np.unique(street_time),
        street_time=street_time, pool_time=pool_time, pool_born=new_only.astype(np.int64),
        pool_until=np.where(old_only, pool_time, NEVER),
        preemptive=np.array([int(new.organisation.pre_emption.on and plan.kind != PoolKind.DESK) for plan in known], np.int32),
        lost_share=np.array([(b or a).lost for a, b in zip(*both, strict=True)], float), member_comes=slots.comes.astype(np.int64),
        member_from=slots.begins, member_until=slots.until,
        member_next=slots.following, cell_rate=rates, stays_analysed=int(cities[0].rules.analysis_every > 0 < cities[1].rules.analysis_every),
        stays_assessed=int(cities[0].rules.assess_every > 0 < cities[1].rules.assess_every),
        joins_in=int(not cities[0].participation.participation), hand_over=round(reform.hand_over), take_up_lost=int(reform.take_up_lost),
        dip_share=reform.training_dip.share, dip_seconds=reform.training_dip.days)
    first = table.sides[0]
    return replace(plain, calendars=calendars, pools=pools, city=replace(
        before, organisation=first.organisation, participation=first.participation, reform=table))


# --- pools ----------------------------------------------------------------------------------------------------------------

def _side_by_side(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """The keys of both lists, each once and in an order that is that of either list.

    Examples
    --------
    >>> _side_by_side(["a", "b", "d"], ["c", "d", "e"])
    ['a', 'b', 'c', 'd', 'e']
    """
    found: list[str] = []
    known, left = set(after), list(after)
    for key in before:
        if key in known:
            here = left.index(key)
            found += left[:here]
            left = left[here + 1:]
        found.append(key)
    return found + left


def _numbered(side: Allotment, at: dict[str, int], plans: list[Any]) -> Allotment:
    """The same allotment with its pools numbered as they stand side by side with the other's."""
    number = [at[plan.key] for plan in side.pools]

    def again(found: Any) -> Any:
        if isinstance(found, dict):
            return {key: again(one) for key, one in found.items()}
        return [number[pool] for pool in found] if isinstance(found, list) else number[found]

    return replace(side, pools=plans, **{name: again(getattr(side, name)) for name in (
        "district_desk", "street_desk", "community_desk", "team", "community_staff", "street_team", "crew", "helpers")})


def _streets_of(side: Allotment, where: Places) -> dict[str, int]:
    """The street of every pool, by its key; -1 of those of the whole district."""
    found = {}
    for plan in side.pools:
        local = {Tier.COMMUNITY: where.community_street, Tier.STREET: np.arange(len(where.street))}.get(plan.tier)
        found[plan.key] = -1 if local is None else int(local[plan.unit])
    parent, street = where.parent(side.team_area), where.parent("street")
    for pools in side.team.values():
        for area, pool in enumerate(pools):
            within = np.unique(street[parent == area])
            found[side.pools[pool].key] = int(within[0]) if len(within) == 1 else -1
    return found


# --- members --------------------------------------------------------------------------------------------------------------

@dataclass
class _Slots:
    """Every place that a member may have, in either organisation: whose pool, which calendar, from when to when, and what comes next."""

    first: np.ndarray
    pool: np.ndarray
    calendar: np.ndarray
    comes: np.ndarray
    begins: np.ndarray
    until: np.ndarray
    following: np.ndarray


def _members(scenarios: Sequence[Any], both: Sequence[Sequence[Any]], pool_time: np.ndarray, end: int) -> tuple[CalendarTables, _Slots]:
    """The places of both organisations: those that both have are one, and change their calendar where that changes."""
    wanted: list[list[tuple[Any, ...]]] = [[(one.calendars.office, -1, 0.0, 0)] for one in scenarios]
    duties = [[duties_of(one.organisation, plan) if plan is not None else [] for plan in plans]
              for one, plans in zip(scenarios, both, strict=True)]
    numbers: list[dict[tuple[Any, ...], int]] = []
    for known, of_side in zip(wanted, duties, strict=True):
        known += [duty for of_pool in of_side for duty in of_pool]
        numbers.append({duty: number for number, duty in enumerate(dict.fromkeys(known))})
    parts = [laid_out(one, list(number), end) for one, number in zip(scenarios, numbers, strict=True)]
    calendars = _joined(parts)
    shift, mixed, extra = len(parts[0].key), dict[tuple[int, int, int], int](), list[tuple[str, np.ndarray, np.ndarray]]()
    pool, calendar, comes, begins, until, first = [], [], [], [], [], [0]
    for p, time in enumerate(pool_time.tolist()):
        olds = [numbers[0][duty] for duty in duties[0][p]]
        news = [numbers[1][duty] + shift for duty in duties[1][p]]
        same = min(len(olds), len(news))
        for one, other in zip(olds[:same], news[:same], strict=True):
            spans = [tuple(part[calendars.first[c]:calendars.first[c + 1]] for part in (calendars.start, calendars.end)) for c in (one, other)]
            if not all(np.array_equal(a, b) for a, b in zip(*spans, strict=True)):
                key = one, other, time
                if key not in mixed:
                    mixed[key] = len(calendars.key) + len(extra)
                    extra.append((f"{calendars.key[one]} > {calendars.key[other]}", *_one_after_the_other(spans[0], spans[1], time)))
                one = mixed[key]
            calendar.append(one)
        calendar += olds[same:] + news[same:]
        more = len(olds) + len(news) - 2 * same
        comes += [False] * len(olds) + [True] * (len(news) - same)
        begins += [0] * len(olds) + [time] * (len(news) - same)
        until += [NEVER] * same + [time] * (len(olds) - same) + [NEVER] * (len(news) - same)
        pool += [p] * (same + more)
        first.append(len(calendar))
    return _joined([calendars, _calendars(extra)]), _Slots(
        np.array(first, np.int64), np.array(pool, np.int64), np.array(calendar, np.int64), np.array(comes, bool), np.array(begins, np.int64),
        np.array(until, np.int64), np.full(len(calendar), -1, np.int64))


def _one_after_the_other(before: tuple[np.ndarray, ...], after: tuple[np.ndarray, ...], time: int) -> tuple[np.ndarray, np.ndarray]:
    """Working intervals of one calendar until a moment and of another from then on; touching ones become one.

    Examples
    --------
    >>> a, b = (np.array([0, 20]), np.array([10, 30])), (np.array([5, 24]), np.array([15, 40]))
    >>> [part.tolist() for part in _one_after_the_other(a, b, 22)]
    [[0, 20, 24], [10, 22, 40]]
    >>> [part.tolist() for part in _one_after_the_other(a, b, 25)]
    [[0, 20], [10, 40]]
    """
    low = np.concatenate([before[0], np.maximum(after[0], time)])
    high = np.concatenate([np.minimum(before[1], time), after[1]])
    kept = low < high
    low, high = low[kept], high[kept]
    if not len(low):
        return low, high
    begins = np.r_[True, low[1:] > high[:-1]]
    return low[begins], high[np.r_[begins[1:], True]]


def _calendars(extra: Sequence[tuple[str, np.ndarray, np.ndarray]]) -> CalendarTables:
    length = [len(low) for _key, low, _high in extra]
    none = [np.empty(0, np.int64)]
    return CalendarTables(
        tuple(key for key, _low, _high in extra), np.r_[0, np.cumsum(length, dtype=np.int64)].astype(np.int64),
        np.concatenate([low for _key, low, _high in extra] or none), np.concatenate([high for _key, _low, high in extra] or none),
        np.concatenate([np.cumsum(high - low) - (high - low) for _key, low, high in extra] or none))


def _joined(parts: Sequence[CalendarTables]) -> CalendarTables:
    """Several tables of calendars as one, in their order."""
    before = np.cumsum([0, *(part.first[-1] for part in parts)])
    return CalendarTables(
        tuple(key for part in parts for key in part.key),
        np.concatenate([np.zeros(1, np.int64), *(part.first[1:] + more for part, more in zip(parts, before, strict=False))]),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("start", "end", "worked")))


def _change_places(slots: _Slots, plans: Sequence[PoolPlan], street: Sequence[int], street_time: np.ndarray) -> None:
    """Who leaves, and where they begin in the same second: in their own street if there is a place, else where there is one.

    The moment is that of the street where they begin, or from which they come where that is a place of the whole district.
    """
    paid = np.array([not plan.role.startswith(HELPERS) for plan in plans], bool)[slots.pool]
    crafts = [{PoolKind.GRID_TEAM: 0, PoolKind.DESK: 1}.get(plan.kind, 2) for plan in plans]
    leaving: dict[tuple[int, int], deque[int]] = {}
    for place in np.flatnonzero((slots.until < NEVER) & paid).tolist():
        p = int(slots.pool[place])
        leaving.setdefault((crafts[p], street[p]), deque()).append(place)
    left = []
    for place in np.flatnonzero(slots.comes & paid).tolist():
        p = int(slots.pool[place])
        if leaving.get((crafts[p], street[p])):
            _follows(slots, leaving[crafts[p], street[p]].popleft(), place, street, street_time)
        else:
            left.append(place)
    for place in left:
        craft = crafts[int(slots.pool[place])]
        chosen = min((key for key, queue in leaving.items() if queue), key=lambda key, craft=craft: (key[0] != craft, key))    # type: ignore[misc]
        _follows(slots, leaving[chosen].popleft(), place, street, street_time)


def _follows(slots: _Slots, leaves: int, begins: int, street: Sequence[int], street_time: np.ndarray) -> None:
    """A member leaves one place for another."""
    to, own = street[int(slots.pool[begins])], street[int(slots.pool[leaves])]
    at = to if to >= 0 else own
    slots.following[leaves] = begins
    slots.begins[begins] = slots.until[leaves] = int(street_time[at] if at >= 0 else street_time.min())


# --- tables ---------------------------------------------------------------------------------------------------------------

def _pools(scenarios: Sequence[Any], both: Sequence[Sequence[Any]], slots: _Slots, calendars: CalendarTables, span: tuple[int, int],
           pool_time: np.ndarray) -> PoolTables:
    """Pools of both organisations; pay is that of before until a pool's moment and that of after from then on."""
    plans = [mine or other for mine, other in zip(*both, strict=True)]
    table = pools_of(scenarios[0].organisation, plans, slots.first, slots.calendar, calendars, span)
    urgent = [one.organisation.pre_emption.on for one in scenarios]
    pay, low, high = np.zeros(len(plans)), *span
    heads = [np.array([plan.members if plan is not None else 0 for plan in of_side], float) for of_side in both]
    each = [np.array([plan.pay / 100 / max(plan.members, 1) if plan is not None else 0.0 for plan in of_side]) for of_side in both]
    for place, p in enumerate(slots.pool.tolist()):
        turn = int(slots.begins[place] if slots.comes[place] else slots.until[place] if slots.until[place] < NEVER else pool_time[p])
        turn = min(max(turn, low), high)
        before = 0.0 if slots.comes[place] else (turn - low) * each[0][p]
        after = 0.0 if slots.until[place] < NEVER else (high - turn) * (each[1][p] if heads[1][p] else each[0][p])
        pay[p] += (before + after) / (365 * DAY)
    rostered = np.bincount(slots.pool, within_terms(calendars, slots.calendar, slots.begins, slots.until, span), minlength=len(plans))
    return replace(table, wage_per_second=np.where(rostered > 0, pay / np.maximum(rostered, 1), 0.0), preemptive=np.array(
        [int(urgent[0 if old is not None else 1] and plan.kind != PoolKind.DESK) for old, plan in zip(both[0], plans, strict=True)], np.int32))


def _demand(before: CityTables, after: CityTables) -> tuple[CityTables, np.ndarray]:
    """The city before with the streams of both sides, and the rates after."""
    one, other = before.demand, after.demand
    more = [number for number, name in enumerate(other.stream) if name not in one.stream]
    names = (*one.stream, *(other.stream[number] for number in more))
    joined: dict[str, Any] = {name: np.concatenate([getattr(one, name), getattr(other, name)[more]])
              for name in ("category", "weekday", "month", "hour", "daily_cv", "kind")}
    nothing = np.zeros((len(more), one.cell_rate.shape[1]))
    rates = np.array([other.cell_rate[other.stream.index(name)] if name in other.stream else _nothing_of(one) for name in names])
    demand = replace(one, stream=names, cell_rate=np.concatenate([one.cell_rate, nothing]),
                     surge_factor=np.concatenate([one.surge_factor, other.surge_factor[:, more]], axis=1), **joined)
    return replace(before, demand=demand), rates


def _nothing_of(demand: Any) -> np.ndarray:
    """No rate in any grid."""
    return np.zeros(demand.cell_rate.shape[1])


def _sides(before: CityTables, after: CityTables, old_only: np.ndarray, new_only: np.ndarray, district: np.ndarray) -> tuple[Side, Side, Side]:
    """Both organisations, and what a street follows that has not changed yet once the district has."""
    round_time = np.maximum(before.organisation.round_time, after.organisation.round_time)
    success = [np.where(only[:, None], there.participation.helper_success[:, None], here.participation.helper_success[:, None])[:, 0]
               for here, there, only in ((before, after, new_only), (after, before, old_only))]
    speed = [np.where(only[:, None], there.organisation.speed, here.organisation.speed)
             for here, there, only in ((before, after, new_only), (after, before, old_only))]
    sides = [Side(one.rules, replace(one.organisation, round_time=round_time, speed=fast), one.sensors,
                  replace(one.participation, helper_success=chance))
             for one, fast, chance in zip((before, after), speed, success, strict=True)]
    rules = replace(before.rules, **{name: getattr(after.rules, name) for name in _OF_THE_DISTRICT})
    organisation = replace(sides[0].organisation, district_desk=after.organisation.district_desk, centres=after.organisation.centres,
                           speed=np.where(district[:, None], speed[1], speed[0]))
    return sides[0], Side(rules, organisation, before.sensors, sides[0].participation), sides[1]
