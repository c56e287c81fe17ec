"""Who brings how much of a joint result: Shapley and Owen values, interaction indices, sampled orders (夏普利值与欧文值).

A *game* says what every coalition of players is worth.  A player's marginal contribution is what a coalition gains when the player
joins it.  The *Shapley value* is its mean over all orders in which the players may join; the values of all players add up to the
worth of all less that of nobody.  Where players form groups, the *Owen value* is the mean over those orders only in which every
group stands together: the values of a group's players add up to the Shapley value of the group among the groups.  With every player
a group of its own the two are the same.

The *interaction index* of two players is the mean of what both together add beyond the sum of what each adds: 0 where they act
side by side, positive where they strengthen each other, negative where one does what the other would have done.

Few players: all coalitions are looked at, and the values are exact.  Many: some orders are drawn, each together with its reverse
(antithetic: who comes early in one comes late in the other), which costs nothing and takes away most of the noise of nearly straight
games.  Two neighbours of an order, swapped, show how they interact.

A coalition is a whole number whose bits are its players: 0b101 holds players 0 and 2.

References
----------
Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games II, 307-317.
Owen, G. (1977). Values of games with a priori unions. Mathematical Economics and Game Theory, 76-88.
Grabisch, M. and Roubens, M. (1999). An axiomatic approach to the concept of interaction among players in cooperative games.
International Journal of Game Theory 28, 547-565.
Castro, J., Gomez, D. and Tejada, J. (2009). Polynomial calculation of the Shapley value based on sampling. Computers & Operations
Research 36, 1726-1730.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Errors", "Interactions", "coalition", "contributions", "errors", "exact_coalitions", "interactions", "order_coalitions",
           "order_interactions", "orders", "owen", "shapley"]

Groups = Sequence[Sequence[int]]
"""Players by group; every player is in one group."""
Pairs = dict[tuple[int, int], Any]


def coalition(players: Iterable[int]) -> int:
    """The coalition of some players.

    Examples
    --------
    >>> coalition([0, 2]), coalition([])
    (5, 0)
    """
    return sum(1 << player for player in set(players))


def _subsets(masks: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Every union of some of the masks, and of how many."""
    for size in range(len(masks) + 1):
        for some in itertools.combinations(masks, size):
            yield sum(some), size


def _joining(number: int) -> list[float]:
    """Chance that exactly a given set of so many others (0, 1, …) stands before one of `number` in a random order."""
    return [1 / (number * math.comb(number - 1, size)) for size in range(number)]


def _pairing(number: int) -> list[float]:
    """Weight of a set of so many others (0, 1, …) in the interaction of two of `number`."""
    return [1 / ((number - 1) * math.comb(number - 2, size)) for size in range(number - 1)]


# --- exact ----------------------------------------------------------------------------------------------------------------

def exact_coalitions(groups: Groups) -> tuple[int, ...]:
    """Every coalition that exact Owen values need: any groups as a whole, and any part of one more (联盟清单).

    Parameters
    ----------
    groups : sequence of sequences of int

    Returns
    -------
    tuple of int
        In rising order; with every player a group of its own, all coalitions.

    Examples
    --------
    >>> exact_coalitions([[0], [1]])
    (0, 1, 2, 3)
    >>> len(exact_coalitions([[0, 1, 2], [3, 4, 5]])), 2**6
    (28, 64)
    """
    whole = [coalition(group) for group in groups]
    found = {joined | part for place, group in enumerate(groups)
             for joined, _many in _subsets(whole[:place] + whole[place + 1:])
             for part, _few in _subsets([1 << player for player in group])}
    return tuple(sorted(found))


def shapley(worth: Sequence[Any] | Mapping[int, Any] | np.ndarray) -> np.ndarray:
    """Exact Shapley values (夏普利值).

    Parameters
    ----------
    worth : sequence, or mapping from coalition to its worth
        Of all 2^n coalitions, in the order of their numbers; each worth a number or an array.

    Returns
    -------
    ndarray of float, shape (n, ...)

    Raises
    ------
    ValueError
        The number of coalitions is no power of 2.

    Examples
    --------
    One has a left glove, two have a right one each; a pair is worth 1.

    >>> shapley([0, 0, 0, 1, 0, 1, 0, 1]).round(4).tolist()
    [0.6667, 0.1667, 0.1667]
    """
    number = len(worth).bit_length() - 1
    if number < 0 or len(worth) != 1 << number:
        raise ValueError(f"{len(worth)} coalitions are not those of any number of players")
    return owen(worth, [[player] for player in range(number)])


