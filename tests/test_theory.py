"""Bare systems against closed forms (theory_values.py), inside a confidence interval; and a trace, to the second.

Seeds are fixed in advance: replications 0 to n - 1 of the scenario's own seed.  `slow` cases ask that the 99.9% interval over
the replications holds the exact value and that its half-width is at most 3% of it; quick ones look at a few weeks of the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import theory_values as theory
from scipy import stats
from script import simulate

from sim.draws import Draws
from sim.scenario import load
from sim.tables import Tables
from sim.timeline import Event, Timeline

FOLDER = Path(__file__).parent.parent / "scenarios" / "theory"
HOUR, DAY = 3600, 86400
SURE = 0.999
HALF_WIDTH = 0.03
"""Half-width of the interval that a slow case must reach, as a share of the exact value."""

Values = dict[str, float]


def pairs(timeline: Timeline, pool: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each visit to a pool: when it joined, when it was first served or hung up, and whether it was served."""
    rows = timeline.rows[timeline.column("place") == pool]
    rows = rows[np.isin(rows[:, 1], [Event.JOINED, Event.STARTED, Event.HUNG_UP])]
    rows = rows[np.argsort(rows[:, 2], kind="stable")]
    joined = np.flatnonzero((rows[:-1, 1] == Event.JOINED) & (rows[:-1, 2] == rows[1:, 2]))
    return rows[joined, 0], rows[joined + 1, 0], rows[joined + 1, 1] == Event.STARTED


def measured(time: np.ndarray, tables: Tables) -> np.ndarray:
    """Which of these seconds lie in the measured horizon."""
    return (time >= tables.warm_up) & (time < tables.warm_up + tables.horizon)


def waits(timeline: Timeline, tables: Tables) -> Values:
    """Mean wait, share served at once and share hung up of each pool, and of the pools together."""
    found: Values = {}
    everybody: list[np.ndarray] = []
    for pool, key in enumerate(tables.pools.key):
        joined, left, served = pairs(timeline, pool)
        inside = measured(joined, tables)
        wait = (left - joined)[inside]
        everybody.append(wait)
        found |= {f"wait at {key}": float(wait.mean()), f"at once at {key}": float(np.mean((wait == 0) & served[inside])),
                  f"hung up at {key}": float(np.mean(~served[inside]))}
    return found | {"wait": float(np.concatenate(everybody).mean())}


def by_class(timeline: Timeline, tables: Tables) -> Values:
    """Mean wait before the first service and mean time in the system of each class."""
    assert tables.bare is not None
    rows, found = timeline.rows, {}
    first = np.full(len(timeline.issue_time), -1)
    started = rows[rows[:, 1] == Event.STARTED][::-1]
    first[started[:, 2]] = started[:, 0]
    last = np.full(len(first), -1)
    left = rows[rows[:, 1] == Event.LEFT]
    last[left[:, 2]] = left[:, 0]
    for index, name in enumerate(tables.bare.class_name):
        who = (timeline.issue_stream == index) & measured(timeline.issue_time, tables) & (last >= 0)
        found[f"wait of {name}"] = float((first - timeline.issue_time)[who].mean())
        found[f"time of {name}"] = float((last - timeline.issue_time)[who].mean())
    return found


def lost(timeline: Timeline, tables: Tables) -> Values:
    """Share of all arrivals that found no room."""
    came = timeline.issue_time[measured(timeline.issue_time, tables)]
    rows = timeline.rows[(timeline.column("kind") == Event.BLOCKED) & measured(timeline.column("time"), tables)]
    return {"lost": len(rows) / len(came)}


def visits(timeline: Timeline, tables: Tables) -> Values:
    """Visits of each pool per customer who came: chance in the arrivals is the business of other cases."""
    came = float(measured(timeline.issue_time, tables).sum())
    return {f"visits to {key}": float(measured(pairs(timeline, pool)[0], tables).sum()) / came
            for pool, key in enumerate(tables.pools.key)}


def number_at_hours(timeline: Timeline, tables: Tables) -> Values:
    """Mean number in the first pool at four hours of the day."""
    kind, time, place = timeline.column("kind"), timeline.column("time"), timeline.column("place")
    came = np.sort(time[(kind == Event.JOINED) & (place == 0)])
    went = np.sort(time[(kind == Event.ENDED) & (place == 0)])
    found = {}
    for hour in (0, 6, 12, 18):
        clock = np.arange(tables.warm_up + hour * HOUR, tables.warm_up + tables.horizon, DAY)
        inside = np.searchsorted(came, clock, "right") - np.searchsorted(went, clock, "right")
        found[f"number at {hour}"] = float(inside.mean())
    return found


