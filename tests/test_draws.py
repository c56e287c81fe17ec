"""Luck: the generator against its published vectors, the laws it is turned into, and whose luck it is.

Statistical checks use fixed seeds, so they never fail by chance; their bounds are at least four standard errors wide.
"""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from script import Arises, Asks, bare, city, city_settings, scripted

from sim import compiling
from sim.draws import Block, Draws, key_of
from sim.draws.bare import thinned_time
from sim.draws.city import CityLuck, poisson_quantile
from sim.draws.elementary import exp, exps, log, logs, normal_quantile, normal_quantiles
from sim.draws.luck import WIDTH, First, LuckNumbers, block_luck, issue_luck, notice_luck, patrol_luck, work_luck
from sim.draws.random import again, exponential, lanes, lognormal, philox, philox_once, quantile, uniforms
from sim.scenario import from_dict
from sim.tables import Tables
from sim.timeline import NEVER

DAY, HOUR = 86400, 3600
KEY = key_of(7, 0)
ROOT = Path(__file__).parent.parent


# --- the generator ----------------------------------------------------------------------------------------------------------------

VECTORS = [
    ((0, 0), (0, 0, 0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ((0xFFFFFFFF,) * 2, (0xFFFFFFFF,) * 4, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ((0xA4093822, 0x299F31D0), (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), "d16cfe09 94fdcceb 5001e420 24126ea1")]
"""Known answers of Philox4x32-10 from the Random123 distribution: key, counter, four words."""


@pytest.mark.parametrize(("key", "counter", "words"), VECTORS)
def test_philox_gives_the_published_words(key: tuple[int, int], counter: tuple[int, ...], words: str) -> None:
    """On one counter and on arrays."""
    assert " ".join(f"{word:08x}" for word in philox_once(*key, *counter)) == words
    arrays = philox(key, tuple(np.full(3, part, np.uint64) for part in counter))
    assert all(" ".join(f"{int(word[row]):08x}" for word in arrays) == words for row in range(3))


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20), st.integers(0, 40), st.integers(0, 2**32 - 1),
       st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)))
def test_a_number_does_not_depend_on_its_company(subjects: list[int], block: int, attempt: int, key: tuple[int, int]) -> None:
    """Drawn in bulk or alone, a subject's luck for a purpose and attempt is the same, and lies strictly between 0 and 1."""
    bulk = uniforms(key, np.array(subjects, np.uint64), block, attempt)
    for row, subject in enumerate(subjects):
        alone = again(key, subject, block, attempt)
        assert alone == tuple(float(lane[row]) for lane in bulk)
        assert all(0 < u < 1 for u in alone)


def test_long_arrays_are_cut_without_a_trace() -> None:
    """What is computed in pieces equals what is computed one by one, at the seams too."""
    subjects = np.arange(40_000, dtype=np.uint64)
    lanes = uniforms(KEY, subjects, Block.WORK)
    for row in (0, 16_383, 16_384, 32_767, 32_768, 39_999):
        assert again(KEY, row, Block.WORK, 0) == tuple(float(lane[row]) for lane in lanes)


def test_lanes_are_uniform_and_independent() -> None:
    """Kolmogorov-Smirnov on each lane; no correlation between lanes, neighbours, blocks, attempts, replications."""
    subjects = np.arange(50_000, dtype=np.uint64)
    lanes = uniforms(KEY, subjects, Block.ARISE)
    others = [uniforms(KEY, subjects, Block.NEEDS)[0], uniforms(KEY, subjects, Block.ARISE, 1)[0],
              uniforms(key_of(7, 1), subjects, Block.ARISE)[0], uniforms(key_of(8, 0), subjects, Block.ARISE)[0],
              uniforms(KEY, subjects + np.uint64(1), Block.ARISE)[0]]
    assert all(stats.kstest(lane, "uniform").pvalue > 1e-4 for lane in lanes)
    for one in (*lanes[1:], *others):
        assert abs(np.corrcoef(lanes[0], one)[0, 1]) < 4.5 / np.sqrt(len(subjects))


def test_keys_of_seeds_and_replications_differ() -> None:
    """Also for seeds that differ only beyond 32 bits."""
    keys = {key_of(seed, replication) for seed in (0, 1, 2**32, 2**32 + 1, 2**63 - 1) for replication in range(100)}
    assert len(keys) == 500


# --- laws -------------------------------------------------------------------------------------------------------------------------

@given(st.floats(0, 400), st.lists(st.floats(1e-9, 1 - 1e-9), min_size=1, max_size=10))
def test_poisson_counts_are_quantiles(mean: float, luck: list[float]) -> None:
    """The smallest count whose cumulative probability reaches the luck, for small and for large means."""
    found = poisson_quantile(np.array(luck), np.full(len(luck), mean))
    law = stats.poisson(mean)
    for u, count in zip(luck, found.tolist(), strict=True):
        assert law.cdf(count) >= u - 1e-9
        assert count == 0 or law.cdf(count - 1) < u + 1e-9