def owen(worth: Sequence[Any] | Mapping[int, Any] | np.ndarray, groups: Groups) -> np.ndarray:
    """Exact Owen values (欧文值).

    Parameters
    ----------
    worth : sequence, or mapping from coalition to its worth
        Of all coalitions in `exact_coalitions(groups)`.
    groups : sequence of sequences of int
        Every player from 0 to n - 1 once.

    Returns
    -------
    ndarray of float, shape (n, ...)

    Examples
    --------
    The gloves again, where the owner of the left one and one of the others have joined hands: the third is left with nothing.

    >>> owen([0, 0, 0, 1, 0, 1, 0, 1], [[0, 1], [2]]).tolist()
    [0.75, 0.25, 0.0]
    """
    whole = [coalition(group) for group in groups]
    outer = _joining(len(groups))
    found: dict[int, Any] = {}
    for place, group in enumerate(groups):
        inner = _joining(len(group))
        others = whole[:place] + whole[place + 1:]
        for player in group:
            total: Any = 0.0
            for joined, many in _subsets(others):
                for part, few in _subsets([1 << one for one in group if one != player]):
                    before = joined | part
                    total = total + outer[many] * inner[few] * (worth[before | 1 << player] - worth[before])
            found[player] = total
    return np.asarray([found[player] for player in sorted(found)], float)


class Interactions(NamedTuple):
    """Interaction indices (交互指数): of groups with each other, and of players with others of their own group."""

    between: Pairs
    within: Pairs


def interactions(worth: Sequence[Any] | Mapping[int, Any] | np.ndarray, groups: Groups) -> Interactions:
    """Exact interaction indices (交互指数); parameters as those of `owen`.

    Returns
    -------
    Interactions
        By pair of numbers, the smaller first: of groups in `between`, of players in `within`.

    Examples
    --------
    >>> interactions([0, 0, 0, 1, 0, 1, 0, 1], [[0], [1], [2]]).between
    {(0, 1): 0.5, (0, 2): 0.5, (1, 2): -0.5}
    """
    whole = [coalition(group) for group in groups]
    found = Interactions({}, {})
    for one, two in itertools.combinations(range(len(groups)), 2):
        weights = _pairing(len(groups))
        found.between[one, two] = sum(weights[many] * _beyond(worth, joined, whole[one], whole[two]) for joined, many in
                                      _subsets([mask for place, mask in enumerate(whole) if place not in (one, two)]))
    for place, group in enumerate(groups):
        outer = _joining(len(groups))
        for first, second in itertools.combinations(sorted(group), 2):
            weights = _pairing(len(group))
            found.within[first, second] = sum(
                outer[many] * weights[few] * _beyond(worth, joined | part, 1 << first, 1 << second)
                for joined, many in _subsets(whole[:place] + whole[place + 1:])
                for part, few in _subsets([1 << player for player in group if player not in (first, second)]))
    return found


def _beyond(worth: Any, before: int, one: int, two: int) -> Any:
    """What two add together beyond the sum of what each adds."""
    return worth[before | one | two] - worth[before | one] - worth[before | two] + worth[before]


# --- sampled orders -------------------------------------------------------------------------------------------------------

def orders(groups: Groups, pairs: int, luck: np.random.Generator) -> list[tuple[int, ...]]:
    """Random orders of all players in which every group stands together, each followed by its reverse (对偶抽样次序).

    Parameters
    ----------
    groups : sequence of sequences of int
    pairs : int, ≥ 1
        Orders that are drawn; twice as many are given.
    luck : numpy.random.Generator

    Examples
    --------
    >>> first, second = orders([[0, 1], [2]], 1, np.random.default_rng(1))
    >>> sorted(first), second == first[::-1], first.index(2) != 1
    ([0, 1, 2], True, True)
    """
    found = []
    for _pair in range(pairs):
        order = tuple(int(player) for group in luck.permutation(len(groups)) for player in luck.permutation(np.asarray(groups[group])))
        found += [order, order[::-1]]
    return found