def expected(name: str) -> tuple[tuple, Values]:
    """What to observe in a theory scenario, and the exact values."""
    s, per_hour = 600.0, 1 / HOUR
    if name == "mm1":
        return (waits,), {"wait at desk": theory.mmc_wait(1, 0.6, s), "at once at desk": theory.waits_not_at_all(1, 0.6)}
    if name == "mmc":
        return (waits,), {"wait at desk": theory.mmc_wait(5, 0.7, s), "at once at desk": theory.waits_not_at_all(5, 0.7)}
    if name == "mmck":
        exact = theory.mmck(9.6 * per_hour, s, 2, 5)
        return (waits, lost), {"wait at desk": exact["wait"], "lost": exact["lost"]}
    if name == "erlang_a":
        exact = theory.erlang_a(24 * per_hour, s, 5, 900)
        return (waits,), {"wait at desk": exact["wait"], "hung up at desk": exact["abandoned"],
                          "at once at desk": exact["at_once"]}
    if name == "mg1_lognormal":
        return (waits,), {"wait at desk": theory.pollaczek_khinchine(2.4 * per_hour, s, 1.2)}
    if name == "md1":
        return (waits,), {"wait at desk": theory.pollaczek_khinchine(3.6 * per_hour, s, 0.0)}
    if name == "cobham":
        urgent, ordinary = theory.cobham([4.2 * per_hour, 8.4 * per_hour], s, 3)
        return (by_class,), {"wait of urgent": urgent, "wait of ordinary": ordinary}
    if name == "preemptive_mm1":
        urgent, ordinary = theory.preemptive_mm1([1.8 * per_hour, 2.4 * per_hour], s)
        return (by_class,), {"time of urgent": urgent, "time of ordinary": ordinary}
    if name == "jackson":
        stations = theory.jackson([3.6 * per_hour, 0, 0], [[0, 0.5, 0], [0.1, 0, 0.5], [0, 0.2, 0]], [600, 900, 1200], [1, 1, 1])
        keys = ("community", "street", "district")
        return (waits, visits), {f"wait at {key}": here["wait"] for key, here in zip(keys, stations, strict=True)} | {
            f"visits to {key}": here["rate"] / (3.6 * per_hour) for key, here in zip(keys, stations, strict=True)}
    if name == "mt_m_inf":
        return (number_at_hours,), {f"number at {hour}": theory.mt_m_inf(30 * per_hour, 0.6, DAY, 2 * HOUR, hour * HOUR)
                                    for hour in (0, 6, 12, 18)}
    if name == "nine_separate":
        return (waits,), {"wait": theory.mmc_wait(1, 0.8, s)}
    if name == "one_pooled":
        return (waits,), {"wait": theory.mmc_wait(9, 0.8, s)}
    raise KeyError(name)


SLOW = ("mm1", "mmc", "mmck", "erlang_a", "mg1_lognormal", "md1", "cobham", "preemptive_mm1", "jackson", "mt_m_inf",
        "nine_separate", "one_pooled")
QUICK = ("mmc", "mmck", "erlang_a", "cobham")


def observed(name: str, *changes: str) -> Iterator[tuple[str, float, np.ndarray]]:
    """For each exact value of a scenario: what it is called, the value, and what the replications found."""
    scenario = load(FOLDER / f"{name}.yaml", changes)
    tables = scenario.tables()
    look, exact = expected(name)
    found = []
    for replication in range(scenario.run.replications):
        timeline = simulate(tables, Draws(tables, scenario.run.seed, replication))
        found.append({key: value for function in look for key, value in function(timeline, tables).items()})
    for key, value in exact.items():
        yield key, value, np.array([each[key] for each in found])


def half_width(values: np.ndarray) -> float:
    """Half-width of the 99.9% interval of the mean of these replications (Student t)."""
    return float(stats.t.ppf((1 + SURE) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))


@pytest.mark.parametrize("name", QUICK)
def test_a_few_weeks_agree_with_theory(name: str) -> None:
    """Eight replications of four weeks: the 99.9% interval holds the exact value, and half its width is at most half of it."""
    for key, value, found in observed(name, "run.warm_up=2 days", "run.horizon=28 days", "run.replications=8"):
        half = half_width(found)
        assert abs(found.mean() - value) <= half, f"{name}, {key}: {found.mean():.4g} ± {half:.2g}, exact {value:.4g}"
        assert half <= 0.5 * value, f"{name}, {key}: the interval is too wide to say anything"


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_a_year_agrees_with_theory(name: str) -> None:
    """The 99.9% interval holds the exact value, and its half-width is at most 3% of it."""
    for key, value, found in observed(name):
        half = half_width(found)
        assert abs(found.mean() - value) <= half, f"{name}, {key}: {found.mean():.5g} ± {half:.2g}, exact {value:.5g}"
        assert half <= HALF_WIDTH * value, f"{name}, {key}: ± {half / value:.1%}, at most {HALF_WIDTH:.0%}"


@cache
def trace() -> tuple[Timeline, Tables]:
    tables = load(FOLDER / "trace.yaml").tables()
    return simulate(tables, Draws(tables, 1, 0)), tables


