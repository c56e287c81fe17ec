"""Ranking and selection: the chance of being right, by simulation on normal data, and what must not change the choice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from sim.selection import Selection, reach, select, spread_level

RUNS = 400


def trial(means: Sequence[float], seed: int, *, common: float = 0.0, zone: float = 0.3, most: int = 5000, first: int = 10,
          batch: int = 10) -> Selection:
    """One selection among normal systems of variance 1, of which the share `common` is luck that all of them have."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=most) * np.sqrt(common)
    own = rng.normal(size=(len(means), most)) * np.sqrt(1 - common)
    values = np.asarray(means)[:, None] + shared + own
    return select(lambda which, n: values[list(which), :n], len(means), zone, most=most, first=first, batch=batch)


def chance(hits: int, runs: int = RUNS) -> float:
    """The most that the chance of a hit can be, given so few (99.9%)."""
    return float(stats.beta.ppf(0.999, hits + 1, runs - hits))


@pytest.mark.slow
@pytest.mark.parametrize("common", [0.0, 0.8])
@pytest.mark.parametrize("systems", [2, 6])
def test_the_best_is_chosen_with_the_promised_chance(systems: int, common: float) -> None:
    """The hardest case that the guarantee covers: all others exactly one zone below the best, wherever it stands."""
    right = 0
    for seed in range(RUNS):
        best = seed % systems
        found = trial([0.3 * (system == best) for system in range(systems)], seed, common=common)
        assert found.decided
        right += found.best == best
    assert chance(right) >= 0.95
    assert right / RUNS >= 0.93


@pytest.mark.slow
def test_what_is_chosen_is_hardly_worse_than_the_best() -> None:
    """Means closer together than the zone: the choice may err, but rarely by a zone or more."""
    means = [0.0, 0.1, 0.2, 0.25, -0.5]
    bad = sum(max(means) - means[trial(means, seed).best] >= 0.3 for seed in range(RUNS))
    assert bad <= 0.05 * RUNS


def test_common_luck_saves_replications() -> None:
    """With 80% of the variance in common, far fewer are needed for the same guarantee."""
    means = [0.0, 0.3, 0.1, 0.2]
    alone = sum(sum(trial(means, seed).used) for seed in range(40))
    paired = sum(sum(trial(means, seed, common=0.8).used) for seed in range(40))
    assert paired < 0.5 * alone


def test_batches_change_nothing() -> None:
    """Replications are judged one by one, however many are asked for at a time."""
    for seed in range(20):
        assert trial([0.0, 0.3, 0.2], seed, batch=1) == trial([0.0, 0.3, 0.2], seed, batch=37)


def test_equal_systems_end_with_the_first() -> None:
    """No difference at all: no noise either, so the first look decides, for the first of them."""
    values = np.random.default_rng(3).normal(size=200)
    found = select(lambda which, n: np.array([values[:n] for _one in which]), 3, 0.1)
    assert (found.best, found.decided, found.used) == (0, True, (10, 10, 10))


def test_an_end_without_a_decision_says_so() -> None:
    """Too few replications allowed: the best so far, no guarantee, and all who are left."""
    found = trial([0.0, 0.05], 1, zone=0.02, most=30)
    assert not found.decided
    assert found.left == (0, 1)
    assert found.used == (30, 30)


def test_one_system_needs_no_replication() -> None:
    """Nothing to choose."""
    assert select(lambda which, n: np.empty((0, 0)), 1, 0.1).best == 0


def test_dropped_systems_are_not_run_again() -> None:
    """Whoever is clearly worse costs the first replications only."""
    rng = np.random.default_rng(5)
    values = np.array([0.0, 5.0, 4.9])[:, None] + rng.normal(size=(3, 4000))
    asked: list[tuple[int, ...]] = []

    def sample(which: Sequence[int], n: int) -> np.ndarray:
        asked.append(tuple(which))
        return values[list(which), :n]

    found = select(sample, 3, 0.5, most=4000)
    assert found.used[0] == 10
    assert asked[0] == (0, 1, 2)
    assert all(0 not in which for which in asked[1:])


def test_what_makes_no_sense_is_refused() -> None:
    """No zone, too few replications, values that are none."""
    def good(which: Sequence[int], n: int) -> np.ndarray:
        return np.zeros((len(which), n))

    for arguments in ({"zone": 0.0}, {"zone": 0.1, "first": 1}, {"zone": 0.1, "most": 5}, {"zone": 0.1, "level": 0.3}):
        with pytest.raises(ValueError, match="out of bounds"):
            select(good, 2, **arguments)
    with pytest.raises(ValueError, match="finite"):
        select(lambda which, n: np.full((len(which), n), np.nan), 2, 0.1)


def test_the_constant_is_that_of_the_paper() -> None:
    """eta = ((2 alpha / (k - 1))^(-2 / (n - 1)) - 1) / 2 and h^2 = 2 eta (n - 1)."""
    assert reach(20, 4, 0.9) == pytest.approx(19 * ((0.2 / 3) ** (-2 / 19) - 1))


@pytest.mark.parametrize("looks", [1, 2, 5])
def test_looking_again_does_not_add_errors(looks: int) -> None:
    """A true mean exactly at the bound, looked at after 10, 20, 40, ... values: it is called met in at most 5% of the cases."""
    from sim.staffing.targets import MET, Quantity, Target, shown

    goal = Target(Quantity("wait_mean"), 1, 0.0)
    shares = spread_level(0.05, looks)
    assert sum(shares) == pytest.approx(0.05)
    wrong = 0
    for seed in range(RUNS):
        values = np.random.default_rng([7, seed]).normal(size=10 * 2**looks)
        wrong += any(shown(goal, values[:10 * 2**look], share).verdict == MET for look, share in enumerate(shares))
    assert wrong <= stats.binom.ppf(0.999, RUNS, 0.05)