def _steps(order: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each player, and who stands before."""
    before = 0
    for player in order:
        yield player, before
        before |= 1 << player


def _neighbours(order: Sequence[int], groups: Groups) -> Iterator[tuple[bool, tuple[int, int], int, int, int]]:
    """Neighbours of one group, and neighbouring groups: whether groups, their numbers, who stands before, the coalition of each."""
    home = {player: place for place, group in enumerate(groups) for player in group}
    steps = list(_steps(order))
    for (first, before), (second, _next) in itertools.pairwise(steps):
        if home[first] == home[second]:
            yield False, (min(first, second), max(first, second)), before, 1 << first, 1 << second
    firsts = [(home[player], before) for player, before in steps if not before or not before & coalition(groups[home[player]])]
    for (one, before), (two, _next) in itertools.pairwise(firsts):
        yield True, (min(one, two), max(one, two)), before, coalition(groups[one]), coalition(groups[two])


def order_coalitions(order: Sequence[int], groups: Groups) -> set[int]:
    """Every coalition that an order needs: who has joined after each step, and these with two neighbours swapped.

    Examples
    --------
    >>> sorted(order_coalitions((0, 1, 2), [[0], [1], [2]]))
    [0, 1, 2, 3, 5, 7]
    """
    walk = {before | 1 << player for player, before in _steps(order)}
    return {0} | walk | {before | two for _groups, _pair, before, _one, two in _neighbours(order, groups)}


def contributions(worth: Mapping[int, Any], order: Sequence[int]) -> np.ndarray:
    """What each player adds when they join in an order; the sum is the worth of all less that of nobody (边际贡献).

    Returns
    -------
    ndarray of float, shape (n, ...)
        By player.

    Examples
    --------
    >>> contributions({0: 0, 2: 0, 3: 1}, (1, 0)).tolist()
    [1.0, 0.0]
    """
    found = {player: worth[before | 1 << player] - worth[before] for player, before in _steps(order)}
    return np.asarray([found[player] for player in sorted(found)], float)


def order_interactions(worth: Mapping[int, Any], order: Sequence[int], groups: Groups) -> Interactions:
    """What neighbours of an order add beyond the sum of each (邻位交互).

    Two that are neighbours in a random order have each set of others before them with just the weight that the interaction index
    gives it, so that the mean over many orders is the index.

    Examples
    --------
    >>> order_interactions({0: 0, 1: 0, 2: 0, 3: 1}, (1, 0), [[0], [1]]).between
    {(0, 1): 1}
    """
    found = Interactions({}, {})
    for groupwise, pair, before, one, two in _neighbours(order, groups):
        (found.between if groupwise else found.within)[pair] = _beyond(worth, before, one, two)
    return found


class Errors(NamedTuple):
    """Mean of sampled contributions and its standard errors (标准误).

    Attributes
    ----------
    mean : ndarray of float
    error : ndarray of float
        Of all that is random: the luck of the replications and the choice of orders.
    of_orders : ndarray of float
        The part of it that comes from the choice of orders; NaN where one pair a replication cannot tell.
    """

    mean: Any
    error: Any
    of_orders: Any


def errors(samples: ArrayLike) -> Errors:
    """Mean and standard errors from pairs of orders nested in replications (合并标准误).

    Every replication draws orders of its own, so that the means of the replications are independent, and their spread holds both what
    luck does and what the choice of orders does: nothing has to be added to it.

    Parameters
    ----------
    samples : array_like of float, shape (replications, pairs, ...)
        Mean contribution over an order and its reverse.  A replication that is NaN anywhere is left out there.

    Examples
    --------
    >>> found = errors([[1.0, 3.0], [3.0, 5.0]])
    >>> float(found.mean), float(found.error), round(float(found.of_orders), 3)
    (3.0, 1.0, 0.707)
    """
    values = np.asarray(samples, float)
    pairs = values.shape[1]
    means = values.mean(axis=1)
    kept = ~np.isnan(means)
    number = kept.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(kept, means, 0.0).sum(axis=0) / number
        error = np.sqrt((np.where(kept, means - mean, 0.0) ** 2).sum(axis=0) / (number - 1) / number)
        inside = ((values - means[:, None]) ** 2).sum(axis=1) / (pairs - 1) if pairs > 1 else np.full(means.shape, np.nan)
        of_orders = np.sqrt(np.where(kept, inside, 0.0).sum(axis=0) / number / (pairs * number))
    return Errors(mean, np.where(number > 1, error, np.nan), of_orders)