def test_a_given_trace_agrees_to_the_second() -> None:
    """Two clerks take 0 and 1; 3 is urgent and goes before 2; 4 hangs up at 540 s; in the field 3 interrupts 0.

    Desk: 0 runs 0-600, 1 runs 60-960, 3 goes before 2 at 600-900; at 900 a clerk is free in the second in which 5 arrives, and
    5 is urgent: 900-1500; 2 is taken at 960-1560.  Field: 0 starts at 600; 3 comes at 900 and takes over until 2100; 5 came at
    1500, is as urgent, waits, and runs 2100-2700; 0 has 3300 s left and came first: 2700-6000; then 1 until 7800, 2 until 8400.
    """
    timeline, tables = trace()
    names = {Event.STARTED: "started", Event.ENDED: "ended", Event.SUSPENDED: "suspended", Event.HUNG_UP: "hung up"}
    seen = [(int(time), names[Event(kind)], int(issue), tables.pools.key[place])
            for time, kind, issue, _, place, _, _ in timeline.rows.tolist() if Event(kind) in names]
    assert sorted(seen) == sorted([
        (0, "started", 0, "desk"), (60, "started", 1, "desk"), (540, "hung up", 4, "desk"), (600, "ended", 0, "desk"),
        (600, "started", 3, "desk"), (600, "started", 0, "field"), (900, "ended", 3, "desk"), (900, "suspended", 0, "field"),
        (900, "started", 3, "field"), (900, "started", 5, "desk"), (960, "ended", 1, "desk"), (960, "started", 2, "desk"),
        (1500, "ended", 5, "desk"), (1560, "ended", 2, "desk"), (2100, "ended", 3, "field"), (2100, "started", 5, "field"),
        (2700, "ended", 5, "field"), (2700, "started", 0, "field"), (6000, "ended", 0, "field"), (6000, "started", 1, "field"),
        (7800, "ended", 1, "field"), (7800, "started", 2, "field"), (8400, "ended", 2, "field")])


# --- mechanisms of a city whose effect has a closed form ---------------------------------------------------------------------

def mechanism(name: str, look, *changes: str) -> np.ndarray:
    """What each replication of a tiny city shows."""
    scenario = load(FOLDER / f"{name}.yaml", changes)
    tables = scenario.tables()
    return np.array([look(simulate(tables, Draws(tables, scenario.run.seed, replication)), tables)
                     for replication in range(scenario.run.replications)])


def assert_agrees(found: np.ndarray, value: float) -> None:
    """The 99.9% interval holds the exact value and is at most 3% of it wide to either side."""
    half = half_width(found)
    assert abs(found.mean() - value) <= half, f"{found.mean():.5g} ± {half:.2g}, exact {value:.5g}"
    assert half <= HALF_WIDTH * value, f"± {half / value:.1%}"


def discovery(timeline: Timeline, tables: Tables) -> float:
    """Mean seconds from occurrence to discovery."""
    rows = timeline.rows[timeline.column("kind") == Event.DISCOVERED]
    inside = measured(timeline.issue_time[rows[:, 2]], tables)
    return float((rows[:, 0] - timeline.issue_time[rows[:, 2]])[inside].mean())


@pytest.mark.slow
@pytest.mark.parametrize("detects", [0.4, 1.0])
def test_a_patrol_finds_after_half_a_round_and_the_rounds_that_miss(detects: float) -> None:
    """One worker, a round of 1 h, and each pass detects with chance d: T/2 + T (1 - d) / d."""
    found = mechanism("patrol", discovery, f"issues.categories.litter.visible={detects}")
    assert_agrees(found, theory.patrol_delay(HOUR, detects))


def passed_on(hops: int):
    """Share of the tickets that need so many hops up of which none was lost."""
    def look(timeline: Timeline, tables: Tables) -> float:
        rows = timeline.rows
        first = rows[rows[:, 1] == Event.TRIAGED]
        first = first[np.unique(first[:, 3], return_index=True)[1]]
        # The desk of the community triages first; the tier that is needed stands in the value.
        needed = first[measured(first[:, 0], tables) & (first[:, 6] % 4 == 1 + hops), 3]
        return float(1 - np.isin(needed, rows[rows[:, 1] == Event.LOST, 3]).mean())
    return look


@pytest.mark.slow
@pytest.mark.parametrize("hops", [1, 2])
def test_of_what_needs_k_hops_p_to_the_k_arrives_at_once(hops: int) -> None:
    """Every hop passes on 80%: 0.8 reaches the street at once, 0.64 the district."""
    assert_agrees(mechanism("hops", passed_on(hops)), theory.signal(0.8, hops))


def dispatches(timeline: Timeline, tables: Tables) -> float:
    """Dispatches a ticket."""
    rows = timeline.rows[(timeline.column("kind") == Event.DISPATCHED) & measured(timeline.column("time"), tables)]
    return len(rows) / len(np.unique(rows[:, 3]))


@pytest.mark.slow
def test_a_ticket_is_dispatched_until_it_reaches_the_right_unit() -> None:
    """Every dispatch is wrong with chance b and nobody rules: 1 / (1 - b) dispatches a ticket."""
    assert_agrees(mechanism("bounces", dispatches), theory.bounces(0.3))
