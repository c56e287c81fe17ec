"""Shapley and Owen values, interaction indices and sampled orders against values that are known."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.shapley import (
    coalition,
    contributions,
    errors,
    exact_coalitions,
    interactions,
    order_coalitions,
    order_interactions,
    orders,
    owen,
    shapley,
)


def game(number, worth):
    """Worth of every coalition, from a function of the players in it."""
    return [worth({player for player in range(number) if mask >> player & 1}) for mask in range(1 << number)]


def alone(number):
    return [[player] for player in range(number)]


GLOVES = game(3, lambda some: min(len(some & {0}), len(some & {1, 2})))
GROUPS = [[0, 3], [1], [2, 4, 5]]


def random_game(seed, number=6):
    return np.random.default_rng(seed).normal(size=1 << number)


# --- known values -------------------------------------------------------------------------------------------------------------


def test_gloves() -> None:
    assert shapley(GLOVES) == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_airport() -> None:
    """Littlechild and Owen (1973): each stretch of the runway is shared by those who need it."""
    costs = [8, 11, 13, 18]
    assert shapley(game(4, lambda some: max((costs[player] for player in some), default=0))) == pytest.approx([2, 3, 4, 9])


def test_an_additive_game_gives_everyone_their_own() -> None:
    own = [5.0, -2.0, 0.0, 0.25]
    worth = game(4, lambda some: sum(own[player] for player in some))
    assert shapley(worth) == pytest.approx(own)
    assert [*interactions(worth, alone(4)).between.values()] == pytest.approx([0] * 6, abs=1e-12)


def test_the_security_council() -> None:
    """Five with a veto, ten without, nine votes: 0.1963 and 0.0019 (Shapley and Shubik's index of the council since 1966)."""
    worth = np.zeros(1 << 15)
    masks = np.arange(1 << 15)
    votes = np.array([mask.bit_count() for mask in masks.tolist()])
    worth[(masks & 31 == 31) & (votes >= 9)] = 1
    found = shapley(worth)
    few = math.comb(9, 3) / (15 * math.comb(14, 8))
    assert found[5:] == pytest.approx([few] * 10)
    assert found[:5] == pytest.approx([0.19627] * 5, abs=1e-5)
    assert few == pytest.approx(0.001865, abs=1e-6)


def test_owen_values_of_gloves_whose_owners_join_hands() -> None:
    assert owen(GLOVES, [[0, 1], [2]]) == pytest.approx([0.75, 0.25, 0])
    assert owen(GLOVES, [[0], [1, 2]]) == pytest.approx([0.5, 0.25, 0.25])


def test_interactions_of_known_games() -> None:
    """Of a majority of three; of the unanimity of two, who reinforce each other; of two that do the same."""
    majority = game(3, lambda some: len(some) >= 2)
    assert [*interactions(np.array(majority, float), alone(3)).between.values()] == pytest.approx([0, 0, 0])
    both = np.array(game(3, lambda some: {0, 1} <= some), float)
    assert interactions(both, alone(3)).between == {(0, 1): 1, (0, 2): 0, (1, 2): 0}
    either = np.array(game(3, lambda some: bool({0, 1} & some)), float)
    assert interactions(either, alone(3)).between == {(0, 1): -1, (0, 2): 0, (1, 2): 0}


# --- what must hold of every game -----------------------------------------------------------------------------------------------


def slow_owen(worth, groups):
    """The definition: the mean over all orders in which groups stand together."""
    every = [tuple(itertools.chain(*parts)) for some in itertools.permutations(groups)
             for parts in itertools.product(*(itertools.permutations(group) for group in some))]
    return np.mean([contributions(worth, order) for order in every], axis=0)


@given(st.integers(0, 10**6))
def test_shares_are_the_mean_over_all_orders_and_add_up(seed) -> None:
    worth = random_game(seed)
    found = owen(worth, GROUPS)
    assert found == pytest.approx(slow_owen(worth, GROUPS))
    assert found.sum() == pytest.approx(worth[-1] - worth[0], rel=1e-12, abs=1e-12)


@given(st.integers(0, 10**6))
def test_what_a_groups_players_get_is_what_the_group_gets_among_groups(seed) -> None:
    worth = random_game(seed)
    whole = [coalition(group) for group in GROUPS]
    among = shapley([worth[sum(one for place, one in enumerate(whole) if mask >> place & 1)] for mask in range(8)])
    found = owen(worth, GROUPS)
    assert [found[group].sum() for group in GROUPS] == pytest.approx(among)
    assert found == pytest.approx(owen({mask: worth[mask] for mask in exact_coalitions(GROUPS)}, GROUPS))


def test_worth_may_be_arrays() -> None:
    worth = [np.array([value, 2 * value]) for value in GLOVES]
    assert owen(worth, alone(3))[:, 1] == pytest.approx(2 * shapley(GLOVES))


# --- sampled orders -------------------------------------------------------------------------------------------------------------


def test_orders_keep_groups_together_and_come_with_their_reverse() -> None:
    drawn = orders(GROUPS, 50, np.random.default_rng(1))
    assert len(drawn) == 100
    assert all(back == one[::-1] for one, back in zip(drawn[::2], drawn[1::2], strict=True))
    for order in drawn:
        assert sorted(order) == [0, 1, 2, 3, 4, 5]
        assert all(max(places) - min(places) == len(group) - 1 for group in GROUPS for places in [[order.index(p) for p in group]])
    assert drawn == orders(GROUPS, 50, np.random.default_rng(1))
    assert len({order[0] for order in drawn}) == 6


def test_sampled_shares_and_interactions_are_right_on_average() -> None:
    worth = random_game(5)
    drawn = orders(GROUPS, 4000, np.random.default_rng(2))
    each = np.array([contributions(worth, order) for order in drawn])
    assert each.mean(axis=0) == pytest.approx(owen(worth, GROUPS), abs=0.06)
    assert each.sum(axis=1) == pytest.approx([worth[-1] - worth[0]] * len(drawn))
    exact = interactions(worth, GROUPS)
    seen: dict = {}
    for order in drawn:
        one = order_interactions(worth, order, GROUPS)
        for kind, pairs in enumerate(one):
            for pair, value in pairs.items():
                seen.setdefault((kind, pair), []).append(value)
    for kind, pairs in enumerate(exact):
        for pair, value in pairs.items():
            assert np.mean(seen[kind, pair]) == pytest.approx(value, abs=0.12), (kind, pair)
    assert len(seen) == len(exact.between) + len(exact.within) == 3 + 4


def test_an_order_needs_no_coalition_that_is_not_run() -> None:
    worth = random_game(3)
    for order in orders(GROUPS, 20, np.random.default_rng(4)):
        there = {mask: worth[mask] for mask in order_coalitions(order, GROUPS)}
        assert contributions(there, order) == pytest.approx(contributions(worth, order))
        assert order_interactions(there, order, GROUPS) == order_interactions(worth, order, GROUPS)
        assert set(there) <= set(exact_coalitions(GROUPS))


def test_one_order_and_its_reverse_are_exact_where_only_pairs_interact() -> None:
    luck = np.random.default_rng(6)
    own, pair = luck.normal(size=5), np.triu(luck.normal(size=(5, 5)), 1)
    worth = game(5, lambda some: sum(own[p] for p in some) + sum(pair[p, q] for p in some for q in some))
    one, back = orders(alone(5), 1, luck)
    both = (contributions(worth, one) + contributions(worth, back)) / 2
    assert both == pytest.approx(shapley(worth))
    assert contributions(worth, one) != pytest.approx(shapley(worth), abs=0.1)


def test_standard_errors_hold_luck_and_orders() -> None:
    """Games that luck moves, each replication with orders of its own: 95% intervals hold the truth in about 95 of 100."""
    base, moved = random_game(7, 4), np.random.default_rng(8)
    truth, held, spread = shapley(base)[0], [], []
    from scipy.special import stdtrit
    for study in range(300):
        luck = np.random.default_rng([9, study])
        samples = []
        for _replication in range(8):
            worth = base + 0.5 * moved.normal(size=16)
            each = [contributions(worth, order)[0] for order in orders(alone(4), 2, luck)]
            samples.append([(each[0] + each[1]) / 2, (each[2] + each[3]) / 2])
        found = errors(samples)
        held.append(abs(found.mean - truth) <= stdtrit(7, 0.975) * found.error)
        spread.append((found.mean, found.error, found.of_orders))
    means, error, of_orders = np.array(spread).T
    assert 0.91 <= np.mean(held) <= 0.985
    assert means.std() == pytest.approx(np.sqrt((error**2).mean()), rel=0.12)
    assert 0.2 < np.sqrt((of_orders**2).mean()) / np.sqrt((error**2).mean()) < 1


def test_standard_errors_without_orders_are_those_of_the_replications() -> None:
    found = errors(np.array([1.0, 2.0, 4.0, np.nan])[:, None])
    assert found.mean == pytest.approx(7 / 3)
    assert found.error == pytest.approx(np.std([1, 2, 4], ddof=1) / math.sqrt(3))
    assert np.isnan(found.of_orders)