@given(st.floats(1e-6, 1 - 1e-6), st.lists(st.floats(0, 200), min_size=2, max_size=10))
def test_more_demand_never_takes_a_count_away(u: float, means: list[float]) -> None:
    """At any luck the count grows with the mean."""
    found = poisson_quantile(np.full(len(means), u), np.array(sorted(means)))
    assert np.all(np.diff(found) >= 0)


@pytest.mark.parametrize("cv", [0.0, 0.35, 1.0, 2.0])
def test_lognormal_factors_have_mean_one(cv: float) -> None:
    """Mean 1 and the coefficient of variation asked for."""
    values = lognormal((np.arange(200_000) + 0.5) / 200_000, cv)
    assert values.mean() == pytest.approx(1, abs=0.01)
    assert values.std() == pytest.approx(cv, rel=0.06, abs=1e-9)


@pytest.mark.parametrize(("law", "mean", "cv"), [
    ({"kind": "exponential", "mean": 600.0}, 600, 1), ({"kind": "deterministic", "value": 600.0}, 600, 0),
    ({"kind": "lognormal", "mean": 600.0, "cv": 0.5}, 600, 0.5), ({"kind": "gamma", "mean": 600.0, "cv": 0.5}, 600, 0.5),
    ({"kind": "uniform", "low": 300.0, "high": 900.0}, 600, 1 / np.sqrt(12)),
    ({"kind": "empirical", "values": [900.0, 300.0]}, 600, 0.5)])
def test_distributions_have_their_moments(law: dict[str, Any], mean: float, cv: float) -> None:
    """Mean and coefficient of variation of every distribution of a service system; all grow with the luck, save the exponential,
    which falls."""
    u = (np.arange(100_000) + 0.5) / 100_000
    values = np.asarray(quantile(law, u))
    assert values.mean() == pytest.approx(mean, rel=0.01)
    assert values.std() / values.mean() == pytest.approx(cv, abs=0.02)
    assert np.all(np.diff(values) * (-1 if law["kind"] == "exponential" else 1) >= 0)


# --- what arises -----------------------------------------------------------------------------------------------------------------

def demand(days: int = 200, **changes: Any) -> Tables:
    """The script's city with demand: 10 and 2 issues a day, as many questions."""
    settings = city_settings()
    for key, rate in (("noise", 5), ("waste", 1)):
        settings["issues"]["categories"][key] |= {"rate": f"{rate} per 1000 residents/day", "consultations": f"{rate} per 1000 residents/day"}
    return from_dict(settings, {"run.horizon": f"{days} days", **changes}).tables()


@cache
def drawn(cv: float = 0.0) -> tuple[Tables, Draws]:
    tables = demand(1000, **{"issues.daily_cv": cv})
    return tables, Draws(tables, 5, 0)


def daily(cv: float) -> np.ndarray:
    tables, draws = drawn(cv)
    noise = draws.stream == 0
    return np.bincount(draws.time[noise] // DAY, minlength=tables.end // DAY)[:tables.end // DAY]


def test_counts_of_a_day_are_poisson() -> None:
    """Without over-dispersion mean and variance are both the rate: ten a day in the whole city, shared by its grids."""
    counts = daily(0.0)
    assert counts.mean() == pytest.approx(10, abs=0.4)
    assert counts.var() == pytest.approx(10, rel=0.18)


def test_days_are_over_dispersed_as_asked() -> None:
    """With a coefficient of variation c of the day's rate the variance is m + c^2 m^2 (Gamma-Poisson), for the whole city together: a bad
    day is bad everywhere."""
    counts = daily(0.5)
    assert counts.mean() == pytest.approx(10, abs=0.75)
    assert counts.var() == pytest.approx(10 + 25, rel=0.3)


def test_grids_share_by_residents() -> None:
    """Two grids of a thousand each have half each."""
    _, draws = drawn()
    share = (draws.grid == 0).mean()
    assert share == pytest.approx(0.5, abs=4.5 * 0.5 / np.sqrt(len(draws.grid)))


def test_hours_weekdays_and_months_follow_their_profiles() -> None:
    """Twice as much at noon, nothing at night; twice as much on Mondays; a quiet January."""
    tables = demand(730, **{"issues.categories.noise.hour": [0] * 6 + [1] * 6 + [2] + [1] * 11, "issues.categories.noise.weekday": [
        2, 1, 1, 1, 1, 1, 1], "issues.categories.noise.month": [0.5] + [1] * 11, "issues.daily_cv": 0.0})
    draws = Draws(tables, 5, 0)
    time = draws.time[draws.stream == 0]
    hours = np.bincount(time % DAY // HOUR, minlength=24)
    assert hours[:6].sum() == 0
    assert hours[12] / hours[[7, 8, 9, 10, 14, 15]].mean() == pytest.approx(2, rel=0.2)
    week = np.bincount((tables.start_weekday + time // DAY) % 7, minlength=7) / np.bincount(
        (tables.start_weekday + np.arange(tables.end // DAY)) % 7, minlength=7)
    assert week[0] / week[1:].mean() == pytest.approx(2, rel=0.15)
    assert (time < 25 * DAY).sum() / 25 / (((time > 60 * DAY) & (time < 300 * DAY)).sum() / 240) == pytest.approx(0.5, rel=0.25)
    assert len(time) / (tables.end / DAY) == pytest.approx(10, rel=0.06)


def test_arrivals_come_by_time_and_identity() -> None:
    """Not decreasing in time; in one second by identity; no identity twice; none after the end."""
    tables, draws = drawn()
    order = np.lexsort((draws.subject, draws.time))
    assert np.array_equal(order, np.arange(len(order)))
    assert len(np.unique(draws.subject)) == len(draws.subject)
    assert draws.time.max() <= tables.end


# --- whose luck it is --------------------------------------------------------------------------------------------------------------

def arrivals(tables: Tables, seed: int = 5, replication: int = 0) -> set[tuple[int, int, str, int]]:
    """Identity, second, stream by its name, and grid of everything that arises."""
    draws = Draws(tables, seed, replication)
    named = tables.city.demand.stream if tables.city is not None else tables.bare.class_name if tables.bare is not None else ()
    return set(zip(draws.subject.tolist(), draws.time.tolist(), (named[stream] for stream in draws.stream), draws.grid.tolist(),
                   strict=True))


@pytest.mark.parametrize("scale", [1.0, 1.1, 3.0])
def test_more_demand_adds_issues_and_moves_none(scale: float) -> None:
    """Every issue of less demand is there with more demand, in the same second and grid; half as much thins it."""
    base, more, half = (arrivals(demand(60, **{"issues.scale": factor})) for factor in (1.0, scale, 0.5))
    assert half < base <= more
    assert len(more) / len(base) == pytest.approx(scale, rel=0.15)


def test_a_longer_horizon_appends() -> None:
    """Whatever arises within 61 days is there, unmoved, in a run of 200; also across the days drawn together."""
    short, long = arrivals(demand(61)), arrivals(demand(200))
    assert short == {row for row in long if row[1] <= 61 * DAY}


@pytest.mark.parametrize("changes", [
    {"organisation.centres.mode": "separate"}, {"organisation.grid_workers.mode": "separate"}, {"organisation.ledger.mode": "silos"},
    {"staff.street_team.heads": 5}, {"residents.ask_again": 1.0}, {"grid_workers.round": "1 h"}])
def test_the_organisation_moves_nobody(changes: dict[str, Any]) -> None:
    """Both sides of a comparison have identical issues with identical luck."""
    base, other = demand(60), demand(60, **changes)
    assert arrivals(base) == arrivals(other)
    here, there = Draws(base, 5, 0), Draws(other, 5, 0)
    issues = here.stream < 2
    assert np.array_equal(here.luck.of_issues(here.subject[issues], here.stream[issues], here.grid[issues]), there.luck.of_issues(
        there.subject[issues], there.stream[issues], there.grid[issues]))


def test_a_busier_grid_or_category_moves_no_other() -> None:
    """One category made five times as frequent, and one grid empty, leave the others as they were."""
    base = arrivals(demand(60))
    more = arrivals(demand(60, **{"issues.categories.waste.rate": "5 per 1000 residents/day"}))
    assert {row for row in base if row[2] != "waste"} == {row for row in more if row[2] != "waste"}
    tables = demand(60)
    assert tables.city is not None
    rate = tables.city.demand.cell_rate.copy()
    rate[:, 0] = 0
    alone = replace(tables, city=replace(tables.city, demand=replace(tables.city.demand, cell_rate=rate)))
    assert arrivals(alone) == {row for row in base if row[3] == 1}


def test_another_category_moves_nobody() -> None:
    """A category whose key sorts before all others, with questions of its own, changes no identity, second or luck of the others."""
    settings = city_settings()
    first = {**settings["issues"]["categories"]["noise"], "rate": "3 per 1000 residents/day", "consultations": "1 per 1000 residents/day"}
    base, more = demand(60), demand(60, **{"issues.categories.accident": first})
    assert arrivals(base) == {row for row in arrivals(more) if "accident" not in row[2]}
    assert any("accident" in row[2] for row in arrivals(more))
    luck = []
    for tables in (base, more):
        draws = Draws(tables, 5, 0)
        mine = draws.stream == tables.city.demand.stream.index("waste")
        luck.append(draws.luck.of_issues(draws.subject[mine], draws.stream[mine], draws.grid[mine]))
    assert np.array_equal(*luck)


def test_seeds_and_replications_are_different_cities() -> None:
    """No issue arises in the same second in all of them by more than chance."""
    base = arrivals(demand(60))
    for other in (arrivals(demand(60), seed=6), arrivals(demand(60), replication=1)):
        assert len(base & other) < 5


# --- the luck of an issue ----------------------------------------------------------------------------------------------------------

MIX: dict[str, Any] = {
    "issues.categories.noise.severity": {"ordinary": 0.6, "serious": 0.3, "urgent": 0.1},
    "issues.categories.noise.authority": {"grid": 0.4, "community": 0.3, "street": 0.2, "district": 0.1},
    "issues.categories.noise.more_departments": {"one": 0.3, "two": 0.1},
    "issues.categories.noise.lasts": {"mean": "5 h", "cv": 0.5, "share": 0.7},
    "issues.categories.noise.worsens": {"chance": 0.2, "after": "10 h"}, "issues.categories.noise.visible": 0.4,
    "issues.categories.noise.reporters": 0.8, "issues.categories.noise.notice": {"mean": "2 h", "cv": 1.0},
    "issues.categories.noise.touch_cv": 1.0, "issues.categories.noise.travel_cv": 0.5}
MANY = 20_000


@cache
def lucky(grain: int = 1) -> tuple[CityLuck, np.ndarray]:
    tables = city(MIX)
    assert tables.city is not None
    luck = CityLuck(tables.city, KEY, grain)
    none = np.zeros(MANY, np.int64)
    return luck, luck.of_issues(np.arange(MANY, dtype=np.uint64), none, none)


def share(found: Any, wanted: float) -> bool:
    """Whether the share of true ones is the one wanted, within four and a half standard errors."""
    return abs(np.mean(found) - wanted) < 4.5 * np.sqrt(wanted * (1 - wanted) / len(found))


def test_issues_have_the_shares_of_their_category() -> None:
    """Severity, authority, further departments, natural end, worsening."""
    _, issues = lucky()
    for severity, wanted in enumerate((0.6, 0.3, 0.1)):
        assert share(issues[:, First.SEVERITY] == severity, wanted)
    for tier, wanted in enumerate((0.4, 0.3, 0.2, 0.1)):
        assert share(issues[:, First.ABLE] == tier, wanted)
    departments = issues[:, First.DEPARTMENT:First.LASTS]
    for more, wanted in enumerate((0.6, 0.3, 0.1)):
        assert share((departments >= 0).sum(axis=1) == more + 1, wanted)
    lasts, worsens = issues[:, First.LASTS], issues[:, First.WORSENS]
    assert share(lasts < NEVER, 0.7)
    assert share(worsens < NEVER, 0.2)
    assert lasts[lasts < NEVER].mean() == pytest.approx(5 * HOUR, rel=0.03)
    assert worsens[worsens < NEVER].mean() == pytest.approx(10 * HOUR, rel=0.08)


def test_departments_are_each_needed_once() -> None:
    """The one in charge by its share, the others among the rest, evenly."""
    _, issues = lucky()
    one, two, three = issues[:, First.DEPARTMENT:First.LASTS].T
    assert not np.any((one == two) | (one == three) | ((two == three) & (two >= 0)))
    for department, wanted in enumerate((0.4, 0.3, 0.3)):
        assert share(one == department, wanted)
    assert share(two[(one == 0) & (two >= 0)] == 1, 0.5)


def test_passes_that_miss_and_reporters() -> None:
    """A pass that detects with d = 0.4 misses (1 - d) / d times on the average; 0.8 residents report it, four at most."""
    _, issues = lucky()
    misses, reporters = issues[:, First.MISSES], issues[:, First.REPORTERS]
    assert misses.mean() == pytest.approx(1.5, abs=0.07)
    assert share(misses == 0, 0.4)
    assert issues[:, First.PHASE].mean() == pytest.approx(0.5, abs=0.01)
    assert reporters.mean() == pytest.approx(0.8, abs=0.03)
    assert reporters.max() == 4
    assert issues[:, First.NOTICE].mean() == pytest.approx(2 * HOUR, rel=0.04)


def test_never_visible_and_always_visible() -> None:
    """With no visibility no pass detects it; with full visibility the first does."""
    tables = city({"issues.categories.noise.visible": 0.0, "issues.categories.waste.visible": 1.0})
    assert tables.city is not None
    luck = CityLuck(tables.city, KEY)
    issues = luck.of_issues(np.arange(2, dtype=np.uint64), np.array([0, 1]), np.zeros(2, int))
    assert issues[:, First.MISSES].tolist() == [1_000_000, 0]
    assert [luck.again(7, category, Block.PATROL, 1)[1] for category in (0, 1)] == [1_000_000, 0]


@pytest.mark.parametrize("grain", [1, 900])
def test_luck_in_bulk_is_luck_alone(grain: int) -> None:
    """Drawn in bulk or one by one, attempt 0 of everything is the same to the last bit, rounded to grains or not."""
    luck, issues = lucky(grain)
    columns = {Block.WORK: First.WORK, Block.NOTICE: First.NOTICE, Block.CONTACT: First.CONTACT, Block.ASK: First.ASK,
               Block.DISPATCH: First.DISPATCH, Block.HOP: First.HOP, Block.CHECK: First.CHECK, Block.AFTER: First.AFTER,
               Block.DESK: First.DESK}
    for subject in range(0, MANY, 7):
        row = issues[subject].tolist()
        assert issue_luck(luck.numbers(), subject, 0, 0) == tuple(row[:First.NOTICE])
        for block, column in columns.items():
            alone = luck.again(subject, 0, block, 0)
            assert alone == tuple(row[column:column + len(alone)])
        assert luck.again(subject, 0, Block.HOP, 1) == tuple(row[First.HOP_AGAIN:First.HOP_AGAIN + 4])
        assert luck.again(subject, 0, Block.PATROL, 1)[1] == row[First.MISSES_AGAIN]


def test_grains_round_up() -> None:
    """With a grain every time is a whole number of grains, not below what it was by as much as one, and every factor is whole."""
    issues, rounded = lucky()[1], lucky(900)[1]
    for column in (First.LASTS, First.WORSENS, First.NOTICE):
        less, more = issues[:, column], rounded[:, column]
        assert np.all((more == NEVER) | ((more % 900 == 0) & (more >= less) & (more < less + 900)))
        assert np.array_equal(less == NEVER, more == NEVER)
    for column in (First.WORK, First.WORK + 1, First.ASK + 1, First.DISPATCH + 2, First.HOP + 1, First.CHECK + 2):
        assert np.array_equal(rounded[:, column], np.ceil(issues[:, column]))
    for column in (First.DELEGATION, First.WORK + 2, First.ASK, First.HOP, First.CHECK):
        assert np.array_equal(rounded[:, column], issues[:, column])
    assert np.all(rounded[:, First.PHASE] == 0.5)


def test_luck_in_parts_is_luck_in_one() -> None:
    """Drawn for all issues together or for a few of them, each has the same luck."""
    luck, issues = lucky()
    some = np.array([17, 3, 4096, 16_384, 19_999], np.uint64)
    none = np.zeros(len(some), np.int64)
    assert np.array_equal(luck.of_issues(some, none, none), issues[some.astype(int)])


def test_written_luck_says_what_the_script_says() -> None:
    """The table of a story holds, for an engine that only looks up, what it answers when asked."""
    story = [Arises(at=50, luck={Block.HOP: [(0.9, 2.0, 0.5, 0.5), (0.8, 3.0, 0.5, 0.5), (0.7, 4.0, 0.5, 0.5)],
                                 Block.HOLD: [(5.0, 0.5, 0.5, 0.5)], Block.NOTICE: [(70, 1, 0.2, 0.3)]}, reporters=[(60, 1), (80, 2)]),
             Asks(at=20, luck=[(2.0, 1.0, 0.1, 1.0), (3.0, 1.0, 0.5, 1.0)], wrong=(0.1, 0.2))]
    tables = city()
    draws = scripted(tables, story)
    assert CityLuck(tables.city, KEY).written() is None
    first, keys, lanes_of, usual = draws.luck.written()
    assert first.shape == (2, WIDTH)
    assert draws.subject.tolist() == [1, 0]
    assert np.all(np.diff(keys) > 0)
    for row, subject in enumerate(draws.subject.tolist()):
        for block in ((Block.CONTACT,) if subject else (Block.WORK, Block.HOP, Block.HOLD, Block.NOTICE, Block.PATROL, Block.ASK)):
            for attempt in range(6):
                at = np.flatnonzero(keys == (row << 20) + (block << 12) + attempt)
                found = lanes_of[at[0]] if len(at) else usual[block]
                said = draws.luck.again(subject, 0, block, attempt)
                assert found[:len(said)].tolist() == list(said), (block, attempt)
    issue, question = first[1], first[0]
    assert issue[First.HOP:First.HOP + 4].tolist() == [0.9, 2.0, 0.5, 0.5]
    assert issue[First.HOP_AGAIN] == 0.8
    assert issue[First.NOTICE:First.NOTICE + 4].tolist() == [60, 1, 0.5, 0.5]
    assert issue[First.REPORTERS] == 2
    assert question[First.NOTICE + 1:First.NOTICE + 4].tolist() == [0, 0.1, 0.2]
    assert question[First.CONTACT:First.CONTACT + 4].tolist() == [2.0, 1.0, 0.1, 1.0]


# --- the same bits everywhere -------------------------------------------------------------------------------------------------------

def ulps(found: np.ndarray, true: Any) -> float:
    """Largest error in units of the last place."""
    true = np.asarray(true)
    return float(np.max(np.abs(found - true) / np.spacing(np.abs(true))))


SHARES = (np.random.default_rng(3).integers(0, 2**32, 20_000) + 0.5) * 2.0**-32
"""Uniform numbers as the generator makes them."""
SHARES = np.concatenate([SHARES, [2.0**-33, 1 - 2.0**-33, 0.075, 0.925, 0.5 - 2.0**-33, 0.5 + 2.0**-33]])
AMOUNTS = np.concatenate([np.linspace(-40, 40, 10_001), np.linspace(-0.5, 0.5, 1001), [-700.0, 700.0]])


def test_elementary_functions_are_right() -> None:
    """Against the C library and SciPy: one or two units in the last place."""
    assert ulps(logs(SHARES), [math.log(u) for u in SHARES.tolist()]) <= 1
    assert ulps(exps(AMOUNTS), [math.exp(x) for x in AMOUNTS.tolist()]) <= 1
    assert np.max(np.abs(normal_quantiles(SHARES) / special.ndtri(SHARES) - 1)) < 2e-15
    assert (exp(-800.0), exp(800.0), log(1.0), normal_quantile(0.5)) == (0.0, math.inf, 0.0, 0.0)
    assert ulps(np.array([log(x) for x in (5e-324, 1e-310, 1e308)]), [math.log(x) for x in (5e-324, 1e-310, 1e308)]) <= 1


def test_elementary_functions_of_arrays_are_those_of_numbers() -> None:
    """Bit by bit, whatever the shape."""
    assert logs(SHARES).tolist() == [log(u) for u in SHARES.tolist()]
    assert exps(AMOUNTS).tolist() == [exp(x) for x in AMOUNTS.tolist()]
    assert normal_quantiles(SHARES).tolist() == [normal_quantile(u) for u in SHARES.tolist()]
    square = SHARES[:10_000].reshape(100, 100)
    assert np.array_equal(logs(square.T), logs(square).T)
    assert np.array_equal(normal_quantiles(square[::2]), normal_quantiles(square)[::2])


def _in_a_row(numbers: LuckNumbers, k0: int, k1: int, shares: np.ndarray, amounts: np.ndarray, found: np.ndarray, lucks: np.ndarray) -> None:
    for at in range(len(shares)):
        found[at, 0], found[at, 1] = log(shares[at]), normal_quantile(shares[at])
    for at in range(len(amounts)):
        found[at, 2] = exp(amounts[at])
    for name in range(len(lucks)):
        subject = (name - 500) * 987_654_321_987
        row = lucks[name]
        row[0], row[1], row[2], row[3] = lanes(k0, k1, subject, 1 << 31, name)
        row[4], row[5], row[6], row[7], row[8], row[9], row[10], row[11], row[12], row[13], row[14] = issue_luck(numbers, subject, 0, 0)
        for block in range(2, 17):
            at = 4 * block + 8
            row[at], row[at + 1], row[at + 2], row[at + 3] = block_luck(numbers, subject, block, name)
        row[76], row[77], row[78] = work_luck(numbers, subject, 0, name)
        row[79], row[80], row[81], row[82] = notice_luck(numbers, subject, 0, name)
        row[83], row[84] = patrol_luck(numbers, subject, 0, name)


@pytest.mark.skipif(not compiling.available(), reason="needs Numba")
@pytest.mark.parametrize("grain", [1, 900])
def test_compiled_luck_is_interpreted_luck(grain: int) -> None:
    """The rules give the same bits as they stand and as machine code, also for identities beyond 63 bits."""
    numbers = lucky(grain)[0].numbers()
    both = []
    for rule in (_in_a_row, compiling.compiled(_in_a_row)):
        found, lucks = np.zeros((len(SHARES), 3)), np.zeros((1000, 85))
        rule(numbers, 0xFFFFFFFF, 0x9E3779B9, SHARES, AMOUNTS[:len(SHARES)], found, lucks)
        both.append((found, lucks))
    assert np.array_equal(both[0][0], both[1][0])
    assert np.array_equal(both[0][1], both[1][1])


def same_arrivals(tables: Tables) -> bool:
    """Whether compiled code draws the same arrivals as the arrays, with the same types."""
    one, other = Draws(tables, 5, 2), Draws(tables, 5, 2, compiled=True)
    assert len(one.time) > 0
    return all(np.array_equal(getattr(one, name), getattr(other, name)) and getattr(one, name).dtype == getattr(other, name).dtype
               for name in ("time", "stream", "grid", "subject"))


@pytest.mark.skipif(not compiling.available(), reason="needs Numba")
@pytest.mark.parametrize("changes", [
    {}, {"issues.daily_cv": 0.6}, {"issues.scale": 5.0}, {"issues.scale": 30.0}, {"run.horizon": "3 days"}, {"run.horizon": "100000 s"},
    {"issues.categories.noise.hour": [0] * 6 + [1] * 6 + [2] + [1] * 5 + [0] * 6, "issues.categories.noise.weekday": [2, 1, 1, 1, 1, 1, 0]}])
def test_compiled_arrivals_are_the_same(changes: dict[str, Any]) -> None:
    """Every issue and question in its second, also where cells are too large for compiled code, in crowded days and cut short."""
    assert same_arrivals(demand(90, **changes))


@pytest.mark.skipif(not compiling.available(), reason="needs Numba")
def test_compiled_customers_are_the_same() -> None:
    """Every kind of arrivals, alone and mixed, with ties between classes."""
    kinds: dict[str, dict[str, Any]] = {
        "f": {"kind": "poisson", "rate": "6 per hour"}, "b": {"kind": "renewal", "gap": {"exponential": {"mean": "600 s"}}},
        "c": {"kind": "renewal", "gap": {"uniform": {"low": "0 s", "high": "1200 s"}}}, "d": {"kind": "poisson", "rate": "900 per hour"},
        "e": {"kind": "deterministic", "every": "10 min", "first": "3 s"}, "a": {"kind": "batches", "rate": "2 per hour", "size": [1, 5]},
        "g": {"kind": "sinusoidal", "rate": "6 per hour", "amplitude": 0.5, "period": "24 h"}}
    classes = {name: {"arrivals": kind, **SERVICE} for name, kind in kinds.items()}
    assert same_arrivals(bare({"a": {}}, run={"horizon": "30 days"}, classes=classes))
    for name, one in classes.items():
        assert same_arrivals(bare({"a": {}}, run={"horizon": "30 days"}, classes={name: one}))
    assert same_arrivals(bare({"a": {}}, [{"time": 30}, {"time": 10}, {"time": 10}]))


def test_compiled_code_is_not_loaded_unless_asked_for() -> None:
    """Drawing alone does not import Numba, which takes half a second."""
    code = "import sys, sim.draws, sim.engine_simpy; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


# --- service systems ----------------------------------------------------------------------------------------------------------------

SERVICE = {"entry": "a", "service": {"a": {"exponential": {"mean": "600 s"}}}}


def stream(kind: dict[str, Any], days: int = 100, **more: Any) -> Tables:
    return bare({"a": {}}, run={"horizon": f"{days} days"}, classes={"x": {"arrivals": kind, **SERVICE}, **more})


@pytest.mark.parametrize(("kind", "hourly"), [
    ({"kind": "poisson", "rate": "6 per hour"}, 6), ({"kind": "renewal", "gap": {"uniform": {"low": "0 s", "high": "1200 s"}}}, 6),
    ({"kind": "deterministic", "every": "10 min", "first": "3 s"}, 6), ({"kind": "batches", "rate": "2 per hour", "size": [1, 5]}, 6),
    ({"kind": "sinusoidal", "rate": "6 per hour", "amplitude": 0.5, "period": "24 h"}, 6)])
def test_customers_come_at_their_rate(kind: dict[str, Any], hourly: float) -> None:
    """Six an hour, however they come; a longer horizon appends, another class and another replication move none or all."""
    tables = stream(kind)
    here = arrivals(tables)
    assert len(here) / (tables.end / HOUR) == pytest.approx(hourly, rel=0.06)
    assert here == {row for row in arrivals(stream(kind, 200)) if row[1] <= tables.end}
    both = arrivals(stream(kind, a={"arrivals": {"kind": "poisson", "rate": "9 per hour"}, **SERVICE}))
    assert here == {row for row in both if row[2] == "x"}
    assert kind["kind"] == "deterministic" or len(here & arrivals(tables, replication=1)) < 20


def test_poisson_gaps_are_exponential() -> None:
    """Kolmogorov-Smirnov on the gaps, rounding to seconds left aside."""
    draws = Draws(stream({"kind": "poisson", "rate": "6 per hour"}), 5, 0)
    gaps = np.diff(draws.time)
    assert gaps.std() / gaps.mean() == pytest.approx(1, abs=0.05)
    assert stats.kstest(gaps / gaps.mean(), "expon").statistic < 1.8 / np.sqrt(len(gaps))


def test_a_wave_of_customers() -> None:
    """Half again as many at the crest as on the average, half at the trough."""
    tables = stream({"kind": "sinusoidal", "rate": "6 per hour", "amplitude": 0.5, "period": "24 h"}, 400)
    hours = np.bincount(Draws(tables, 5, 0).time % DAY // HOUR, minlength=24) / 400
    assert hours[5:7].mean() == pytest.approx(9, rel=0.1)
    assert hours[17:19].mean() == pytest.approx(3, rel=0.1)


def test_thinning_keeps_whoever_stays() -> None:
    """A rate that varies is read off its integral: expected numbers at the ends of steps are exact."""
    clock, load = thinned_time({"kind": "piecewise", "starts": [0.0, 100.0, 300.0], "rates": [0.1, 0.0, 0.2], "period": 400.0}, 1000)
    assert [float(np.interp(at, clock, load)) for at in (50, 100, 250, 400, 800, 900)] == pytest.approx([5, 10, 10, 30, 60, 70])


def test_batches_come_together() -> None:
    """Whoever comes in one batch comes in one second, one or five at a time."""
    draws = Draws(stream({"kind": "batches", "rate": "2 per hour", "size": [1, 5]}, 20), 5, 0)
    sizes = np.unique(draws.time, return_counts=True)[1]
    assert set(sizes.tolist()) <= {1, 2, 5, 6, 10}
    assert (sizes == 1).mean() == pytest.approx(0.5, abs=0.08)


def test_a_trace_is_taken_as_it_is() -> None:
    """Given customers come when they are given, in that order."""
    draws = Draws(bare({"a": {}}, [{"time": 30}, {"time": 10}, {"time": 10}]), 5, 0)
    assert draws.time.tolist() == [10, 10, 30]
    assert (draws.subject & np.uint64(2**48 - 1)).tolist() == [1, 2, 0]


def test_services_and_patience_belong_to_the_customer() -> None:
    """Adding a class and a pool before the others leaves every service time as it was; a different replication does not."""
    kind = {"kind": "poisson", "rate": "6 per hour"}
    mine = {"arrivals": kind, "entry": "m", "service": {"m": {"exponential": {"mean": "600 s"}}}, "patience": {
        "m": {"exponential": {"mean": "60 s"}}}}
    alone = bare({"m": {}}, run={"horizon": "10 days"}, classes={"x": mine})
    more = bare({"a": {}, "m": {}}, run={"horizon": "10 days"}, classes={"c": {"arrivals": kind, **SERVICE}, "x": mine})

    def services(tables: Tables, replication: int = 0) -> dict[int, tuple[int, ...]]:
        draws = Draws(tables, 5, replication)
        assert tables.bare is not None
        who = draws.stream == tables.bare.class_name.index("x")
        visits = draws.luck.first_visits(draws.subject[who], draws.stream[who])
        at = 3 * tables.pools.key.index("m")
        return {name: luck[at:at + 3] for name, (_, luck) in zip(draws.subject[who].tolist(), visits, strict=True)}

    assert services(alone) == services(more)
    assert services(alone) != services(alone, 1)


def test_exponential_of_a_share() -> None:
    """The inverse of the law: a half is log 2."""
    assert float(exponential(np.array(0.5))) == pytest.approx(np.log(2))


@pytest.mark.slow
@pytest.mark.parametrize("cv", [0.0, 0.35])
def test_many_days_have_the_law_of_the_day(cv: float) -> None:
    """Chi-square of 20 years of daily counts of a grid against Poisson, or negative binomial where days are over-dispersed."""
    tables = demand(7300, **{"issues.daily_cv": cv, "calendars.holidays": "none"})
    draws = Draws(tables, 11, 0)
    mine = (draws.stream == 0) & (draws.grid == 0)
    counts = np.bincount(draws.time[mine] // DAY, minlength=7301)[:7300]
    shape = 1 / cv**2 if cv else 0
    law = stats.nbinom(shape, shape / (shape + 5)) if cv else stats.poisson(5)
    edges = np.arange(1, 11)
    seen = np.histogram(counts, np.concatenate([[-0.5], edges + 0.5, [1e9]]))[0]
    expected = np.diff(np.concatenate([[0], law.cdf(edges), [1]])) * len(counts)
    assert stats.chisquare(seen, expected).pvalue > 1e-3
